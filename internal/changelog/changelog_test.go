package changelog

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
)

const (
	day  = "2026-09-03"
	head = "# Changelog\n\n"
)

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

// reasonOf is the reason of a refusal; "" for no error.
func reasonOf(t *testing.T, err error) Reason {
	t.Helper()
	if err == nil {
		return ""
	}
	var r *Refusal
	if !errors.As(err, &r) {
		t.Fatalf("error %v is no *Refusal", err)
	}
	return r.Reason
}

func TestRelease(t *testing.T) {
	for _, tt := range []struct {
		name, in, version, want string
	}{
		{
			"D01 CRLF stays CRLF",
			crlf(head + "## [Unreleased]\n\n### Added\n\n- New\n\n## [1.2.0] - 2026-01-05\n\n- Old\n\n[Unreleased]: https://e.com/compare/v1.2.0...HEAD\n[1.2.0]: https://e.com/compare/v1.1.0...v1.2.0\n"),
			"1.3.0",
			crlf(head + "## [Unreleased]\n\n## [1.3.0] - 2026-09-03\n\n### Added\n\n- New\n\n## [1.2.0] - 2026-01-05\n\n- Old\n\n[Unreleased]: https://e.com/compare/v1.3.0...HEAD\n[1.3.0]: https://e.com/compare/v1.2.0...v1.3.0\n[1.2.0]: https://e.com/compare/v1.1.0...v1.2.0\n"),
		},
		{
			"D01 mixed line ends: an inserted line ends as the line before it",
			head + "## [Unreleased]\r\n\n- New\n\n## 1.0.0 (2025-01-01)\r\n",
			"1.1.0",
			head + "## [Unreleased]\r\n\r\n## 1.1.0 (2026-09-03)\r\n\n- New\n\n## 1.0.0 (2025-01-01)\r\n",
		},
		{
			"D03 the whole section goes to the new version, fences included",
			head + "## [Unreleased]\n\n````md\n```\n## [9.9.9] - 2000-01-01\n````\n\n~~~text\n```\n## [8.8.8]\n~~~\n\n- item\n\n  ## 7.7.7\n\n### Removed\n\n- last\n\n## [1.0.0] - 2025-12-31\n",
			"1.1.0",
			head + "## [Unreleased]\n\n## [1.1.0] - 2026-09-03\n\n````md\n```\n## [9.9.9] - 2000-01-01\n````\n\n~~~text\n```\n## [8.8.8]\n~~~\n\n- item\n\n  ## 7.7.7\n\n### Removed\n\n- last\n\n## [1.0.0] - 2025-12-31\n",
		},
		{
			"D04 the base is the newest heading, missing definitions are added",
			"## [Unreleased]\n\n- X\n\n## [3.1.2] - 2026-08-01\n\n## [3.1.1] - 2026-07-01\n\n[Unreleased]: https://e.com/compare/v3.1.1...HEAD\n[3.1.1]: https://e.com/compare/v3.1.0...v3.1.1",
			"3.1.3",
			"## [Unreleased]\n\n## [3.1.3] - 2026-09-03\n\n- X\n\n## [3.1.2] - 2026-08-01\n\n## [3.1.1] - 2026-07-01\n\n[Unreleased]: https://e.com/compare/v3.1.3...HEAD\n[3.1.3]: https://e.com/compare/v3.1.2...v3.1.3\n[3.1.2]: https://e.com/compare/v3.1.1...v3.1.2\n[3.1.1]: https://e.com/compare/v3.1.0...v3.1.1",
		},
		{
			"D04 a backport compares with the version below it",
			"## [Unreleased]\n\n- X\n\n## [1.3.0] - 2024-12-18\n\n## [1.2.7] - 2025-12-12\n\n[1.3.0]: https://e.com/compare/1.2.6...1.3.0\n[1.2.7]: https://e.com/compare/1.2.6...1.2.7\n",
			"1.2.8",
			"## [Unreleased]\n\n## [1.2.8] - 2026-09-03\n\n- X\n\n## [1.3.0] - 2024-12-18\n\n## [1.2.7] - 2025-12-12\n\n[1.2.8]: https://e.com/compare/1.2.7...1.2.8\n[1.3.0]: https://e.com/compare/1.2.6...1.3.0\n[1.2.7]: https://e.com/compare/1.2.6...1.2.7\n",
		},
		{
			"D04 ascending definitions stay ascending",
			"## [Unreleased]\n\n- X\n\n## [0.3.0] - 2026-02-01\n\n## [0.2.0] - 2026-01-01\n\n## [0.1.0] - 2025-01-01\n\n[Unreleased]: https://e.com/compare/0.2.0...HEAD\n[0.1.0]: https://e.com/tag/0.1.0\n[0.2.0]: https://e.com/compare/0.1.0...0.2.0\n",
			"0.4.0",
			"## [Unreleased]\n\n## [0.4.0] - 2026-09-03\n\n- X\n\n## [0.3.0] - 2026-02-01\n\n## [0.2.0] - 2026-01-01\n\n## [0.1.0] - 2025-01-01\n\n[Unreleased]: https://e.com/compare/0.4.0...HEAD\n[0.1.0]: https://e.com/tag/0.1.0\n[0.2.0]: https://e.com/compare/0.1.0...0.2.0\n[0.3.0]: https://e.com/compare/0.2.0...0.3.0\n[0.4.0]: https://e.com/compare/0.3.0...0.4.0\n",
		},
		{
			"D04 links to tags, no comparison",
			"## [Unreleased]\n\n- X\n\n## [1.0.0] - 2026-02-01\n\n[Unreleased]: https://e.com/tree/main\n[1.0.0]: https://e.com/releases/tag/v1.0.0\n",
			"1.1.0",
			"## [Unreleased]\n\n## [1.1.0] - 2026-09-03\n\n- X\n\n## [1.0.0] - 2026-02-01\n\n[Unreleased]: https://e.com/tree/main\n[1.1.0]: https://e.com/releases/tag/v1.1.0\n[1.0.0]: https://e.com/releases/tag/v1.0.0\n",
		},
		{
			"D04 a link of a form that is not understood stays",
			"## [Unreleased]\n\n- X\n\n## [1.0.0] - 2026-02-01\n\n[1.0.0]: https://e.com/branches/compare/v1.0.0%0Dv0.9.0\n",
			"1.1.0",
			"## [Unreleased]\n\n## [1.1.0] - 2026-09-03\n\n- X\n\n## [1.0.0] - 2026-02-01\n\n[1.0.0]: https://e.com/branches/compare/v1.0.0%0Dv0.9.0\n",
		},
		{
			"D04 a destination in the next line",
			"## [Unreleased]\n\n- X\n\n## [1.0.0] - 2026-02-01\n\n[Unreleased]:\n  https://e.com/compare/v1.0.0...HEAD\n",
			"1.1.0",
			"## [Unreleased]\n\n## [1.1.0] - 2026-09-03\n\n- X\n\n## [1.0.0] - 2026-02-01\n\n[Unreleased]:\n  https://e.com/compare/v1.1.0...HEAD\n[1.1.0]: https://e.com/compare/v1.0.0...v1.1.0\n",
		},
		{
			"D04 a definition that no bracket uses moves on too",
			"## Unreleased - soon\n\n- X\n\n## 1.0.0\n\n[unreleased]: https://e.com/compare/1.0.0..main\n",
			"1.1.0",
			"## Unreleased - soon\n\n## 1.1.0 - 2026-09-03\n\n- X\n\n## 1.0.0\n\n[unreleased]: https://e.com/compare/1.1.0..main\n",
		},
		{
			"D05 free text is kept, empty subsections are dropped",
			"## [Unreleased]\n\nfree text note\n\n### Added\n\n#### Core\n\n### Changed\n\n- c\n\n### Fixed\n\n<!-- none yet -->\n\n### Security\n\n## [1.0.0] - 2026-01-01\n",
			"1.1.0",
			"## [Unreleased]\n\n## [1.1.0] - 2026-09-03\n\nfree text note\n\n### Changed\n\n- c\n\n### Fixed\n\n<!-- none yet -->\n\n## [1.0.0] - 2026-01-01\n",
		},
		{
			"D05 the file ends as it did, also where empty subsections end it",
			"## [Unreleased]\n- c\n\n### Fixed\n\n### Security",
			"0.1.0",
			"## [Unreleased]\n\n## [0.1.0] - 2026-09-03\n- c",
		},
		{
			"an empty subsection stays where a setext heading below would join the entry above",
			"# Unreleased\n\n- c\n### Fixed\n1.0.0\n---\n",
			"1.1.0",
			"# Unreleased\n\n1.1.0 - 2026-09-03\n------------------\n\n- c\n### Fixed\n1.0.0\n---\n",
		},
		{
			"D07 BOM, no brackets, no final newline, a yanked version",
			bom + "# Changelog\n\n## Unreleased\n\n- A\n\n## [1.0.0] - 2026-01-01 [YANKED]\n\n- B",
			"v1.1.0",
			bom + "# Changelog\n\n## Unreleased\n\n## [1.1.0] - 2026-09-03\n\n- A\n\n## [1.0.0] - 2026-01-01 [YANKED]\n\n- B",
		},
		{
			"D07 a placeholder behind the word, marker comments stay in place",
			"<!-- next-header -->\n## [Unreleased] - ReleaseDate\n<!-- add entries below -->\n\n- A\n\n## [1.0.0] - 2026-01-01\n\n<!-- next-url -->\n[Unreleased]: https://e.com/compare/v1.0.0...HEAD\n",
			"1.0.1",
			"<!-- next-header -->\n## [Unreleased] - ReleaseDate\n<!-- add entries below -->\n\n## [1.0.1] - 2026-09-03\n\n- A\n\n## [1.0.0] - 2026-01-01\n\n<!-- next-url -->\n[Unreleased]: https://e.com/compare/v1.0.1...HEAD\n[1.0.1]: https://e.com/compare/v1.0.0...v1.0.1\n",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Release([]byte(tt.in), tt.version, day, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tt.want {
				t.Errorf("got\n%q\nwant\n%q", got, tt.want)
			}
		})
	}
}

func TestReleaseRefuses(t *testing.T) {
	section := "## [Unreleased]\n\n- A\n\n"
	for _, tt := range []struct {
		name, in, version, date string
		reason                  Reason
		lines                   []int
	}{
		{"D05 nothing to release", "## [Unreleased]\n\n### Added\n\n### Fixed\n\n## [1.0.0]\n", "1.1.0", day, NothingNew, []int{1}},
		{"D05 comments, rules and links are no entries", "## [Unreleased]\n\n<!-- soon -->\n\n---\n\n[x]: https://e.com/\n", "1.1.0", day, NothingNew, []int{1}},
		{"D05 the anchor of the next version is no entry", "## Unreleased\n\n<a name=\"v1.0.0\"></a>\n# 1.0.0\n", "1.1.0", day, NothingNew, []int{1}},
		{"D09 no Unreleased section", "- one\n\n## 3.4.0 ##\n\n- old\n", "3.5.0", day, NoUnreleased, []int{3}},
		{"D09 a heading that is no version", section + "## [this is no version] - 2022-01-13\n", "1.0.0", day, Ambiguous, []int{5}},
		{"D09 two numbers are no version", section + "## [1.2] - 2022-01-13\n\n## [1.1.0] - 2021-01-13\n", "1.3.0", day, Ambiguous, []int{5}},
		{"D09 Latin-1", "## [Unreleased]\n\n- caf\xe9\n", "1.0.0", day, NotUTF8, []int{3}},
		{"several Unreleased sections", section + "## [1.0.0]\n\n## Unreleased\n", "1.1.0", day, ManyUnreleased, []int{1, 7}},
		{"Unreleased below a version", "## 1.0.0\n\n" + section, "1.1.0", day, NoUnreleased, []int{3}},
		{"the version exists", section + "## [1.0.0]\n", "v1.0.0", day, Exists, []int{5}},
		{"the version exists beside another", section + "## [1.9.0/0.31.0] 2024-01-01\n", "0.31.0", day, Exists, []int{5}},
		{"a version marked unreleased is no Unreleased section", "## 1.17.0 (Unreleased)\n\n- A\n", "1.17.1", day, NoUnreleased, []int{1}},
		{"a fence that is never closed", "## [Unreleased]\n\n- A\n\n```\n\n## [1.0.0]\n", "1.1.0", day, Unclosed, []int{5}},
		{"E02 two-part version", section, "1.2", day, BadArgument, nil},
		{"E02 build metadata", section, "1.2.3+5", day, BadArgument, nil},
		{"a day that does not exist", section, "1.2.3", "2026-02-30", BadArgument, nil},
		{"an empty file", "", "1.0.0", day, NoUnreleased, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Release([]byte(tt.in), tt.version, tt.date, Options{})
			if reason := reasonOf(t, err); reason != tt.reason || got != nil {
				t.Fatalf("got %q, error %v; want the refusal %q", got, err, tt.reason)
			}
			var r *Refusal
			if errors.As(err, &r); !slices.Equal(r.Lines, tt.lines) {
				t.Errorf("lines %v, want %v", r.Lines, tt.lines)
			}
		})
	}
}

func TestRefusalNamesLinesAndWhatToDo(t *testing.T) {
	_, err := Release([]byte("# C\n\n## Unreleased\n\n- A\n\n## [Unreleased]\n"), "1.0.0", day, Options{})
	const want = "lines 3, 7: several Unreleased sections; keep one"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestYank(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"D07 behind the date", "## [1.0.0] - 2026-01-01\r\n\r\n- A", "## [1.0.0] - 2026-01-01 [YANKED]\r\n\r\n- A"},
		{"already yanked", "## 1.0.0 - 2018-12-27 - Yanked\n", "## 1.0.0 - 2018-12-27 - Yanked\n"},
		{"before closing hashes", "## 1.0.0 ##\n", "## 1.0.0 [YANKED] ##\n"},
		{"setext", "1.0.0\n=====\n", "1.0.0 [YANKED]\n=====\n"},
		{"no line end", bom + "# v1.0.0", bom + "# v1.0.0 [YANKED]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Yank([]byte(tt.in), "v1.0.0")
			if err != nil || string(got) != tt.want {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

func TestYankRefuses(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		reason   Reason
	}{
		{"an unknown version", "## 2.0.0\n", NotFound},
		{"a duplicate", "## 1.0.0\n\n## 1.0.0\n", Ambiguous},
		{"a heading of several versions", "## [1.0.0/0.4.0]\n", Ambiguous},
		{"a version that is not out", "## 1.0.0 - unreleased\n", Ambiguous},
		{"a setext heading of several lines", "1.0.0\n+\n=\n", Ambiguous},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Yank([]byte(tt.in), "1.0.0"); reasonOf(t, err) != tt.reason {
				t.Errorf("got %v, want %q", err, tt.reason)
			}
		})
	}
}

func TestNotes(t *testing.T) {
	in := head + "## [1.1.0] - 2026-01-02\r\n\r\n### Added\r\n\r\n- *A*  \r\n\r\n\r\n## 1.0.0\n\n- first\n\n[1.1.0]: https://e.com/1.1.0\n[who]: https://e.com/who\n\n---\n\nfooter\n"
	for _, tt := range []struct{ version, want string }{
		{"v1.1.0", "### Added\r\n\r\n- *A*  \r\n"},
		{"1.0.0", "- first\n"},
	} {
		got, err := Notes([]byte(in), tt.version)
		if err != nil || string(got) != tt.want {
			t.Errorf("Notes of %s: got %q, %v; want %q", tt.version, got, err, tt.want)
		}
	}
	if _, err := Notes([]byte(in), "3.0.0"); reasonOf(t, err) != NotFound {
		t.Errorf("a version without heading: %v", err)
	}
	if _, err := Notes([]byte("## 1.0.0\n\n- a\n\n## 1.0.0\n\n- b\n"), "1.0.0"); reasonOf(t, err) != Ambiguous {
		t.Errorf("a duplicate heading: %v", err)
	}
}

func TestShortenCutsBetweenBlocksAndSaysWhereTheRestIs(t *testing.T) {
	const (
		one   = "- one\n\ntext\n"
		fence = "\n```\na\n\nb\n```\n"
		notes = one + fence + "\nlast\n"
		more  = "\n[more](https://e.com/)\n"
	)
	for _, tt := range []struct {
		name, notes string
		limit       int
		want        string
	}{
		{"what fits is whole", notes, len(notes), notes},
		{"one byte less is cut before the last block", notes + notes, len(one+fence) + len(more), one + fence + more},
		{"a fence is never cut", notes + notes, len(one+fence) + len(more) - 1, one + more},
		{"a long list is cut between two items", strings.Repeat("- ten bytes\n  and more\n", 9), 2*23 + 5 + len(more), strings.Repeat("- ten bytes\n  and more\n", 2) + more},
		{"nothing fits", notes + notes, 3, more},
	} {
		if got := string(Shorten([]byte(tt.notes), tt.limit, more)); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestPreviousGoodSkipsYankedPrereleasesAndPending(t *testing.T) {
	f, err := Parse([]byte("## 1.3.0 - unreleased\n\n## 1.2.0-rc.1\n\n## 1.1.9 [YANKED]\n\n## 1.0.0\n\n## 1.1.0\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := f.PreviousGood("v1.4.0"); !ok || got != "1.1.0" {
		t.Errorf("previous good of 1.4.0: got %q, %v; want 1.1.0", got, ok)
	}
	if got, ok := f.PreviousGood("1.0.0"); ok {
		t.Errorf("previous good of the first: got %q, want none", got)
	}
}

func TestSectionsHaveLinesForClaims(t *testing.T) {
	in := []byte(bom + head + "## [Unreleased]\n\n- 2.4x faster\n\n## [1.0.0]\n- slow\n")
	f, err := Parse(in)
	if err != nil {
		t.Fatal(err)
	}
	u, err := f.Unreleased()
	if err != nil || u.Line != 3 || u.BodyLine != 4 || string(f.Text(u.Body)) != "\n- 2.4x faster\n\n" {
		t.Errorf("Unreleased: got line %d, body line %d, %q, %v", u.Line, u.BodyLine, f.Text(u.Body), err)
	}
	s, err := f.Section("v1.0.0")
	if err != nil || s.Line != 7 || string(f.Text(s.Body)) != "- slow\n" {
		t.Errorf("1.0.0: got line %d, %q, %v", s.Line, f.Text(s.Body), err)
	}
}

func TestUndoGivesTheOriginal(t *testing.T) {
	in := []byte(crlf(head + "## [Unreleased]\n\n### Added\n\n### Fixed\n\n- x\n\n## [1.0.0]\n\n[Unreleased]: https://e.com/compare/v1.0.0...HEAD"))
	e, err := Prepare(in, "1.0.1", day, Options{})
	if err != nil {
		t.Fatal(err)
	}
	out, err := e.Apply(in)
	if err != nil || bytes.Equal(out, in) {
		t.Fatalf("apply: %q, %v", out, err)
	}
	if back, err := e.Undo(out); err != nil || !bytes.Equal(back, in) {
		t.Errorf("undo: got %q, %v; want the original", back, err)
	}
	if _, err := e.Undo(append([]byte("x"), out...)); reasonOf(t, err) != SelfCheck {
		t.Errorf("undo of other bytes: %v, want a refusal", err)
	}
}
