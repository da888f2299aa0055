//go:build unix

package host

import (
	"errors"
	"testing"

	"github.com/cupel-dev/cupel/internal/process"
)

func TestC04CommandsRunInTheCLocale(t *testing.T) {
	t.Setenv("LC_ALL", "de_DE.UTF-8")
	got, err := command(t.Context(), "sh", "-c", `echo "$LC_ALL $LANG"`)
	if got != "C C\n" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

func TestACommandThatIsMissingOrFloodsIsAnError(t *testing.T) {
	var missing *process.NotFoundError
	if _, err := command(t.Context(), "no-such-program-xyz"); !errors.As(err, &missing) {
		t.Errorf("error %v", err)
	}
	if got, err := command(t.Context(), "sh", "-c", "while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done"); err == nil || len(got) > maxOutput {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}
