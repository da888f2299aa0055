package oci_test

import (
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/cupel-dev/cupel/internal/channel/oci/registrytest"
	"github.com/cupel-dev/cupel/internal/journal"
)

// faults are the ways in which one answer of a registry goes wrong.
var faults = map[string]registrytest.Fault{
	"401":           registrytest.Answer(http.StatusUnauthorized, "UNAUTHORIZED"),
	"404":           registrytest.Answer(http.StatusNotFound, "NAME_UNKNOWN"),
	"a page as 404": registrytest.Plain(http.StatusNotFound),
	"429":           registrytest.Answer(http.StatusTooManyRequests, "TOOMANYREQUESTS", "Retry-After", "0"),
	"500":           registrytest.Answer(http.StatusInternalServerError, "UNKNOWN"),
	"lost request":  registrytest.LoseRequest,
	"lost reply":    registrytest.LoseReply,
	"truncated":     registrytest.Truncate,
	"a lie":         registrytest.Lie,
}

// stride thins out the requests that TestOneFaultAnywhere meets, so that a run
// of all tests stays short; with 1 it takes minutes and meets about 1,500.
const stride = 45

// TestOneFaultAnywhere lets requests of a release go wrong once, in every way.
// Whatever comes of it, either nothing is left of the release, or it can be
// resumed and ends as an undisturbed one does.
func TestOneFaultAnywhere(t *testing.T) {
	cases := 0
	for i, name := range slices.Sorted(maps.Keys(faults)) {
		for n := (i * 5) % stride; ; n += stride {
			w := newWorld(t)
			if !w.releaseWith(t, fmt.Sprintf("%s at request %d", name, n), n, faults[name]) {
				break
			}
			cases++
		}
	}
	t.Logf("%d faults", cases)
	if cases < 3*len(faults) {
		t.Errorf("only %d faults were met", cases)
	}
}

// releaseWith makes a release in which the nth request goes wrong, heals the
// registry and brings the release to an end. It reports whether it came to
// that request.
func (w *world) releaseWith(t *testing.T, what string, n int, fault registrytest.Fault) bool {
	t.Helper()
	old := w.put(t, "1.1.0")
	w.tagOf(t, "latest", "1.1.0")
	met := w.Nth(n, fault)
	r := new(run)
	out := r.do(t, w.channel(t, "1.2.0").Steps(), (*journal.Runner).Run)
	if !met() {
		return false
	}
	w.Heal()
	what = fmt.Sprintf("%s: %s: %v", what, out.Code, out.Err)
	if w.Digest("team/app", "1.2.0") == "" {
		w.settleWithoutTag(t, what, r, old)
		return true
	}
	if out := r.do(t, w.channel(t, "1.2.0").Steps(), (*journal.Runner).Resume); out.Code != journal.Complete {
		t.Errorf("%s; resumed: %s: %v", what, out.Code, out.Err)
	}
	tags := w.Tags("team/app")
	// made by a client that was told once that there is no API for referrers
	maps.DeleteFunc(tags, func(tag, _ string) bool { return strings.HasPrefix(tag, "sha256-") })
	root := w.root.String()
	if want := (map[string]string{"1.1.0": old, "1.2.0": root, "1.2": root, "1": root, "latest": root}); !maps.Equal(tags, want) {
		t.Errorf("%s: tags %v, want %v", what, tags, want)
	}
	return true
}

func (w *world) tagOf(t *testing.T, pointer, tag string) {
	t.Helper()
	w.tag(t, pointer, w.image(t, tag))
}

// settleWithoutTag aborts what did not come to its end; nothing may be left.
func (w *world) settleWithoutTag(t *testing.T, what string, r *run, old string) {
	t.Helper()
	r.do(t, w.channel(t, "1.2.0").Steps(), (*journal.Runner).Abort)
	if got, want := w.Tags("team/app"), (map[string]string{"1.1.0": old, "latest": old}); !maps.Equal(got, want) {
		t.Errorf("%s: tags %v, want %v", what, got, want)
	}
	for _, h := range append([]string{w.root.String(), w.attestation.String()}, w.children[0].String(), w.children[1].String()) {
		if w.Digest("team/app", h) != "" {
			t.Errorf("%s: %s is left", what, h)
		}
	}
}

func TestRetryAfterIsObeyed(t *testing.T) {
	w := newWorld(t)
	w.Next(1, http.MethodPut, "/manifests/1.2.0$", registrytest.Answer(http.StatusTooManyRequests, "TOOMANYREQUESTS", "Retry-After", "1"))
	start := time.Now()
	wantCode(t, w.release(t, "1.2.0"), journal.Complete)
	if took := time.Since(start); took < time.Second {
		t.Errorf("the registry asked to wait for a second, and the release was over after %s", took)
	}
}

func TestAWaitThatIsTooLongEndsTheRunToBeResumed(t *testing.T) {
	w := newWorld(t)
	w.Next(1, http.MethodPut, "/manifests/1.2.0$", registrytest.Answer(http.StatusTooManyRequests, "TOOMANYREQUESTS", "Retry-After", "86400"))
	r := new(run)
	out := r.do(t, w.channel(t, "1.2.0").Steps(), (*journal.Runner).Run)
	wantCode(t, out, journal.Incomplete)
	if !strings.Contains(out.Err.Error(), "wants no request before") {
		t.Errorf("error %v", out.Err)
	}
	wantCode(t, r.do(t, w.channel(t, "1.2.0").Steps(), (*journal.Runner).Resume), journal.Complete)
}

func TestWhatARefusalSays(t *testing.T) {
	for _, test := range []struct {
		fault registrytest.Fault
		want  string
	}{
		{registrytest.Answer(http.StatusForbidden, "DENIED"), "log in to the registry"},
		{registrytest.Plain(http.StatusNotFound), "that is no registry's answer"},
	} {
		w := newWorld(t)
		w.Next(-1, http.MethodGet, "/manifests/", test.fault)
		out := w.release(t, "1.2.0")
		wantCode(t, out, journal.Refused)
		if !strings.Contains(out.Err.Error(), test.want) {
			t.Errorf("error %v, want %s", out.Err, test.want)
		}
	}
}

// TestARegistryThatKeepsOtherBytesIsFound lets blobs come back changed or
// short whenever they are asked for.
func TestARegistryThatKeepsOtherBytesIsFound(t *testing.T) {
	for name, fault := range map[string]registrytest.Fault{"changed": registrytest.Lie, "short": registrytest.Truncate} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.Next(-1, http.MethodGet, "/blobs/", fault)
			r, steps := new(run), w.channel(t, "1.2.0").Steps()
			if out := r.do(t, steps, (*journal.Runner).Run); out.Code == journal.Complete {
				t.Fatal("nobody noticed")
			}
			w.Heal()
			r.do(t, steps, (*journal.Runner).Abort)
			w.wantNothing(t)
		})
	}
}

func TestAnAbortBeforeTheImageIsBuiltHasNothingToDo(t *testing.T) {
	w := newWorld(t)
	w.layout = filepath.Join(w.layout, "not-built")
	wantCode(t, new(run).do(t, w.channel(t, "1.2.0").Steps(), (*journal.Runner).Abort), journal.Undone)
}

func TestAbortLeavesNothing(t *testing.T) {
	for name, options := range map[string][]registry.Option{
		"with an API for referrers": nil, "without": {registry.WithReferrersSupport(false)},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, options...)
			r, steps := new(run), w.channel(t, "1.2.0").Steps()
			w.Next(-1, http.MethodPut, "/manifests/1.2.0$", registrytest.Answer(http.StatusForbidden, "DENIED"))
			wantCode(t, r.do(t, steps, (*journal.Runner).Run), journal.Undone)
			w.wantNothing(t)
		})
	}
}

func TestAnUndoLeavesWhatWasThereBefore(t *testing.T) {
	w := newWorld(t)
	child := w.children[0].String()
	image, err := w.staged(t).Image(w.children[0])
	check(t, err)
	w.tag(t, "1.1.0", image) // an earlier release holds the same image
	w.Next(-1, http.MethodPut, "/manifests/1.2.0$", registrytest.Answer(http.StatusForbidden, "DENIED"))
	wantCode(t, w.release(t, "1.2.0"), journal.Undone)
	w.wantTags(t, map[string]string{"1.1.0": child})
	if w.Digest("team/app", child) == "" {
		t.Error("the undo deleted an image of an earlier release")
	}
	if w.Digest("team/app", w.root.String()) != "" {
		t.Error("the undo left the index")
	}
}

func TestARegistryThatDeletesNothingKeepsImagesThatNobodySees(t *testing.T) {
	w := newWorld(t)
	w.Next(-1, http.MethodDelete, "", registrytest.Answer(http.StatusMethodNotAllowed, "UNSUPPORTED"))
	w.Next(1, http.MethodPut, "/manifests/1.2.0$", registrytest.Answer(http.StatusForbidden, "DENIED"))
	wantCode(t, w.release(t, "1.2.0"), journal.Undone)
	w.wantTags(t, map[string]string{})
	wantCode(t, w.release(t, "1.2.0"), journal.Complete)
}
