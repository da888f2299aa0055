package ci

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/cupel-dev/cupel/internal/redact"
)

// Options are what a run of a pipeline needs besides its steps.
type Options struct {
	Source  *Source
	Images  map[string]Image
	Env     map[string]string // for every step; [Inherited] reads what a host passes on
	Secrets []Secret          // for every step
	Logs    string            // where each step's log is kept, absolute
	Outputs string            // where outputs land, absolute, below the name of their step; "" where no step has any
	Report  func(Event)       // may be nil; called by one goroutine at a time
}

// An Event tells that a step began or ended.
type Event struct {
	Step   string
	Result *Result // nil where it began
}

// Run gives the steps of a pipeline to an executor. Steps that need nothing of
// each other run side by side, and one that fails ends no other. The error is
// a pipeline that makes no sense; what came of the steps is in the report.
func Run(ctx context.Context, e Executor, p Pipeline, o Options) (*Report, error) {
	if err := p.check(o.Images); err != nil {
		return nil, fmt.Errorf("pipeline %s: %w", p.Name, err)
	}
	if err := os.MkdirAll(o.Logs, 0o755); err != nil {
		return nil, fmt.Errorf("pipeline %s: keep logs: %w", p.Name, err)
	}
	var err error
	if o.Source, err = o.Source.snapshot(ctx); err != nil {
		return nil, fmt.Errorf("pipeline %s: %w", p.Name, err)
	}
	defer removeAll(o.Source.Root)
	r := &runner{executor: e, pipeline: p, options: o, slots: make(chan struct{}, max(2, runtime.GOMAXPROCS(0)))}
	start := time.Now()
	results := r.all(ctx)
	return &Report{Pipeline: p.Name, About: e.About(), Steps: results, Left: p.Left, Elapsed: time.Since(start)}, nil
}

type runner struct {
	executor Executor
	pipeline Pipeline
	options  Options
	slots    chan struct{} // bounds how many steps run at once
	mu       sync.Mutex    // of Report
}

// all starts every step in a goroutine that waits for what the step needs.
func (r *runner) all(ctx context.Context) []Result {
	steps := r.pipeline.Steps
	results := make([]Result, len(steps))
	ended := make(map[string]chan struct{}, len(steps))
	index := make(map[string]int, len(steps))
	for i, s := range steps {
		ended[s.Name], index[s.Name] = make(chan struct{}), i
	}
	for i, s := range steps {
		go func() {
			defer close(ended[s.Name])
			for _, need := range s.Needs {
				<-ended[need]
				if got := results[index[need]]; got.Status != Passed {
					results[i] = Result{Step: s.Name, Status: Skipped, Reason: need + " did not pass"}
					r.tell(Event{Step: s.Name, Result: &results[i]})
					return
				}
			}
			r.slots <- struct{}{}
			defer func() { <-r.slots }()
			r.tell(Event{Step: s.Name})
			results[i] = r.one(ctx, s)
			r.tell(Event{Step: s.Name, Result: &results[i]})
		}()
	}
	for _, done := range ended {
		<-done
	}
	return results
}

func (r *runner) tell(e Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.options.Report != nil {
		r.options.Report(e)
	}
}

// one runs a step and judges it.
func (r *runner) one(ctx context.Context, s Step) Result {
	start := time.Now()
	out, err := openLog(filepath.Join(r.options.Logs, s.Name+".log"), s.Judge != nil)
	if err != nil {
		return Result{Step: s.Name, Status: Unknown, Reason: err.Error()}
	}
	job, err := r.job(s)
	exit := -1
	if err == nil {
		hidden := redact.New(values(job.Secrets)...)
		stdout, stderr := hidden.Writer(out.stdout()), hidden.Writer(out)
		job.Stdout, job.Stderr = stdout, stderr
		exit, err = r.executor.Exec(ctx, job)
		err = errors.Join(hidden.Error(err), stdout.Close(), stderr.Close())
	}
	err = errors.Join(err, out.close())
	result := verdict(ctx, s, exit, out, err)
	result.Step, result.Log, result.Elapsed = s.Name, out.path, time.Since(start)
	return result
}

func (r *runner) job(s Step) (Job, error) {
	selected, err := r.options.Source.Select(s.Inputs)
	if err != nil {
		return Job{}, err
	}
	if s.Dir != "" && !selected.holds(s.Dir) {
		return Job{}, fmt.Errorf("dir %q: none of the step's inputs lies there", s.Dir)
	}
	job := Job{
		Step: s, Image: r.options.Images[s.Image], Source: selected,
		Env: merged(r.options.Env, s.Env), Secrets: append(append([]Secret(nil), r.options.Secrets...), s.Secrets...),
	}
	if len(s.Outputs) > 0 {
		job.Outputs = filepath.Join(r.options.Outputs, s.Name)
		if err := os.MkdirAll(job.Outputs, 0o755); err != nil {
			return Job{}, fmt.Errorf("keep outputs: %w", err)
		}
	}
	return job, nil
}

// verdict turns the end of a step into a result.
func verdict(ctx context.Context, s Step, exit int, out *stepLog, err error) Result {
	r := Result{Exit: exit, Tail: out.tail.lines()}
	var finding *Finding
	switch {
	case ctx.Err() != nil:
		r.Status, r.Reason = Cancelled, "cancelled"
		return r
	case err != nil:
		r.Status, r.Reason = Unknown, err.Error()
		return r
	case out.tail.diskFull() && exit != 0:
		r.Status, r.Reason = Unknown, "the disk is full: no space was left while the step ran"
		return r
	case s.Judge != nil:
		err = s.Judge(out.captured.Bytes(), exit)
	case exit != 0:
		err = &Finding{Msg: fmt.Sprintf("%s exited with code %d", s.Run[0], exit)}
	}
	switch {
	case err == nil:
		r.Status, r.Tail = Passed, nil
	case errors.As(err, &finding):
		r.Status, r.Reason = Failed, finding.Msg
	default:
		r.Status, r.Reason = Unknown, err.Error()
	}
	return r
}

// values are the texts that may not be shown: each secret, and the password
// alone where the secret is a URL.
func values(secrets []Secret) []string {
	var all []string
	for _, s := range secrets {
		all = append(all, s.Value)
		all = append(all, credentials(s.Value)...)
	}
	return all
}

func merged(maps ...map[string]string) map[string]string {
	all := make(map[string]string)
	for _, m := range maps {
		for k, v := range m {
			all[k] = v
		}
	}
	return all
}
