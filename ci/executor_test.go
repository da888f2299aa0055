package ci

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// hanging is an engine that never answers. It ends when it is told to.
func hanging(ctx context.Context, _ Settings) (Executor, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// with registers engines for one test.
func with(t *testing.T, engines map[string]Opener) {
	t.Helper()
	before := openers
	openers = map[string]Opener{HostEngine: openHost}
	for name, open := range engines {
		Register(name, open)
	}
	t.Cleanup(func() { openers = before })
}

// Case H01.
func TestEngineThatHangsIsGivenUpForTheHost(t *testing.T) {
	with(t, map[string]Opener{"slow": hanging})
	e, err := detect(t.Context(), 50*time.Millisecond, Settings{})
	if err != nil {
		t.Fatal(err)
	}
	about := e.About()
	if about.Name != HostEngine || len(about.Missing) == 0 {
		t.Errorf("got %+v, want the host and what isolation is missing", about)
	}
	if notes := strings.Join(about.Notes, "\n"); !strings.Contains(notes, "no slow engine: it did not answer within") {
		t.Errorf("notes: %s", notes)
	}
}

// Case H01.
func TestEngineThatIsNotThereIsAnErrorOnlyWhereItWasNamed(t *testing.T) {
	with(t, map[string]Opener{"none": func(context.Context, Settings) (Executor, error) {
		return nil, &NoEngineError{Engine: "none", Reason: "nothing is installed", Advice: "install it"}
	}})
	var missing *NoEngineError
	if _, err := Open(t.Context(), "none", Settings{}); !errors.As(err, &missing) || err.Error() != "no none engine: nothing is installed; install it" {
		t.Errorf("named: %v", err)
	}
	e, err := Open(t.Context(), "", Settings{})
	if err != nil || e.About().Name != HostEngine {
		t.Errorf("not named: %v", err)
	}
	if _, err := Open(t.Context(), "docker", Settings{}); !errors.As(err, &missing) || !strings.Contains(err.Error(), "there are: host, none") {
		t.Errorf("misspelled: %v", err)
	}
}

func TestEngineThatAnswersIsTaken(t *testing.T) {
	closed := make(chan struct{})
	with(t, map[string]Opener{"good": func(ctx context.Context, _ Settings) (Executor, error) {
		return &closing{host: newHost(nil), closed: closed}, nil
	}})
	e, err := Open(t.Context(), "", Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	<-closed
}

type closing struct {
	*host
	closed chan struct{}
}

func (c *closing) Close() error { close(c.closed); return nil }

func TestCancellingTheSearchIsNoFallback(t *testing.T) {
	with(t, map[string]Opener{"slow": hanging})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, "", Settings{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want a cancellation", err)
	}
}

// Case H05.
func TestWhatAnEngineSaysIsMasked(t *testing.T) {
	var log bytes.Buffer
	with(t, map[string]Opener{"chatty": func(_ context.Context, s Settings) (Executor, error) {
		for _, piece := range []string{"exec with TOKEN=hun", "ter2-and-more\n", "ends in hunter2"} {
			if _, err := io.WriteString(s.Log, piece); err != nil {
				return nil, err
			}
		}
		return newHost(nil), nil
	}})
	e, err := Open(t.Context(), "chatty", Settings{Log: &log, Secrets: []Secret{{"TOKEN", "hunter2-and-more"}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if got := log.String(); got != "exec with TOKEN=***\nends in hunter2" {
		t.Errorf("got %q", got)
	}
}
