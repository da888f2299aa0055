package changelog

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	source "github.com/yuin/goldmark/text"
)

// A place is a heading of the document itself, as line (0-based) and level.
type place struct{ line, level int }

// oracle finds the headings with goldmark, a CommonMark parser.
func oracle(b []byte) []place {
	b = bytes.TrimPrefix(b, []byte(bom))
	doc := goldmark.New().Parser().Parse(source.NewReader(b))
	var found []place
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		h, ok := n.(*ast.Heading)
		if !ok || h.Lines().Len() == 0 {
			continue // an empty heading has no position
		}
		found = append(found, place{bytes.Count(b[:h.Lines().At(0).Start], []byte("\n")), h.Level})
	}
	return found
}

func places(f *File) []place {
	var found []place
	for _, h := range f.headings {
		if h.text != "" {
			found = append(found, place{h.first, h.level})
		}
	}
	return found
}

// scanned is Parse without its refusals: goldmark has none.
func scanned(b []byte) *File {
	f := &File{src: b}
	f.splitLines()
	f.scan()
	return f
}

// fragments are the lines that changelogs are made of, and those that have
// deceived other tools.
var fragments = []string{
	"", "", "", "# Changelog", "## [Unreleased]", "## [1.2.3] - 2026-01-01", "### Added", "### 0.9.0 ###", "  ## 7.7.7", "    ## code",
	"- entry", "* entry", "1. one", "2. two", "- - deep", "  continued", "    more", "text", "text\\", "-", "+ ", "-   wide", "10) ten",
	"```", "````md", "~~~", "~~~~", "  ```", "- ```", "    ```", "``` a`b", "===", "---", "--", "***", "- - -", "> quote", "> ## 5.5.5", ">", "> - x", "> ```",
	"<!-- open", "-->", "<!-- whole -->", "<!-- whole --> text", "<pre>", "</pre>", "<details>", "</details>", "<a name=\"v1\"></a>", "<br>", "<b>x</b>", "<span>",
	"[1.2.3]: https://example.com/a", "[a]:\n/url", "[^1]: note", "\ttab", "-\ttab", "#nothing", "####### seven", "| a | b |",
}

func randomDocument(r *rand.Rand) []byte {
	lines := make([]string, 1+r.IntN(14))
	for i := range lines {
		lines[i] = fragments[r.IntN(len(fragments))]
	}
	return []byte(strings.Join(lines, "\n") + "\n")
}

func TestHeadingsAreThoseOfCommonMark(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 3))
	for range 20000 {
		doc := randomDocument(r)
		if got, want := places(scanned(doc)), oracle(doc); !slices.Equal(got, want) {
			t.Fatalf("document\n%s\ngot  %v\nwant %v", doc, got, want)
		}
		windows := bytes.ReplaceAll(doc, []byte("\n"), []byte("\r\n"))
		if got, want := places(scanned(windows)), places(scanned(doc)); !slices.Equal(got, want) {
			t.Fatalf("document with CRLF\n%s\ngot  %v\nwant %v", doc, got, want)
		}
	}
}

func FuzzHeadings(f *testing.F) {
	f.Add([]byte{3, 0, 4, 0, 23, 5, 23})
	f.Add([]byte{10, 0, 8, 41, 4})
	f.Fuzz(func(t *testing.T, picks []byte) {
		lines := make([]string, min(len(picks), 40))
		for i := range lines {
			lines[i] = fragments[int(picks[i])%len(fragments)]
		}
		doc := []byte(strings.Join(lines, "\n") + "\n")
		if got, want := places(scanned(doc)), oracle(doc); !slices.Equal(got, want) {
			t.Fatalf("document\n%s\ngot  %v\nwant %v", doc, got, want)
		}
	})
}
