package ci

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/cupel-dev/cupel/internal/process"
)

// goVariables are what the go command of the host is asked for: where modules
// come from, and how they are checked. It knows them from its own files as
// well as from the environment.
var goVariables = []string{"GOPROXY", "GOFLAGS", "GONOSUMDB", "GOSUMDB", "GOPRIVATE", "GONOPROXY", "GOINSECURE", "GOVCS"}

// proxyVariables are passed on as they are; programs look for both spellings.
var proxyVariables = []string{
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
	"CARGO_HTTP_PROXY", "CARGO_REGISTRIES_CRATES_IO_PROTOCOL",
}

// fixed is the part of the environment that is the same everywhere.
var fixed = map[string]string{"CI": "true", "LANG": "C.UTF-8", "NO_COLOR": "1", "TZ": "UTC"}

// Inherited is the environment that this host passes on to every step: its
// settings for Go modules, its proxies, and the fixed part. A value with
// credentials in a URL is a secret.
func Inherited(ctx context.Context, lookup func(name string) (string, bool)) (map[string]string, []Secret) {
	env := hostGoEnv(ctx)
	for _, name := range proxyVariables {
		if value, ok := lookup(name); ok && value != "" {
			env[name] = value
		}
	}
	return split(merged(env, fixed))
}

// hostGoEnv asks the go command; without one nothing is passed.
func hostGoEnv(ctx context.Context) map[string]string {
	env := make(map[string]string)
	var stdout bytes.Buffer
	args := append([]string{"go", "env", "-json"}, goVariables...)
	if _, err := process.Run(ctx, process.Command{Args: args, Stdout: &stdout}); err != nil {
		return env
	}
	if json.Unmarshal(stdout.Bytes(), &env) != nil {
		return make(map[string]string)
	}
	for name, value := range env {
		if value == "" {
			delete(env, name)
		}
	}
	return env
}

// split tells the variables that hold credentials from the others.
func split(all map[string]string) (map[string]string, []Secret) {
	env := make(map[string]string)
	var secrets []Secret
	for name, value := range all {
		if len(credentials(value)) > 0 {
			secrets = append(secrets, Secret{Name: name, Value: value})
			continue
		}
		env[name] = value
	}
	slices.SortFunc(secrets, func(a, b Secret) int { return strings.Compare(a.Name, b.Name) })
	return env, secrets
}

// credentials finds user names and passwords in a list of URLs. GOPROXY
// separates URLs by commas and bars, GOSUMDB by blanks.
func credentials(value string) []string {
	var found []string
	for _, word := range strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(",| \t", r) }) {
		u, err := url.Parse(word)
		if err != nil || u.User == nil {
			continue
		}
		if password, set := u.User.Password(); set {
			found = append(found, password)
			continue
		}
		found = append(found, u.User.Username()) // a token in the user's place
	}
	return found
}
