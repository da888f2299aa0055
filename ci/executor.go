package ci

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cupel-dev/cupel/internal/redact"
)

// An Executor runs steps, several at once.
type Executor interface {
	// About says what the executor is.
	About() About
	// Exec runs one step to its end and returns the exit code of its command.
	// The error says that the command could not be run or its outputs not be
	// had, or wraps context.Cause(ctx).
	Exec(ctx context.Context, job Job) (exit int, err error)
	// Close ends what the executor started.
	Close() error
}

// About is what a report says of an executor.
type About struct {
	Name    string   // "dagger" or "host"
	Version string   // of the engine; "" where there is none
	Notes   []string // what a person should know, such as versions that differ
	Missing []string // the isolation that steps do not get
}

// A Job is a step with all that belongs to this run of it.
type Job struct {
	Step    Step
	Image   Image
	Source  *Source           // the files that the step's patterns name
	Env     map[string]string // the whole environment that the step is given, Step.Env included
	Secrets []Secret          // all secret variables, Step.Secrets included
	Outputs string            // an empty directory, absolute; outputs land there under their paths
	Stdout  io.Writer         // masks secrets by itself
	Stderr  io.Writer
}

// Settings are what an executor may need to start.
type Settings struct {
	Log     io.Writer // for what the engine itself says; executors get one that masks the secrets
	Secrets []Secret  // all that the steps will hold
}

// An Opener starts an executor. The error is a [*NoEngineError] where there is
// nothing to connect to.
type Opener func(ctx context.Context, s Settings) (Executor, error)

// A NoEngineError says why an engine cannot be used.
type NoEngineError struct {
	Engine string
	Reason string
	Advice string // what to do about it; may be empty
}

func (e *NoEngineError) Error() string {
	return strings.TrimSuffix(fmt.Sprintf("no %s engine: %s; %s", e.Engine, e.Reason, e.Advice), "; ")
}

var (
	openersMu sync.Mutex
	openers   = map[string]Opener{HostEngine: openHost}
)

// Register makes an executor known under a name. It is meant for the init
// function of the package that implements one; a second registration of a name
// panics, as it does in database/sql.
func Register(name string, open Opener) {
	openersMu.Lock()
	defer openersMu.Unlock()
	if _, taken := openers[name]; taken {
		panic("ci: executor " + name + " is registered twice")
	}
	openers[name] = open
}

// Engines lists the names of all executors in this program.
func Engines() []string {
	openersMu.Lock()
	defer openersMu.Unlock()
	return slices.Sorted(maps.Keys(openers))
}

func opener(name string) (Opener, bool) {
	openersMu.Lock()
	defer openersMu.Unlock()
	open, ok := openers[name]
	return open, ok
}

// The longest waits for an engine: where nobody named one, the host is soon
// taken instead; where a person did, the engine may have to be started first.
const (
	detectionTime = 10 * time.Second
	startTime     = 3 * time.Minute
)

// Open starts the executor that is named. For the empty name it looks for an
// engine, at most ten seconds in all, and takes the host otherwise; the report
// then says why. The error is a [*NoEngineError] where a named one is missing.
func Open(ctx context.Context, name string, s Settings) (Executor, error) {
	if s.Log == nil {
		s.Log = io.Discard
	}
	masked := &engineLog{masked: redact.New(values(s.Secrets)...).Writer(s.Log)}
	s.Log = masked
	e, err := find(ctx, name, s)
	if err != nil {
		return nil, errors.Join(err, masked.close())
	}
	return &logged{Executor: e, log: masked}, nil
}

func find(ctx context.Context, name string, s Settings) (Executor, error) {
	if name == "" {
		return detect(ctx, detectionTime, s)
	}
	open, ok := opener(name)
	if !ok {
		return nil, &NoEngineError{Engine: name, Reason: "no such engine", Advice: "there are: " + strings.Join(Engines(), ", ")}
	}
	return openWithin(ctx, startTime, name, open, s)
}

// An engineLog masks secrets in what an engine says from several goroutines.
type engineLog struct {
	mu     sync.Mutex
	masked *redact.Writer
}

func (l *engineLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.masked.Write(p)
}

func (l *engineLog) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.masked.Close()
}

// logged writes the rest of an executor's log when the executor is closed.
type logged struct {
	Executor
	log *engineLog
}

func (l *logged) Close() error { return errors.Join(l.Executor.Close(), l.log.close()) }

func detect(ctx context.Context, wait time.Duration, s Settings) (Executor, error) {
	deadline := time.Now().Add(wait)
	var notes []string
	for _, name := range Engines() {
		if name == HostEngine {
			continue
		}
		open, _ := opener(name)
		e, err := openWithin(ctx, time.Until(deadline), name, open, s)
		var none *NoEngineError
		switch {
		case err == nil:
			return e, nil
		case ctx.Err() != nil:
			return nil, fmt.Errorf("look for an engine: %w", context.Cause(ctx))
		case errors.As(err, &none):
			notes = append(notes, none.Error())
		default:
			notes = append(notes, fmt.Sprintf("%s: %v", name, err))
		}
	}
	return newHost(notes), nil
}

// openWithin gives up on an opener that does not return; one that returns
// after all is closed.
func openWithin(ctx context.Context, wait time.Duration, name string, open Opener, s Settings) (Executor, error) {
	type opened struct {
		e   Executor
		err error
	}
	// An engine's session lives as long as the context that it was opened with.
	// Steps that are cancelled leave it whole, so that it can be closed in order.
	session, end := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan opened, 1)
	go func() {
		e, err := open(session, s)
		done <- opened{e, err}
	}()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	var err error
	select {
	case o := <-done:
		if o.err != nil {
			end()
			return nil, o.err
		}
		return &ending{Executor: o.e, end: end}, nil
	case <-timer.C:
		err = &NoEngineError{Engine: name, Reason: fmt.Sprintf("it did not answer within %v", wait.Round(time.Second))}
	case <-ctx.Done():
		err = fmt.Errorf("start the %s engine: %w", name, context.Cause(ctx))
	}
	end()
	go func() {
		if o := <-done; o.e != nil {
			_ = o.e.Close()
		}
	}()
	return nil, err
}

// ending ends the context of an executor's session when the executor is closed.
type ending struct {
	Executor
	end context.CancelFunc
}

func (e *ending) Close() error {
	defer e.end()
	return e.Executor.Close()
}
