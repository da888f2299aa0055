package oci_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"runtime"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/trial"
)

// withProgram stages an image with a program for this machine, beside one for
// another, in the place of what is staged.
func (w *world) withProgram(t *testing.T, script string) {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	files := tar.NewWriter(z)
	err := files.WriteHeader(&tar.Header{Name: "usr/bin/app", Mode: 0o755, Size: int64(len(script))})
	_, writeErr := files.Write([]byte(script))
	check(t, errors.Join(err, writeErr, files.Close(), z.Close()))
	image, err := mutate.AppendLayers(empty.Image, static.NewLayer(b.Bytes(), types.DockerLayer))
	check(t, err)
	foreign, err := random.Image(64, 1)
	check(t, err)
	index := mutate.AppendManifests(empty.Index,
		mutate.IndexAddendum{Add: foreign, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "s390x"}}},
		mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: runtime.GOARCH}}})
	w.layout = t.TempDir()
	path, err := layout.Write(w.layout, empty.Index)
	check(t, err)
	check(t, path.AppendIndex(index))
}

// TestTheProgramOfAnImageTellsItsVersion: one that tells another is never tagged;
// one that tells none is released with a warning.
func TestTheProgramOfAnImageTellsItsVersion(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("images are for Linux")
	}
	for name, tt := range map[string]struct {
		script, problem, warning string
		code                     journal.Code
	}{
		"right":   {"#!/bin/sh\necho app 1.2.0 $1\n", "", "", journal.Complete},
		"another": {"#!/bin/sh\necho app 1.1.0\n", `/team/app:1.2.0: it does not say that it is 1.2.0: it printed "app 1.1.0"`, "", journal.Undone},
		"none":    {"#!/bin/sh\nexit 2\n", "", "oci:try: usr/bin/app --version of ", journal.Complete},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.withProgram(t, tt.script)
			c := w.channel(t, "1.2.0")
			c.Trial = &trial.Trial{Args: []string{"--version"}}
			o := new(run).do(t, c.Steps(), (*journal.Runner).Run)
			if o.Code != tt.code || (o.Err == nil) != (tt.problem == "") || o.Err != nil && !strings.Contains(o.Err.Error(), tt.problem) {
				t.Errorf("%s: %v", o.Code, o.Err)
			}
			if warnings := strings.Join(o.Warnings, "\n"); (warnings == "") != (tt.warning == "") || !strings.Contains(warnings, tt.warning) {
				t.Errorf("warnings %q, want %q", warnings, tt.warning)
			}
			if tags := w.Tags("team/app"); (len(tags) > 0) != (tt.code == journal.Complete) {
				t.Errorf("tags %v", tags)
			}
		})
	}
}

func TestAnImageWithoutOneForThisMachineIsNotTried(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("images are for Linux")
	}
	w := newWorld(t)
	c := w.channel(t, "1.2.0")
	c.Trial = &trial.Trial{Args: []string{"--version"}}
	if o := new(run).do(t, c.Steps(), (*journal.Runner).Run); o.Code != journal.Undone || !strings.Contains(o.Err.Error(), "look for the image for linux/"+runtime.GOARCH+": there is none") {
		t.Errorf("%s: %v", o.Code, o.Err)
	}
}
