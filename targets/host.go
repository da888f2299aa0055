package targets

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/magefile/mage/mg"
	"golang.org/x/term"

	"github.com/cupel-dev/cupel/internal/host"
)

// Host looks at the machine.
type Host mg.Namespace

// Check is the pre-flight alone: whether this machine is quiet enough to measure on.
//
// Exit codes: 0 ready, 2 not.
func (Host) Check(
	ctx context.Context,
	json *string, // write the findings to this file
	kill *bool, // ask for each busy process whether to end it; needs a terminal
) error {
	ctx, stop := untilTold(ctx)
	defer stop()
	report := host.Check(ctx, host.Options{})
	if err := ctx.Err(); err != nil {
		return fail(exitRefused, "interrupted")
	}
	if json != nil {
		if err := writeJSON(*json, report); err != nil {
			return fail(exitRefused, err.Error())
		}
	}
	if err := report.WriteText(os.Stdout); err != nil {
		return fail(exitRefused, err.Error())
	}
	out := newConsole(os.Stdout)
	if given(kill, false) {
		return endBusy(ctx, out, report.Candidates())
	}
	if !report.Ready {
		return fail(exitRefused, "this host is not ready", "next: make it quiet, or "+command("official -quick"))
	}
	out.Line("next: %s", command("official"))
	return nil
}

// endBusy asks for each busy process that was shown whether to end it.
func endBusy(ctx context.Context, out *console, busy *host.Candidates) error {
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return fail(exitRefused, "-kill asks for each process, and there is no terminal to ask on")
	}
	if len(busy.List()) == 0 {
		out.Line("no process is busy")
	}
	answers := bufio.NewScanner(os.Stdin)
	for _, p := range busy.List() {
		fmt.Fprintf(os.Stdout, "end %s? [y/N] ", p)
		if !answers.Scan() {
			break
		}
		if answer := strings.ToLower(strings.TrimSpace(answers.Text())); answer != "y" && answer != "yes" {
			continue
		}
		gone, err := busy.End(ctx, p.PID)
		switch {
		case err != nil:
			out.Line("%v", err)
		case gone:
			out.Line("ended")
		default:
			out.Line("it was asked to end and is still there")
		}
	}
	out.Line("next: %s", command("host:check"))
	return nil
}
