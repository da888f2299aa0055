package claim

import (
	"github.com/cupel-dev/cupel/internal/markdown"
)

// A Used is a claim where a document makes it.
type Used struct {
	ID   string
	Line int    // 1-based
	Text string // the words that it is about
}

// OfVersion lists the claims that a changelog makes in the section of a version,
// without judging them: what falls with the version when it is rolled back.
func OfVersion(changelog []byte, version string) ([]Used, error) {
	used, _, err := ofVersion(changelog, version)
	return used, err
}

// Withdraw marks the claims in the section of a version as withdrawn: each gets
// " (withdrawn)" behind its words and an excuse instead of its marker. It
// returns what was withdrawn; withdrawing twice equals once.
func Withdraw(changelog []byte, version string) ([]byte, []Used, error) {
	used, splices, err := ofVersion(changelog, version)
	if err != nil {
		return nil, nil, err
	}
	return apply(changelog, splices), used, nil
}

// ofVersion finds the claims of a version and the splices that withdraw them.
func ofVersion(changelog []byte, version string) (used []Used, splices []splice, err error) {
	t, err := read(Document{Path: "CHANGELOG.md", Text: changelog, Release: version})
	if err != nil {
		return nil, nil, err
	}
	for _, k := range t.marks {
		if !t.inScope(k.comment.Start) || k.id == "" {
			continue
		}
		used = append(used, Used{ID: k.id, Line: k.line, Text: t.excerpt(k.region)})
		at := k.comment.Start
		for at > k.region.Start && (changelog[at-1] == ' ' || changelog[at-1] == '\t') {
			at--
		}
		splices = append(splices,
			splice{markdown.Span{Start: at, End: at}, " (withdrawn)"},
			splice{k.comment, "<!-- claim: none, withdrawn with " + version + " -->"})
	}
	return used, splices, nil
}
