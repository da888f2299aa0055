package release

import (
	"errors"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/git/gittest"
	"github.com/cupel-dev/cupel/internal/version"
)

// origin is the history with its tags and branch in the remote.
func (h history) origin(t *testing.T) Origin {
	t.Helper()
	for tag, commit := range map[string]string{"v1.1.0": h.good, "v1.2.0": h.bad} {
		gittest.Git(t, h.repo.Root, "tag", "-a", "-m", tag, tag, commit)
	}
	gittest.Git(t, h.repo.Root, "push", "-q", "origin", "--tags", h.head+":refs/heads/main")
	gittest.Git(t, h.repo.Root, "tag", "-d", "v1.1.0", "v1.2.0") // the remote has them
	return Origin{Repo: h.repo, Remote: "origin", Branch: "main", Path: "."}
}

func TestABadVersionIsWhatTheRemoteShows(t *testing.T) {
	h := newHistory(t, map[string]string{"later.txt": "later\n"})
	o := h.origin(t)
	b, err := o.Bad(t.Context(), parse(t, "v1.2.0"))
	if err != nil || !b.Public() || b.Commit != h.bad || b.Tip != h.head || !strings.Contains(string(b.Changelog), "## [1.2.0]") {
		t.Errorf("%+v, %v", b, err)
	}
	if withdrawn, err := b.Withdrawn(); withdrawn || err != nil {
		t.Errorf("it is withdrawn: %t, %v", withdrawn, err)
	}
	b.Changelog = []byte("# Changelog\n\n## [Unreleased]\n\n## [1.2.0] - 2026-02-02 [YANKED]\n\n- Two.\n")
	if withdrawn, err := b.Withdrawn(); !withdrawn || err != nil {
		t.Errorf("it is withdrawn: %t, %v", withdrawn, err)
	}
	if b, err := o.Bad(t.Context(), parse(t, "v1.3.0")); b.Public() || err != nil {
		t.Errorf("what has no tag: %+v, %v", b, err)
	}
	gittest.Git(t, h.repo.Root, "rm", "-q", "--", Changelog)
	gittest.Git(t, h.repo.Root, "commit", "-q", "-m", "no changelog")
	gittest.Git(t, h.repo.Root, "push", "-q", "origin", "HEAD:refs/heads/main")
	if b, err := o.Bad(t.Context(), parse(t, "v1.2.0")); err != nil || !b.Public() || b.Changelog != nil {
		t.Errorf("without a changelog: %+v, %v", b, err)
	}
	o.Branch = "trunk"
	if _, err := o.Bad(t.Context(), parse(t, "v1.2.0")); err == nil || !strings.Contains(err.Error(), "origin has no branch trunk") {
		t.Errorf("without a branch: %v", err)
	}
}

// TestWhatSupersedesABadVersion: the lowest number above all that nobody uses,
// with the files of the highest good version below, or of the chosen one.
func TestWhatSupersedesABadVersion(t *testing.T) {
	h := newHistory(t, nil)
	o := h.origin(t)
	b, err := o.Bad(t.Context(), parse(t, "v1.2.0"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name         string
		used, yanked []string
		to           string
		number, good string
		problem      string
	}{
		{"the version before", []string{"1.1.0", "1.2.0"}, nil, "", "1.2.1", "1.1.0", ""},
		{"past numbers that are taken", []string{"1.1.0", "1.2.0", "1.2.1-rc.1"}, []string{"1.2.1"}, "", "1.2.2", "1.1.0", ""},
		{"past withdrawn versions", []string{"1.1.0", "1.2.0"}, []string{"1.1.5"}, "", "1.2.1", "1.1.0", ""},
		{"the chosen version", []string{"1.1.0", "1.1.5", "1.2.0"}, nil, "v1.1.0", "1.2.1", "1.1.0", ""},
		{"of an older line nothing comes back", []string{"1.1.0", "1.2.0", "2.0.0"}, nil, "", "2.0.1", "", ""},
		{"of an older line nothing can be chosen", []string{"1.1.0", "1.2.0", "2.0.0"}, nil, "v1.1.0", "2.0.1", "", "-to=v1.1.0: v2.0.0 is above v1.2.0, so that no files come back: leave -to out"},
		{"nothing is before it", []string{"1.2.0"}, nil, "", "1.2.1", "", "no earlier version whose files could come back: mend it and release v1.2.1"},
		{"a chosen version that is none", []string{"1.1.0", "1.2.0"}, nil, "v1.0.9", "", "", "-to=v1.0.9: it is no version below v1.2.0 that exists"},
		{"a chosen version above", []string{"1.1.0", "1.2.0", "1.3.0"}, nil, "v1.3.0", "", "", "-to=v1.3.0: it is no version below"},
		{"a version without a tag", []string{"1.1.5", "1.2.0"}, nil, "", "1.2.1", "1.1.5", "origin has no tag v1.1.5"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ledger := new(version.Ledger)
			for _, number := range tt.used {
				ledger.Record(version.RemoteTags, "", version.Entry{Name: "v" + number})
			}
			for _, number := range tt.yanked {
				ledger.Record(version.PackageIndex, "", version.Entry{Name: number, Yanked: true})
			}
			s, err := o.Successor(t.Context(), b, ledger, tt.to, "it loses data")
			if (err == nil) != (tt.problem == "") || err != nil && !strings.Contains(err.Error(), tt.problem) {
				t.Fatalf("error %v, want %q", err, tt.problem)
			}
			var none *NoPredecessorError
			if errors.As(err, &none) && none.Next != s.Version {
				t.Errorf("the next one is %s and %s", none.Next, s.Version)
			}
			if tt.number != "" && s.Version.String() != tt.number || s.Supersede.Good != tt.good {
				t.Errorf("%s with the files of %q, want %s and %q", s.Version, s.Supersede.Good, tt.number, tt.good)
			}
			if err == nil && tt.good == "1.1.0" && s.Supersede != (Supersede{"1.2.0", h.bad, "1.1.0", h.good, "it loses data"}) {
				t.Errorf("it supersedes %+v", s.Supersede)
			}
		})
	}
}

// TestAPrereleaseIsSupersededByAPrerelease: a stable number with the files of an old
// version would be one that nobody meant to release.
func TestAPrereleaseIsSupersededByAPrerelease(t *testing.T) {
	h := newHistory(t, nil)
	o := h.origin(t)
	gittest.Git(t, h.repo.Root, "push", "-q", "origin", h.bad+":refs/tags/v1.3.0-rc.1", h.good+":refs/tags/v1.3.0-beta.1")
	b, err := o.Bad(t.Context(), parse(t, "v1.3.0-rc.1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		used         []string
		number, good string
	}{
		{[]string{"1.1.0", "1.3.0-rc.1"}, "1.3.0-rc.2", "1.1.0"},
		{[]string{"1.1.0", "1.3.0-beta.1", "1.3.0-rc.1"}, "1.3.0-rc.2", "1.3.0-beta.1"},
		{[]string{"1.1.0", "1.3.0-rc.1", "1.3.0-rc.2"}, "1.3.0-rc.3", ""},
		{[]string{"1.1.0", "1.3.0-rc.1", "1.3.0"}, "1.3.1", ""},
	} {
		ledger := new(version.Ledger)
		for _, number := range tt.used {
			ledger.Record(version.RemoteTags, "", version.Entry{Name: "v" + number})
		}
		s, err := o.Successor(t.Context(), b, ledger, "", "it loses data")
		if err != nil || s.Version.String() != tt.number || s.Supersede.Good != tt.good {
			t.Errorf("of %v: %s with the files of %q, %v; want %s and %q", tt.used, s.Version, s.Supersede.Good, err, tt.number, tt.good)
		}
	}
}

func TestWhatIsRestoredWasTested(t *testing.T) {
	h := newHistory(t, nil)
	d := h.draft()
	if !d.Restores() {
		t.Error("the files of 1.1.0 alone are not what was released")
	}
	d.Head = h.good
	if d.Restores() {
		t.Error("what the branch has got besides was never tested")
	}
	d = h.draft()
	d.Supersede.Good = ""
	if d.Restores() || (Draft{}).Restores() {
		t.Error("nothing comes back")
	}
}

func parse(t *testing.T, number string) version.Version {
	t.Helper()
	v, err := version.Parse(number)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
