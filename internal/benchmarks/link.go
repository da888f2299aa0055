package benchmarks

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"strings"
)

// link is the target of an inline link or image in Markdown.
var link = regexp.MustCompile(`\]\(<?([^()<>\s]+)`)

// DeadLinks lists the links of a document to evidence that is gone. name is the
// document's path and results the directory of evidence, both relative to the
// project and with slashes, and so is what exists is asked for.
func DeadLinks(name string, doc []byte, results string, exists func(string) bool) []Problem {
	var dead []Problem
	number := 0
	for line := range bytes.Lines(doc) {
		number++
		for _, m := range link.FindAllSubmatch(line, -1) {
			target, _, _ := strings.Cut(string(m[1]), "#")
			to := path.Join(path.Dir(name), target)
			if !strings.Contains(target, ":") && strings.HasPrefix(to, results+"/") && !exists(to) {
				dead = append(dead, Problem{number, fmt.Sprintf("the link to %s is dead: that evidence is gone", to)})
			}
		}
	}
	return dead
}
