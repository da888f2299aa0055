package process

import (
	"io"
	"os"
)

// outputs are the two writers of a child. They remember a failed write, which
// os/exec forgets when the child then dies of its broken pipe.
type outputs struct{ stdout, stderr io.Writer }

func openOutputs(stdout, stderr io.Writer) outputs {
	o := outputs{stdout: remember(stdout)}
	if sameWriter(stdout, stderr) {
		o.stderr = o.stdout // os/exec then writes to both from one goroutine
		return o
	}
	o.stderr = remember(stderr)
	return o
}

// err is the first write that failed.
func (o outputs) err() error {
	for _, w := range []io.Writer{o.stdout, o.stderr} {
		if r, ok := w.(*rememberer); ok && r.err != nil {
			return r.err
		}
	}
	return nil
}

type rememberer struct {
	w   io.Writer
	err error
}

func remember(w io.Writer) io.Writer {
	if w == nil {
		return nil
	}
	if _, ok := w.(*os.File); ok {
		return w // the child gets the file itself
	}
	return &rememberer{w: w}
}

func (r *rememberer) Write(p []byte) (int, error) {
	n, err := r.w.Write(p)
	if err != nil && r.err == nil {
		r.err = err
	}
	return n, err
}

// sameWriter compares as os/exec does: a writer of a type that cannot be
// compared is never the same as another.
func sameWriter(a, b io.Writer) (same bool) {
	defer func() {
		if recover() != nil {
			same = false
		}
	}()
	return a != nil && a == b
}
