package targets

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/release"
)

func releaseProcess(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../RELEASE_PROCESS.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestTheReleaseProcessNamesEveryGate holds the document's sentence about gates
// against those that a release asks: which there are, and which can be waived.
func TestTheReleaseProcessNamesEveryGate(t *testing.T) {
	sentence := regexp.MustCompile(`(?s)The gates are (.*?), which\s+nobody\s+can\s+waive,\s+and\s+(.*?)\.`).FindStringSubmatch(releaseProcess(t))
	if sentence == nil {
		t.Fatal("RELEASE_PROCESS.md says nowhere which gates there are")
	}
	var integrity, waivable []string
	for _, g := range new(releasing).gates(release.Draft{}, preparation{}, nil) {
		if g.Integrity {
			integrity = append(integrity, g.Name)
		} else {
			waivable = append(waivable, g.Name)
		}
	}
	names := regexp.MustCompile(`,\s*|\s+and\s+`)
	if said := names.Split(sentence[1], -1); !slices.Equal(said, integrity) {
		t.Errorf("the document says that nobody can waive %q, and these are they: %q", said, integrity)
	}
	if said := names.Split(sentence[2], -1); !slices.Equal(said, waivable) {
		t.Errorf("the document says that %q can be waived, and these are they: %q", said, waivable)
	}
}

// TestTheReleaseProcessHasACommandOrADecisionInEveryLine: a line of a checklist
// is done by a command, or it is a decision in bold, of somebody by name.
func TestTheReleaseProcessHasACommandOrADecisionInEveryLine(t *testing.T) {
	people := []string{"maintainer", "measurer", "reviewer"}
	command := regexp.MustCompile("`(go tool mage|git) [^`]+`")
	decision := regexp.MustCompile(`\*\*the (\w+) decides\*\*`)
	text, _, ok := strings.Cut(releaseProcess(t), "## Checklist")
	if !ok {
		t.Fatal("RELEASE_PROCESS.md has no template of a checklist")
	}
	lines := 0
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "- [ ] ") {
			continue
		}
		lines++
		who := decision.FindStringSubmatch(line)
		if !command.MatchString(line) && (who == nil || !slices.Contains(people, who[1])) {
			t.Errorf("neither a command nor a decision: %s", line)
		}
	}
	for _, phase := range []string{"## Phase 1", "## Phase 2", "## Phase 3", "## Phase 4", "## Phase 5", "## Emergency rollback"} {
		if !strings.Contains(text, "\n"+phase) {
			t.Errorf("the document has no %s", phase)
		}
	}
	if lines < 20 {
		t.Errorf("only %d lines of checklists were found", lines)
	}
}
