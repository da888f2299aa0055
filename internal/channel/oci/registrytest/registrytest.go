// Package registrytest serves a container registry on this machine, for tests,
// and lets it go wrong in the ways in which registries do.
//
// The registry is go-containerregistry's own; faults stand in front of it.
package registrytest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"
)

// A Server is a registry and the faults that wait for a request.
type Server struct {
	Host string // "127.0.0.1:12345", without a scheme

	inner    http.Handler
	mu       sync.Mutex
	faults   []*waiting
	requests []string
}

// A waiting fault is for requests that match: skip of them are answered as they
// should be, then left of them are not, all where that is below 0.
type waiting struct {
	method     string // "" is any
	path       *regexp.Regexp
	fault      Fault
	skip, left int
}

// meets reports whether the fault changes the answer to a request, and counts
// it.
func (f *waiting) meets(r *http.Request) bool {
	if f.left == 0 || f.method != "" && f.method != r.Method || !f.path.MatchString(r.URL.Path) {
		return false
	}
	if f.skip > 0 {
		f.skip--
		return false
	}
	f.left--
	return true
}

// New starts a registry with an API for referrers; options can take it away.
// It ends with the test.
func New(t testing.TB, options ...registry.Option) *Server {
	t.Helper()
	options = append([]registry.Option{registry.Logger(log.New(io.Discard, "", 0)), registry.WithReferrersSupport(true)}, options...)
	s := &Server{inner: registry.New(options...)}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.Host = server.Listener.Addr().String()
	return s
}

// Next makes the next times requests fail whose method is the given one and
// whose path matches the regular expression; below 0 it is all of them.
func (s *Server) Next(times int, method, path string, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &waiting{method: method, path: regexp.MustCompile(path), fault: f, left: times})
}

// Nth makes one request fail, whatever it is: the nth from now on, counted
// from 0. The function that it returns reports whether that one has come.
func (s *Server) Nth(n int, f Fault) (met func() bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := &waiting{path: regexp.MustCompile(""), fault: f, skip: n, left: 1}
	s.faults = append(s.faults, w)
	return func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return w.left == 0
	}
}

// Heal takes all faults away.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.requests = append(s.requests, r.Method+" "+r.URL.Path)
	h := s.inner
	for _, f := range s.faults {
		if f.meets(r) {
			h = f.fault(h)
			break
		}
	}
	s.mu.Unlock()
	h.ServeHTTP(w, r)
}

// Changes returns the requests since the last call that were to change
// something: "PUT /v2/app/manifests/1.2.0".
func (s *Server) Changes() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	changes := slices.DeleteFunc(s.requests, func(r string) bool {
		return strings.HasPrefix(r, "GET ") || strings.HasPrefix(r, "HEAD ")
	})
	s.requests = nil
	return changes
}

// Digest returns the digest of the manifest at a tag or digest of a repository,
// and "" where there is none. No fault meets it.
func (s *Server) Digest(repository, reference string) string {
	return s.ask(http.MethodHead, path.Join("/v2", repository, "manifests", reference)).Header().Get("Docker-Content-Digest")
}

// Tags returns the tags of a repository, and what they point to.
func (s *Server) Tags(repository string) map[string]string {
	var list struct{ Tags []string }
	_ = json.Unmarshal(s.ask(http.MethodGet, path.Join("/v2", repository, "tags/list")).Body.Bytes(), &list)
	tags := map[string]string{}
	for _, tag := range list.Tags {
		tags[tag] = s.Digest(repository, tag)
	}
	return tags
}

func (s *Server) ask(method, path string) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	s.inner.ServeHTTP(answer, httptest.NewRequest(method, path, nil))
	return answer
}

// A Fault changes how a request is answered.
type Fault func(http.Handler) http.Handler

// Answer answers with a status and an error as the distribution specification
// has it, and does nothing else.
func Answer(status int, code string, header ...string) Fault {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			for i := 0; i+1 < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"errors":[{"code":%q,"message":"told to"}]}`, code)
		})
	}
}

// Plain answers with a status and a page, as a server does that is none.
func Plain(status int) Fault {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Error(w, "<html>", status) })
	}
}

// LoseReply does what is asked and breaks the connection.
func LoseReply(next http.Handler) http.Handler {
	return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	})
}

// LoseRequest breaks the connection and does nothing.
func LoseRequest(http.Handler) http.Handler {
	return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
}

// Truncate sends the first half of the answer and breaks the connection.
func Truncate(next http.Handler) http.Handler {
	return changed(next, func(b []byte) []byte { return b[:len(b)/2] })
}

// Lie changes one digit in the middle of the answer and no header.
func Lie(next http.Handler) http.Handler {
	return changed(next, func(b []byte) []byte {
		b = bytes.Clone(b)
		for i := len(b) / 2; i < len(b); i++ {
			if b[i] >= '0' && b[i] <= '9' {
				b[i] = '0' + (b[i]-'0'+1)%10
				break
			}
		}
		return b
	})
}

func changed(next http.Handler, change func([]byte) []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		maps.Copy(w.Header(), answer.Header())
		w.Header().Set("Content-Length", fmt.Sprint(answer.Body.Len()))
		w.WriteHeader(answer.Code)
		body := change(answer.Body.Bytes())
		_, _ = w.Write(body)
		if len(body) < answer.Body.Len() {
			panic(http.ErrAbortHandler)
		}
	})
}

// Before runs something before a request is answered as it should be: what
// another release does at just that moment.
func Before(do func()) Fault {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			do()
			next.ServeHTTP(w, r)
		})
	}
}

// ImmutableTags refuses to move a tag that exists, as registries can be told
// to: with status 400 and TAG_INVALID.
func (s *Server) ImmutableTags() {
	s.Next(-1, http.MethodPut, "/manifests/[^:]*$", func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if s.ask(http.MethodHead, r.URL.Path).Code == http.StatusOK {
				next = Answer(http.StatusBadRequest, "TAG_INVALID")(nil)
			}
			next.ServeHTTP(w, r)
		})
	})
}
