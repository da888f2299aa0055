package forgetest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Release is a release as the server holds it.
type Release struct {
	ID         int64
	Tag        string
	Title      string
	Notes      string
	Draft      bool
	Prerelease bool
	Immutable  bool
	Assets     []Asset

	created time.Time
}

// releases are the releases of a repository and what GitHub derives them from.
type releases struct {
	list      []*Release
	latest    int64 // the ID of the release that was made the latest; 0 is none
	tags      map[string]string
	tagSource func(tag string) string
	private   bool
	immutable bool
	burned    []string // tags of immutable releases that were deleted
}

// SetTag makes a tag of the repository point to a commit; "" deletes the tag,
// which turns its public releases into drafts.
func (r *Repository) SetTag(tag, commit string) {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	r.releases.tags[tag] = commit
	if commit != "" {
		return
	}
	delete(r.releases.tags, tag)
	for _, release := range r.releases.list {
		if release.Tag == tag && !release.Immutable {
			release.Draft = true
		}
	}
}

// TagsFrom makes source say what commit a tag points to, "" for no such tag.
func (r *Repository) TagsFrom(source func(tag string) string) {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	r.releases.tagSource = source
}

// SetPrivate hides the repository's downloads from who has no token.
func (r *Repository) SetPrivate() {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	r.releases.private = true
}

// SetImmutable makes releases immutable when they become public.
func (r *Repository) SetImmutable() {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	r.releases.immutable = true
}

// AddRelease adds a release as somebody else has made it, and returns its ID.
// A public one that is no prerelease becomes the latest.
func (r *Repository) AddRelease(release Release) int64 {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	release.ID = r.server.id()
	for i := range release.Assets {
		release.Assets[i].ID = r.server.id()
	}
	release.created = time.Unix(release.ID, 0)
	r.releases.list = append(r.releases.list, &release)
	if !release.Draft && !release.Prerelease {
		r.releases.latest = release.ID
	}
	return release.ID
}

// Releases are the releases, oldest first.
func (r *Repository) Releases() []Release {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	var list []Release
	for _, release := range r.releases.list {
		c := *release
		c.Assets = slices.Clone(release.Assets)
		list = append(list, c)
	}
	return list
}

// Latest is the tag of the latest release, "" without any.
func (r *Repository) Latest() string {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	if latest := r.releases.latestRelease(); latest != nil {
		return latest.Tag
	}
	return ""
}

func (r *releases) commit(tag string) string {
	if r.tagSource != nil {
		return r.tagSource(tag)
	}
	return r.tags[tag]
}

// latestRelease is the one that was made the latest, else the newest public one
// that is no prerelease.
func (r *releases) latestRelease() *Release {
	var newest *Release
	for _, release := range r.list {
		if release.Draft || release.Prerelease {
			continue
		}
		if release.ID == r.latest {
			return release
		}
		if newest == nil || release.created.After(newest.created) {
			newest = release
		}
	}
	return newest
}

func (r *releases) find(id string) *Release {
	for _, release := range r.list {
		if strconv.FormatInt(release.ID, 10) == id {
			return release
		}
	}
	return nil
}

func (r *releases) public(tag string) *Release {
	for _, release := range r.list {
		if release.Tag == tag && !release.Draft {
			return release
		}
	}
	return nil
}

// writeContents is the permission that releases take; drafts are seen with it.
const writeContents = "contents:write"

// routeReleases: docs.github.com/rest/releases/releases.
func (s *Server) routeReleases(mux *http.ServeMux) {
	s.handle(mux, "GET", "/releases", "", s.listReleases)
	s.handle(mux, "GET", "/releases/latest", "", s.latestRelease)
	s.handle(mux, "GET", "/releases/{id}", "", s.getRelease)
	s.handle(mux, "POST", "/releases", writeContents, s.createRelease)
	s.handle(mux, "PATCH", "/releases/{id}", writeContents, s.editRelease)
	s.handle(mux, "DELETE", "/releases/{id}", writeContents, s.deleteRelease)
	s.handle(mux, "GET", "/commits/tags/{tag...}", "", s.tagCommit)
	s.handle(mux, "GET", "", "", s.getRepository)
}

func (s *Server) getRepository(w http.ResponseWriter, _ *http.Request, repo *Repository, _ Token) {
	answer(w, http.StatusOK, object{"full_name": repo.name, "private": repo.releases.private})
}

func (s *Server) tagCommit(w http.ResponseWriter, r *http.Request, repo *Repository, _ Token) {
	commit := repo.releases.commit(r.PathValue("tag"))
	switch {
	case commit == "":
		problem(w, http.StatusUnprocessableEntity, "No commit found for SHA: tags/"+r.PathValue("tag"))
	case strings.Contains(r.Header.Get("Accept"), "sha"):
		_, _ = fmt.Fprint(w, commit)
	default:
		answer(w, http.StatusOK, object{"sha": commit})
	}
}

func (s *Server) listReleases(w http.ResponseWriter, r *http.Request, repo *Repository, as Token) {
	var seen []*Release
	for _, release := range slices.Backward(repo.releases.list) {
		if !release.Draft || slices.Contains(as.May, writeContents) {
			seen = append(seen, release)
		}
	}
	list := []object{}
	for _, release := range page(w, r, seen) {
		list = append(list, s.releaseJSON(repo, release))
	}
	answer(w, http.StatusOK, list)
}

func (s *Server) latestRelease(w http.ResponseWriter, _ *http.Request, repo *Repository, _ Token) {
	s.answerRelease(w, http.StatusOK, repo, repo.releases.latestRelease())
}

func (s *Server) getRelease(w http.ResponseWriter, r *http.Request, repo *Repository, _ Token) {
	s.answerRelease(w, http.StatusOK, repo, repo.releases.find(r.PathValue("id")))
}

// A releaseBody is the body of a request; nil is a field that was not sent.
type releaseBody struct {
	Tag        *string `json:"tag_name"`
	Target     *string `json:"target_commitish"`
	Name       *string `json:"name"`
	Body       *string `json:"body"`
	Draft      *bool   `json:"draft"`
	Prerelease *bool   `json:"prerelease"`
	MakeLatest *string `json:"make_latest"`
}

func (s *Server) createRelease(w http.ResponseWriter, r *http.Request, repo *Repository, _ Token) {
	var body releaseBody
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil || body.Tag == nil || *body.Tag == "" {
		invalid(w, "tag_name", "missing_field")
		return
	}
	if body.Target != nil && !repo.releases.knows(*body.Target) {
		invalid(w, "target_commitish", "invalid")
		return
	}
	release := &Release{ID: s.id(), Tag: *body.Tag, Draft: true}
	release.created = time.Unix(release.ID, 0)
	draft := body.Draft != nil && *body.Draft
	body.Draft = nil
	body.apply(release)
	if !draft && !s.publish(w, repo, release, body.MakeLatest) {
		return
	}
	repo.releases.list = append(repo.releases.list, release)
	s.answerRelease(w, http.StatusCreated, repo, release)
}

func (b releaseBody) apply(release *Release) {
	if b.Tag != nil {
		release.Tag = *b.Tag
	}
	if b.Name != nil {
		release.Title = *b.Name
	}
	if b.Body != nil {
		release.Notes = strings.ReplaceAll(*b.Body, "\r\n", "\n")
	}
	if b.Prerelease != nil {
		release.Prerelease = *b.Prerelease
	}
	if b.Draft != nil && *b.Draft {
		release.Draft = true
	}
}

// publish makes a draft public, or answers why it cannot be. GitHub makes the
// tag where it does not exist, on the default branch.
func (s *Server) publish(w http.ResponseWriter, repo *Repository, release *Release, latest *string) bool {
	if repo.releases.public(release.Tag) != nil || slices.Contains(repo.releases.burned, release.Tag) {
		invalid(w, "tag_name", "already_exists")
		return false
	}
	if repo.releases.commit(release.Tag) == "" {
		repo.releases.tags[release.Tag] = "head-of-default-branch"
	}
	release.Draft = false
	release.Immutable = repo.releases.immutable
	if latest == nil || *latest != "false" {
		repo.releases.latest = release.ID
	}
	return true
}

func (s *Server) editRelease(w http.ResponseWriter, r *http.Request, repo *Repository, _ Token) {
	release := repo.releases.find(r.PathValue("id"))
	var body releaseBody
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		problem(w, http.StatusBadRequest, "Problems parsing JSON")
		return
	}
	switch {
	case release == nil:
		notFound(w)
		return
	case release.Immutable && (body.Tag != nil && *body.Tag != release.Tag || body.Draft != nil && *body.Draft):
		problem(w, http.StatusUnprocessableEntity, "Cannot change an immutable release")
		return
	}
	wasDraft := release.Draft
	body.apply(release)
	if wasDraft && body.Draft != nil && !*body.Draft && !s.publish(w, repo, release, body.MakeLatest) {
		return
	}
	switch {
	case body.MakeLatest == nil || wasDraft:
	case *body.MakeLatest == "true" && (release.Prerelease || release.Draft):
		invalid(w, "make_latest", "invalid")
		return
	case *body.MakeLatest == "true":
		repo.releases.latest = release.ID
	case repo.releases.latest == release.ID:
		repo.releases.latest = 0
	}
	s.answerRelease(w, http.StatusOK, repo, release)
}

func (s *Server) deleteRelease(w http.ResponseWriter, r *http.Request, repo *Repository, _ Token) {
	release := repo.releases.find(r.PathValue("id"))
	if release == nil {
		notFound(w)
		return
	}
	if release.Immutable {
		repo.releases.burned = append(repo.releases.burned, release.Tag)
	}
	repo.releases.list = slices.DeleteFunc(repo.releases.list, func(other *Release) bool { return other == release })
	w.WriteHeader(http.StatusNoContent)
}

// knows reports whether a commitish is a branch or a commit that was pushed.
func (r *releases) knows(commitish string) bool {
	if commitish == "" || commitish == "main" {
		return true
	}
	for _, commit := range r.tags {
		if commit == commitish {
			return true
		}
	}
	return false
}

func (s *Server) answerRelease(w http.ResponseWriter, status int, repo *Repository, release *Release) {
	if release == nil {
		notFound(w)
		return
	}
	answer(w, status, s.releaseJSON(repo, release))
}

func (s *Server) releaseJSON(repo *Repository, r *Release) object {
	assets := []object{}
	for i := range r.Assets {
		assets = append(assets, s.assetJSON(repo, r, &r.Assets[i]))
	}
	return object{
		"id": r.ID, "tag_name": r.Tag, "target_commitish": "main", "name": r.Title, "body": strings.ReplaceAll(r.Notes, "\n", "\r\n"),
		"draft": r.Draft, "prerelease": r.Prerelease, "immutable": r.Immutable, "created_at": r.created.UTC().Format(time.RFC3339),
		"html_url":   "https://github.com/" + repo.name + "/releases/" + r.Tag,
		"upload_url": fmt.Sprintf("%s/repos/%s/releases/%d/assets{?name,label}", s.uploads.URL, repo.name, r.ID),
		"assets":     assets,
	}
}

// invalid is how GitHub refuses a field.
func invalid(w http.ResponseWriter, field, code string) {
	answer(w, http.StatusUnprocessableEntity, object{
		"message": "Validation Failed", "documentation_url": "https://docs.github.com/rest", "status": "422",
		"errors": []object{{"resource": "Release", "field": field, "code": code}},
	})
}
