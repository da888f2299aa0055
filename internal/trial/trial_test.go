package trial

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/version"
)

// TestMain makes the test binary serve as a released program, which a copy of it is.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "--say" {
		os.Stdout.WriteString(os.Args[2])
		if len(os.Args) > 3 {
			os.Exit(7)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// TestAProgramTellsItsVersion: another version is wrong, and one that it does not
// tell is unclear, unless the project has said how to ask for it.
func TestAProgramTellsItsVersion(t *testing.T) {
	const right, wrong, unclear = "", "it does not say that it is 1.2.0", "it cannot tell which version it is"
	for _, tt := range []struct {
		name   string
		say    string
		fails  bool
		agreed bool
		want   string
	}{
		{"its version", "1.2.0\n", false, false, right},
		{"with a name, a v and a build", "tool v1.2.0+5 (go1.26.1)\n", false, false, right},
		{"among others", "tool 1.2.0, libtool 7.1.3\n", false, false, right},
		{"at the end of a sentence", "This is version 1.2.0.", false, true, right},
		{"another version", "tool 1.1.0\n", false, false, wrong + ": it printed \"tool 1.1.0\""},
		{"its release candidate", "tool 1.2.0-rc.1\n", false, false, wrong},
		{"a longer number", "11.2.0 1.2.01 1.2.0.1x", false, true, wrong},
		{"no version", "tool (devel)\n", false, false, unclear + ": it printed \"tool (devel)\"; release.version_args in cupel.toml says how to ask it"},
		{"nothing", "", false, false, unclear + ": it printed nothing"},
		{"it does not know the flag", "usage: tool 1.1.0", true, false, unclear},
		{"it does not know what was agreed", "usage: tool", true, true, wrong},
		{"it fails with its version", "1.2.0", true, true, wrong},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := []string{"--say", tt.say}
			if tt.fails {
				args = append(args, "fail")
			}
			err := Trial{Archive: "tool.tar.gz", Args: args, Agreed: tt.agreed}.Run(t.Context(), tarOf(t, self(t)), v120)
			switch {
			case tt.want == "" && err != nil, tt.want != "" && err == nil:
				t.Errorf("error %v, want %q", err, tt.want)
			case err != nil && !strings.Contains(err.Error(), tt.want):
				t.Errorf("error %v, want %q", err, tt.want)
			case errors.Is(err, journal.ErrUnclear) != strings.HasPrefix(tt.want, unclear):
				t.Errorf("error %v is unclear: %t", err, errors.Is(err, journal.ErrUnclear))
			}
		})
	}
}

var v120 = version.Version{Major: 1, Minor: 2}

func TestEveryProgramOfAnArchiveIsRun(t *testing.T) {
	for name, pack := range map[string]func(*testing.T, ...file) string{"tool.tar.gz": tarOf, "tool.zip": zipOf} {
		good := self(t)
		readme := file{"README.md", []byte("1.2.0"), 0o644}
		say := Trial{Archive: name, Args: []string{"--say", "1.2.0"}}
		if err := say.Run(t.Context(), pack(t, readme, good), v120); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		bad := file{"bad.exe", []byte("this is no program"), 0o755}
		if err := say.Run(t.Context(), pack(t, good, bad), v120); err == nil || !strings.Contains(err.Error(), "bad.exe") {
			t.Errorf("%s: a file that does not start: %v", name, err)
		}
		if err := say.Run(t.Context(), pack(t, readme), v120); err == nil || !strings.Contains(err.Error(), "has no program") {
			t.Errorf("%s: no program: %v", name, err)
		}
		if err := say.Run(t.Context(), pack(t, file{"../tool", good.data, 0o755}), v120); err == nil || !strings.Contains(err.Error(), "outside") {
			t.Errorf("%s: a file beside the archive's: %v", name, err)
		}
	}
}

func TestAProgramSeesNoSecretAndLeavesNothing(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("it takes a script")
	}
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("GITHUB_TOKEN", "s3cr3t-t0k3n")
	script := file{"tool", []byte("#!/bin/sh\necho 1.2.0 > \"$HOME/left\"\n[ -z \"$GITHUB_TOKEN\" ] && echo 1.2.0\n"), 0o755}
	if err := (Trial{Archive: "tool.tar.gz"}).Run(t.Context(), tarOf(t, script), v120); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// A file is one of an archive.
type file struct {
	name string
	data []byte
	mode fs.FileMode
}

// self is a program: the one that runs.
func self(t *testing.T) file {
	t.Helper()
	name, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return file{"tool.exe", data, 0o755}
}

func tarOf(t *testing.T, files ...file) string {
	t.Helper()
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(z)
	for _, f := range files {
		err = errors.Join(err, w.WriteHeader(&tar.Header{Name: f.name, Mode: int64(f.mode), Size: int64(len(f.data))}))
		_, writeErr := w.Write(f.data)
		err = errors.Join(err, writeErr)
	}
	return saved(t, &b, errors.Join(err, w.Close(), z.Close()))
}

func zipOf(t *testing.T, files ...file) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	var err error
	for _, f := range files {
		h := &zip.FileHeader{Name: f.name}
		h.SetMode(f.mode)
		w, createErr := z.CreateHeader(h)
		if createErr != nil {
			t.Fatal(createErr)
		}
		_, writeErr := w.Write(f.data)
		err = errors.Join(err, writeErr)
	}
	return saved(t, &b, errors.Join(err, z.Close()))
}

func saved(t *testing.T, b *bytes.Buffer, err error) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "download")
	if err = errors.Join(err, os.WriteFile(name, b.Bytes(), 0o644)); err != nil {
		t.Fatal(err)
	}
	return name
}
