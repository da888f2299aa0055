package cupel_test

import (
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/cupel-dev/cupel/"

// mayImport holds the arrows between the packages of this module: each package
// and what it may import of the others. "format" stands for every reader of
// internal/bench and "channel" for every package below internal/channel. A
// package that is missing here fails the test.
var mayImport = map[string][]string{
	"magefiles": {"targets", "ci/dagger"},
	"targets": {
		"internal/official", "internal/smoke", "internal/compare", "internal/claim", "internal/benchmarks", "internal/history", "internal/release", "ci", "ci/pack", "ci/images",
		"channel", "internal/checkout", "internal/evidence", "internal/evidence/oci", "internal/report", "internal/forge", "internal/comment", "internal/bench", "internal/bench/format", "internal/journal",
		"internal/config", "internal/dsse", "internal/sigstore", "internal/host", "internal/stats", "internal/changelog", "internal/version", "internal/run", "internal/git", "internal/subject", "internal/process", "internal/redact", "internal/trial",
	},

	"internal/official": {
		"internal/evidence", "internal/subject", "internal/run", "internal/bench", "internal/bench/criterion", "internal/config", "internal/git", "internal/host",
	},
	"internal/smoke": {
		"internal/checkout", "internal/subject", "internal/report", "internal/run", "internal/bench", "internal/bench/format", "internal/bench/criterion", "internal/config", "internal/host", "internal/stats", "internal/evidence",
	},
	"internal/compare":    {"internal/evidence", "internal/report", "internal/bench", "internal/bench/format", "internal/stats", "internal/host"},
	"internal/claim":      {"internal/evidence", "internal/bench", "internal/config", "internal/host", "internal/stats", "internal/changelog", "internal/markdown", "internal/version"},
	"internal/benchmarks": {"internal/evidence", "internal/chart", "internal/stats"},
	"internal/release": {
		"internal/journal", "internal/changelog", "internal/version", "internal/git", "internal/config", "internal/redact",
	},
	"ci":        {"internal/config", "internal/git", "internal/process", "internal/redact"},
	"ci/dagger": {"ci", "internal/process", "internal/redact"},
	"ci/pack":   {"internal/dsse", "internal/sigstore", "internal/version", "internal/process"},
	"ci/images": {},

	"channel": {"internal/journal", "internal/forge", "internal/git", "internal/process", "internal/redact", "internal/retry", "internal/trial", "internal/version"},

	"internal/checkout":     {"internal/git", "internal/run", "internal/bench", "internal/evidence"},
	"internal/chart":        {},
	"internal/dsse":         {},
	"internal/sigstore":     {"internal/dsse", "internal/redact", "internal/retry"},
	"internal/evidence":     {"internal/bench", "internal/bench/format", "internal/host", "internal/stats", "internal/dsse"},
	"internal/evidence/oci": {"internal/evidence", "internal/dsse"},
	"internal/subject":      {"internal/config", "internal/evidence", "internal/git", "internal/version"},
	"internal/report":       {},
	"internal/comment":      {"internal/forge", "internal/report"},
	"internal/forge":        {"internal/redact", "internal/retry"},
	"internal/journal":      {"internal/redact"},
	"internal/trial":        {"internal/journal", "internal/process", "internal/version"},

	"internal/run":    {"internal/bench", "internal/process"},
	"internal/config": {"internal/bench", "internal/bench/format"},
	"internal/host":   {"internal/process"},

	"internal/bench":        {},
	"internal/bench/format": {"internal/bench", "format"},
	"format":                {"internal/bench", "internal/bench/barejson", "internal/bench/lines"},

	"internal/bench/barejson": {},
	"internal/bench/lines":    {},
	"internal/changelog":      {"internal/markdown"},
	"internal/git":            {},
	"internal/markdown":       {},
	"internal/process":        {},
	"internal/redact":         {},
	"internal/retry":          {},
	"internal/stats":          {},
	"internal/version":        {},
}

// testOnly may be imported by tests alone.
var testOnly = []string{"internal/bench/benchtest", "internal/forge/forgetest", "internal/git/gittest", "internal/channel/faulttest", "internal/channel/oci/registrytest", "internal/channel/cargo/cargotest", "internal/channel/npm/npmtest", "internal/channel/gomodule/proxytest", "internal/sigstore/sigstoretest", "e2e"}

// standAlone are programs and data of this repository that import no package
// that Cupel's users get.
var standAlone = []string{"benches", "metal"}

func TestArrowsPointOneWay(t *testing.T) {
	format := `{{.ImportPath}} {{join .Imports " "}}`
	out, err := exec.Command("go", "list", "-tags=mage", "-f", format, "./...").CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		name, ours := strings.CutPrefix(fields[0], module)
		if !ours || slices.Contains(testOnly, name) {
			continue
		}
		for _, imported := range fields[1:] {
			if sibling, ours := strings.CutPrefix(imported, module); ours {
				checkArrow(t, name, sibling)
			}
			checkOwner(t, name, imported)
		}
		if _, ok := arrowsOf(name); !ok {
			t.Errorf("%s is not in the table of arrows", name)
		}
	}
}

func checkArrow(t *testing.T, from, to string) {
	t.Helper()
	if isStandAlone(from) && isStandAlone(to) {
		return
	}
	allowed, _ := arrowsOf(from)
	kind := kindOf(to)
	if !slices.Contains(allowed, to) && !(kind != "" && slices.Contains(allowed, kind)) {
		t.Errorf("%s must not import %s", from, to)
	}
}

// owners are the packages that alone may import a module.
var owners = map[string][]string{
	"github.com/magefile/mage":    {"targets", "magefiles"},
	"dagger.io/dagger":            {"ci/dagger"},
	"github.com/google/go-github": {"internal/forge", "internal/channel/github"},
}

func checkOwner(t *testing.T, from, imported string) {
	t.Helper()
	for prefix, owner := range owners {
		if strings.HasPrefix(imported, prefix) && !slices.Contains(owner, from) {
			t.Errorf("%s must not import %s", from, imported)
		}
	}
}

func arrowsOf(name string) ([]string, bool) {
	if isStandAlone(name) {
		return nil, true
	}
	if allowed, ok := mayImport[name]; ok {
		return allowed, true
	}
	if kind := kindOf(name); kind != "" {
		return mayImport[kind], true
	}
	return nil, false
}

// kindOf is "format" for a package that reads one output format, "channel" for
// one that knows one channel of a release, and empty for every other.
func kindOf(name string) string {
	if _, listed := mayImport[name]; listed || slices.Contains(testOnly, name) {
		return ""
	}
	switch path.Dir(name) {
	case "internal/bench":
		return "format"
	case "internal/channel":
		return "channel"
	}
	return ""
}

func isStandAlone(name string) bool {
	top, _, _ := strings.Cut(name, "/")
	return slices.Contains(standAlone, top)
}

// networkAndProcesses are what readers and number packages must not touch.
var networkAndProcesses = []string{"net", "net/http", "os/exec", "syscall"}

func TestReadersAndNumbersTouchNoNetworkAndNoProcess(t *testing.T) {
	patterns := []string{"./internal/bench/...", "./internal/stats", "./internal/changelog", "./internal/version"}
	args := append([]string{"list", "-f", `{{.ImportPath}} {{join .Imports " "}}`}, patterns...)
	out, err := exec.Command("go", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		for _, imported := range fields[1:] {
			if slices.Contains(networkAndProcesses, imported) {
				t.Errorf("%s must not import %s", fields[0], imported)
			}
		}
	}
}
