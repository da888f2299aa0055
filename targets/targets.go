// Package targets holds the Mage targets that any repository imports:
//
//	import (
//		//mage:import
//		_ "github.com/cupel-dev/cupel/targets"
//	)
//
// Each target turns words into options, calls one package, prints what came of
// it and chooses the exit code. Nothing else of Cupel prints or knows Mage.
package targets

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/magefile/mage/mg"

	"github.com/cupel-dev/cupel/internal/config"
)

// The exit codes that all targets share; docs/exit-codes.md lists each
// target's own.
const (
	exitFound      = 1 // a check found something
	exitRefused    = 2 // nothing was done, or nothing could be measured
	exitFailed     = 3 // measured, and something failed
	exitIncomplete = 4 // can be resumed
	exitDiffers    = 5 // bytes are not what they should be
)

// fail ends a target with a code. Mage prints the message after "Error: " and
// loses the code of an error that is wrapped, so this goes outermost.
func fail(code int, lines ...string) error {
	return mg.Fatal(code, strings.Join(lines, "\n"))
}

// untilTold is a context that ends when the process is told to end, or its
// terminal is closed and nohup does not say to go on. Mage itself handles only the
// interrupt.
func untilTold(ctx context.Context) (context.Context, context.CancelFunc) {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signal.NotifyContext(ctx, signals...)
}

// positional refuses a flag that Mage took for an argument.
func positional(target string, args ...string) error {
	for _, arg := range args {
		if strings.HasPrefix(arg, "-") {
			return fail(exitRefused,
				fmt.Sprintf("%q stands where an argument belongs", arg),
				"flags come after the arguments: "+command(target)+" -flag=value")
		}
	}
	return nil
}

// command is how the person runs a target here: through the released binary or
// through Mage.
func command(target string) string {
	if name := filepath.Base(os.Args[0]); strings.HasPrefix(name, "cupel") {
		return "cupel " + target
	}
	return "go tool mage " + target
}

// A place is the project that a target works on.
type place struct {
	dir    string // absolute
	top    string // the person's own directory where dir is a private copy of it
	cache  string // the project's own directory for built files
	config *config.Config
}

// here loads the project in the current directory.
func here() (*place, error) {
	dir, err := os.Getwd()
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir) // as git says where its repository is
	}
	if err != nil {
		return nil, fail(exitRefused, "find the current directory: "+err.Error())
	}
	c, err := config.Load(os.DirFS(dir))
	if err != nil {
		return nil, fail(exitRefused, err.Error())
	}
	cache, err := cacheFor(dir)
	if err != nil {
		return nil, fail(exitRefused, err.Error())
	}
	return &place{dir: dir, cache: cache, config: c}, nil
}

// interrupted reports whether the error only says that a person ended it.
func interrupted(err error) bool {
	return errors.Is(err, context.Canceled)
}

// given reads an optional flag.
func given[T any](flag *T, otherwise T) T {
	if flag == nil {
		return otherwise
	}
	return *flag
}
