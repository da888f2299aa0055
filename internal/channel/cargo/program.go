package cargo

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

// cargo runs cargo in the workspace and returns what it printed, without
// secrets. The target directory keeps what it builds apart from the workspace.
func (c *Channel) cargo(ctx context.Context, target string, args ...string) (string, error) {
	args = append([]string{"cargo"}, args...)
	if c.Registry != "" {
		args = append(args, "--registry", c.Registry)
	}
	env := append(c.environment(), "CARGO_TARGET_DIR="+filepath.Join(c.Stage, target))
	return run(ctx, process.Command{Args: args, Dir: c.Dir, Env: env}, c.Redactor.String)
}

// environment tells cargo the registry and its token. Every process of the
// machine can read arguments, so the token is in none.
func (o Options) environment() []string {
	env := append(os.Environ(), o.Env...)
	env = append(env, "CARGO_TERM_COLOR=never", "CARGO_TERM_PROGRESS_WHEN=never")
	variable := "CARGO_REGISTRY_TOKEN"
	if o.Registry != "" {
		prefix := "CARGO_REGISTRIES_" + strings.ToUpper(strings.ReplaceAll(o.Registry, "-", "_"))
		variable = prefix + "_TOKEN"
		env = append(env, prefix+"_INDEX=sparse+"+strings.TrimSuffix(o.Index, "/")+"/")
	}
	if o.Token != "" {
		env = append(env, variable+"="+o.Token)
	}
	return env
}

// run adds the last lines of what a program printed to its error.
func run(ctx context.Context, command process.Command, mask func(string) string) (string, error) {
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	_, err := process.Run(ctx, command)
	text := mask(out.String())
	var exit *process.ExitError
	if errors.As(err, &exit) {
		err = fmt.Errorf("%s: %w:\n%s", strings.Join(command.Args[:2], " "), err, lastLines(text, 12))
	}
	return text, err
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
