// Package forgetest is a GitHub in this process: an HTTP server that answers
// the part of GitHub's REST API that the forge package uses as its
// documentation says, over real connections, and misbehaves on demand.
//
// It is written from the documentation and shares no code with the client. It
// holds no rules of Cupel and decides nothing about what a client should do.
// Each kind of thing has a file of its own with its state, its routes and its
// answers; a new kind adds its routes in [New].
package forgetest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A Server is one GitHub with any number of repositories. Its methods may be
// called while it answers.
type Server struct {
	URL     string // of the API
	MaxBody int    // characters that a comment may have; set before the first request

	storage *httptest.Server // where artifacts and assets lie, on another host as in life
	uploads *httptest.Server // where assets are sent to, on a third

	mu       sync.Mutex
	repos    map[string]*Repository
	tokens   map[string]Token
	faults   []*Fault
	requests []string
	lastID   int64
}

// A Token is what an Authorization header gives access to.
type Token struct {
	Login string   // who acts
	App   bool     // an installation of an app, such as the token of a workflow, has no user of its own
	May   []string // permissions, "pull-requests:write"; reading is always allowed
}

// A Repository is the state of one repository.
type Repository struct {
	server    *Server
	name      string // "owner/name"
	pulls     []*Pull
	comments  map[int][]*Comment
	artifacts []*artifact
	releases  releases

	categories  []string
	discussions []Discussion
}

// New starts a server that is closed when the test ends.
func New(tb testing.TB) *Server {
	tb.Helper()
	s := &Server{MaxBody: 65_536, repos: make(map[string]*Repository), tokens: make(map[string]Token)}
	mux := http.NewServeMux()
	s.routeComments(mux)
	s.routePulls(mux)
	s.routeArtifacts(mux)
	s.routeUsers(mux)
	s.routeReleases(mux)
	s.routeGraph(mux)
	uploads := http.NewServeMux()
	s.routeAssets(mux, uploads)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { notFound(w) })
	api := httptest.NewServer(s.misbehave(mux))
	s.storage = httptest.NewServer(s.misbehave(http.HandlerFunc(s.download)))
	s.uploads = httptest.NewServer(s.misbehave(uploads))
	tb.Cleanup(api.Close)
	tb.Cleanup(s.uploads.Close)
	tb.Cleanup(s.storage.Close)
	s.URL = api.URL
	return s
}

// Repository is the repository of that "owner/name", made where it is new.
func (s *Server) Repository(name string) *Repository {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.repos[name] == nil {
		s.repos[name] = &Repository{
			server: s, name: name, comments: make(map[int][]*Comment), releases: releases{tags: make(map[string]string)},
		}
	}
	return s.repos[name]
}

// Allow makes secret a valid token.
func (s *Server) Allow(secret string, token Token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens[secret] = token
}

// Requests are the requests so far, "POST /repos/o/r/issues/1/comments", in
// the order in which they came in.
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Count is the number of requests that begin with prefix.
func (s *Server) Count(prefix string) int {
	n := 0
	for _, r := range s.Requests() {
		if strings.HasPrefix(r, prefix) {
			n++
		}
	}
	return n
}

// id is a new identifier; the lock is held.
func (s *Server) id() int64 {
	s.lastID++
	return s.lastID
}

// An endpoint answers a request on an existing repository while the lock is held.
type endpoint func(w http.ResponseWriter, r *http.Request, repo *Repository, as Token)

// handle registers an endpoint under /repos/{owner}/{repo}. need is the
// permission that it takes, "" where reading is enough.
func (s *Server) handle(mux *http.ServeMux, method, path, need string, do endpoint) {
	mux.HandleFunc(method+" /repos/{owner}/{repo}"+path, func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		as, ok := s.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
		if !ok {
			problem(w, http.StatusUnauthorized, "Bad credentials")
			return
		}
		repo := s.repos[r.PathValue("owner")+"/"+r.PathValue("repo")]
		switch {
		case repo == nil:
			notFound(w)
		case need != "" && !slices.Contains(as.May, need):
			problem(w, http.StatusForbidden, "Resource not accessible by integration")
		default:
			do(w, r, repo, as)
		}
	})
}

func (s *Server) routeUsers(mux *http.ServeMux) {
	mux.HandleFunc("GET /user", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		as, ok := s.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
		switch {
		case !ok:
			problem(w, http.StatusUnauthorized, "Bad credentials")
		case as.App:
			problem(w, http.StatusForbidden, "Resource not accessible by integration")
		default:
			answer(w, http.StatusOK, object{"login": as.Login, "type": "User"})
		}
	})
}

type object map[string]any

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func problem(w http.ResponseWriter, status int, message string) {
	answer(w, status, object{"message": message, "documentation_url": "https://docs.github.com/rest", "status": fmt.Sprint(status)})
}

func notFound(w http.ResponseWriter) {
	problem(w, http.StatusNotFound, "Not Found")
}
