// Package cargotest serves a Cargo registry on this machine, for tests: a
// sparse index, the web API that cargo publish and cargo yank use, and
// downloads. It goes wrong when it is told to.
//
// Its source is The Cargo Book, chapters registry index and registry web API.
package cargotest

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/cupel-dev/cupel/internal/channel/faulttest"
)

// A Registry holds crates in memory.
type Registry struct {
	URL   string // of the index, without "sparse+"
	Token string // what publishing and yanking need

	faulttest.Faults
	mu       sync.Mutex
	base     string
	releases []*Release
}

// A Release is one version of a crate.
type Release struct {
	Name, Version string
	Yanked        bool

	hidden int // how often the index still leaves it out
	file   []byte
	line   map[string]any
}

// New starts an empty registry. It ends with the test.
func New(t testing.TB) *Registry {
	t.Helper()
	r := &Registry{Token: "cargotest-token"}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	r.base = server.URL
	r.URL = server.URL + "/index/"
	return r
}

// Releases returns what the registry holds, "a 1.2.0" or "a 1.2.0 yanked", in
// the order in which it came.
func (r *Registry) Releases() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for _, x := range r.releases {
		text := x.Name + " " + x.Version
		if x.Yanked {
			text += " yanked"
		}
		all = append(all, text)
	}
	return all
}

// Put adds a release that is not cargo's, as another release would have left
// it.
func (r *Registry) Put(name, version string, file []byte) *Release {
	r.mu.Lock()
	defer r.mu.Unlock()
	x := &Release{Name: name, Version: version, file: file, line: map[string]any{
		"deps": []any{}, "features": map[string]any{},
	}}
	r.releases = append(r.releases, x)
	return x
}

// ServeHTTP implements http.Handler.
func (r *Registry) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.Serve(w, req, r.read, r.change)
}

func (r *Registry) read(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	path := strings.Split(strings.TrimPrefix(req.URL.Path, "/"), "/")
	switch {
	case req.URL.Path == "/index/config.json":
		fmt.Fprintf(w, `{"dl":"%s/download","api":"%s"}`, r.base, r.base)
	case path[0] == "index":
		r.index(w, strings.TrimPrefix(req.URL.Path, "/index/"))
	case path[0] == "download" && len(path) == 4:
		if x := r.find(path[1], path[2]); x != nil {
			_, _ = w.Write(x.file)
			return
		}
		http.NotFound(w, req)
	default:
		http.NotFound(w, req)
	}
}

// index writes the file of a crate, if it is asked for where it should be.
func (r *Registry) index(w http.ResponseWriter, path string) {
	found := false
	for _, x := range r.releases {
		if place(x.Name) != path {
			continue
		}
		if x.hidden > 0 {
			x.hidden--
			continue
		}
		found = true
		sum := sha256.Sum256(x.file)
		x.line["name"], x.line["vers"], x.line["yanked"] = x.Name, x.Version, x.Yanked
		x.line["cksum"] = hex.EncodeToString(sum[:])
		_ = json.NewEncoder(w).Encode(x.line)
	}
	if !found {
		w.WriteHeader(http.StatusNotFound)
	}
}

func place(name string) string {
	name = strings.ToLower(name)
	return map[int]string{1: "1/", 2: "2/", 3: "3/" + name[:1] + "/"}[len(name)] + four(name) + name
}

func four(name string) string {
	if len(name) < 4 {
		return ""
	}
	return name[:2] + "/" + name[2:4] + "/"
}

func (r *Registry) find(name, version string) *Release {
	i := slices.IndexFunc(r.releases, func(x *Release) bool { return x.Name == name && x.Version == version })
	if i < 0 {
		return nil
	}
	return r.releases[i]
}

func (r *Registry) change(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	path := strings.Split(strings.TrimPrefix(req.URL.Path, "/api/v1/crates/"), "/")
	switch {
	case req.Header.Get("Authorization") != r.Token:
		refuse(w, http.StatusForbidden, "this token may not do that")
	case req.Method == http.MethodPut && path[0] == "new":
		r.publish(w, req)
	case req.Method == http.MethodDelete && len(path) == 3 && path[2] == "yank":
		x := r.find(path[0], path[1])
		if x == nil {
			refuse(w, http.StatusNotFound, "no such release")
			return
		}
		x.Yanked = true
		fmt.Fprint(w, `{"ok":true}`)
	default:
		refuse(w, http.StatusNotFound, "no such request")
	}
}

func refuse(w http.ResponseWriter, status int, detail string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"errors":[{"detail":%q}]}`, detail)
}

// An upload is what cargo publish sends.
type upload struct {
	Name     string           `json:"name"`
	Version  string           `json:"vers"`
	Deps     []map[string]any `json:"deps"`
	Features map[string]any   `json:"features"`
}

func (r *Registry) publish(w http.ResponseWriter, req *http.Request) {
	u, file, err := readUpload(req.Body)
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	if r.find(u.Name, u.Version) != nil {
		refuse(w, http.StatusBadRequest, fmt.Sprintf("crate %s@%s is there for good", u.Name, u.Version))
		return
	}
	deps := []map[string]any{}
	for _, d := range u.Deps {
		d["req"] = d["version_req"]
		delete(d, "version_req")
		deps = append(deps, d)
	}
	r.releases = append(r.releases, &Release{
		Name: u.Name, Version: u.Version, file: file, line: map[string]any{"deps": deps, "features": u.Features},
	})
	fmt.Fprint(w, `{"warnings":{"invalid_categories":[],"invalid_badges":[],"other":[]}}`)
}

// readUpload reads the two parts of an upload, each behind its length.
func readUpload(body io.Reader) (u upload, file []byte, err error) {
	metadata, err := readPart(body)
	if err != nil {
		return u, nil, err
	}
	if err := json.Unmarshal(metadata, &u); err != nil {
		return u, nil, err
	}
	file, err = readPart(body)
	return u, file, err
}

func readPart(body io.Reader) ([]byte, error) {
	var length uint32
	if err := binary.Read(body, binary.LittleEndian, &length); err != nil {
		return nil, err
	}
	if length > 10<<20 {
		return nil, errors.New("it is too long")
	}
	part := make([]byte, length)
	_, err := io.ReadFull(body, part)
	return part, err
}

// Refuse answers with a status and a reason and does nothing.
func Refuse(status int, detail string) faulttest.Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
		refuse(w, status, detail)
		return true
	}
}

// Late does what is asked, and lets the index leave the newest release out for
// some requests, as one behind a cache does.
func (r *Registry) Late(times int) faulttest.Fault {
	return func(w http.ResponseWriter, req *http.Request, registry http.Handler) bool {
		registry.ServeHTTP(w, req)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.releases[len(r.releases)-1].hidden = times
		return true
	}
}
