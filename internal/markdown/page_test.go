package markdown

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	source "github.com/yuin/goldmark/text"
)

// found are the comments of a page, as offset and text.
func found(src []byte) []string {
	list := []string{}
	for _, c := range ReadPage(src).Comments {
		list = append(list, fmt.Sprintf("%3d %s", c.Start, words(c.Text)))
	}
	return list
}

// words are those of a comment, without the marks of the quotes that it spans.
func words(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == '>' || unicode.IsSpace(r) }), " ")
}

var commentForm = regexp.MustCompile(`(?s)<!---?>|<!--(.*?)-->`)

// oracle finds the comments with goldmark, a parser of CommonMark and of
// GitHub's tables.
func oracle(src []byte) []string {
	doc := goldmark.New(goldmark.WithExtensions(extension.Table)).Parser().Parse(source.NewReader(src))
	list := []string{}
	add := func(lines *source.Segments) {
		text := string(lines.Value(src))
		for _, m := range commentForm.FindAllStringSubmatchIndex(text, -1) {
			if m[2] >= 0 { // else a comment of nothing
				list = append(list, fmt.Sprintf("%3d %s", offset(lines, m[0]), words(text[m[2]:m[3]])))
			}
		}
	}
	ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.RawHTML:
			add(n.Segments)
		case *ast.HTMLBlock:
			if n.HTMLBlockType == ast.HTMLBlockType2 || n.HTMLBlockType >= ast.HTMLBlockType6 {
				lines := n.Lines()
				if n.HasClosure() {
					lines.Append(n.ClosureLine)
				}
				add(lines)
			}
		}
		return ast.WalkContinue, nil
	})
	slices.Sort(list) // it moves a table before the paragraph above
	return list
}

// offset turns a place in the joined lines into one in the document.
func offset(lines *source.Segments, at int) int {
	for i := range lines.Len() {
		l := lines.At(i)
		if n := l.Len(); at >= n {
			at -= n
			continue
		}
		return l.Start + at - l.Padding
	}
	return -1
}

// fragments are lines that a marker may hide in or beside.
var fragments = []string{
	"", "", "", "# Head <!-- a -->", "text <!-- b --> more <!-- c -->", "- item <!-- d -->", "  - nested <!-- e -->", "    four <!-- f -->", "1. one <!-- g -->",
	"```", "~~~", "````md", "  ```", "- ```", "`code` <!-- h -->", "`open", "close` <!-- i -->", "`` a ` <!-- j --> ``", "\\`<!-- k -->`",
	"<!-- l -->", "<!-- open", "-->", "--> text <!-- m -->", "<pre>", "</pre>", "<div>", "</div> <!-- n -->", "<td>1x <!-- o --></td>", "<span title=\"`\"> <!-- p --> `",
	"> quote <!-- q -->", ">     code <!-- r -->", "> ```", "| a | b |\n|---|---|", "| 1 ` | <!-- s --> ` |", "| `x | y` <!-- t --> |", "---", "===",
	"\ttab <!-- u -->", "[a]: /url", "<!--> <!-- v -->", "<!-- w--->", "[x](y) <!-- z", "lazy", "* <!-- aa -->", "<https://e.org/`> `<!-- bb -->",
}

func document(picks []int) []byte {
	lines := make([]string, len(picks))
	for i, pick := range picks {
		lines[i] = fragments[pick%len(fragments)]
	}
	return []byte(strings.Join(lines, "\n") + "\n")
}

func TestCommentsAreThoseOfCommonMark(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 25))
	for range 20000 {
		picks := make([]int, 1+r.IntN(8))
		for i := range picks {
			picks[i] = r.IntN(len(fragments))
		}
		doc := document(picks)
		if bytes.Contains(doc, []byte("|---|")) && bytes.ContainsAny(doc, "=") {
			continue // below a table "===" is a row, and here it ends one
		}
		if got, want := found(doc), oracle(doc); !slices.Equal(got, want) {
			t.Fatalf("document\n%s\ngot  %q\nwant %q", doc, got, want)
		}
	}
}

func TestProseKeepsLengthAndLineEnds(t *testing.T) {
	src := []byte("\ufeffa `1x` [b](http://c/2x \"d\") <!-- e\r\n3x --> <b>4x</b> https://f/5x\r\n\r\n    6x\r\n```\r\n7x\r\n```\r\n")
	want := "\ufeffa      [b]                   \r\n        4x                    \r\n\r\n      \r\n   \r\n  \r\n   \r\n"
	got := string(ReadPage(src).Prose)
	if squash(got) != squash(want) {
		t.Errorf("prose is\n%q, want\n%q", got, want)
	}
	if len(got) != len(src) {
		t.Errorf("length is %d, want %d", len(got), len(src))
	}
}

func squash(s string) string { return regexp.MustCompile(` +`).ReplaceAllString(s, " ") }

func TestHostileTextTakesFewPasses(t *testing.T) {
	const n = 200_000
	for name, text := range map[string]string{
		"backticks": strings.Repeat("` `` ", n), "comments": strings.Repeat("<!-- ", n), "tags": strings.Repeat("<a b=\"", n),
		"links": strings.Repeat("](a", n), "quotes": strings.Repeat("> ", n), "lists": strings.Repeat("- ", n), "cells": "|a|\n|-|\n" + strings.Repeat("|", n),
	} {
		t.Run(name, func(t *testing.T) {
			if p := ReadPage([]byte(text)); len(p.Prose) != len(text) {
				t.Error("the length is another")
			}
		})
	}
}

func FuzzPage(f *testing.F) {
	f.Add([]byte("- a `b` <!-- claim: c -->\r\n| d |\n|---|\n| <!-- e --> |\n"))
	f.Add([]byte("<!-- a -->b --> `<!--` \xff\x00"))
	f.Fuzz(func(t *testing.T, src []byte) {
		p := ReadPage(src)
		if len(p.Prose) != len(src) || bytes.Count(p.Prose, []byte("\n")) != bytes.Count(src, []byte("\n")) {
			t.Fatal("the prose has another length or other lines")
		}
		for _, c := range p.Comments {
			if text := src[c.Start:c.End]; !bytes.HasPrefix(text, []byte("<!--")) || !bytes.HasSuffix(text, []byte("-->")) {
				t.Fatalf("%q is no comment", text)
			}
		}
	})
}
