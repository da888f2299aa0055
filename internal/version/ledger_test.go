package version

import (
	"errors"
	"testing"
)

func entries(names ...string) []Entry {
	list := make([]Entry, len(names))
	for i, n := range names {
		list[i] = Entry{Name: n}
	}
	return list
}

func TestE05Decide(t *testing.T) {
	var l Ledger
	l.Record(LocalTags, "", entries("v1.12.8", "v1.13.0", "v1.14.0-rc.2", "nightly")...)
	l.Record(RemoteTags, "", Entry{Name: "v1.13.0", Commit: "aaa"})
	for _, tt := range []struct {
		name    string
		request Request
		refused string // "" is allowed
		latest  bool
	}{
		{"lower than the latest", Request{Version: Version{1, 12, 9, ""}}, "v1.12.9: it is below local tag v1.13.0; choose a higher number, or ask for a backport, which leaves the latest pointer where it is", false},
		{"F05 a backport is not the latest", Request{Version: Version{1, 12, 9, ""}, Backport: true}, "", false},
		{"a backport is in order on its own line", Request{Version: Version{1, 12, 7, ""}, Backport: true}, "v1.12.7: it is below local tag v1.12.8; choose a higher number", false},
		{"the same number", Request{Version: Version{1, 13, 0, ""}}, "v1.13.0: it exists already (local tag v1.13.0); a number is used once: choose a higher one, or resume", false},
		{"resumed from the same commit", Request{Version: Version{1, 13, 0, ""}, Commit: "aaa", Resume: true}, "", true},
		{"resumed from another commit", Request{Version: Version{1, 13, 0, ""}, Commit: "bbb", Resume: true}, "v1.13.0: remote tag v1.13.0 is commit aaa, not bbb; a number is used once: choose a higher one", false},
		{"the next patch, with a prerelease of a higher minor out", Request{Version: Version{1, 13, 1, ""}}, "", true},
		{"a prerelease is never the latest", Request{Version: Version{1, 14, 0, "rc.3"}}, "", false},
		{"a prerelease below another of its number", Request{Version: Version{1, 14, 0, "rc.1"}}, "v1.14.0-rc.1: it is below local tag v1.14.0-rc.2 of the same number; choose a higher one", false},
		{"a prerelease of a number that is out", Request{Version: Version{1, 13, 0, "rc.9"}}, "v1.13.0-rc.9: it is below local tag v1.13.0 of the same number; choose a higher one", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := l.Decide(tt.request)
			if tt.refused == "" {
				if err != nil || d.Latest != tt.latest {
					t.Errorf("got %+v, %v; want latest %v", d, err, tt.latest)
				}
				return
			}
			var r *Refusal
			if !errors.As(err, &r) || err.Error() != tt.refused {
				t.Errorf("got %v, want %q", err, tt.refused)
			}
		})
	}
}

func TestWhatComesBeforeAndAfterABadVersion(t *testing.T) {
	var l Ledger
	l.Record(RemoteTags, "", entries("v1.1.0", "v1.2.0-beta.9", "v1.2.0-rc.2", "v1.2.0-rc.3", "v1.2.0-rc.4", "v2.0.0-alpha")...)
	l.Record(PackageIndex, "", Entry{Name: "1.2.0-rc.2", Yanked: true})
	for _, tt := range []struct{ bad, before, highest, after string }{
		{"1.1.0", "", "1.1.0", "1.1.1"},
		{"1.2.0-rc.4", "1.2.0-rc.3", "1.2.0-rc.4", "1.2.0-rc.5"},
		{"1.2.0-rc.3", "1.2.0-beta.9", "1.2.0-rc.4", "1.2.0-rc.5"},
		{"1.2.0-beta.9", "1.1.0", "1.2.0-rc.4", "1.2.0-rc.5"},
		{"2.0.0-alpha", "1.1.0", "2.0.0-alpha", "2.0.0-alpha.1"},
		{"1.0.0", "", "1.1.0", "1.1.1"},
	} {
		bad := must(t, tt.bad)
		before, _ := l.Predecessor(bad)
		highest := l.Highest(bad)
		after, _, err := l.After(highest)
		if err != nil || tt.before != "" && before != must(t, tt.before) || highest != must(t, tt.highest) || after != must(t, tt.after) {
			t.Errorf("%s: behind %s, below %s, then %s, %v; want %+v", tt.bad, before, highest, after, err, tt)
		}
	}
}

func TestACandidateIsThePrereleaseAboveThatFits(t *testing.T) {
	var l Ledger
	l.Record(RemoteTags, "", entries("v1.1.0", "v1.2.0-rc.2", "v1.2.0-rc.10", "v2.0.0-alpha")...)
	one := func(v Version) bool { return v.Major == 1 }
	if v, ok := l.Candidate(must(t, "1.1.0"), one); !ok || v != must(t, "1.2.0-rc.10") {
		t.Errorf("above 1.1.0: %s, %t", v, ok)
	}
	if v, ok := l.Candidate(must(t, "1.2.0"), one); ok {
		t.Errorf("above 1.2.0: %s", v)
	}
}

func TestE05RemoteTagsThatWereNotFetchedCount(t *testing.T) {
	var l Ledger
	l.Record(LocalTags, "", entries("v1.13.0")...)
	request := Request{Version: Version{1, 14, 0, ""}}
	if _, err := l.Decide(request); err == nil {
		t.Error("decided without the remote's tags")
	}
	l.Record(RemoteTags, "", entries("v1.13.0", "v1.14.0")...)
	if _, err := l.Decide(request); err == nil {
		t.Error("v1.14.0 is on the remote and was allowed")
	}
	if v, skipped, err := l.Next(Version{1, 13, 0, ""}, Minor, Rules{}); err != nil || v.String() != "1.14.1" || len(skipped) != 1 || skipped[0].Use.Place != RemoteTags {
		t.Errorf("next minor: %s, skipped %+v, %v; want 1.14.1 over the remote's v1.14.0", v, skipped, err)
	}
}

func TestF04WithdrawnNumbersStayBurned(t *testing.T) {
	var l Ledger
	l.Record(RemoteTags, "", entries("v1.3.0")...)
	l.Record(PackageIndex, "", Entry{Name: "1.4.0", Yanked: true}, Entry{Name: "1.3.0"})
	l.Record(ForgeReleases, "", entries("v1.4.1")...)
	l.Record(RegistryTags, "", entries("latest", "1.4.2+amd64")...)
	if _, err := l.Decide(Request{Version: Version{1, 4, 0, ""}}); err == nil {
		t.Error("a yanked number was allowed again")
	}
	if _, err := l.Decide(Request{Version: Version{1, 4, 0, ""}, Resume: true}); err == nil {
		t.Error("a yanked number was resumed")
	}
	v, skipped, err := l.Next(Version{1, 3, 0, ""}, Minor, Rules{})
	if err != nil || v.String() != "1.4.3" || len(skipped) != 3 {
		t.Errorf("next minor: %s, %+v, %v; want 1.4.3 over three burned numbers", v, skipped, err)
	}
}

func TestF05RollbackGoesToTheHighestGoodVersion(t *testing.T) {
	var l Ledger
	l.Record(RemoteTags, "", entries("v1.13.0", "v1.11.3", "v1.12.0", "v1.14.0-rc.1")...)
	l.Record(PackageIndex, "", Entry{Name: "1.12.0", Yanked: true})
	if v, ok := l.PreviousGood(Version{1, 13, 0, ""}); !ok || v.String() != "1.11.3" {
		t.Errorf("previous good of 1.13.0: %s, want 1.11.3 (1.12.0 is yanked)", v)
	}
	if v, ok := l.Latest(); !ok || v.String() != "1.13.0" {
		t.Errorf("latest: %s, want 1.13.0", v)
	}
	if _, ok := l.PreviousGood(Version{1, 0, 0, ""}); ok {
		t.Error("there is something good below the first version")
	}
}

func TestFirstRelease(t *testing.T) {
	var l Ledger
	l.Record(RemoteTags, "")
	d, err := l.Decide(Request{Version: Version{0, 1, 0, ""}})
	if err != nil || !d.First || !d.Latest {
		t.Errorf("got %+v, %v; want the first and the latest", d, err)
	}
}

func TestNumbersOfAnotherModuleDoNotCount(t *testing.T) {
	var l Ledger
	l.Record(RemoteTags, "sub/", entries("v2.0.0", "sub/v1.0.0")...)
	if _, err := l.Decide(Request{Version: Version{1, 1, 0, ""}}); err != nil {
		t.Errorf("v2.0.0 of the root module stopped sub: %v", err)
	}
}
