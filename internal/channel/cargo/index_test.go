package cargo

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cupel-dev/cupel/internal/version"
)

func TestWhereAnIndexKeepsACrate(t *testing.T) {
	for crate, want := range map[string]string{
		"a": "1/a", "ab": "2/ab", "abc": "3/a/abc", "abcd": "ab/cd/abcd", "Cargo-Fuzz": "ca/rg/cargo-fuzz",
	} {
		if got := indexPath(crate); got != want {
			t.Errorf("%s is kept at %s, want %s", crate, got, want)
		}
	}
}

const twoReleases = `{"name":"base","vers":"1.1.0","deps":[],"cksum":"aa","features":{},"yanked":true}
{"name":"base","vers":"1.2.0+linux","deps":[],"cksum":"bb","features":{},"yanked":false,"v":2}
`

func TestReleasesOfAnIndexFile(t *testing.T) {
	all, err := releases("base", []byte(twoReleases))
	if err != nil || len(all) != 2 {
		t.Fatalf("%v, %v", all, err)
	}
	if r := find(all, version.Version{Major: 1, Minor: 1}); r == nil || !r.Yanked {
		t.Errorf("1.1.0 is %v", r)
	}
	if r := find(all, version.Version{Major: 1, Minor: 2}); r == nil || r.Checksum != "bb" {
		t.Errorf("1.2.0 is %v; build metadata makes no other version", r)
	}
	if r := find(all, version.Version{Major: 1}); r != nil {
		t.Errorf("1.0.0 is %v", r)
	}
	for _, bad := range []string{`{"name":"base"`, `{"name":"other","vers":"1.0.0"}`, "<html>"} {
		if all, err := releases("base", []byte(bad)); err == nil {
			t.Errorf("%s: %v", bad, all)
		}
	}
}

func FuzzReleases(f *testing.F) {
	f.Add([]byte(twoReleases))
	f.Add([]byte("\n\n{}\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		all, err := releases("base", file)
		if err != nil && all != nil {
			t.Error("an error and releases")
		}
		if len(all) > strings.Count(string(file), "\n")+1 {
			t.Errorf("%d releases", len(all))
		}
		for _, r := range all {
			if r.Name != "base" {
				t.Errorf("a release of %q", r.Name)
			}
		}
	})
}

func TestDownloadAddresses(t *testing.T) {
	r := release{Name: "Base", Version: "1.2.0", Checksum: "bb"}
	for template, want := range map[string]string{
		"https://dl.example/crates": "https://dl.example/crates/Base/1.2.0/download",
		"https://dl.example/{lowerprefix}/{crate}-{version}-{sha256-checksum}.crate": "https://dl.example/ba/se/Base-1.2.0-bb.crate",
	} {
		if got := (config{template}).downloadURL(r); got != want {
			t.Errorf("%s: %s, want %s", template, got, want)
		}
	}
}

func TestWhenARegistryTakesTheNextCrate(t *testing.T) {
	at, limited := rateLimit("the remote server responded with an error (status 429 Too Many Requests): You have published too many new crates in a short period of time. Please try again after Tue, 25 Nov 2026 13:00:00 GMT and see the docs")
	if want := time.Date(2026, 11, 25, 13, 0, 0, 0, time.UTC); !limited || !at.Equal(want) {
		t.Errorf("%v, %v", at, limited)
	}
	for _, out := range []string{"", "error: crate base@1.2.0 already exists", "try again after lunch"} {
		if at, limited := rateLimit(out); limited {
			t.Errorf("%q: %v", out, at)
		}
	}
}

func TestPublishOrder(t *testing.T) {
	dep := func(name, more string) string {
		return `{"name":"` + name + `","req":"^1","path":"/w/` + name + `"` + more + `}`
	}
	pkg := func(name, publish string, deps ...string) string {
		return `{"name":"` + name + `","publish":` + publish + `,"dependencies":[` + strings.Join(deps, ",") + `]}`
	}
	for _, test := range []struct {
		name     string
		packages []string
		want     string // the order, or the error behind "!"
	}{
		{"needs first", []string{pkg("c", "null", dep("b", "")), pkg("b", "null", dep("a", "")), pkg("a", "null")}, "a b c"},
		{"build needs too", []string{pkg("b", "null", dep("a", `,"kind":"build"`)), pkg("a", "null")}, "a b"},
		{"a circle", []string{pkg("a", "null", dep("b", "")), pkg("b", "null", dep("a", ""))}, "!a, b, a"},
		{"no circle through tests that need no version", []string{pkg("a", "null", `{"name":"b","req":"*","path":"/w/b","kind":"dev"}`), pkg("b", "null", dep("a", ""))}, "a b"},
		{"only what may go to this registry", []string{pkg("a", "[]"), pkg("b", `["other"]`), pkg("c", `["test"]`)}, "c"},
		{"none may", []string{pkg("a", "[]")}, "!none of them may be published to test"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := publishOrder([]byte(`{"packages":[`+strings.Join(test.packages, ",")+`]}`), "test")
			if problem, wrong := strings.CutPrefix(test.want, "!"); wrong {
				if err == nil || !strings.Contains(err.Error(), problem) {
					t.Errorf("error %v, want %s", err, problem)
				}
				return
			}
			if err != nil || !slices.Equal(got, strings.Fields(test.want)) {
				t.Errorf("%q, %v, want %s", got, err, test.want)
			}
		})
	}
}

// TestWhatCratesIORefusesIsSeenBeforeTheTagIsPublic: cargo package only warns of it.
func TestWhatCratesIORefusesIsSeenBeforeTheTagIsPublic(t *testing.T) {
	const good = `"name":"a","description":"what it is","license":"MIT"`
	for fields, want := range map[string]string{
		good: "",
		`"name":"a","description":"what it is","license_file":"LICENSE"`:                  "",
		`"name":"a","description":" ","license":"MIT"`:                                    "crates.io does not take the crate a: it has no description",
		`"name":"a","description":"what it is"`:                                           "it has neither license nor license-file",
		good + `,"keywords":["1","2","3","4","5","6"]`:                                    "more than five keywords",
		good + `,"dependencies":[{"name":"b","req":"*"}]`:                                 "it takes b in any version (*)",
		good + `,"dependencies":[{"name":"b","req":"*","path":"/w/b","kind":"dev"}]`:      "",
		`"name":"a","publish":[]},{"name":"b","description":"what it is","license":"MIT"`: "",
	} {
		_, err := publishOrder([]byte(`{"packages":[{`+fields+`}]}`), publicRegistry)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: error %v, want %q", fields, err, want)
		}
		if _, err := publishOrder([]byte(`{"packages":[{`+fields+`}]}`), "test"); err != nil && !strings.Contains(err.Error(), "none of them") {
			t.Errorf("%s: another registry has its own rules: %v", fields, err)
		}
	}
}

func TestOptionsThatMakeNoSense(t *testing.T) {
	for name, o := range map[string]Options{
		"a registry without an index": {Registry: "mine"},
		"a name that is none":         {Crates: []string{"../x"}},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
