package pack

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

var errStopped = errors.New("stopped")

// A cancellation at any moment leaves the old directory and nothing beside it.
func TestReplaceIsAllOrNothing(t *testing.T) {
	for name, fill := range map[string]func(cancel func(), ctx context.Context, fresh string) error{
		"cancelled in the middle of a file": func(cancel func(), ctx context.Context, fresh string) error {
			return (&assembly{dir: fresh}).create(ctx, "new", func(w io.Writer) error {
				if _, err := w.Write([]byte("half")); err != nil {
					return err
				}
				cancel()
				_, err := w.Write([]byte("other half"))
				return err
			})
		},
		"cancelled after all is written": func(cancel func(), ctx context.Context, fresh string) error {
			defer cancel()
			return os.WriteFile(filepath.Join(fresh, "new"), []byte("whole"), 0o644)
		},
		"failed": func(_ func(), _ context.Context, fresh string) error {
			return errors.Join(os.Mkdir(filepath.Join(fresh, "sub"), 0o755), errStopped)
		},
	} {
		parent := t.TempDir()
		dir := filepath.Join(parent, "dist")
		put(t, dir, "old")
		ctx, cancel := context.WithCancelCause(t.Context())
		_, err := replace(ctx, dir, func(fresh string) error { return fill(func() { cancel(errStopped) }, ctx, fresh) })
		if !errors.Is(err, errStopped) {
			t.Errorf("%s: error is %v", name, err)
		}
		checkOnly(t, name, parent, dir, "old")
	}
}

// What others own in the former directory cannot be removed. The packages are in
// their place all the same.
func TestFormerPackagesThatStayAreNamed(t *testing.T) {
	remove = func(string) error { return os.ErrPermission }
	defer func() { remove = os.RemoveAll }()
	parent := t.TempDir()
	dir := filepath.Join(parent, "dist")
	put(t, dir, "old")
	left, err := replace(t.Context(), dir, func(fresh string) error { put(t, fresh, "new"); return nil })
	if err != nil || left == nil {
		t.Fatalf("left %v, %v", left, err)
	}
	if _, err := os.Stat(filepath.Join(parent, left.Name, "old")); err != nil {
		t.Errorf("the former packages are not where it says: %v", err)
	}
	if err := os.RemoveAll(filepath.Join(parent, left.Name)); err != nil {
		t.Fatal(err)
	}
	checkOnly(t, "replaced", parent, dir, "new")
}

func put(t *testing.T, dir, name string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, name), nil, 0o644)); err != nil {
		t.Fatal(err)
	}
}

func checkOnly(t *testing.T, name, parent, dir, file string) {
	t.Helper()
	beside, err := os.ReadDir(parent)
	if err != nil || len(beside) != 1 {
		t.Errorf("%s: beside the directory lies something: %v, %v", name, beside, err)
	}
	inside, err := os.ReadDir(dir)
	if err != nil || len(inside) != 1 || inside[0].Name() != file {
		t.Errorf("%s: inside lies %v, %v; want %s", name, inside, err, file)
	}
}

func TestExchange(t *testing.T) {
	for name, exchange := range map[string]func(fresh, old string) error{
		"at once":          exchange,
		"one by the other": exchangeByTwo,
	} {
		parent := t.TempDir()
		fresh, old := filepath.Join(parent, "fresh"), filepath.Join(parent, "old")
		put(t, fresh, "new")
		put(t, old, "old")
		if err := exchange(fresh, old); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := os.RemoveAll(fresh); err != nil {
			t.Fatal(err)
		}
		checkOnly(t, name, parent, old, "new")
	}
	parent := t.TempDir()
	old := filepath.Join(parent, "old")
	put(t, old, "old")
	if err := exchangeByTwo(filepath.Join(parent, "missing"), old); err == nil {
		t.Error("what is missing took a place")
	}
	checkOnly(t, "missing", parent, old, "old")
}
