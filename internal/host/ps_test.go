package host

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/cupel-dev/cupel/internal/process"
)

const psText = `    1     0     0 Ss     1:02.50 Mon Nov  2 08:00:01 2026     /sbin/launchd
  101     1     0 R    612:45.25 Mon Nov  2 08:00:09 2026     /System/Library/Frameworks/CoreServices.framework/mds_stores
  202   150   501 S      0:00.75 Wed Nov 25 04:25:29 2026     /Users/somebody/Apps/My Editor.app/Contents/MacOS/My Editor Helper (GPU)
  303   202   501 Z      0:00.00 Wed Nov 25 04:25:30 2026     (gone)
`

func TestPSLines(t *testing.T) {
	got, err := parsePS(psText)
	if err != nil {
		t.Fatal(err)
	}
	want := []Process{
		{PID: 1, parent: 0, uid: 0, cpu: 62500 * time.Millisecond, start: "Mon Nov 2 08:00:01 2026", Name: "launchd"},
		{PID: 101, parent: 1, uid: 0, cpu: 612*time.Minute + 45250*time.Millisecond, start: "Mon Nov 2 08:00:09 2026", Name: "mds_stores"},
		{PID: 202, parent: 150, uid: 501, cpu: 750 * time.Millisecond, start: "Wed Nov 25 04:25:29 2026", Name: "My Editor Helper (GPU)"},
		{PID: 303, parent: 202, uid: 501, start: "Wed Nov 25 04:25:30 2026", Name: "(gone)", zombie: true},
	}
	if len(got) != len(want) {
		t.Fatalf("%d processes, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%+v, want %+v", got[i], want[i])
		}
	}
}

func TestPSTimes(t *testing.T) {
	for _, test := range []struct {
		text string
		want time.Duration // negative is an error
	}{
		{"0:00.05", 50 * time.Millisecond},
		{"0:00,05", 50 * time.Millisecond}, // C04
		{"1:52,80", 112800 * time.Millisecond},
		{"1234:00.00", 1234 * time.Minute},
		{"01:02:03", time.Hour + 2*time.Minute + 3*time.Second},
		{"2-01:02:03", 49*time.Hour + 2*time.Minute + 3*time.Second},
		{"1128", -1}, {"", -1}, {"-", -1}, {"a:b", -1}, {"1:2:3:4", -1}, {"-1:00", -1}, {"0:-1", -1},
		{"0:1,1.1", -1}, {"0:NaN", -1}, {"0:Inf", -1}, {"0:1e3", -1}, {"0:99", -1},
	} {
		got, err := parsePSTime(test.text)
		if (err != nil) != (test.want < 0) || err == nil && got != test.want {
			t.Errorf("%q: %v, %v, want %v", test.text, got, err, test.want)
		}
	}
}

func TestC04ALineThatCannotBeReadIsNotAQuietMachine(t *testing.T) {
	for name, text := range map[string]string{
		"one bad time":   strings.Replace(psText, "612:45.25", "612;45", 1),
		"one short line": psText + "404 1 0 S\n",
		"no pid":         strings.Replace(psText, "  101 ", "  1O1 ", 1),
		"an error text":  "ps: illegal option\n",
		"empty":          "",
		"blank lines":    "\n\n",
	} {
		processes, err := parsePS(text)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		w := window{usage: makeUsage(processes, processes, time.Second, 0)}
		w.usage.err = err
		if f := judgeBusy(w); f.State != Unknown {
			t.Errorf("%s: %v, want unknown", name, f)
		}
	}
}

func TestC04CorpusNumbersWithAComma(t *testing.T) {
	data, err := os.ReadFile(corpus(t, "misc", "derived", "ps_comma_locale.txt"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{"101": 112.8, "202": 12.4, "303": 0}
	seen := 0
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		share, known := want[fields[1]]
		if !known {
			continue
		}
		seen++
		if got, err := parseDecimal(fields[2]); err != nil || got != share {
			t.Errorf("%q is %v, %v, want %v", fields[2], got, err, share)
		}
	}
	if seen != len(want) {
		t.Errorf("saw %d lines, want %d", seen, len(want))
	}
}

func TestRealPS(t *testing.T) {
	if _, err := exec.LookPath("ps"); err != nil {
		t.Skipf("no ps: %v", err)
	}
	text, err := command(t.Context(), psArgs("-A")...)
	if err != nil {
		t.Fatal(err)
	}
	processes, err := parsePS(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range processes {
		if p.PID == os.Getpid() {
			if p.parent != os.Getppid() || p.uid != os.Getuid() || p.start == "" {
				t.Errorf("this process is %+v", p)
			}
			return
		}
	}
	t.Error("this process is not in the list")
}

func TestLookupWithPS(t *testing.T) {
	one, _, _ := strings.Cut(psText, "\n")
	exit := func(code int) error { return &process.ExitError{Program: "ps", State: process.State{ExitCode: code}} }
	for _, test := range []struct {
		name, text string
		pid        int
		err        error
		ended      bool // errNoProcess
		ok         bool
	}{
		{"found", one, 1, nil, false, true},
		{"gone", "", 1, exit(1), true, false},
		{"gone, with a blank line", "\n", 1, exit(1), true, false},
		{"a zombie has ended", strings.Split(psText, "\n")[3], 303, nil, true, false},
		{"ps does not know an option", "", 1, exit(2), false, false},
		{"ps complains", "ps: no", 1, exit(1), false, false},
		{"ps is missing", "", 1, &process.NotFoundError{Program: "ps"}, false, false},
		{"another process", one, 2, nil, false, false},
		{"more than one", psText, 1, nil, false, false},
		{"nothing, and no error", "", 1, nil, false, false},
	} {
		p, err := parseLookup(test.pid, test.text, test.err)
		if (err == nil) != test.ok || errors.Is(err, errNoProcess) != test.ended {
			t.Errorf("%s: %+v, %v", test.name, p, err)
		}
	}
}

func FuzzParsePS(f *testing.F) {
	f.Add(psText)
	f.Add("1 0 0 S 0:00,05 a b c d e f\n")
	f.Add("1 0 0 S 99999999999999999999:00 a b c d e f\n")
	f.Fuzz(func(t *testing.T, text string) {
		processes, err := parsePS(text)
		lines := 0
		for line := range strings.Lines(text) {
			if strings.TrimSpace(line) != "" {
				lines++
			}
		}
		if err == nil && (len(processes) != lines || lines == 0) {
			t.Errorf("%d of %d lines and no error", len(processes), lines)
		}
		for _, p := range processes {
			if p.cpu < 0 {
				t.Errorf("CPU time %v", p.cpu)
			}
		}
	})
}
