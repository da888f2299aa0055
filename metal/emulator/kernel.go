package emulator

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/cupel-dev/cupel/metal"
)

// A kernelDecl is the declaration of a kernel.
type kernelDecl struct {
	name   string
	params []paramDecl
}

// A paramDecl is one parameter of a kernel: its type as written, and its
// attribute, as in [[buffer(0)]].
type paramDecl struct {
	typ, name, attribute string
	index                int // of buffer and threadgroup
}

var (
	comment    = regexp.MustCompile(`(?s)//[^\n]*|/\*.*?\*/`)
	attribute  = regexp.MustCompile(`\[\[[^\]]*\]\]`)
	kernelHead = regexp.MustCompile(`\bkernel\s+void\s+(\w+)\s*\(`)
	paramForm  = regexp.MustCompile(`^(.*?)(\w+)\s*\[\[\s*(\w+)\s*(?:\(\s*(\d+)\s*\))?\s*\]\]$`)
)

// blank replaces what pattern finds by spaces, so that every other byte keeps
// its line and column.
func blank(text string, pattern *regexp.Regexp) string {
	return pattern.ReplaceAllStringFunc(text, func(found string) string {
		return strings.Map(func(r rune) rune {
			if r == '\n' {
				return r
			}
			return ' '
		}, found)
	})
}

// parseKernels finds the kernels that file declares.
func parseKernels(file metal.SourceFile) ([]kernelDecl, error) {
	text := blank(file.Text, comment)
	var kernels []kernelDecl
	for _, head := range kernelHead.FindAllStringSubmatchIndex(text, -1) {
		k := kernelDecl{name: text[head[2]:head[3]]}
		list, ok := upToParen(text[head[1]:])
		if !ok {
			return nil, fmt.Errorf("%s: kernel %s: the parameter list does not end", file.Name, k.name)
		}
		for _, p := range splitParams(list) {
			param, err := parseParam(p)
			if err != nil {
				return nil, fmt.Errorf("%s: kernel %s: %w", file.Name, k.name, err)
			}
			k.params = append(k.params, param)
		}
		kernels = append(kernels, k)
	}
	return kernels, nil
}

// upToParen returns text up to the closing parenthesis of its level.
func upToParen(text string) (string, bool) {
	depth := 1
	for i, r := range text {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth == 0 {
			return text[:i], true
		}
	}
	return "", false
}

func splitParams(list string) []string {
	if strings.TrimSpace(list) == "" {
		return nil
	}
	return strings.Split(list, ",")
}

func parseParam(text string) (paramDecl, error) {
	text = strings.Join(strings.Fields(text), " ")
	m := paramForm.FindStringSubmatch(text)
	if m == nil {
		return paramDecl{}, fmt.Errorf("parameter %q has no attribute", text)
	}
	p := paramDecl{typ: strings.TrimSpace(m[1]), name: m[2], attribute: m[3]}
	if m[4] == "" {
		return p, nil
	}
	index, err := strconv.Atoi(m[4])
	if err != nil {
		return paramDecl{}, fmt.Errorf("parameter %q: %w", text, err)
	}
	p.index = index
	return p, nil
}
