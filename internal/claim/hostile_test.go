package claim

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cupel-dev/cupel/internal/config"
)

func TestMarkersCountWherePeopleReadThem(t *testing.T) {
	results := measurement{suites: softmax}.write(t)
	const place = " (M1 Max, median of 5 runs)"
	for _, test := range []struct {
		name, text string
		lines      []int // of the claims that are found
	}{
		{"several in one line", "3x faster" + place + marker + " and 68% less time" + place + marker, []int{1, 1}},
		{"in a nested list", "- a\n  1. b\n     - 3x faster" + place + marker, []int{3}},
		{"in a quote", "> > 3x faster" + place + marker, []int{1}},
		{"in a heading", "## 3x faster" + place + marker, []int{1}},
		{"in a table", "| kernel | speedup |\n|---|---|\n| softmax | 3x | M1 Max |" + marker + "\n| softmax | 3x" + place + marker + " |", []int{3, 4}},
		{"in the next cell", "| a | b |\n|--|--|\n| 3x faster" + place + " | " + marker + " |", []int{3}},
		{"in HTML", "<td>3x faster" + place + marker + "</td>", []int{1}},
		{"on a line of its own", "3x faster" + place + "\n" + strings.TrimSpace(marker), []int{1}},
		{"over two lines", "3x faster" + place + " <!-- claim:\n  fused-softmax -->", []int{1}},
		{"with CRLF", "one\r\n\r\n3x faster" + place + marker + "\r\n", []int{3}},
		{"behind a byte order mark", "\ufeff3x faster" + place + marker, []int{1}},
		{"in inline code", "write `3x faster" + marker + "`", nil},
		{"in fenced code", "```\n3x faster" + marker + "\n```", nil},
		{"in a fence in a list", "- a\n  ~~~\n  3x faster" + marker + "\n  ~~~", nil},
		{"in indented code", "a\n\n    3x faster" + marker, nil},
		{"in pre", "<pre>\n3x faster" + marker + "\n</pre>", nil},
		{"in a comment", "<!-- 3x faster <!-- claim: fused-softmax\n-->", nil},
		{"unclosed", "3x faster <!-- claim: fused-softmax", nil},
	} {
		report, err := Check([]Document{notes(test.text)}, checkout(t, results, fused))
		if err != nil {
			t.Fatal(err)
		}
		var lines []int
		for _, f := range report.Claims {
			lines = append(lines, f.Line)
		}
		if fmt.Sprint(lines) != fmt.Sprint(test.lines) {
			t.Errorf("%s: claims in lines %v, want %v: %v", test.name, lines, test.lines, report.Claims)
		}
		for _, f := range report.Claims {
			if f.Stated == "" {
				t.Errorf("%s: no number was found: %v", test.name, f)
			}
		}
	}
}

func TestAnIDCannotEndItsComment(t *testing.T) {
	c := checkout(t, measurement{suites: softmax}.write(t), fused)
	text := "3x faster <!-- claim: fused-softmax-->x --> <!-- claim: a b --> <!-- claim: -->\n"
	report, err := Check([]Document{notes(text)}, c)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Claims) != 1 || report.Claims[0].ID != "fused-softmax" {
		t.Errorf("claims are %v", report.Claims)
	}
}

func TestTextOfAMarkerIsNeverAFormat(t *testing.T) {
	c := checkout(t, measurement{suites: softmax}.write(t), fused)
	f := only(t, c, "3.3x faster (%s%n|<b>, median of 5 runs) <!-- claim: fused-softmax -->")
	if f.Verdict != Refuted || strings.Contains(f.Reason, "%!") {
		t.Errorf("finding is %v", f)
	}
	if f = only(t, c, "3x faster (%s%n|, median of 5 runs) <!-- claim: fused-softmax -->"); f.Verdict != WrongHost || strings.Contains(f.Reason, "%!") {
		t.Errorf("finding is %v", f)
	}
}

func TestAMillionLinesAreRead(t *testing.T) {
	c := checkout(t, measurement{suites: softmax}.write(t), fused)
	const end = "\n\n3x faster (M1 Max, median of 5 runs)" + marker
	for _, test := range []struct {
		path, line string
		lines      int
	}{
		{"NOTES.md", "a\n", 1_000_000},
		{"NOTES.md", "- 2x faster than (`a` <!-- b -->\n", 20_000},
		{"README.md", "2x faster, (then 3% less time\n", 5_000},
		{"README.md", "| 2x | faster |\n|---|---|\n", 5_000},
	} {
		doc := Document{Path: test.path, Text: []byte(strings.Repeat(test.line, test.lines) + end)}
		report, err := Check([]Document{doc}, c)
		if err != nil {
			t.Fatal(err)
		}
		if len(report.Claims) != 1 || report.Claims[0].Verdict != Supported {
			t.Errorf("%d times %q: %v", test.lines, test.line, report.Claims)
		}
	}
}

func TestOneLongLineIsRead(t *testing.T) {
	text := strings.Repeat("2x faster (3% less time ", 20_000) + marker
	report, err := Check([]Document{{Path: "README.md", Text: []byte(text)}}, checkout(t, t.TempDir(), fused))
	if err != nil || len(report.Claims) != 1 {
		t.Fatalf("%v, %v", report, err)
	}
	text = strings.Repeat("2x faster"+marker+" ", 10_000)
	report, err = Check([]Document{notes(text)}, checkout(t, t.TempDir(), fused))
	if err != nil || len(report.Claims) != 10_000 {
		t.Fatalf("%d claims, %v", len(report.Claims), err)
	}
}

func FuzzUpdate(f *testing.F) {
	f.Add("- 3.25x speedup (M1 Max, median of 3 runs) <!-- claim: c -->\r\n- 2x <!-- claim: c -->")
	f.Add("| 40% less time | <!-- claim: c --> |\n|---|---|\n`1x` 2-3x. <!-- claim: none, a -->")
	f.Add("(, 5 runs) 1e9x 99999999999999999999x faster<!--claim:c-->")
	f.Add("(5x faster, median of 3 runs) <!-- claim: c --> (5x on M2 3 runs) <!-- claim: c -->")
	f.Add("3x (M2-median of 3 runs) <!-- claim: c -->")
	f.Add("3x (\x00\xfamedian of 3 runs) <!-- claim: c -->")
	c := against([]float64{322, 324, 321, 323, 326}, []float64{100, 101, 99, 100, 100}, pair)
	f.Fuzz(func(t *testing.T, text string) {
		for _, path := range []string{"NOTES.md", "README.md"} {
			doc := Document{Path: path, Text: []byte(text)}
			once, report, err := Update(doc, c)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range report.Claims {
				if found.Verdict == Supported && !strings.Contains(found.Host, "M1 Max") {
					t.Fatalf("supported without a host: %v", found)
				}
			}
			doc.Text = once
			twice, _, err := Update(doc, c)
			if err != nil || string(twice) != string(once) {
				t.Fatalf("once %q, twice %q, %v", once, twice, err)
			}
		}
	})
}

func BenchmarkCheckThousandClaimsHundredSets(b *testing.B) {
	results := b.TempDir()
	values := make(map[string][]float64)
	var claims []config.Claim
	var text strings.Builder
	for i := range 1000 {
		id := fmt.Sprintf("claim-%d", i)
		values[fmt.Sprintf("Old/case=c%d", i)] = []float64{322, 324, 321, 323, 326}
		values[fmt.Sprintf("New/case=c%d", i)] = []float64{100, 101, 99, 100, 100}
		claims = append(claims, config.Claim{
			ID: id, Kind: "ratio", Metric: "time", Baseline: fmt.Sprintf("s: Old/case=c%d", i), Contender: fmt.Sprintf("s: New/case=c%d", i),
		})
		fmt.Fprintf(&text, "- 3x faster (M1 Max, median of 5 runs) <!-- claim: %s -->\n", id)
	}
	for i := range 100 {
		m := measurement{results: results, created: noon.Add(time.Duration(i) * time.Hour), subject: fmt.Sprintf("sha256:%d", i)}
		m.suites = map[string]map[string][]float64{"s": {"Old/case=c0": {1, 1, 1, 1, 1}}}
		if i == 50 {
			m.subject, m.suites["s"] = "sha256:now", values
		}
		m.write(b)
	}
	for b.Loop() {
		report, err := Check([]Document{notes(text.String())}, checkout(b, results, claims...))
		if err != nil || len(report.Problems()) > 0 {
			b.Fatal(report.Problems()[:1], err)
		}
	}
}
