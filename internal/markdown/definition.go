package markdown

import "regexp"

var (
	label           = `\[((?:[^\[\]\\]|\\.)*[^\[\]\\ \t](?:[^\[\]\\]|\\.)*)\]:`
	definitionForm  = regexp.MustCompile(`^ {0,3}` + label + `([ \t]*)(<[^<>]*>|[^\s<]\S*)(?:[ \t]+(?:"[^"]*"|'[^']*'|\([^()]*\)))?[ \t]*$`)
	definitionStart = regexp.MustCompile(`^ {0,3}` + label + `[ \t]*$`)
)

// A Span is a range of bytes, end excluded.
type Span struct{ Start, End int }

// A DefinitionParts are where the parts of a link reference definition stand.
type DefinitionParts struct{ Label, Blank, Destination Span }

// ParseDefinition takes a link reference definition that is one line apart.
func ParseDefinition(line string) (parts DefinitionParts, ok bool) {
	m := definitionForm.FindStringSubmatchIndex(line)
	if m == nil {
		return DefinitionParts{}, false
	}
	return DefinitionParts{Span{m[2], m[3]}, Span{m[4], m[5]}, Span{m[6], m[7]}}, true
}

// DefinitionLabel is the label of a definition whose destination stands in the
// next line.
func DefinitionLabel(line string) (text string, ok bool) {
	m := definitionStart.FindStringSubmatch(line)
	if m == nil {
		return "", false
	}
	return m[1], true
}
