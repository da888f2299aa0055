package forgetest

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// An Asset is a file of a release as the server holds it.
type Asset struct {
	ID      int64
	Name    string
	Data    string
	Starter bool // its upload broke off; GitHub keeps the name taken
	NoHash  bool // GitHub does not say its digest, as of old ones
}

// routeAssets: docs.github.com/rest/releases/assets. Uploads go to a host of
// their own.
func (s *Server) routeAssets(mux, uploads *http.ServeMux) {
	s.handle(uploads, "POST", "/releases/{id}/assets", writeContents, s.upload)
	s.handle(mux, "GET", "/releases/assets/{id}", "", s.redirectAsset)
	s.handle(mux, "DELETE", "/releases/assets/{id}", writeContents, s.deleteAsset)
}

func (s *Server) assetJSON(repo *Repository, r *Release, a *Asset) object {
	state := "uploaded"
	if a.Starter {
		state = "starter"
	}
	o := object{
		"id": a.ID, "name": a.Name, "state": state, "size": len(a.Data),
		"browser_download_url": fmt.Sprintf("%s/%s/releases/download/%s/%s", s.storage.URL, repo.name, r.Tag, a.Name),
	}
	if !a.Starter && !a.NoHash {
		o["digest"] = fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(a.Data)))
	}
	return o
}

// renamed are the characters that GitHub replaces in the name of an asset.
var renamed = regexp.MustCompile(`[^A-Za-z0-9._+@-]+`)

func (s *Server) upload(w http.ResponseWriter, r *http.Request, repo *Repository, _ Token) {
	data, err := io.ReadAll(r.Body)
	release := repo.releases.find(r.PathValue("id"))
	name := strings.Trim(renamed.ReplaceAllString(r.URL.Query().Get("name"), "."), ".")
	switch {
	case err != nil:
		return
	case release == nil:
		notFound(w)
		return
	case release.Immutable:
		problem(w, http.StatusUnprocessableEntity, "Cannot upload assets to an immutable release.")
		return
	case len(data) == 0:
		problem(w, http.StatusBadRequest, "Bad Content-Length: 0")
		return
	case r.ContentLength < 0:
		problem(w, http.StatusLengthRequired, "Length Required")
		return
	}
	for _, a := range release.Assets {
		if a.Name == name {
			invalid(w, "name", "already_exists")
			return
		}
	}
	a := Asset{ID: s.id(), Name: name, Data: string(data)}
	if breaksOff(r) {
		a.Data, a.Starter = "", true
	}
	release.Assets = append(release.Assets, a)
	answer(w, http.StatusCreated, s.assetJSON(repo, release, &a))
}

// asset finds an asset and the release that it is of.
func (r *Repository) asset(fits func(*Release, *Asset) bool) (*Release, int) {
	for _, release := range r.releases.list {
		for i := range release.Assets {
			if fits(release, &release.Assets[i]) {
				return release, i
			}
		}
	}
	return nil, 0
}

func withID(id string) func(*Release, *Asset) bool {
	return func(_ *Release, a *Asset) bool { return strconv.FormatInt(a.ID, 10) == id }
}

func (s *Server) deleteAsset(w http.ResponseWriter, r *http.Request, repo *Repository, _ Token) {
	release, i := repo.asset(withID(r.PathValue("id")))
	switch {
	case release == nil:
		notFound(w)
	case release.Immutable:
		problem(w, http.StatusUnprocessableEntity, "Cannot delete assets of an immutable release.")
	default:
		release.Assets = append(release.Assets[:i:i], release.Assets[i+1:]...)
		w.WriteHeader(http.StatusNoContent)
	}
}

func (s *Server) redirectAsset(w http.ResponseWriter, r *http.Request, repo *Repository, _ Token) {
	release, i := repo.asset(withID(r.PathValue("id")))
	switch {
	case release == nil || release.Assets[i].Starter:
		notFound(w)
	case r.Header.Get("Accept") == "application/octet-stream":
		w.Header().Set("Location", fmt.Sprintf("%s/assets/%d?sig=%s", s.storage.URL, release.Assets[i].ID, signature))
		w.WriteHeader(http.StatusFound)
	default:
		answer(w, http.StatusOK, s.assetJSON(repo, release, &release.Assets[i]))
	}
}

// downloadAsset serves an asset: by the signed address to whoever has it, by
// the address of the page to everybody where the repository is public. It
// reports whether the request was for one.
func (s *Server) downloadAsset(w http.ResponseWriter, r *http.Request) bool {
	id, signed := strings.CutPrefix(r.URL.Path, "/assets/")
	name, page, found := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/releases/download/")
	if !signed && !found {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, repo := range s.repos {
		fits := withID(id)
		if !signed {
			fits = func(release *Release, a *Asset) bool {
				return repo.name == name && !repo.releases.private && !release.Draft && page == release.Tag+"/"+a.Name
			}
		}
		if release, i := repo.asset(fits); release != nil && (!signed || r.URL.Query().Get("sig") == signature) {
			_, _ = io.WriteString(w, release.Assets[i].Data)
			return true
		}
	}
	http.Error(w, "Not Found", http.StatusNotFound)
	return true
}
