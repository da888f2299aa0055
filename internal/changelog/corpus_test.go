package changelog

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// corpus is the folder of real changelogs, outside the project.
func corpus(t *testing.T) string {
	t.Helper()
	root := os.Getenv("CUPEL_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "corpus")
	}
	dir := filepath.Join(root, "changelog")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no corpus: %v", err)
	}
	return dir
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// derived says what becomes of the files of corpus/changelog/derived, after
// EXPECTED.md there: a wanted file, or a refusal.
var derived = []struct {
	in, version, date, want string
	reason                  Reason
}{
	{in: "crlf_in.md", version: "1.3.0", date: "2026-02-03", want: "crlf_want_1.3.0_2026-02-03.md"},
	{in: "stale_linkbase_in.md", version: "3.1.3", date: "2026-09-03", want: "stale_linkbase_want_3.1.3_2026-09-03.md"},
	{in: "fences_in.md", version: "1.1.0", date: day},
	{in: "bom_no_eol_yanked_in.md", version: "1.1.0", date: day},
	{in: "empty_unreleased_in.md", version: "1.1.0", date: day, reason: NothingNew},
	{in: "latin1_in.md", version: "1.1.0", date: day, reason: NotUTF8},
	{in: "no_unreleased_heading_in.md", version: "3.5.0", date: day, reason: NoUnreleased},
}

func TestDerivedFilesAreEditedAsExpected(t *testing.T) {
	dir := filepath.Join(corpus(t), "derived")
	for _, tt := range derived {
		t.Run(tt.in, func(t *testing.T) {
			in := readFile(t, filepath.Join(dir, tt.in))
			got, err := Release(in, tt.version, tt.date, Options{})
			if reason := reasonOf(t, err); reason != tt.reason {
				t.Fatalf("got %v, want %q", err, tt.reason)
			}
			if tt.want != "" && !bytes.Equal(got, readFile(t, filepath.Join(dir, tt.want))) {
				t.Errorf("got\n%s", got)
			}
		})
	}
}

func TestD03VersionsAreNotFoundInFences(t *testing.T) {
	in := readFile(t, filepath.Join(corpus(t), "derived", "fences_in.md"))
	f, err := Parse(in)
	if err != nil || !slices.Equal(f.versionNames(), []string{"1.0.0"}) {
		t.Fatalf("versions %v, %v; want 1.0.0 only", f.versionNames(), err)
	}
	u, err := f.Unreleased()
	if err != nil {
		t.Fatal(err)
	}
	out, err := Release(in, "1.1.0", day, Options{})
	if err != nil {
		t.Fatal(err)
	}
	notes, err := Notes(out, "1.1.0")
	if err != nil || string(f.Text(u.Body)) != "\n"+string(notes)+"\n" {
		t.Errorf("notes %q are not the whole section %q (%v)", notes, f.Text(u.Body), err)
	}
}

// realFiles say how many versions each file of the corpus has, and what a
// release of it gives.
var realFiles = map[string]struct {
	versions int
	reason   Reason
}{
	"axoproject__CHANGELOG_crlf.md":                {16, NoUnreleased},
	"cargo-release__CHANGELOG.md":                  {101, NothingNew},
	"criterion__CHANGELOG.md":                      {27, NothingNew},
	"hyperfine__CHANGELOG.md":                      {26, NoUnreleased},
	"ionide__CHANGELOG_detailed.md":                {9, NoUnreleased},
	"ionide__CHANGELOG_invalid.md":                 {0, Ambiguous},
	"kac__CHANGELOG.md":                            {16, NothingNew},
	"kac_oscarotero__changelog.custom.type.md":     {2, ""},
	"kac_oscarotero__changelog.expected.linted.md": {13, ""},
	"kac_oscarotero__changelog.expected.md":        {13, ""},
	"kac_oscarotero__changelog.md":                 {13, ""},
	"kac_oscarotero__changelog.sort.md":            {3, NoUnreleased},
	"kac_oscarotero__empty.expected.md":            {0, NoUnreleased},
	"knope__CHANGELOG.md":                          {71, NoUnreleased},
	"nalgebra__CHANGELOG_crlf.md":                  {48, NoUnreleased},
	"parsechangelog__cargo-1.77.1.md":              {0, NoUnreleased},
	"parsechangelog__pin-project-latest.md":        {0, NoUnreleased},
	"parsechangelog__pin-project.md":               {81, NothingNew},
	"parsechangelog__rust-latest.md":               {0, NoUnreleased},
	"regex__CHANGELOG_setext.md":                   {15, NoUnreleased},
	"relplease__CHANGELOG-fix.md":                  {2, NoUnreleased},
	"relplease__CHANGELOG-non-conforming.md":       {0, NoUnreleased},
}

func TestRealFiles(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(corpus(t), "*.md"))
	if err != nil || len(paths) != len(realFiles) {
		t.Fatalf("%d files, expected %d (%v)", len(paths), len(realFiles), err)
	}
	for _, path := range paths {
		name := filepath.Base(path)
		t.Run(name, func(t *testing.T) {
			in := readFile(t, path)
			f, err := Parse(in)
			if err != nil {
				t.Fatal(err)
			}
			want := realFiles[name]
			if got := len(f.Versions()); got != want.versions {
				t.Errorf("%d versions, want %d", got, want.versions)
			}
			if got, want := places(f), oracle(in); !slices.Equal(got, want) {
				t.Errorf("headings differ from goldmark's:\ngot  %v\nwant %v", got, want)
			}
			_, err = Release(in, "99.0.0", day, Options{})
			if reason := reasonOf(t, err); reason != want.reason {
				t.Errorf("release: got %v, want %q", err, want.reason)
			}
			checkEveryVersion(t, in, f)
			checkWithEntry(t, in, f)
		})
	}
}

// checkEveryVersion yanks each version and compares its notes with its body.
func checkEveryVersion(t *testing.T, in []byte, f *File) {
	t.Helper()
	for _, s := range f.Versions() {
		out, err := Yank(in, s.Version)
		if err != nil {
			if reason := reasonOf(t, err); reason != Ambiguous {
				t.Errorf("yank %s: %v", s.Version, err)
			}
			continue
		}
		if changedLines(in, out) > 1 {
			t.Errorf("yank %s changed more than its line", s.Version)
		}
		notes, err := Notes(in, s.Version)
		if err != nil || !bytes.Contains(f.Text(s.Body), notes) {
			t.Errorf("notes of %s are not in its section: %v", s.Version, err)
		}
	}
}

func changedLines(a, b []byte) int {
	x, y := bytes.SplitAfter(a, []byte("\n")), bytes.SplitAfter(b, []byte("\n"))
	changed := max(len(x), len(y)) - min(len(x), len(y))
	for i := range min(len(x), len(y)) {
		if !bytes.Equal(x[i], y[i]) {
			changed++
		}
	}
	return changed
}

// checkWithEntry gives the file an Unreleased section with an entry above its
// first section and releases that.
func checkWithEntry(t *testing.T, in []byte, f *File) {
	t.Helper()
	if len(f.suspects) > 0 {
		return
	}
	with, eol := withEntry(in, f)
	out, err := Release(with, "99.0.0", day, Options{})
	if err != nil {
		t.Errorf("release with an entry: %v", err)
		return
	}
	notes, err := Notes(out, "99.0.0")
	if err != nil || !bytes.HasPrefix(notes, []byte("- an entry"+eol)) {
		t.Errorf("notes of the new version: %q, %v", notes, err)
	}
	if eol == "\r\n" && loneLF(out) != loneLF(with) {
		t.Error("a line with a lone LF came into a CRLF file")
	}
}

func withEntry(in []byte, f *File) (with []byte, eol string) {
	at, eol, heading := len(in), "\n", "## Unreleased"
	if len(f.lines) > 0 {
		eol = f.eol(len(f.lines) - 1)
	}
	if len(f.sections) > 0 {
		s := f.sections[0]
		at = f.lines[s.heading.top].start
		if s.Version == "" {
			heading = strings.Repeat("#", s.heading.level) + " " + s.heading.text
			in = slices.Concat(in[:at], in[s.Heading.End:])
		}
	}
	entry := strings.Join([]string{"", "", heading, "", "- an entry", "", ""}, eol)
	return slices.Concat(in[:at], []byte(entry), in[at:]), eol
}

func loneLF(b []byte) int {
	return bytes.Count(b, []byte("\n")) - bytes.Count(b, []byte("\r\n"))
}
