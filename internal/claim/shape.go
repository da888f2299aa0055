package claim

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/cupel-dev/cupel/internal/evidence"
)

// quantity is the value of a parameter that says how much was worked on: a
// number or a shape, also with a unit ("2x128x512", "4096", "1MB", "1<<20").
var quantity = regexp.MustCompile(`^[\[(]?\d[\d_.,x×*<^]*\s?(?:[kKMGT]i?)?[bB]?[\])]?$`)

// differs says why the numbers of two benchmarks cannot be compared: they did
// not work on the same. Parameters whose values are words may differ, as
// "impl" does; those that are quantities must be equal unless the claim names
// them.
func differs(base, head evidence.Benchmark, varies []string) string {
	a, b := parameters(base), parameters(head)
	for _, name := range slices.Sorted(maps.Keys(union(a, b))) {
		x, y := a[name], b[name]
		if x == y || slices.Contains(varies, name) || !quantity.MatchString(x) && !quantity.MatchString(y) {
			continue
		}
		return fmt.Sprintf("baseline and contender differ in %s (%s and %s), so that they do not measure the same; varies = [%q] allows it",
			name, orNone(x), orNone(y), name)
	}
	return ""
}

func orNone(value string) string {
	if value == "" {
		return "none"
	}
	return value
}

func union(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// parameters are those of a benchmark, the parts of its name that are
// quantities ("softmax/512") by their order, and its processors.
func parameters(b evidence.Benchmark) map[string]string {
	all := make(map[string]string)
	for i, part := range strings.Split(b.Name, "/") {
		if i > 0 && quantity.MatchString(part) {
			all["part "+strconv.Itoa(i+1)+" of the name"] = part
		}
	}
	maps.Copy(all, b.Params)
	if b.Procs > 0 {
		all["procs"] = strconv.Itoa(b.Procs)
	}
	return all
}

// shapeForm finds a shape in text: 2x128x512, 2×128, [2, 128, 512].
var shapeForm = regexp.MustCompile(`\b\d+(?:[x×]\d+)+\b|\[\d+(?:,\s*\d+)+\]`)

// shapes are those that a text names, in one spelling.
func shapes(text string) []string {
	var found []string
	for _, s := range shapeForm.FindAllString(text, -1) {
		digits := strings.FieldsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
		found = append(found, strings.Join(digits, "x"))
	}
	return found
}

func shapesOf(b evidence.Benchmark) []string {
	return shapes(b.String())
}

// otherShape says that a text names a shape on which nothing of a claim was
// measured, "" where it does not.
func otherShape(text string, measured []string) string {
	for _, s := range shapes(text) {
		if len(measured) > 0 && !slices.Contains(measured, s) {
			return fmt.Sprintf("the line says shape %s, and what was measured is %s", s, strings.Join(measured, ", "))
		}
	}
	return ""
}
