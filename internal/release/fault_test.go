package release_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cupel-dev/cupel/internal/channel/oci/registrytest"
	"github.com/cupel-dev/cupel/internal/forge/forgetest"
)

// A fault is one answer of one channel that is not as it should be.
type fault struct {
	name string
	at   string // the step at whose intent it is armed; "" from the start
	// arm makes the next fitting answer go wrong. interrupt ends the release's
	// context, as Ctrl-C does.
	arm func(t testing.TB, w *world, interrupt context.CancelFunc)
}

// faults are all that the servers of these tests can do wrong; the registry
// answers so many requests in a release.
func faults(requests int) []fault {
	return slices.Concat(gitFaults(), registryFaults(requests), proxyFaults(), hubFaults(), commandFaults(), webhookFaults())
}

func gitFaults() []fault {
	once := func(hook, what string) func(testing.TB, *world, context.CancelFunc) {
		return func(t testing.TB, w *world, _ context.CancelFunc) { w.remote.Hook(t, hook, what) }
	}
	cut := func(_ testing.TB, w *world, _ context.CancelFunc) { w.remote.CutNextReply() }
	const refuse = `rm "$0"; echo "no" >&2; exit 1`
	faults := []fault{
		{"git: the lock's reply is lost", "", cut},
		{"git: the push is interrupted", "git-push", func(_ testing.TB, _ *world, interrupt context.CancelFunc) { interrupt() }},
	}
	for _, step := range []string{"git-push", "receipt"} {
		faults = append(faults,
			fault{"git: reply lost at " + step, step, cut},
			fault{"git: refused at " + step, step, once("pre-receive", refuse)},
			fault{"git: one ref refused at " + step, step, once("update", refuse)},
			fault{"git: a hook after the fact fails at " + step, step, once("post-receive", refuse)})
	}
	return faults
}

// registryStride thins the requests out that faults meet: the registry's own
// package meets all.
const registryStride = 11

func registryFaults(requests int) []fault {
	kinds := map[string]registrytest.Fault{
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
	var faults []fault
	for i, name := range slices.Sorted(maps.Keys(kinds)) {
		for n := i * 5 % registryStride; n < requests; n += registryStride {
			faults = append(faults, fault{fmt.Sprintf("registry: %s at request %d", name, n), "", func(_ testing.TB, w *world, _ context.CancelFunc) {
				w.registry.Nth(n, kinds[name])
			}})
		}
	}
	for n := 0; n < requests; n += registryStride {
		faults = append(faults, fault{fmt.Sprintf("registry: interrupted at request %d", n), "", func(_ testing.TB, w *world, interrupt context.CancelFunc) {
			w.registry.Nth(n, registrytest.Before(interrupt))
		}})
	}
	return faults
}

func proxyFaults() []fault {
	var faults []fault
	for _, part := range []string{"/list", ".info", ".mod", ".zip"} {
		for _, status := range []int{403, 404, 410, 429, 500, 503} {
			faults = append(faults, fault{fmt.Sprintf("module proxy: %d for %s", status, part), "", func(_ testing.TB, w *world, _ context.CancelFunc) {
				var met atomic.Bool
				w.proxy.Answer(func(path string) int {
					if strings.HasSuffix(path, part) && met.CompareAndSwap(false, true) {
						return status
					}
					return 0
				})
			}})
		}
	}
	return faults
}

func hubFaults() []fault {
	kinds := map[string]forgetest.Fault{
		"401": {Status: 401}, "403": {Status: 403}, "404": {Status: 404}, "422": {Status: 422}, "500": {Status: 500}, "502": {Status: 502},
		"429":        {Status: 429, Header: "Retry-After: 0"},
		"rate limit": {Status: 403, Secondary: true},
		"lost reply": {Lost: true}, "lost request": {Refuse: true}, "slow": {Delay: 20 * time.Millisecond},
	}
	requests := [][2]string{
		{"GET", "/releases"}, {"POST", "/releases"}, {"PATCH", "/releases"}, {"GET", "/releases/latest"}, {"POST", "/assets"},
		{"GET", "/commits/tags"}, {"GET", "/download"}, {"POST", "/graphql"},
	}
	var faults []fault
	for _, r := range requests {
		for _, name := range slices.Sorted(maps.Keys(kinds)) {
			if name == "404" && r[1] == "/releases/latest" {
				continue // it is a true answer where no release is the latest, and none can tell
			}
			f := kinds[name]
			f.Method, f.Path, f.Times = r[0], r[1], 1
			faults = append(faults, fault{fmt.Sprintf("github: %s for %s %s", name, r[0], r[1]), "", func(_ testing.TB, w *world, _ context.CancelFunc) {
				w.hub.Fail(f)
			}})
		}
		faults = append(faults, fault{fmt.Sprintf("github: interrupted at %s %s", r[0], r[1]), "", func(_ testing.TB, w *world, interrupt context.CancelFunc) {
			w.hub.Fail(forgetest.Fault{Method: r[0], Path: r[1], Times: 1, Notice: interrupt})
		}})
	}
	return append(faults, fault{"github: an upload breaks off", "", func(_ testing.TB, w *world, _ context.CancelFunc) {
		w.hub.Fail(forgetest.Fault{Method: "POST", Path: "/assets", Times: 1, Half: true})
	}})
}

func commandFaults() []fault {
	var faults []fault
	for target, id := range map[string]string{".1.2.0": "upload", "1.2.0": "mirror"} {
		for _, word := range []string{"probe", "do", "verify"} {
			for _, kind := range []string{"refused", "killed", "lost", "half"} {
				if kind == "half" && word != "do" {
					continue // what only looks writes nothing
				}
				faults = append(faults, fault{fmt.Sprintf("command: %s of %s is %s", word, id, kind), "", func(t testing.TB, w *world, _ context.CancelFunc) {
					check(t, os.WriteFile(filepath.Join(w.Mirror, target+".fault"), []byte(word+"\n"+kind+"\n"), 0o644))
				}})
			}
		}
	}
	slices.SortFunc(faults, func(a, b fault) int { return strings.Compare(a.name, b.name) })
	return faults
}

func webhookFaults() []fault {
	answer := func(h http.HandlerFunc) func(testing.TB, *world, context.CancelFunc) {
		return func(_ testing.TB, w *world, _ context.CancelFunc) { w.news.answer(h) }
	}
	return []fault{
		{"webhook: 500", "", answer(func(rw http.ResponseWriter, _ *http.Request) { http.Error(rw, "no", http.StatusInternalServerError) })},
		{"webhook: lost request", "", answer(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })},
		{"webhook: lost reply", "", func(_ testing.TB, w *world, _ context.CancelFunc) {
			w.news.answer(func(_ http.ResponseWriter, r *http.Request) {
				w.news.hear(r)
				panic(http.ErrAbortHandler)
			})
		}},
	}
}
