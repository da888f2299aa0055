package forgetest

import (
	"archive/zip"
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

type artifact struct {
	id      int64
	run     int64
	name    string
	archive []byte
	expired bool
}

// A File is one file of an artifact.
type File struct {
	Name string
	Data string
}

// Artifact adds an artifact of a run, its files in one zip archive.
func (r *Repository) Artifact(run int64, name string, files ...File) {
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	for _, f := range files {
		// Writing to memory cannot fail.
		w, _ := z.Create(f.Name)
		_, _ = w.Write([]byte(f.Data))
	}
	_ = z.Close()
	r.Archive(run, name, archive.Bytes())
}

// Archive adds an artifact of which the archive is given as it is.
func (r *Repository) Archive(run int64, name string, archive []byte) {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	r.artifacts = append(r.artifacts, &artifact{id: r.server.id(), run: run, name: name, archive: archive})
}

// Expire makes the artifacts of a run ones that can no longer be read.
func (r *Repository) Expire(run int64) {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	for _, a := range r.artifacts {
		a.expired = a.expired || a.run == run
	}
}

// routeArtifacts: docs.github.com/rest/actions/artifacts.
func (s *Server) routeArtifacts(mux *http.ServeMux) {
	s.handle(mux, "GET", "/actions/runs/{run}/artifacts", "", s.listArtifacts)
	s.handle(mux, "GET", "/actions/artifacts/{id}/zip", "", s.redirect)
}

func (s *Server) listArtifacts(w http.ResponseWriter, r *http.Request, repo *Repository, _ Token) {
	run, _ := strconv.ParseInt(r.PathValue("run"), 10, 64)
	var fit []*artifact
	for _, a := range repo.artifacts {
		if a.run == run {
			fit = append(fit, a)
		}
	}
	list := []object{}
	for _, a := range page(w, r, fit) {
		list = append(list, object{"id": a.id, "name": a.name, "size_in_bytes": len(a.archive), "expired": a.expired})
	}
	answer(w, http.StatusOK, object{"total_count": len(fit), "artifacts": list})
}

// signature is what a storage URL is signed with: who has the URL can read.
const signature = "storage-signature"

func (s *Server) redirect(w http.ResponseWriter, r *http.Request, repo *Repository, _ Token) {
	a := repo.artifact(r.PathValue("id"))
	switch {
	case a == nil:
		notFound(w)
	case a.expired:
		problem(w, http.StatusGone, "Artifact has expired")
	default:
		w.Header().Set("Location", fmt.Sprintf("%s/storage/%d?sig=%s", s.storage.URL, a.id, signature))
		w.WriteHeader(http.StatusFound)
	}
}

func (r *Repository) artifact(id string) *artifact {
	for _, a := range r.artifacts {
		if strconv.FormatInt(a.id, 10) == id {
			return a
		}
	}
	return nil
}

// download is the storage behind the API. It takes the signature of the URL
// and refuses a request that brings a token as well.
func (s *Server) download(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") == "" && s.downloadAsset(w, r) {
		return
	}
	if r.URL.Query().Get("sig") != signature || r.Header.Get("Authorization") != "" {
		http.Error(w, "AuthenticationFailed", http.StatusForbidden)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, repo := range s.repos {
		if a := repo.artifact(strings.TrimPrefix(r.URL.Path, "/storage/")); a != nil {
			_, _ = w.Write(a.archive)
			return
		}
	}
	http.Error(w, "BlobNotFound", http.StatusNotFound)
}

// Secrets are the texts that no error, log or argument of a client may hold.
func (s *Server) Secrets() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	secrets := []string{signature}
	for secret := range s.tokens {
		secrets = append(secrets, secret)
	}
	return secrets
}
