package changelog

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// shapes are the forms of changelogs that are found in the wild, each in a
// small file of our own: the versions to find in it, and what the first lines
// of a released Unreleased section look like.
var shapes = []struct {
	name       string
	in         string
	unreleased []string
	versions   []string
	heading    string // what Release inserts for 9.9.9; "" where it refuses
	reason     Reason
}{
	{
		name:     "01 pure CRLF, versions at level 1, no title",
		in:       crlf("# Unreleased\n\n- x\n\n# Version 0.7.1 (2024-04-16)\n\n- y\n\n# Version 0.7.0 (2024-02-16)\n"),
		versions: []string{"0.7.1", "0.7.0"},
		heading:  "# Version 9.9.9 (2026-09-03)\r\n",
	},
	{
		name:     "02 byte order mark before the first heading",
		in:       bom + "## [Unreleased]\n- x\n\n## [1.0.0] - 2025-01-01\n",
		versions: []string{"1.0.0"},
		heading:  "## [9.9.9] - 2026-09-03\n",
	},
	{
		name:     "03 mixed line ends",
		in:       "## [Unreleased]\n\n- x\r\n\n## [1.0.0] - 2025-01-01\r\n- y\n",
		versions: []string{"1.0.0"},
		heading:  "## [9.9.9] - 2026-09-03\n",
	},
	{
		name:     "04 no final newline",
		in:       "## [Unreleased]\n\n- x",
		versions: nil,
		heading:  "## [9.9.9] - 2026-09-03\n",
	},
	{
		name:     "05 blank lines at the end",
		in:       "## Unreleased\n\n- x\n\n## 1.0.0 - 2025-01-01\n\n- y\n\n\n\n",
		versions: []string{"1.0.0"},
		heading:  "## 9.9.9 - 2026-09-03\n",
	},
	{
		name:     "06 headings inside fences",
		in:       "## Unreleased\n\n```md\n## 1.0.0\n# 1.0.0\n```\n\n## 0.1.0 - 2021-01-29\n",
		versions: []string{"0.1.0"},
		heading:  "## 9.9.9 - 2026-09-03\n",
	},
	{
		name:     "07 duplicate old versions are tolerated",
		in:       "## Unreleased\n- x\n\n## [0.25.4] - 2026-01-02\n\n## [0.25.4] - 2026-01-01\n",
		versions: []string{"0.25.4", "0.25.4"},
		heading:  "## [9.9.9] - 2026-09-03\n",
	},
	{
		name:     "08 the level of versions varies",
		in:       "## Unreleased\n- x\n\n### [1.0.1](https://e.com/compare/v1.0.0...v1.0.1) (2026-01-02)\n\n\n### Bug Fixes\n\n## [1.0.0](https://e.com/compare/v0.9.0...v1.0.0) (2026-01-01)\n",
		versions: []string{"1.0.1", "1.0.0"},
		heading:  "### [9.9.9](https://e.com/compare/v1.0.1...v9.9.9) (2026-09-03)\n",
	},
	{
		name:     "09 several versions in one heading, sentinel comments",
		in:       "## [Unreleased]\n\n### Added\n\n- x\n\n<!-- Released section -->\n<!-- Don't change this section unless doing release -->\n\n## [1.9.0/0.31.0] 2026-01-01\n\n## [0.1.0/v0.0.7] - 2025-01-01\n",
		versions: []string{"1.9.0", "0.1.0"},
		heading:  "## [9.9.9] 2026-09-03\n",
	},
	{
		name:       "10 a comment before everything, an unreleased branch, link references that are people",
		in:         "# Change log\n\n<!---\n  Do NOT edit.\n  ## 1.2.3\n-->\n\n## master (unreleased)\n\n### New features\n\n* x ([@a][])\n\n## 1.0.0 (2026-01-01)\n\n* y ([@b][])\n\n[@a]: https://e.com/a\n[@b]: https://e.com/b\n",
		unreleased: nil,
		versions:   []string{"1.0.0"},
		heading:    "## 9.9.9 (2026-09-03)\n",
	},
	{
		name:     "11 markers of a tool",
		in:       "<!-- next-header -->\n## [Unreleased] - ReleaseDate\n\n- x\n\n## [1.1.5] - 2026-08-11\n",
		versions: []string{"1.1.5"},
		heading:  "## [9.9.9] - 2026-09-03\n",
	},
	{
		name:     "12 tag paths of a monorepo, emoji, no-break space",
		in:       "## Unreleased\n\n### 🔥 Breaking\u00a0Changes\n- x\n\n## sdk/go/v0.21.7 - 2026-01-01\n\n## sdk/go/v0.21.6\u00a0- 2025-12-01\n",
		versions: []string{"0.21.7", "0.21.6"},
		heading:  "## sdk/go/v9.9.9 - 2026-09-03\n",
	},
	{
		name:     "13 Unreleased and yanked, a version that is unreleased",
		in:       "## [Unreleased] [Yanked]\n- x\n\n## [2.0.0] - unreleased [Yanked]\n\n## [1.0.0] - 2017-06-20\n",
		versions: []string{"2.0.0", "1.0.0"},
		heading:  "## [9.9.9] - 2026-09-03\n",
	},
	{
		name:     "14 no Unreleased section, slash before the date",
		in:       "# Changelog\n\n## 3.14.0 / 2026-08-17\n\n* [CHANGE] x\n",
		versions: []string{"3.14.0"},
		reason:   NoUnreleased,
	},
	{
		name:     "15 one version on the first line, marked unreleased",
		in:       "## 1.17.0 (Unreleased)\n\nENHANCEMENTS:\n\n* x\n",
		versions: []string{"1.17.0"},
		reason:   NoUnreleased,
	},
	{
		name:     "16 a word before the version, and a heading that only begins with numbers",
		in:       "## Unreleased\n- x\n\n## mdThing 0.5.0\n\n## 0.5 Migration Guide\n\n### Go 1.22.0 is required\n\n## mdThing 0.4.52\n",
		versions: []string{"0.5.0", "0.4.52"},
		heading:  "## mdThing 9.9.9 - 2026-09-03\n",
	},
	{
		name:     "17 other sections behind the last version, dates that are not in order",
		in:       "## [Unreleased]\n- x\n\n## [1.3.0] - 2024-12-18\n\n## [1.2.7] - 2025-12-12\n\n- y\n\n## Roadmap\n\n- z\n\n## License\n",
		versions: []string{"1.3.0", "1.2.7"},
		heading:  "## [9.9.9] - 2026-09-03\n",
	},
	{
		name:     "18 anchors above headings of level 1, month in words",
		in:       "## Unreleased\n\n- x\n\n<a name=\"v1.20.4\"></a>\n# [v1.20.4](https://e.com/releases/tag/v1.20.4) - 31 Mar 2026\n\n- y\n",
		versions: []string{"1.20.4"},
		heading:  "# [v9.9.9](https://e.com/releases/tag/v9.9.9) - 3 Sep 2026\n",
	},
	{
		name:     "19 setext headings",
		in:       "Unreleased\n==========\n\n* x\n\n14.1.1 (2024-09-08)\n===================\n\ntext\n\n14.1.0 (2024-09-07)\n===================\n",
		versions: []string{"14.1.1", "14.1.0"},
		heading:  "9.9.9 (2026-09-03)\n==================\n",
	},
	{
		name:     "20 reStructuredText has no Unreleased heading of ours",
		in:       "\nChangelog\n=========\n\n5.1.0 (2024-10-30)\n------------------\n\n* x\n\n.. _link: https://e.com/\n",
		versions: []string{"5.1.0"},
		reason:   NoUnreleased,
	},
	{
		name:     "21 a prerelease above a later maintenance release",
		in:       "## [Unreleased]\n- x\n\n## [1.9.0-rc.1] - 2025-01-01\n\n## [1.8.4] - 2025-02-01\n",
		versions: []string{"1.9.0-rc.1", "1.8.4"},
		heading:  "## [9.9.9] - 2026-09-03\n",
	},
	{
		name:     "22 dotted dates, empty subsections",
		in:       "## Unreleased\n\n### Added\n\n### Fixed\n- x\n\n## 0.3.0 - 2025.09.01\n\n### Added\n\n## v0.2.1 - Unreleased\n",
		versions: []string{"0.3.0", "0.2.1"},
		heading:  "## 9.9.9 - 2026.09.03\n",
	},
	{
		name:     "23 the specification's own manner",
		in:       "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- x\n\n## [1.1.0] - 2019-02-15 [YANKED]\n\n- y\n\n[unreleased]: https://e.com/compare/v1.1.0...HEAD\n[1.1.0]: https://e.com/compare/v1.0.0...v1.1.0\n",
		versions: []string{"1.1.0"},
		heading:  "## [9.9.9] - 2026-09-03\n",
	},
	{
		name:       "own spelling of Unreleased",
		in:         "## Upcoming\n- x\n\n## 1.0.0\n",
		unreleased: []string{"Upcoming"},
		versions:   []string{"1.0.0"},
		heading:    "## 9.9.9 - 2026-09-03\n",
	},
}

func TestShapes(t *testing.T) {
	for _, tt := range shapes {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Parse([]byte(tt.in), tt.unreleased...)
			if err != nil {
				t.Fatal(err)
			}
			if got := f.versionNames(); !slices.Equal(got, tt.versions) {
				t.Errorf("versions %q, want %q", got, tt.versions)
			}
			out, err := Release([]byte(tt.in), "9.9.9", day, Options{Unreleased: tt.unreleased})
			if reason := reasonOf(t, err); reason != tt.reason {
				t.Fatalf("release: got %v, want %q", err, tt.reason)
			}
			if !strings.Contains(string(out), tt.heading) {
				t.Errorf("released without %q:\n%s", tt.heading, out)
			}
		})
	}
}

func TestD07YankedHeadings(t *testing.T) {
	for heading, want := range map[string]bool{
		"## [1.0.0] - 2026-01-01 [YANKED]":  true,
		"## [1.0.0] - 2018-12-27 - Yanked":  true,
		"## 1.0.0 (yanked)":                 true,
		"## [1.0.0] - Yanked":               true,
		"## [1.0.0] - 2026-01-01":           false,
		"## 1.0.0 replaces the yanked one":  false,
		"## [1.0.0-yanked.1] - 2026-01-01 ": false,
	} {
		f, err := Parse([]byte(heading + "\n"))
		if err != nil || len(f.Versions()) != 1 || f.Versions()[0].Yanked != want {
			t.Errorf("%s: got %+v, %v; want yanked %v", heading, f.Versions(), err, want)
		}
	}
}

func TestTheLastSectionEndsBeforeOtherSections(t *testing.T) {
	f, err := Parse([]byte("## 1.0.0\n\n- a\n\n## Fixed\n\n- b\n\n## License\n\nMIT\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(f.Text(f.Versions()[0].Body)); got != "\n- a\n\n## Fixed\n\n- b\n\n" {
		t.Errorf("got %q", got)
	}
}

// BenchmarkRelease edits a changelog of 500 KB.
func BenchmarkRelease(b *testing.B) {
	var in strings.Builder
	in.WriteString("# Changelog\n\n## [Unreleased]\n\n- x\n\n")
	for i := range 2500 {
		fmt.Fprintf(&in, "## [1.%d.0] - 2025-01-01\n\n### Fixed\n\n- %s\n- `code` and more ([#%d])\n\n", 2500-i, strings.Repeat("word ", 24), i)
	}
	in.WriteString("[Unreleased]: https://e.com/compare/v1.2500.0...HEAD\n")
	b.SetBytes(int64(in.Len()))
	for b.Loop() {
		if _, err := Release([]byte(in.String()), "2.0.0", day, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
