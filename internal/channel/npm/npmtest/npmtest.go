// Package npmtest serves an npm registry on this machine, for tests: documents
// of packages, publishing, tags, deprecation and downloads. It goes wrong when
// it is told to.
//
// Its source is npm's documentation of the registry API and of the package
// metadata.
package npmtest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"strings"
	"sync"
	"testing"

	"github.com/cupel-dev/cupel/internal/channel/faulttest"
)

// A Registry holds packages in memory.
type Registry struct {
	URL   string
	Token string // what every change needs

	faulttest.Faults
	mu       sync.Mutex
	packages map[string]*document
	files    map[string][]byte // by the path of their download
}

// A document is what a registry says of a package.
type document struct {
	ID       string                    `json:"_id"`
	Name     string                    `json:"name"`
	Tags     map[string]string         `json:"dist-tags"`
	Versions map[string]map[string]any `json:"versions"`
}

// New starts an empty registry. It ends with the test.
func New(t testing.TB) *Registry {
	t.Helper()
	r := &Registry{Token: "npmtest-token", packages: map[string]*document{}, files: map[string][]byte{}}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	r.URL = server.URL + "/"
	return r
}

// Put adds a version that is not npm's, as another release would have left it,
// and points tags to it.
func (r *Registry) Put(name, version string, tags ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.open(name)
	p.Versions[version] = map[string]any{
		"name": name, "version": version,
		"dist": map[string]any{"integrity": "sha512-" + base64.StdEncoding.EncodeToString([]byte(version)), "tarball": r.URL + "none"},
	}
	for _, tag := range tags {
		p.Tags[tag] = version
	}
}

// Tags returns what the tags of a package point to.
func (r *Registry) Tags(name string) map[string]string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.open(name).Tags
}

// Deprecated is the message that users of a version are told; "" is none.
func (r *Registry) Deprecated(name, version string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	message, _ := r.open(name).Versions[version]["deprecated"].(string)
	return message
}

func (r *Registry) open(name string) *document {
	if r.packages[name] == nil {
		r.packages[name] = &document{name, name, map[string]string{}, map[string]map[string]any{}}
	}
	return r.packages[name]
}

// ServeHTTP implements http.Handler.
func (r *Registry) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.Serve(w, req, r.read, r.change)
}

func (r *Registry) read(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if file, ok := r.files[req.URL.Path]; ok {
		_, _ = w.Write(file)
		return
	}
	name, tags := strings.CutPrefix(req.URL.Path, "/-/package/")
	name = strings.TrimPrefix(strings.TrimSuffix(name, "/dist-tags"), "/")
	p := r.packages[name]
	switch {
	case p == nil || len(p.Versions) == 0:
		refuse(w, http.StatusNotFound, "not_found")
	case tags:
		_ = json.NewEncoder(w).Encode(p.Tags)
	default:
		_ = json.NewEncoder(w).Encode(p)
	}
}

func refuse(w http.ResponseWriter, status int, reason string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": reason})
}

func (r *Registry) change(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return
	}
	if req.Header.Get("Authorization") != "Bearer "+r.Token {
		refuse(w, http.StatusUnauthorized, "this account may not do that")
		return
	}
	if name, ok := strings.CutPrefix(req.URL.Path, "/-/package/"); ok {
		name, tag, _ := strings.Cut(name, "/dist-tags/")
		r.tag(w, req.Method, name, tag, body)
		return
	}
	r.update(w, strings.TrimPrefix(req.URL.Path, "/"), body)
}

func (r *Registry) tag(w http.ResponseWriter, method, name, tag string, body []byte) {
	var version string
	switch _ = json.Unmarshal(body, &version); {
	case method == http.MethodDelete && tag == "latest":
		refuse(w, http.StatusForbidden, "a package has a latest version")
		return
	case method == http.MethodDelete:
		delete(r.open(name).Tags, tag)
	case r.open(name).Versions[version] == nil:
		refuse(w, http.StatusNotFound, "no such version")
		return
	default:
		r.open(name).Tags[tag] = version
	}
	fmt.Fprint(w, `{"ok":true}`)
}

// An update is a new version with its file, or a document without files that
// deprecates versions.
type update struct {
	document
	Attachments map[string]struct{ Data []byte } `json:"_attachments"`
}

func (r *Registry) update(w http.ResponseWriter, name string, body []byte) {
	var u update
	if err := json.Unmarshal(body, &u); err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	p := r.open(name)
	for number, v := range u.Versions {
		switch there := p.Versions[number]; {
		case len(u.Attachments) == 0 && there != nil:
			there["deprecated"] = v["deprecated"]
		case there != nil:
			refuse(w, http.StatusForbidden, "You cannot publish over the previously published versions: "+number)
			return
		default:
			p.Versions[number] = v
		}
	}
	if len(u.Attachments) > 0 {
		r.attach(p, u)
	}
	fmt.Fprint(w, `{"ok":true}`)
}

// attach keeps the file of a new version, and points the tags of the upload to
// it; the first version of a package is its latest, under whatever tag.
func (r *Registry) attach(p *document, u update) {
	for file, a := range u.Attachments {
		for _, v := range u.Versions {
			address := path.Join("/", p.Name, "-", path.Base(file))
			r.files[address] = a.Data
			v["dist"].(map[string]any)["tarball"] = strings.TrimSuffix(r.URL, "/") + (&url.URL{Path: address}).EscapedPath()
		}
	}
	for tag, version := range u.Tags {
		p.Tags[tag] = version
		if p.Tags["latest"] == "" {
			p.Tags["latest"] = version
		}
	}
}

// Refuse answers with a status and a reason and does nothing.
func Refuse(status int, reason string) faulttest.Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
		refuse(w, status, reason)
		return true
	}
}
