package version

import (
	"cmp"
	"regexp"
	"strings"
)

// A mistake is one way to misspell a version. The first whose pattern matches
// is reported; fix gives the text without it, which may still hold others.
type mistake struct {
	pattern *regexp.Regexp
	problem string
	fix     func(string) string
}

var mistakes = []mistake{
	{regexp.MustCompile(`^\s|\s$`), "it begins or ends with a blank", strings.TrimSpace},
	{regexp.MustCompile(`^-`), "it begins with \"-\": options go behind the version, as in release v1.2.3 -dryRun", nil},
	{regexp.MustCompile(`^V`), "the letter is a capital", func(s string) string { return "v" + s[1:] }},
	{regexp.MustCompile(`^vv+`), "it has more than one \"v\"", func(s string) string { return "v" + strings.TrimLeft(s, "v") }},
}

var (
	numbersForm  = regexp.MustCompile(`^v?(\d+(?:\.\d+)*)(-[^+]*)?(\+.*)?$`)
	leadingZero  = regexp.MustCompile(`\b0+(\d)`)
	zeroPadded   = regexp.MustCompile(`(^|\.)0+(\d+)(\.|$)`)
	preReleaseOK = regexp.MustCompile(`^-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*$`)
)

// explain says what is wrong with a text that Parse does not take.
func explain(text string) error {
	e := &SyntaxError{Text: text}
	for _, m := range mistakes {
		if !m.pattern.MatchString(text) {
			continue
		}
		e.Problem = m.problem
		if m.fix != nil {
			e.Suggest = suggest(m.fix(text))
		}
		return e
	}
	m := numbersForm.FindStringSubmatch(text)
	if m == nil {
		e.Problem = "expected three numbers and maybe a prerelease, as in v1.2.3 or v1.2.3-rc.1"
		return e
	}
	explainNumbers(e, strings.Split(m[1], "."), m[2], m[3])
	return e
}

func explainNumbers(e *SyntaxError, numbers []string, pre, metadata string) {
	joined := strings.Join(numbers, ".")
	switch {
	case len(numbers) < 3:
		e.Problem = "it has fewer than three numbers"
		e.Suggest = suggest(joined + strings.Repeat(".0", 3-len(numbers)) + pre)
	case len(numbers) > 3:
		e.Problem = "it has more than three numbers"
		e.Suggest = suggest(strings.Join(numbers[:3], ".") + pre)
	case leadingZero.MatchString(joined):
		e.Problem = "a number has a leading zero"
		e.Suggest = suggest(leadingZero.ReplaceAllString(joined, "$1") + pre)
	case pre != "" && !preReleaseOK.MatchString(pre):
		e.Problem = "the prerelease holds something else than letters, digits, hyphens and single dots"
	case pre != "" && zeroPadded.MatchString(pre[1:]):
		e.Problem = "a number of the prerelease has a leading zero"
		e.Suggest = suggest(joined + "-" + unpad(pre[1:]))
	case metadata != "":
		e.Problem = "build metadata has no precedence, so it cannot tell two releases apart"
		e.Suggest = suggest(joined + pre)
	default:
		e.Problem = "a number is larger than 9007199254740991"
	}
}

func unpad(pre string) string {
	parts := strings.Split(pre, ".")
	for i, p := range parts {
		if strings.Trim(p, "0123456789") == "" {
			parts[i] = cmp.Or(strings.TrimLeft(p, "0"), "0")
		}
	}
	return strings.Join(parts, ".")
}

// suggest is text as a tag where it is a version, or what its own mistakes
// suggest.
func suggest(text string) string {
	v, err := Parse(text)
	if err == nil {
		return v.Tag()
	}
	if e, ok := err.(*SyntaxError); ok {
		return e.Suggest
	}
	return ""
}
