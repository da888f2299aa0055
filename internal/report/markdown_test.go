package report

import (
	"bytes"
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	ghtml "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
)

// gfm is the oracle: a parser of GitHub Flavored Markdown that we did not write.
var gfm = goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(ghtml.WithUnsafe()))

// The HTML that a rendering writes itself, and nothing else may hold.
var ours = regexp.MustCompile(`^(</?code>|</?sub>|<!-- -->|<!-- cupel:\w+ -->|</?details>|</?summary>)$`)

var tag = regexp.MustCompile(`<[^>]*>`)

// structure lists what in body could only come from data: links, images, HTML,
// emphasis, and table rows without seven cells. allowed are the links of ours.
func structure(body string, allowed int) (violations []string, rows int) {
	source := []byte(body)
	links := 0
	_ = ast.Walk(gfm.Parser().Parse(text.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Link, *ast.AutoLink, *ast.Image:
			links++
		case *ast.RawHTML:
			violations = append(violations, foreign(string(n.Segments.Value(source)))...)
		case *ast.HTMLBlock:
			violations = append(violations, foreign(string(n.Lines().Value(source)))...)
		case *ast.Emphasis, *ast.CodeSpan, *ast.FencedCodeBlock, *ast.CodeBlock, *ast.List, *ast.ThematicBreak, *east.Strikethrough:
			violations = append(violations, fmt.Sprintf("%s", n.Kind()))
		case *east.TableRow:
			rows++
			if n.ChildCount() != 7 {
				violations = append(violations, fmt.Sprintf("a row of %d cells", n.ChildCount()))
			}
		}
		return ast.WalkContinue, nil
	})
	if links != allowed {
		violations = append(violations, fmt.Sprintf("%d links, want %d", links, allowed))
	}
	return violations, rows
}

func foreign(markup string) (violations []string) {
	for _, found := range tag.FindAllString(markup, -1) {
		if !ours.MatchString(found) {
			violations = append(violations, "HTML "+found)
		}
	}
	return violations
}

var cell = regexp.MustCompile(`(?s)<td[^>]*><code>(.*?)</code>`)

// shownNames are the first cells of all rows, as a browser shows them.
func shownNames(t *testing.T, body string) (names []string) {
	t.Helper()
	var out bytes.Buffer
	if err := gfm.Convert([]byte(body), &out); err != nil {
		t.Fatal(err)
	}
	for row := range strings.SplitSeq(out.String(), "<tr>") {
		if m := cell.FindStringSubmatch(row); m != nil {
			names = append(names, html.UnescapeString(strings.ReplaceAll(m[1], "<!-- -->", "")))
		}
	}
	return names
}

// one is a comparison whose every text is data.
func one(data string) *Comparison {
	b := bench(data, Regression, 1.05, 1.04, 1.06, 0.01, 40)
	b.Suite, b.Metric, b.Reason = data, data, data
	return &Comparison{Schema: SchemaSmoke, Verdict: Regression, Reason: data, Base: data, Head: data, Elapsed: 1, Pairs: 40,
		Benchmarks: []Benchmark{b, {Suite: "other", Name: data, Metric: data, Verdict: Inconclusive, Reason: "x: " + data}}}
}

func checkData(t *testing.T, data string) {
	t.Helper()
	for _, untrusted := range []bool{false, true} {
		m := Markdown{Marker: Marker("smoke"), Link: "https://git.example/r/1", Limit: CommentLimit, Untrusted: untrusted}
		c := one(data)
		c.Benchmarks[1].Suite = data // one suite: the name is the first cell
		body := m.Render(Section{data, c})
		violations, rows := structure(body, 1)
		if len(violations) > 0 || rows != 2 {
			t.Errorf("%q: %d rows, %v in:\n%s", data, rows, violations, body)
		}
		want := visible(data)
		for _, name := range shownNames(t, body) {
			if name != want {
				t.Errorf("%q is shown as %q, want %q", data, name, want)
			}
		}
		if own := tag.ReplaceAllString(body, ""); strings.ContainsAny(own, "<@`") {
			t.Errorf("%q: a raw '<', '@' or backtick in:\n%s", data, body)
		}
	}
}

// hostile is what people have put into names, and what somebody could.
var hostile = []string{
	"a|b", `a\|b`, `a\`, "|", "||||", "`", "``a`b```", "</code><script>alert(1)</script>", "<img src=x onerror=x>",
	"@octocat", "user@example.com", "mailto:user@example.com", "#1", "owner/repo#12", "GH-1", baseCommit,
	"https://example.com/x?a=b", "www.example.com", "[text](https://example.com)", "![i](x)", "<https://example.com>",
	"*bold* _it_ ~~no~~", "&lt;b&gt;", "&#60;b>", "\n\n# heading\n", "a\r\nb", "\t", " ", "- item", "```\ncode", "-->", "<!-- x",
	"\u202egnp.exe", "a\u200bb", "\u2028", "\x1b[31mred", "\x00", "\xff", "é 漢字 🙂", strings.Repeat("@", 500), "::error::x", "${{ x }}", "$(id)",
}

func TestHostileNamesStayData(t *testing.T) {
	for _, data := range hostile {
		checkData(t, data)
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, data := range hostile {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data string) {
		if data == "" {
			t.Skip("a benchmark has a name")
		}
		checkData(t, data)
	})
}

func TestAnUntrustedComparisonShowsNoFreeText(t *testing.T) {
	c := one("A")
	c.Reason = "please visit our site"
	c.Benchmarks[0].Reason = Reason(LayoutEffect, "please visit our site")
	body := Markdown{Limit: CommentLimit, Untrusted: true}.Render(Section{Comparison: c})
	if strings.Contains(body, "visit") || !strings.Contains(body, LayoutEffect) {
		t.Errorf("got:\n%s", body)
	}
	body = Markdown{Limit: CommentLimit}.Render(Section{Comparison: c})
	if !strings.Contains(body, "visit") {
		t.Errorf("a trusted reason is missing in:\n%s", body)
	}
}

// large is a comparison of n benchmarks with long names, half of them changed.
func large(n int) *Comparison {
	c := &Comparison{Schema: SchemaSmoke, Verdict: Regression}
	for i := range n {
		name := fmt.Sprintf("Softmax/impl=fused/shape=%dx128x512/dtype=f32/causal=true", i)
		if i%2 == 0 {
			c.Benchmarks = append(c.Benchmarks, bench(name, Regression, 1.05+float64(i)/1e5, 1.04, 1.2, 0.01, 40))
		} else {
			c.Benchmarks = append(c.Benchmarks, bench(name, Unchanged, 1, 0.99, 1.01, 0.01, 40))
		}
	}
	return c
}

func TestG03ACommentStaysUnderItsLimit(t *testing.T) {
	m := Markdown{Marker: Marker("smoke"), Link: "https://git.example/r/1", Limit: CommentLimit}
	for _, c := range []struct {
		benchmarks   int
		folded, cuts bool
	}{
		{100, true, false},
		{600, false, false},
		{6000, false, true},
		{MaxBenchmarks, false, true},
	} {
		body := m.Render(Section{"ubuntu-latest", large(c.benchmarks)})
		if len(body) >= CommentLimit {
			t.Errorf("%d benchmarks make %d bytes", c.benchmarks, len(body))
		}
		if !strings.HasPrefix(body, m.Marker+"\n") || !strings.HasSuffix(body, "</sub>\n") {
			t.Errorf("%d benchmarks: the marker or the end is missing", c.benchmarks)
		}
		if got := strings.Contains(body, "<details>"); got != c.folded {
			t.Errorf("%d benchmarks: folded table is %v, want %v", c.benchmarks, got, c.folded)
		}
		if got := strings.Contains(body, "more that changed: [all results]("); got != c.cuts {
			t.Errorf("%d benchmarks: cut off is %v, want %v", c.benchmarks, got, c.cuts)
		}
		if violations, _ := structure(body, strings.Count(body, "](")); len(violations) > 0 {
			t.Errorf("%d benchmarks: %v", c.benchmarks, violations)
		}
	}
}

func TestG03AnyLimitKeepsMarkerAndVerdict(t *testing.T) {
	m := Markdown{Marker: Marker("smoke"), Link: "https://git.example/r/1"}
	sections := []Section{{"ubuntu-latest", large(120)}, {"macos-14", large(120)}}
	for limit := 300; limit < 30_000; limit += 499 {
		m.Limit = limit
		body := m.Render(sections...)
		if len(body) >= limit || !strings.HasPrefix(body, m.Marker) || !strings.Contains(body, "Regression") {
			t.Fatalf("limit %d gives %d bytes:\n%s", limit, len(body), body)
		}
	}
}

func TestRowsAreDroppedFromTheEndOnly(t *testing.T) {
	c := large(2000)
	body := Markdown{Limit: CommentLimit}.Render(Section{Comparison: c})
	shown := shownNames(t, body)
	if len(shown) < 100 {
		t.Fatalf("only %d rows in %d bytes", len(shown), len(body))
	}
	for i, b := range c.sorted()[:len(shown)] {
		if shown[i] != b.Name {
			t.Fatalf("row %d is %q, want %q", i, shown[i], b.Name)
		}
	}
	if got := fmt.Sprintf("… and %d more that changed", 1000-len(shown)); !strings.Contains(body, got) {
		t.Errorf("the number that is left out is wrong, want %q", got)
	}
}

func BenchmarkRender(b *testing.B) {
	c := large(MaxBenchmarks)
	for b.Loop() {
		Markdown{Limit: CommentLimit}.Render(Section{Comparison: c})
	}
}
