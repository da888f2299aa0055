package npm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/cupel-dev/cupel/internal/process"
)

// tokenVariable is where npm finds the token, so that it is in no file.
const tokenVariable = "CUPEL_NPM_TOKEN"

// npm runs npm in the package's directory. Its error ends with the last lines
// of what it printed, without secrets.
func (c *Channel) npm(ctx context.Context, args ...string) error {
	env, err := c.environment()
	if err != nil {
		return err
	}
	var out bytes.Buffer
	args = append([]string{"npm"}, append(args, c.registryFlags()...)...)
	_, err = process.Run(ctx, process.Command{Args: args, Dir: c.Dir, Env: env, Stdout: &out, Stderr: &out})
	var exit *process.ExitError
	if errors.As(err, &exit) {
		err = fmt.Errorf("npm %s: %w:\n%s", args[1], err, lastLines(c.Redactor.String(out.String()), 12))
	}
	return err
}

// ConfiguredRegistry asks npm which registry a package in dir is published to
// where nobody names one: that of its scope, else npm's own, from the settings
// of project, person and machine.
func ConfiguredRegistry(ctx context.Context, dir, name string) (string, error) {
	keys := []string{"registry"}
	if scope, _, scoped := strings.Cut(name, "/"); scoped {
		keys = []string{scope + ":registry", "registry"}
	}
	for _, key := range keys {
		var out bytes.Buffer
		args := []string{"npm", "config", "get", key}
		if _, err := process.Run(ctx, process.Command{Args: args, Dir: dir, Env: os.Environ(), Stdout: &out}); err != nil {
			return "", fmt.Errorf("ask npm for its registry: %w", err)
		}
		if address := strings.TrimSpace(out.String()); address != "" && address != "undefined" {
			return address, nil
		}
	}
	return "", errors.New("npm has no registry configured: name it with registry = in cupel.toml")
}

// registryFlags name the registry, and again for the package's scope, whose
// registry in a settings file would count more.
func (c *Channel) registryFlags() []string {
	flags := []string{"--registry=" + c.registry.url.String()}
	if scope, _, scoped := strings.Cut(c.Package, "/"); scoped {
		flags = append(flags, "--"+scope+":registry="+c.registry.url.String())
	}
	return flags
}

// environment keeps npm's cache and logs in the stage. With a token, npm reads
// settings that name the variable that holds it, and not the person's own.
func (c *Channel) environment() ([]string, error) {
	env := append(os.Environ(), c.Env...)
	env = append(env,
		"npm_config_cache="+filepath.Join(c.Stage, "cache"),
		"npm_config_update_notifier=false", "npm_config_color=false", "npm_config_progress=false",
	)
	if c.Token == "" {
		return env, nil
	}
	settings := filepath.Join(c.Stage, "npmrc")
	u := c.registry.url
	line := fmt.Sprintf("//%s%s:_authToken=${%s}\n", u.Host, u.Path, tokenVariable)
	if err := errors.Join(os.MkdirAll(c.Stage, 0o700), os.WriteFile(settings, []byte(line), 0o600)); err != nil {
		return nil, fmt.Errorf("write npm's settings: %w", err)
	}
	return append(env, "npm_config_userconfig="+settings, tokenVariable+"="+c.Token), nil
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
