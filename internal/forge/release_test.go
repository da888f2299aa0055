package forge_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/cupel-dev/cupel/internal/forge"
	"github.com/cupel-dev/cupel/internal/forge/forgetest"
)

// releasing is a repository and a client that may make releases in it.
func releasing(t *testing.T) (*forgetest.Server, *forgetest.Repository, *forge.Client) {
	t.Helper()
	s, repo := start(t)
	s.Allow("may-write", forgetest.Token{Login: "ann", May: []string{"contents:write", "discussions:write"}})
	client, _ := open(t, s, "may-write")
	return s, repo, client
}

func asset(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tool.tar.gz")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestADraftIsMadeFilledAndPublished(t *testing.T) {
	_, repo, client := releasing(t)
	draft, err := client.CreateDraft(t.Context(), forge.Release{Tag: "v1.0.0", Title: "One", Notes: "a\nb\n", Prerelease: true})
	if err != nil || !draft.Draft || draft.Notes != "a\nb\n" {
		t.Fatalf("%+v, %v", draft, err)
	}
	if err := client.Upload(t.Context(), draft, asset(t, "bytes")); err != nil {
		t.Fatal(err)
	}
	repo.SetTag("v1.0.0", "c0ffee")
	if _, err := client.EditRelease(t.Context(), draft, forge.ReleaseEdit{Draft: new(false), Prerelease: new(false), Latest: new(true)}); err != nil {
		t.Fatal(err)
	}
	latest, err := client.LatestRelease(t.Context())
	if err != nil || latest.ID != draft.ID || latest.Draft || len(latest.Assets) != 1 {
		t.Fatalf("%+v, %v", latest, err)
	}
	a := latest.Assets[0]
	if want := "sha256:277089d91c0bdf4f2e6862ba7e4a07605119431f5d13f726dd352b06f1b206a9"; a.Digest != want || a.Size != 5 || !a.Whole {
		t.Errorf("the asset is %+v", a)
	}
	for name, read := range map[string]func() (string, error){
		"with the token": func() (string, error) {
			var out bytes.Buffer
			err := client.ReadAsset(t.Context(), a, func() io.Writer { out.Reset(); return &out })
			return out.String(), err
		},
		"as anybody": func() (string, error) {
			var out bytes.Buffer
			err := client.ReadPublicAsset(t.Context(), a, func() io.Writer { out.Reset(); return &out })
			return out.String(), err
		},
	} {
		if got, err := read(); got != "bytes" || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if commit, err := client.TagCommit(t.Context(), "v1.0.0"); commit != "c0ffee" || err != nil {
		t.Errorf("the tag is %q, %v", commit, err)
	}
	if commit, err := client.TagCommit(t.Context(), "v9.9.9"); commit != "" || err != nil {
		t.Errorf("no tag is %q, %v", commit, err)
	}
}

func TestWhatIsGoneNeedsNoDeleting(t *testing.T) {
	_, _, client := releasing(t)
	if err := client.DeleteRelease(t.Context(), forge.Release{ID: 77, Tag: "v1.0.0"}); err != nil {
		t.Error(err)
	}
	if err := client.DeleteAsset(t.Context(), forge.Asset{ID: 78, Name: "a"}); err != nil {
		t.Error(err)
	}
	if _, err := client.LatestRelease(t.Context()); !errors.Is(err, forge.ErrNotFound) {
		t.Errorf("no release is %v", err)
	}
}

func TestAChangeWhoseAnswerIsLostIsNotSentAgain(t *testing.T) {
	s, _, client := releasing(t)
	s.Fail(forgetest.Fault{Method: "POST", Lost: true})
	_, err := client.CreateDraft(t.Context(), forge.Release{Tag: "v1.0.0"})
	clean(t, s, err)
	if !forge.Temporary(err) || s.Count("POST") != 1 {
		t.Errorf("%v after %d requests", err, s.Count("POST"))
	}
}

func TestWhatMayEndBetterLater(t *testing.T) {
	for _, c := range []struct {
		fault     forgetest.Fault
		temporary bool
	}{
		{forgetest.Fault{Status: 500}, true},
		{forgetest.Fault{Status: 429, Header: "Retry-After: 9999"}, true},
		{forgetest.Fault{Status: 403, Secondary: true, Header: "Retry-After: 9999"}, true},
		{forgetest.Fault{Refuse: true}, true},
		{forgetest.Fault{Status: 403}, false},
		{forgetest.Fault{Status: 404}, false},
		{forgetest.Fault{Status: 422}, false},
		{forgetest.Fault{Status: 401}, false},
	} {
		s, _, client := releasing(t)
		s.Fail(c.fault)
		_, err := client.Releases(t.Context())
		clean(t, s, err)
		if err == nil || forge.Temporary(err) != c.temporary {
			t.Errorf("%+v: %v", c.fault, err)
		}
	}
	if forge.Temporary(nil) || forge.Temporary(errors.New("another")) {
		t.Error("what is not GitHub's is taken for its outage")
	}
}

// An API that was broken into must not get the token sent elsewhere in clear.
func TestFilesGoOverTLSOrToThisMachineOnly(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `[{"id": 1, "tag_name": "v1.0.0", "draft": true, "upload_url": "http://uploads.example/{?name}",
			"assets": [{"id": 2, "name": "a", "state": "uploaded", "browser_download_url": "http://downloads.example/a"}]}]`)
	}))
	defer s.Close()
	client, err := forge.New(forge.Config{APIURL: s.URL, Repository: "o/r", Token: token})
	if err != nil {
		t.Fatal(err)
	}
	releases, err := client.Releases(t.Context())
	if err != nil || len(releases) != 1 {
		t.Fatalf("%+v, %v", releases, err)
	}
	if err := client.Upload(t.Context(), releases[0], asset(t, "x")); err == nil || forge.Temporary(err) {
		t.Errorf("upload: %v", err)
	}
	if err := client.ReadPublicAsset(t.Context(), releases[0].Assets[0], func() io.Writer { return io.Discard }); err == nil || forge.Temporary(err) {
		t.Errorf("download: %v", err)
	}
}

func TestAFileThatCannotBeReadIsNoOutageOfGitHub(t *testing.T) {
	_, _, client := releasing(t)
	draft, err := client.CreateDraft(t.Context(), forge.Release{Tag: "v1.0.0"})
	if err != nil {
		t.Fatal(err)
	}
	err = client.Upload(t.Context(), draft, filepath.Join(t.TempDir(), "missing"))
	if !errors.Is(err, os.ErrNotExist) || forge.Temporary(err) {
		t.Errorf("error %v", err)
	}
}

func TestDiscussionsAreFoundByTheirTitle(t *testing.T) {
	s, repo, client := releasing(t)
	repo.SetCategories("General", "News")
	for _, title := range []string{"v1.0.0", "v1.1.0"} {
		if _, err := client.Discuss(t.Context(), "news", title, "text"); err != nil {
			t.Fatal(err)
		}
	}
	d, err := client.FindDiscussion(t.Context(), "News", "v1.0.0")
	if err != nil || d == nil || d.Title != "v1.0.0" {
		t.Errorf("%+v, %v", d, err)
	}
	if d, err := client.FindDiscussion(t.Context(), "General", "v1.0.0"); d != nil || err != nil {
		t.Errorf("in another category: %+v, %v", d, err)
	}
	if _, err := client.FindDiscussion(t.Context(), "Other", "v1.0.0"); !errors.Is(err, forge.ErrNotFound) {
		t.Errorf("no category: %v", err)
	}
	s.Fail(forgetest.Fault{Path: "/graphql", Status: 500, Times: 2})
	if _, err := client.FindDiscussion(t.Context(), "News", "v1.1.0"); err != nil {
		t.Errorf("after two failures: %v", err)
	}
}

// A GitHub Enterprise Server has REST at /api/v3 and GraphQL beside it.
func TestGraphQLLiesBesideTheRESTOfAServer(t *testing.T) {
	var path string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path = r.URL.Path
		fmt.Fprint(w, `{"data": {"repository": {"id": "1", "discussionCategories": {"nodes": []}}}}`)
	}))
	defer s.Close()
	client, err := forge.New(forge.Config{APIURL: s.URL + "/api/v3", Repository: "o/r", Token: token})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.FindDiscussion(t.Context(), "News", "x"); !errors.Is(err, forge.ErrNotFound) || path != "/api/graphql" {
		t.Errorf("asked %q: %v", path, err)
	}
}
