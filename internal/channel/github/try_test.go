package github

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/forge/forgetest"
	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/trial"
)

// withProgram puts an archive with a program among the files of the release.
func (w *world) withProgram(t *testing.T, script string) {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("the program is a script")
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	a := tar.NewWriter(z)
	err := a.WriteHeader(&tar.Header{Name: "tool", Mode: 0o755, Size: int64(len(script))})
	_, writeErr := a.Write([]byte(script))
	err = errors.Join(err, writeErr, a.Close(), z.Close())
	if err = errors.Join(err, os.WriteFile(filepath.Join(w.dir, "dist", "tool_linux.tar.gz"), b.Bytes(), 0o644)); err != nil {
		t.Fatal(err)
	}
	w.c.Trial = &trial.Trial{Archive: "tool_linux.tar.gz", Args: []string{"--version"}}
}

// TestTheProgramIsRunAsItDownloads: one that tells another version never becomes
// public; one that tells none is released with a warning, which says what it printed.
func TestTheProgramIsRunAsItDownloads(t *testing.T) {
	for name, tt := range map[string]struct {
		script, problem, warning string
		code                     journal.Code
	}{
		"right":   {"#!/bin/sh\necho tool v1.2.0 $1\n", "", "", journal.Complete},
		"another": {"#!/bin/sh\necho tool v1.1.0\n", `tool --version of tool_linux.tar.gz: it does not say that it is 1.2.0: it printed "tool v1.1.0"`, "", journal.Undone},
		"none":    {"#!/bin/sh\necho 'unknown flag'; exit 2\n", "", `github:try: tool --version of tool_linux.tar.gz: it cannot tell which version it is`, journal.Complete},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "v1.2.0")
			w.withProgram(t, tt.script)
			o := w.release(t)
			if o.Code != tt.code || (o.Err == nil) != (tt.problem == "") || o.Err != nil && !strings.Contains(o.Err.Error(), tt.problem) {
				t.Errorf("%s: %v", o.Code, o.Err)
			}
			if warnings := strings.Join(o.Warnings, "\n"); (warnings == "") != (tt.warning == "") || !strings.Contains(warnings, tt.warning) {
				t.Errorf("warnings %q, want %q", warnings, tt.warning)
			}
			if public := len(w.repo.Releases()) > 0; public != (tt.code == journal.Complete) {
				t.Errorf("it is public: %t", public)
			}
		})
	}
}

func TestNoProgramForThisMachineIsUnclear(t *testing.T) {
	w := newWorld(t, "v1.2.0")
	w.c.Trial = &trial.Trial{Args: []string{"--version"}}
	if o := w.release(t); o.Code != journal.Complete || !strings.Contains(strings.Join(o.Warnings, "\n"), "github:try: it cannot tell which version the programs are: none is for ") {
		t.Errorf("%s: %v, warnings %q", o.Code, o.Err, o.Warnings)
	}
}

// TestAProgramThatIsWrongOnlyOutsideIsNotVerified: what was right in the draft is
// out, and the pointer stays where it was.
func TestAProgramThatIsWrongOnlyOutsideIsNotVerified(t *testing.T) {
	w := newWorld(t, "v1.2.0")
	w.repo.AddRelease(forgetest.Release{Tag: "v1.1.0"})
	w.withProgram(t, "#!/bin/sh\n[ -e '"+w.dir+"/broken' ] && exit 7\necho 1.2.0\n")
	w.c.Trial.Agreed = true
	w.Fail(forgetest.Fault{Method: "PATCH", Times: 1, Notice: func() {
		if err := os.WriteFile(filepath.Join(w.dir, "broken"), nil, 0o644); err != nil {
			t.Error(err)
		}
	}})
	if o := w.release(t); o.Code != journal.NotVerified || o.Step != "github:try" || w.repo.Latest() != "v1.1.0" {
		t.Errorf("%s at %s: %v; the latest is %s", o.Code, o.Step, o.Err, w.repo.Latest())
	}
	if err := os.Remove(filepath.Join(w.dir, "broken")); err != nil {
		t.Fatal(err)
	}
	if o := w.run(t, w.steps(), (*journal.Runner).Resume); o.Code != journal.Complete || w.repo.Latest() != "v1.2.0" {
		t.Errorf("resumed: %s: %v; the latest is %s", o.Code, o.Err, w.repo.Latest())
	}
}
