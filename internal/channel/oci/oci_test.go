package oci_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/cupel-dev/cupel/internal/channel/oci"
	"github.com/cupel-dev/cupel/internal/channel/oci/registrytest"
	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/version"
)

// A world is a registry, and an index of two images with an attestation that
// waits to be released there.
type world struct {
	*registrytest.Server
	layout      string
	root        v1.Hash
	attestation v1.Hash
	children    []v1.Hash
}

func newWorld(t *testing.T, options ...registry.Option) *world {
	t.Helper()
	w := &world{Server: registrytest.New(t, options...), layout: t.TempDir()}
	index, err := random.Index(256, 1, 2)
	check(t, err)
	w.root, err = index.Digest()
	check(t, err)
	manifest, err := index.IndexManifest()
	check(t, err)
	for _, d := range manifest.Manifests {
		w.children = append(w.children, d.Digest)
	}
	attestation := attest(t, index)
	w.attestation, err = attestation.Digest()
	check(t, err)
	path, err := layout.Write(w.layout, empty.Index)
	check(t, err)
	check(t, path.AppendIndex(index))
	check(t, path.AppendImage(attestation))
	return w
}

// attest makes an in-toto attestation that refers to an index, as an artifact
// (OCI image specification 1.1, guidelines for artifact usage).
func attest(t *testing.T, index v1.ImageIndex) v1.Image {
	t.Helper()
	subject, err := partial.Descriptor(index)
	check(t, err)
	artifact := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), "application/vnd.in-toto+json")
	artifact, err = mutate.AppendLayers(artifact, static.NewLayer([]byte(`{"_type":"statement"}`), "application/vnd.in-toto+json"))
	check(t, err)
	return mutate.Subject(artifact, *subject).(v1.Image)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func parse(t *testing.T, number string) version.Version {
	t.Helper()
	v, err := version.Parse(number)
	check(t, err)
	return v
}

// put makes a tag that points to an image of its own, and returns its digest.
func (w *world) put(t *testing.T, tag string) string {
	t.Helper()
	image, err := random.Image(64, 1)
	check(t, err)
	w.tag(t, tag, image)
	return w.Digest("team/app", tag)
}

func (w *world) tag(t *testing.T, tag string, image remote.Taggable) {
	t.Helper()
	ref, err := name.ParseReference(w.Host + "/team/app:" + tag)
	check(t, err)
	check(t, remote.Push(ref, image))
}

// run runs steps as a release does, with a journal of their own, and ends what
// an earlier call began.
type run struct {
	journal string
}

func (r *run) do(t *testing.T, steps []journal.Step, action func(*journal.Runner, context.Context) journal.Outcome) journal.Outcome {
	t.Helper()
	if r.journal == "" {
		r.journal = filepath.Join(t.TempDir(), "journal")
	}
	j, err := journal.Open(r.journal, nil)
	check(t, err)
	defer j.Close()
	return action(&journal.Runner{Plan: journal.Plan{Name: "release", Steps: steps}, Journal: j}, t.Context())
}

func (w *world) release(t *testing.T, number string, withdrawn ...string) journal.Outcome {
	t.Helper()
	return new(run).do(t, w.channel(t, number, withdrawn...).Steps(), (*journal.Runner).Run)
}

func (w *world) wantTags(t *testing.T, want map[string]string) {
	t.Helper()
	if got := w.Tags("team/app"); !maps.Equal(got, want) {
		t.Errorf("the registry has the tags\n%v\nwant\n%v", got, want)
	}
}

func (w *world) wantNothing(t *testing.T) {
	t.Helper()
	w.wantTags(t, map[string]string{})
	for _, h := range append(slices.Clone(w.children), w.root, w.attestation) {
		if w.Digest("team/app", h.String()) != "" {
			t.Errorf("the registry still holds %s", h)
		}
	}
}

func wantCode(t *testing.T, out journal.Outcome, want journal.Code) {
	t.Helper()
	if out.Code != want {
		t.Fatalf("%s (%s): %v, want %s", out.Code, out.Step, out.Err, want)
	}
}

func (w *world) channel(t *testing.T, number string, withdrawn ...string) *oci.Channel {
	t.Helper()
	o := oci.Options{
		Repository: w.Host + "/team/app", Layout: w.layout, Version: parse(t, number),
		Backoff: remote.Backoff{Duration: time.Millisecond, Factor: 2, Steps: 3},
	}
	for _, number := range withdrawn {
		o.Withdrawn = append(o.Withdrawn, parse(t, number))
	}
	c, err := oci.New(o)
	check(t, err)
	return c
}

func TestAReleaseMakesTheVersionAndMovesThePointers(t *testing.T) {
	for name, options := range map[string][]registry.Option{
		"with an API for referrers": nil, "without": {registry.WithReferrersSupport(false)},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, options...)
			old := w.put(t, "1.1.0")
			wantCode(t, w.release(t, "1.2.0"), journal.Complete)
			root := w.root.String()
			tags := w.Tags("team/app")
			maps.DeleteFunc(tags, func(tag, _ string) bool { return strings.HasPrefix(tag, "sha256-") })
			want := map[string]string{"1.1.0": old, "1.2.0": root, "1.2": root, "1": root, "latest": root}
			if !maps.Equal(tags, want) {
				t.Errorf("tags %v, want %v", tags, want)
			}
			if w.Digest("team/app", w.attestation.String()) == "" {
				t.Error("the attestation was not pushed along")
			}
		})
	}
}

func TestNothingIsVisibleBeforeTheVersionsTag(t *testing.T) {
	w := newWorld(t)
	steps := w.channel(t, "1.2.0").Steps()
	wantCode(t, new(run).do(t, steps[:1], (*journal.Runner).Run), journal.Complete)
	w.wantTags(t, map[string]string{})
	if w.Digest("team/app", w.root.String()) == "" {
		t.Error("the image was not pushed by digest")
	}
}

func TestASecondRunOfAReleaseChangesNothing(t *testing.T) {
	w := newWorld(t)
	wantCode(t, w.release(t, "1.2.0"), journal.Complete)
	w.Changes()
	wantCode(t, w.release(t, "1.2.0"), journal.Complete)
	if changes := w.Changes(); len(changes) > 0 {
		t.Errorf("it sent %q", changes)
	}
}

func TestPointersStayOnTheNewestOfTheirLine(t *testing.T) { // F05
	for _, test := range []struct {
		name, release  string
		there          []string
		withdrawn      []string
		moved, unmoved []string
	}{
		{"a backport", "1.11.3", []string{"1.11.2", "1.13.0"}, nil, []string{"1.11"}, []string{"latest", "1"}},
		{"a backport below a withdrawn version", "1.11.3", []string{"1.11.2", "1.13.0"}, []string{"1.13.0"}, []string{"1.11", "latest", "1"}, nil},
		{"a prerelease", "1.14.0-rc.1", []string{"1.13.0"}, nil, nil, []string{"latest", "1", "1.13"}},
		{"a stable version above a prerelease", "1.14.0", []string{"1.13.0", "1.15.0-rc.1"}, nil, []string{"latest", "1", "1.14"}, []string{"1.13"}},
		{"1.10.0 above 1.9.0 (E01)", "1.10.0", []string{"1.9.0", "v1.8.0", "20190114"}, nil, []string{"latest", "1", "1.10"}, nil},
		{"below 1.0.0 without a major pointer", "0.3.0", []string{"0.2.0"}, nil, []string{"latest", "0.3"}, []string{"0"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			for _, number := range test.there {
				w.put(t, number)
			}
			before := map[string]string{}
			for _, tag := range test.unmoved {
				if tag != "0" {
					before[tag] = w.put(t, tag)
				}
			}
			wantCode(t, w.release(t, test.release, test.withdrawn...), journal.Complete)
			for _, tag := range test.moved {
				if w.Digest("team/app", tag) != w.root.String() {
					t.Errorf("%s was not moved", tag)
				}
			}
			for _, tag := range test.unmoved {
				if w.Digest("team/app", tag) != before[tag] {
					t.Errorf("%s was moved", tag)
				}
			}
		})
	}
}

func TestATagWithOtherBytesStopsTheRelease(t *testing.T) {
	w := newWorld(t)
	other := w.put(t, "1.2.0")
	w.tagOf(t, "latest", "1.2.0")
	out := w.release(t, "1.2.0")
	wantCode(t, out, journal.Conflicting)
	if !errors.Is(out.Err, journal.ErrConflict) {
		t.Errorf("error %v", out.Err)
	}
	w.wantTags(t, map[string]string{"1.2.0": other, "latest": other})
	if w.Digest("team/app", w.root.String()) != "" {
		t.Error("the pushed image was left behind")
	}
}

func TestTheLoserOfARaceSeesIt(t *testing.T) {
	w := newWorld(t)
	w.Next(1, http.MethodPut, "/manifests/1.2.0$", func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(rw, r)
			w.Heal()
			w.put(t, "1.2.0") // the other release looked before and puts after
		})
	})
	wantCode(t, w.release(t, "1.2.0"), journal.Conflicting)
}

func TestImmutableTags(t *testing.T) {
	t.Run("a new version is made", func(t *testing.T) {
		w := newWorld(t)
		w.ImmutableTags()
		wantCode(t, w.release(t, "1.2.0"), journal.Complete)
	})
	t.Run("the loser of a race is turned down", func(t *testing.T) {
		w := newWorld(t)
		w.ImmutableTags()
		steps := w.channel(t, "1.2.0").Steps()
		wantCode(t, new(run).do(t, steps[:1], (*journal.Runner).Run), journal.Complete)
		if o, err := steps[1].Probe(t.Context()); err != nil || o.State != journal.Absent {
			t.Fatalf("probe: %v, %v", o, err)
		}
		other := w.put(t, "1.2.0")
		err := steps[1].Do(t.Context())
		if !errors.Is(err, journal.ErrRejected) || !errors.Is(err, journal.ErrConflict) {
			t.Errorf("error %v", err)
		}
		w.wantTags(t, map[string]string{"1.2.0": other})
	})
}
