package host

import (
	"context"
	"errors"
	"os"
	"strings"

	"github.com/cupel-dev/cupel/internal/process"
)

// maxOutput is more than a list of all processes of a large machine.
const maxOutput = 16 << 20

// command runs a program of the system in the C locale and returns what it
// printed. Other locales write decimals with a comma and dates in other words.
func command(ctx context.Context, args ...string) (string, error) {
	var out strings.Builder
	_, err := process.Run(ctx, process.Command{
		Args:   args,
		Env:    append(os.Environ(), "LC_ALL=C", "LANG=C"),
		Stdout: &limited{&out},
	})
	return out.String(), err
}

// limited refuses to grow beyond maxOutput.
type limited struct{ *strings.Builder }

func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > maxOutput {
		return 0, errors.New("it prints too much")
	}
	return l.Builder.Write(p)
}
