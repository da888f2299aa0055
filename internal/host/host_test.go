package host

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares with a file in testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs, rewrite it with -update:\n%s", path, got)
	}
}

// corpus is the folder of real files; the test is skipped where it is absent.
func corpus(t *testing.T, elements ...string) string {
	t.Helper()
	dir := os.Getenv("CUPEL_CORPUS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "corpus")
	}
	path := filepath.Join(append([]string{dir}, elements...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no corpus: %v (set CUPEL_CORPUS)", err)
	}
	return path
}

func TestOnlyAllOKIsControlledAndOnlyAFailureIsNotReady(t *testing.T) {
	for _, test := range []struct {
		states string
		ready  bool
		class  Class
	}{
		{"", false, Shared},
		{"ok", true, Controlled},
		{"ok ok", true, Controlled},
		{"ok warn", true, Shared},
		{"ok unknown", true, Shared},
		{"unknown", true, Shared},
		{"ok fail", false, Shared},
		{"warn fail unknown", false, Shared},
	} {
		var f Findings
		for state := range strings.FieldsSeq(test.states) {
			f = append(f, Finding{State: State(state)})
		}
		if f.Ready() != test.ready || f.Class() != test.class {
			t.Errorf("%q: ready %v, class %s", test.states, f.Ready(), f.Class())
		}
	}
}

func exampleReport() Report {
	return makeReport(Findings{
		{"power", OK, "AC power, 80% charging", ""},
		{"low-power", OK, "off", ""},
		{"thermal", Unknown, "", "notifyutil printed nothing"},
		{"load", Fail, "24%", "others use more than 10% of the machine: wait until it is quiet"},
		{"busy", Fail, "mds_stores (pid 101, 112%)", "each uses more than 20% of a core: end it, or wait until it is done"},
		{"translation", Warn, "Rosetta", "this program is translated"},
	}, nil)
}

func TestAReportForPeople(t *testing.T) {
	var out bytes.Buffer
	if err := exampleReport().WriteText(&out); err != nil {
		t.Fatal(err)
	}
	golden(t, "report.txt", out.Bytes())
}

func TestAReportForPrograms(t *testing.T) {
	got, err := json.MarshalIndent(exampleReport(), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "report.json", append(got, '\n'))
}

func TestTheVerdictCounts(t *testing.T) {
	for _, test := range []struct {
		probes Findings
		want   string
	}{
		{Findings{{State: OK}}, "ready, controlled"},
		{Findings{{State: OK}, {State: Warn}}, "ready, shared: 1 warning"},
		{Findings{{State: Unknown}, {State: Unknown}, {State: Warn}, {State: Warn}}, "ready, shared: 2 warnings, 2 unknown"},
		{Findings{{State: Fail}}, "not ready, shared: 1 failure"},
		{nil, "not ready, shared"},
	} {
		if got := makeReport(test.probes, nil).Verdict(); got != test.want {
			t.Errorf("%v: %s, want %s", test.probes, got, test.want)
		}
	}
}

func TestAWriterThatFailsIsReported(t *testing.T) {
	full := &limitedWriter{}
	if err := exampleReport().WriteText(full); err == nil {
		t.Error("no error")
	}
}

type limitedWriter struct{}

func (*limitedWriter) Write([]byte) (int, error) { return 0, os.ErrClosed }
