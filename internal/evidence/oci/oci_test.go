package oci

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/evidence"
	"github.com/cupel-dev/cupel/internal/host"
)

// measured is complete evidence of one run, made at the given second.
func measured(t *testing.T, second int) *evidence.Directory {
	t.Helper()
	d, err := evidence.Create(t.TempDir(), &evidence.Manifest{
		Schema: evidence.Schema, Status: evidence.StatusIncomplete,
		Created: time.Date(2026, 3, 1, 12, 0, second, 0, time.UTC),
		Commit:  strings.Repeat("a", 40), Subject: evidence.Subject{Digest: "sha256:00", Files: 1},
		Plan:      evidence.Plan{Runs: 1, Suites: []evidence.Suite{{Name: "s", Format: "gobench", Run: []string{"./s"}}}},
		Preflight: []evidence.Preflight{{When: "before", Probes: host.Findings{{Name: "power", State: host.OK}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	run := evidence.Run{Suite: "s", Number: 1, Status: bench.OK, Measured: 1}
	if err := os.WriteFile(filepath.Join(d.Path, "s_run1.txt"), []byte("BenchmarkA 100 10 ns/op\nPASS\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := d.Record(run); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Finish(evidence.Environment{Class: "test"}, time.Date(2026, 3, 1, 12, 5, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	return d
}

// serve starts a registry; spoil may change what it answers.
func serve(t *testing.T, spoil func(*http.Request, *httptest.ResponseRecorder)) string {
	t.Helper()
	handler := registry.New(registry.Logger(log.New(io.Discard, "", 0)), registry.WithReferrersSupport(true))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, r)
		if spoil != nil {
			spoil(r, answer)
		}
		for key, values := range answer.Header() {
			w.Header()[key] = values
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func reference(t *testing.T, text string) name.Reference {
	t.Helper()
	ref, err := name.ParseReference(text)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

func push(t *testing.T, d *evidence.Directory, ref, image name.Reference) v1.Hash {
	t.Helper()
	digest, err := Push(t.Context(), os.DirFS(d.Path), ref, image)
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

func TestPulledEvidenceHasTheBytesThatWerePushed(t *testing.T) {
	d := measured(t, 0)
	ref := reference(t, serve(t, nil)+"/project:evidence")
	push(t, d, ref, nil)
	results := t.TempDir()
	paths, err := Pull(t.Context(), ref, results, nil)
	if err != nil || len(paths) != 1 || filepath.Base(paths[0]) != "20260301_120000" {
		t.Fatalf("pulled %v, %v", paths, err)
	}
	sameFiles(t, d.Path, paths[0])
	if again, err := Pull(t.Context(), ref, results, nil); err != nil || again[0] != paths[0] {
		t.Errorf("pulling again gives %v, %v", again, err)
	}
}

func sameFiles(t *testing.T, a, b string) {
	t.Helper()
	for _, dir := range []string{a, b} {
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) == 0 {
			t.Fatalf("%s: %d files, %v", dir, len(entries), err)
		}
		for _, e := range entries {
			x, errX := os.ReadFile(filepath.Join(a, e.Name()))
			y, errY := os.ReadFile(filepath.Join(b, e.Name()))
			if errX != nil || errY != nil || !bytes.Equal(x, y) {
				t.Errorf("%s differs: %v, %v", e.Name(), errX, errY)
			}
		}
	}
}

func TestTheDigestOfABlobIsThatOfTheFile(t *testing.T) {
	d := measured(t, 0)
	ref := reference(t, serve(t, nil)+"/project:evidence")
	push(t, d, ref, nil)
	artifact, err := remote.Image(ref)
	if err != nil {
		t.Fatal(err)
	}
	m, err := artifact.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, layer := range m.Layers {
		found[layer.Annotations[titleKey]] = layer.Digest.Hex
	}
	for file, sum := range d.Manifest.Files {
		if found[file] != sum {
			t.Errorf("%s is %s in the registry, %s here", file, found[file], sum)
		}
	}
	if len(found) != len(d.Manifest.Files)+1 { // and manifest.json itself
		t.Errorf("the registry has %d files, the manifest names %d", len(found), len(d.Manifest.Files))
	}
}

func TestSeveralHostsAddEvidenceToOneImage(t *testing.T) {
	repo := serve(t, nil) + "/project"
	image := reference(t, repo+":v1.0.0")
	released, err := random.Image(100, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(image, released); err != nil {
		t.Fatal(err)
	}
	push(t, measured(t, 1), reference(t, repo+":evidence-a"), image)
	push(t, measured(t, 2), reference(t, repo+":evidence-b"), image)
	paths, err := Pull(t.Context(), image, t.TempDir(), nil)
	if err != nil || len(paths) != 2 {
		t.Errorf("pulled %v, %v", paths, err)
	}
	_, err = Push(t.Context(), os.DirFS(measured(t, 3).Path), reference(t, repo+"/other:x"), image)
	if err == nil || !strings.Contains(err.Error(), "another repository") {
		t.Errorf("a referrer in another repository: %v", err)
	}
}

func TestATagIsNeverOverwritten(t *testing.T) {
	ref := reference(t, serve(t, nil)+"/project:evidence")
	first := measured(t, 0)
	digest := push(t, first, ref, nil)
	if again := push(t, first, ref, nil); again != digest {
		t.Errorf("the same evidence has the digests %s and %s", digest, again)
	}
	_, err := Push(t.Context(), os.DirFS(measured(t, 1).Path), ref, nil)
	if err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("other evidence under the same tag: %v", err)
	}
}

func TestOfTwoPushesToOneTagTheOneThatLostSeesIt(t *testing.T) {
	other, err := random.Image(10, 1)
	if err != nil {
		t.Fatal(err)
	}
	var ref name.Reference
	lost := false
	ref = reference(t, serve(t, func(r *http.Request, _ *httptest.ResponseRecorder) {
		if r.Method != http.MethodPut || !strings.HasSuffix(r.URL.Path, "/manifests/evidence") || lost {
			return
		}
		lost = true // the next request is the other's
		if err := remote.Write(ref, other); err != nil {
			t.Error(err)
		}
	})+"/project:evidence")
	if _, err := Push(t.Context(), os.DirFS(measured(t, 0).Path), ref, nil); err == nil || !strings.Contains(err.Error(), "which came at the same time") {
		t.Errorf("got %v", err)
	}
}

func TestEvidenceThatDoesNotVerifyIsNotPushed(t *testing.T) {
	d := measured(t, 0)
	if err := os.WriteFile(filepath.Join(d.Path, "s_run1.txt"), []byte("BenchmarkA 100 9 ns/op\nPASS\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := Push(t.Context(), os.DirFS(d.Path), reference(t, serve(t, nil)+"/project:evidence"), nil)
	var difference *evidence.Difference
	if !errors.As(err, &difference) || difference.File != "s_run1.txt" {
		t.Errorf("pushed: %v", err)
	}
}

func TestOnlyEvidenceThatTheKeySignedIsPulled(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	repo := serve(t, nil) + "/project"
	signed, unsigned := measured(t, 0), measured(t, 1)
	if err := signed.Sign(private); err != nil {
		t.Fatal(err)
	}
	push(t, signed, reference(t, repo+":signed"), nil)
	push(t, unsigned, reference(t, repo+":unsigned"), nil)
	for _, c := range []struct {
		tag string
		key crypto.PublicKey
		ok  bool
	}{{"signed", public, true}, {"signed", nil, true}, {"signed", other, false}, {"unsigned", public, false}, {"unsigned", nil, true}} {
		results := t.TempDir()
		_, err := Pull(t.Context(), reference(t, repo+":"+c.tag), results, c.key)
		if (err == nil) != c.ok {
			t.Errorf("%s, key given: %v: %v", c.tag, c.key != nil, err)
		}
		if !c.ok {
			nothingIn(t, results)
		}
	}
}

// nothingIn: a pull that failed leaves no evidence, whole or half.
func nothingIn(t *testing.T, results string) {
	t.Helper()
	entries, err := os.ReadDir(results)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != "go.mod" {
			t.Errorf("left behind: %s", e.Name())
		}
	}
}

func TestARegistryThatLiesIsFoundOut(t *testing.T) {
	blob := func(r *http.Request) bool {
		return r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/blobs/")
	}
	replace := func(answer *httptest.ResponseRecorder, text string) {
		answer.Header().Del("Content-Length")
		answer.Body = bytes.NewBufferString(text)
	}
	for _, c := range []struct {
		name  string
		spoil func(*http.Request, *httptest.ResponseRecorder)
	}{
		{"a blob is cut", func(r *http.Request, a *httptest.ResponseRecorder) {
			if blob(r) {
				replace(a, a.Body.String()[:a.Body.Len()/2])
			}
		}},
		{"a blob has other bytes of the same length", func(r *http.Request, a *httptest.ResponseRecorder) {
			if blob(r) {
				replace(a, strings.ReplaceAll(a.Body.String(), "10 ns/op", "09 ns/op"))
			}
		}},
		{"a blob is longer", func(r *http.Request, a *httptest.ResponseRecorder) {
			if blob(r) {
				replace(a, a.Body.String()+"\n")
			}
		}},
		{"a blob is gone", func(r *http.Request, a *httptest.ResponseRecorder) {
			if blob(r) {
				a.Code = http.StatusNotFound
			}
		}},
		{"the manifest is none", func(r *http.Request, a *httptest.ResponseRecorder) {
			if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/manifests/") {
				replace(a, `{"schemaVersion":2}`)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			spoiling := false
			repo := serve(t, func(r *http.Request, a *httptest.ResponseRecorder) {
				if spoiling {
					c.spoil(r, a)
				}
			})
			digest := push(t, measured(t, 0), reference(t, repo+"/project:evidence"), nil)
			spoiling = true
			results := t.TempDir()
			if _, err := Pull(t.Context(), reference(t, repo+"/project@"+digest.String()), results, nil); err == nil {
				t.Error("it was believed")
			}
			nothingIn(t, results)
		})
	}
}

func TestAnotherSetThanTheOneAskedForIsRefused(t *testing.T) {
	var asked, other v1.Hash
	repo := serve(t, func(r *http.Request, a *httptest.ResponseRecorder) {
		if strings.HasSuffix(r.URL.Path, "/manifests/"+asked.String()) && r.Method == http.MethodGet {
			r.URL.Path = strings.Replace(r.URL.Path, asked.String(), other.String(), 1)
			*a = *httptest.NewRecorder()
			spoiled, err := http.Get("http://" + r.Host + r.URL.Path)
			if err != nil {
				t.Error(err)
				return
			}
			defer spoiled.Body.Close()
			_, _ = io.Copy(a, spoiled.Body)
			a.Header().Set("Content-Type", spoiled.Header.Get("Content-Type"))
		}
	}) + "/project"
	first, second := measured(t, 0), measured(t, 1)
	digest := push(t, first, reference(t, repo+":a"), nil)
	other = push(t, second, reference(t, repo+":b"), nil)
	asked = digest
	results := t.TempDir()
	_, err := Pull(t.Context(), reference(t, repo+"@"+asked.String()), results, nil)
	if err == nil || !strings.Contains(err.Error(), "digest") {
		t.Errorf("another set was pulled: %v", err)
	}
}

func TestHostileArtifactsAreRefused(t *testing.T) {
	text := []byte("x")
	file := func(title string) mutate.Addendum {
		return mutate.Addendum{Layer: static.NewLayer(text, fileType), Annotations: map[string]string{titleKey: title}}
	}
	for _, c := range []struct {
		name  string
		files []mutate.Addendum
		want  string
	}{
		{"a path out of the directory", []mutate.Addendum{file("../evil")}, "not a path inside"},
		{"an absolute path", []mutate.Addendum{file("/etc/evil")}, "not a path inside"},
		{"no name", []mutate.Addendum{file("")}, "not a path inside"},
		{"a path that hides its end", []mutate.Addendum{file("a/../../evil")}, "not a path inside"},
		{"one name twice", []mutate.Addendum{file("a"), file("a")}, "exists"},
		{"a file under a file", []mutate.Addendum{file("a"), file("a/b")}, "a/b"},
		{"no manifest", []mutate.Addendum{file("a")}, "manifest.json"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ref := reference(t, serve(t, nil)+"/project:evil")
			base := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), ArtifactType)
			artifact, err := mutate.Append(base, c.files...)
			if err != nil {
				t.Fatal(err)
			}
			if err := remote.Write(ref, artifact); err != nil {
				t.Fatal(err)
			}
			results := filepath.Join(t.TempDir(), "results")
			_, err = Pull(t.Context(), ref, results, nil)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("pulled: %v, want %q", err, c.want)
			}
			nothingIn(t, results)
			if entries, _ := os.ReadDir(filepath.Dir(results)); len(entries) != 1 {
				t.Errorf("something was written outside: %v", entries)
			}
		})
	}
}

func TestAnImageWithoutEvidenceIsNamed(t *testing.T) {
	ref := reference(t, serve(t, nil)+"/project:v1")
	image, err := random.Image(100, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(ref, image); err != nil {
		t.Fatal(err)
	}
	_, err = Pull(t.Context(), ref, t.TempDir(), nil)
	if err == nil || !strings.Contains(err.Error(), "is no evidence, and no evidence refers to it") {
		t.Error(err)
	}
}
