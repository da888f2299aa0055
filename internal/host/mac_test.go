package host

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// pmset's output in the forms of C01, and the state of the power probe.
var battCases = []struct {
	name, text string
	want       supply
	state      State
}{
	{"desktop", "Now drawing from 'AC Power'\n", supply{sourceAC, nil}, OK},
	{"desktop in words", "No batteries available.\n", supply{sourceAC, nil}, OK},
	{"not charging on AC", "Now drawing from 'AC Power'\n -InternalBattery-0 (id=22)\t75%; AC attached; not charging present: true\n",
		supply{sourceAC, []battery{{75, "not charging"}}}, OK},
	{"charged", "Now drawing from 'AC Power'\n -InternalBattery-0 (id=22)\t100%; charged; 0:00 remaining present: true\n",
		supply{sourceAC, []battery{{100, "charged"}}}, OK},
	{"no estimate", "Now drawing from 'AC Power'\n -InternalBattery-0 (id=22)\t61%; charging; (no estimate) present: true\n",
		supply{sourceAC, []battery{{61, "charging"}}}, OK},
	{"finishing", "Now drawing from 'AC Power'\n -InternalBattery-0 (id=22)\t99%; finishing charge; 0:10 remaining present: true\n",
		supply{sourceAC, []battery{{99, "finishing charge"}}}, OK},
	{"blank before the percentage", "Now drawing from 'AC Power'\n -InternalBattery-0 (id=22) 55%; charging; 1:10 remaining present: true\n",
		supply{sourceAC, []battery{{55, "charging"}}}, OK},
	{"warning line", "Now drawing from 'Battery Power'\n -InternalBattery-0 (id=22)\t6%; discharging; 0:20 remaining present: true\n\tBattery Warning: Early\n",
		supply{sourceBattery, []battery{{6, "discharging"}}}, Fail},
	{"no id, low charge", "Now drawing from 'AC Power'\n -InternalBattery-0\t3%; AC attached; not charging\n",
		supply{sourceAC, []battery{{3, "not charging"}}}, Warn},
	{"discharging", "Now drawing from 'Battery Power'\n -InternalBattery-0 (id=22)\t88%; discharging; (no estimate) present: true\n",
		supply{sourceBattery, []battery{{88, "discharging"}}}, Fail},
	{"UPS", "Now drawing from 'UPS Power'\n -Some UPS (id=9)\t90%; discharging; 0:30 remaining present: true\n",
		supply{sourceUPS, nil}, Fail},
	{"two batteries", "Now drawing from 'AC Power'\r\n -InternalBattery-0\t50%; charging\r\n -InternalBattery-1\t40%; charging\r\n",
		supply{sourceAC, []battery{{50, "charging"}, {40, "charging"}}}, OK},
	{"a percentage of nonsense", "Now drawing from 'AC Power'\n -InternalBattery-0 (id=22)\t430%; charging\n",
		supply{sourceAC, []battery{{-1, "charging"}}}, OK},
	{"empty", "", supply{}, Unknown},
	{"another source", "Now drawing from 'Sun'\n", supply{}, Unknown},
	{"battery without a source", " -InternalBattery-0 (id=22)\t75%; charging\n", supply{}, Unknown},
	{"another language", "Stromquelle: 'AC Power'\n", supply{}, Unknown},
}

func TestC01PowerSourceIsDecidedByTheFirstLine(t *testing.T) {
	for _, test := range battCases {
		got := parsePmsetBatt(test.text)
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %+v, want %+v", test.name, got, test.want)
		}
		if f := judgePower(got); f.State != test.state {
			t.Errorf("%s: %v, want %s", test.name, f, test.state)
		}
	}
}

func TestC01Corpus(t *testing.T) {
	dir := corpus(t, "pmset", "derived")
	data, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var expected map[string]struct {
		Source, State, Preflight string
		Percent                  *int `json:"internal_percent"`
	}
	if err := json.Unmarshal(data, &expected); err != nil {
		t.Fatal(err)
	}
	sources := map[string]source{"ac": sourceAC, "battery": sourceBattery, "unknown": sourceUnknown}
	states := map[string]State{"ok": OK, "fail": Fail, "ok (warn: low charge)": Warn, "unknown -> not 'ok'": Unknown}
	for name, want := range expected {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		s := parsePmsetBatt(string(text))
		if s.source != sources[want.Source] {
			t.Errorf("%s: source %q, want %q", name, s.source, want.Source)
		}
		if f := judgePower(s); f.State != states[want.Preflight] {
			t.Errorf("%s: %v, want %s", name, f, want.Preflight)
		}
		if want.Percent == nil {
			continue
		}
		b := battery{*want.Percent, strings.ReplaceAll(want.State, "_", " ")}
		if len(s.batteries) != 1 || s.batteries[0] != b {
			t.Errorf("%s: batteries %+v, want %+v", name, s.batteries, b)
		}
	}
}

const pmsetSettings = "System-wide power settings:\nCurrently in use:\n standby              1\n%s" +
	" sleep                1 (sleep prevented by powerd)\n displaysleep         10\n"

func TestLowPowerModeIsNeverGuessed(t *testing.T) {
	errSilent := errors.New("silent")
	for _, test := range []struct {
		name, text string
		want       State
	}{
		{"on", settings(" lowpowermode         1\n"), Fail},
		{"off", settings(" lowpowermode         0\n"), OK},
		{"newer, automatic", settings(" powermode            0\n"), OK},
		{"newer, low", settings(" powermode            1\n"), Fail},
		{"newer, high", settings(" powermode            2\n"), OK},
		{"a value that is new", settings(" powermode            7\n"), Unknown},
		{"absent is not off", settings(""), Unknown},
		{"only the setting of another source", "AC Power:\n lowpowermode 0\n", Unknown},
		{"empty", "", Unknown},
	} {
		if f := judgeLowPower(parsePmsetLowPower(test.text)); f.State != test.want {
			t.Errorf("%s: %v, want %s", test.name, f, test.want)
		}
	}
	if f := judgeLowPower(true, errSilent); f.State != Unknown || f.Reason != "silent" {
		t.Errorf("an error: %v", f)
	}
}

func settings(line string) string { return strings.Replace(pmsetSettings, "%s", line, 1) }

func TestThermalPressure(t *testing.T) {
	for _, test := range []struct {
		text string
		want State
	}{
		{"com.apple.system.thermalpressurelevel 0\n", OK},
		{"com.apple.system.thermalpressurelevel 1\n", Fail},
		{"com.apple.system.thermalpressurelevel 4\n", Fail},
		{"com.apple.system.thermalpressurelevel 5\n", Unknown},
		{"com.apple.system.thermalpressurelevel: failed\n", Unknown},
		{"com.apple.system.thermalpressurelevel -1\n", Unknown},
		{"", Unknown},
	} {
		if f := judgeThermalLevel(parseThermalLevel(test.text)); f.State != test.want {
			t.Errorf("%q: %v, want %s", test.text, f, test.want)
		}
	}
}

func TestThermalLimitsOfPmset(t *testing.T) {
	const silicon = "Note: No thermal warning level has been recorded\nNote: No performance warning level has been recorded\n"
	for _, test := range []struct {
		text string
		want State
	}{
		{silicon, OK},
		{"CPU Power notify\n\tCPU_Scheduler_Limit \t= 100\n\tCPU_Available_CPUs \t= 8\n\tCPU_Speed_Limit \t= 100\n", OK},
		{"CPU Power notify\n\tCPU_Scheduler_Limit \t= 100\n\tCPU_Available_CPUs \t= 8\n\tCPU_Speed_Limit \t= 70\n", Fail},
		{silicon + "\tCPU_Speed_Limit \t= 99\n", Fail},
		{"\tCPU_Speed_Limit \t= ?\n", Unknown},
		{"\tCPU_Available_CPUs \t= 8\n", Unknown},
		{"", Unknown},
	} {
		if f := judgePmsetTherm(test.text); f.State != test.want {
			t.Errorf("%q: %v, want %s", test.text, f, test.want)
		}
	}
}

func TestMemoryPressureAndSwapOnMacOS(t *testing.T) {
	broken := errors.New("broken")
	for _, test := range []struct {
		level uint32
		err   error
		want  State
	}{{1, nil, OK}, {2, nil, Warn}, {4, nil, Fail}, {3, nil, Unknown}, {1, broken, Unknown}} {
		if f := judgeMemoryPressure(test.level, test.err); f.State != test.want {
			t.Errorf("level %d, %v: %v, want %s", test.level, test.err, f, test.want)
		}
	}
	for _, test := range []struct {
		used     uint64
		pressure State
		err      error
		want     State
	}{
		{0, Fail, nil, OK},
		{1 << 30, OK, nil, OK},
		{1 << 30, Warn, nil, Warn},
		{1 << 30, Fail, nil, Warn},
		{1 << 30, Unknown, nil, Unknown},
		{0, OK, broken, Unknown},
	} {
		if f := judgeSwapUsage(test.used, Finding{State: test.pressure}, test.err); f.State != test.want {
			t.Errorf("%d used, pressure %s: %v, want %s", test.used, test.pressure, f, test.want)
		}
	}
}

func TestSwapUsageIsAStruct(t *testing.T) {
	raw := make([]byte, 32)
	raw[17] = 0x10 // used, little-endian, after total and available
	if used, err := parseSwapUsage(raw); err != nil || used != 0x1000 {
		t.Errorf("used %d, %v", used, err)
	}
	if _, err := parseSwapUsage(raw[:20]); err == nil {
		t.Error("a short answer is no error")
	}
}

func TestAVirtualMac(t *testing.T) {
	missing := errors.New("no such key")
	for _, test := range []struct {
		present uint32
		model   string
		err     error
		want    State
	}{
		{0, "Mac16,6", nil, OK},
		{1, "VirtualMac2,1", nil, Warn},
		{1, "Mac16,6", nil, Warn},
		{0, "VirtualMac2,1", missing, Warn},
		{0, "Mac16,6", missing, Unknown},
	} {
		if f := judgeVirtualMac(test.present, test.model, test.err); f.State != test.want {
			t.Errorf("%+v: %v, want %s", test, f, test.want)
		}
	}
}

func TestABackup(t *testing.T) {
	for _, test := range []struct {
		text string
		err  error
		want State
	}{
		{"Backup session status:\n{\n    ClientID = \"com.apple.backupd\";\n    Running = 0;\n}\n", nil, OK},
		{"Backup session status:\n{\n    Percent = \"0.4\";\n    Running = 1;\n}\n", nil, Warn},
		{"Backup session status:\n{\n}\n", nil, Unknown},
		{"", nil, Unknown},
		{"", errors.New("tmutil is not on PATH"), Unknown},
	} {
		if f := judgeBackup(test.text, test.err); f.State != test.want {
			t.Errorf("%q: %v, want %s", test.text, f, test.want)
		}
	}
}

func TestIndexingIsFoundBelowTheThresholdOfBusy(t *testing.T) {
	at := func(name string, share float64) window {
		return window{usage: usage{others: []Process{{Name: name, Share: share}}}}
	}
	for _, test := range []struct {
		name string
		w    window
		want State
	}{
		{"indexing", at("mds_stores", 0.08), Warn},
		{"idle", at("mds_stores", 0.04), OK},
		{"another program", at("Editor", 0.9), OK},
		{"a list with gaps", window{usage: usage{err: errors.New("gap")}}, Unknown},
		{"no second sample", window{err: errors.New("interrupted")}, Unknown},
	} {
		if f := judgeSpotlight(test.w); f.State != test.want {
			t.Errorf("%s: %v, want %s", test.name, f, test.want)
		}
	}
}

func FuzzPmset(f *testing.F) {
	for _, test := range battCases {
		f.Add(test.text)
	}
	f.Add(settings(" lowpowermode 1\n"))
	f.Add("\tCPU_Speed_Limit \t= 70\n")
	f.Fuzz(func(t *testing.T, text string) {
		s := parsePmsetBatt(text)
		for _, b := range s.batteries {
			if b.percent < -1 || b.percent > 100 {
				t.Errorf("percent %d", b.percent)
			}
		}
		first, _, _ := strings.Cut(text, "\n")
		if s.source != sourceUnknown && !strings.Contains(first, "'"+map[source]string{sourceAC: "AC", sourceBattery: "Battery", sourceUPS: "UPS"}[s.source]) && strings.TrimSpace(first) != "No batteries available." {
			t.Errorf("source %q from %q", s.source, first)
		}
		if _, err := parsePmsetLowPower(text); err == nil && !strings.Contains(text, "powermode") {
			t.Errorf("low-power mode out of nothing: %q", text)
		}
		if f := judgePmsetTherm(text); f.State == OK && !strings.Contains(text, "100") && !strings.Contains(text, "No thermal warning") && !strings.Contains(text, "=") {
			t.Errorf("%v out of nothing: %q", f, text)
		}
	})
}
