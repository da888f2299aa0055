package host

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

var errBroken = errors.New("broken")

// cpuWindow is a second of four cores, in ticks, whose counters wrap around.
func cpuWindow(busy, steal uint32) window {
	start := cpuTicks{busy: 1<<32 - 5, steal: 7, total: 1<<32 - 90}
	end := cpuTicks{busy: start.busy + busy, steal: start.steal + steal, total: start.total + 400}
	return window{
		before: counters{cpu: reading[cpuTicks]{value: start}},
		after:  counters{cpu: reading[cpuTicks]{value: end}},
	}
}

func TestLoadIsWhatOthersUse(t *testing.T) {
	own := cpuWindow(200, 0)
	own.after.own = 1900 * time.Millisecond
	children := cpuWindow(200, 0)
	children.usage.children = 1900 * time.Millisecond
	more := cpuWindow(10, 0)
	more.after.own = time.Second
	for _, test := range []struct {
		name  string
		w     window
		state State
		value string
	}{
		{"idle", cpuWindow(0, 0), OK, "0.0%"},
		{"at the threshold", cpuWindow(40, 0), OK, "10%"},
		{"over it", cpuWindow(41, 0), Fail, "10%"},
		{"all cores", cpuWindow(400, 0), Fail, "100%"},
		{"our own work is no load", own, OK, "2.5%"},
		{"our children's is not", children, OK, "2.5%"},
		{"never below zero", more, OK, "0.0%"},
		{"no second sample", window{err: errBroken}, Unknown, ""},
		{"no first reading", window{before: counters{cpu: reading[cpuTicks]{err: errBroken}}}, Unknown, ""},
		{"no second reading", window{after: counters{cpu: reading[cpuTicks]{err: errBroken}}}, Unknown, ""},
		{"counters that stand still", window{}, Unknown, ""},
	} {
		if f := judgeLoad(test.w); f.State != test.state || f.Value != test.value {
			t.Errorf("%s: %v, want %s %s", test.name, f, test.state, test.value)
		}
	}
}

func TestStealIsAChangeAndNoTotal(t *testing.T) {
	for _, test := range []struct {
		w    window
		want State
	}{
		{cpuWindow(0, 0), OK},
		{cpuWindow(0, 4), OK},
		{cpuWindow(0, 5), Warn},
		{window{err: errBroken}, Unknown},
	} {
		if f := judgeSteal(test.w); f.State != test.want {
			t.Errorf("%+v: %v, want %s", test.w, f, test.want)
		}
	}
}

func TestUsageIsWhatChangedInTheWindow(t *testing.T) {
	at := func(pid, parent int, start string, cpu time.Duration) Process {
		return Process{PID: pid, Name: fmt.Sprint("p", pid), parent: parent, start: start, cpu: cpu}
	}
	const self = 50
	first := []Process{
		at(1, 0, "a", time.Hour), at(self, 1, "b", time.Second), at(51, self, "c", 0),
		at(60, 1, "d", time.Minute), at(61, 1, "e", time.Minute), at(70, 1, "f", time.Minute),
	}
	second := []Process{
		at(1, 0, "a", time.Hour),                         // was busy once
		at(self, 1, "b", 2*time.Second),                  // this process
		at(51, self, "c", 500*time.Millisecond),          // its child
		at(52, 51, "g", 500*time.Millisecond),            // and grandchild, new
		at(60, 1, "d", time.Minute+250*time.Millisecond), // busy
		at(61, 1, "z", 900*time.Millisecond),             // a new process with an old pid
		at(80, 1, "h", 1500*time.Millisecond),            // new, with two threads
	}
	u := makeUsage(first, second, time.Second, self)
	var got []string
	for _, p := range u.over(maxBusy) {
		got = append(got, p.String())
	}
	want := []string{"p80 (pid 80, 150%)", "p61 (pid 61, 90%)", "p60 (pid 60, 25%)"}
	if !slices.Equal(got, want) {
		t.Errorf("busy %q, want %q", got, want)
	}
	if u.children != time.Second {
		t.Errorf("children used %v", u.children)
	}
}

func TestACircleOfParentsEnds(t *testing.T) {
	all := []Process{{PID: 2, parent: 3}, {PID: 3, parent: 2}, {PID: 5, parent: 5}}
	if got := descendants(all, 2); !got[3] || got[5] {
		t.Errorf("descendants of 2: %v", got)
	}
}

func TestBusy(t *testing.T) {
	one := usage{others: []Process{{PID: 4, Name: "make", Share: 0.21}, {PID: 5, Name: "vim", Share: 0.2}}}
	gap := usage{others: one.others, err: errBroken}
	for _, test := range []struct {
		name string
		w    window
		want State
	}{
		{"one", window{usage: one}, Fail},
		{"at the threshold", window{usage: usage{others: one.others[1:]}}, OK},
		{"none", window{}, OK},
		{"found in spite of a gap", window{usage: gap}, Fail},
		{"none found, with a gap", window{usage: usage{err: errBroken}}, Unknown},
		{"no second sample", window{err: errBroken}, Unknown},
	} {
		if f := judgeBusy(test.w); f.State != test.want {
			t.Errorf("%s: %v, want %s", test.name, f, test.want)
		}
	}
	if f := judgeBusy(window{usage: one}); f.Value != "make (pid 4, 21%)" {
		t.Errorf("value %q", f.Value)
	}
}

func TestALongListIsCut(t *testing.T) {
	many := make([]Process, 9)
	for i := range many {
		many[i] = Process{PID: i + 2, Name: "p", Share: 1}
	}
	if got := processNames(many); strings.Count(got, "pid") != 5 || !strings.HasSuffix(got, ", and more") {
		t.Errorf("%q", got)
	}
}

func TestNamesAreSafeToPrintAndToPublish(t *testing.T) {
	for name, want := range map[string]string{
		"/Users/somebody/My App.app/Contents/MacOS/My App": "My App",
		"kworker/0:1-events": "kworker/0:1-events",
		"evil\x1b[31m\nname": "evil?[31m?name",
		"/":                  "/", "": "", "-zsh": "-zsh",
	} {
		if got := cleanName(name); got != want {
			t.Errorf("%q becomes %q, want %q", name, got, want)
		}
	}
}

func TestCPUTimesOfLinux(t *testing.T) {
	for _, test := range []struct {
		text string
		want cpuTicks
		ok   bool
	}{
		{"cpu  10 20 30 1000 40 5 6 7 100 50\ncpu0 1 1 1 1 1 1 1 1 1 1", cpuTicks{71, 7, 1118}, true},
		{"cpu  4294967300 0 0 0 0 0 0 0", cpuTicks{4, 0, 4}, true},
		{"cpu  10 20 30", cpuTicks{}, false},
		{"cpu  a b c d e f g h", cpuTicks{}, false},
		{"cpu0 1 1 1 1 1 1 1 1 1 1", cpuTicks{}, false},
		{"", cpuTicks{}, false},
	} {
		got, err := parseCPUTicks(test.text)
		if got != test.want || (err == nil) != test.ok {
			t.Errorf("%q: %+v, %v", test.text, got, err)
		}
	}
}

func TestThermalOnLinux(t *testing.T) {
	const (
		throttled = "sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count"
		zone      = "sys/class/thermal/thermal_zone0/"
		cooler    = "sys/class/thermal/cooling_device0/"
	)
	zones := func(temp, kind, limit string) map[string]string {
		return map[string]string{zone + "type": "x86_pkg_temp", zone + "temp": temp, zone + "trip_point_0_type": kind, zone + "trip_point_0_temp": limit}
	}
	counted := func(before, after int64) window {
		return window{
			before: counters{throttle: reading[int64]{value: before}},
			after:  counters{throttle: reading[int64]{value: after}},
		}
	}
	absent := window{
		before: counters{throttle: reading[int64]{err: fs.ErrNotExist}},
		after:  counters{throttle: reading[int64]{err: fs.ErrNotExist}},
	}
	for _, test := range []struct {
		name  string
		files map[string]string
		w     window
		want  State
	}{
		{"no throttling in the window", map[string]string{throttled: "9"}, counted(9, 9), OK},
		{"throttled in the window", map[string]string{throttled: "9"}, counted(7, 9), Fail},
		{"below the trip point", zones("61000", "passive", "90000"), absent, OK},
		{"at the trip point", zones("90000", "passive", "90000"), absent, Fail},
		{"a zone that only ever shuts down tells nothing", zones("61000", "critical", "110000"), absent, Unknown},
		{"a trip point that is not set", zones("61000", "passive", "-274000"), absent, Unknown},
		{"a sensor that cannot be read", zones("", "passive", "90000"), absent, Unknown},
		{"the processor is cooled", map[string]string{cooler + "type": "Processor", cooler + "cur_state": "3"}, absent, Fail},
		{"the processor is not cooled", map[string]string{cooler + "type": "cpufreq-cpu0", cooler + "cur_state": "0"}, absent, OK},
		{"a fan runs", map[string]string{cooler + "type": "Fan", cooler + "cur_state": "2"}, absent, Unknown},
		{"nothing to read", nil, absent, Unknown},
		{"no second sample", nil, window{err: errBroken}, Unknown},
		{"broken counters", nil, window{before: counters{throttle: reading[int64]{err: errBroken}}}, Unknown},
	} {
		if f := files(test.files).thermal(test.w); f.State != test.want || f.State != OK && f.Reason == "" {
			t.Errorf("%s: %v, want %s", test.name, f, test.want)
		}
	}
}

func TestThrottleCountersOfAllCPUsAreSummed(t *testing.T) {
	const cpu = "sys/devices/system/cpu/cpu"
	got, err := files(map[string]string{
		cpu + "0/thermal_throttle/core_throttle_count":    "1",
		cpu + "0/thermal_throttle/package_throttle_count": "20",
		cpu + "12/thermal_throttle/core_throttle_count":   "300",
	}).throttles()
	if got != 321 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
	if _, err := files(map[string]string{cpu + "0/thermal_throttle/core_throttle_count": "?"}).throttles(); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a counter of nonsense: %v", err)
	}
}

const meminfo = "MemTotal:       1000 kB\nMemFree: 10 kB\nMemAvailable:   %s kB\nSwapTotal:      2048 kB\nSwapFree:       1024 kB"

func memoryWindow(stall time.Duration, swapped int64) window {
	begin := time.Unix(1000, 0)
	return window{
		before: counters{at: begin},
		after:  counters{at: begin.Add(time.Second), stall: reading[time.Duration]{value: stall}, swapped: reading[int64]{value: swapped}},
	}
}

func TestMemoryOnLinux(t *testing.T) {
	withAvailable := func(n string) map[string]string {
		return map[string]string{"proc/meminfo": strings.Replace(meminfo, "%s", n, 1)}
	}
	noPressure := memoryWindow(0, 0)
	noPressure.before.stall.err = errBroken
	for _, test := range []struct {
		name  string
		files map[string]string
		w     window
		want  State
	}{
		{"plenty", withAvailable("900"), memoryWindow(0, 0), OK},
		{"short", withAvailable("99"), memoryWindow(0, 0), Warn},
		{"plenty, and yet tasks wait", withAvailable("900"), memoryWindow(11*time.Millisecond, 0), Warn},
		{"a kernel without pressure information", withAvailable("900"), noPressure, OK},
		{"no MemAvailable", map[string]string{"proc/meminfo": "MemTotal: 1000 kB"}, memoryWindow(0, 0), Unknown},
		{"no file", nil, memoryWindow(0, 0), Unknown},
		{"no second sample", withAvailable("900"), window{err: errBroken}, Unknown},
	} {
		if f := files(test.files).memory(test.w); f.State != test.want {
			t.Errorf("%s: %v, want %s", test.name, f, test.want)
		}
	}
}

func TestSwapInUseIsFineWhileItRests(t *testing.T) {
	file := map[string]string{"proc/meminfo": meminfo}
	for _, test := range []struct {
		name  string
		files map[string]string
		w     window
		want  State
	}{
		{"rests", file, memoryWindow(0, 0), OK},
		{"moves", file, memoryWindow(0, 3), Warn},
		{"no swap", map[string]string{"proc/meminfo": "SwapTotal: 0 kB\nSwapFree: 0 kB"}, window{err: errBroken}, OK},
		{"no second sample", file, window{err: errBroken}, Unknown},
		{"no file", nil, memoryWindow(0, 0), Unknown},
	} {
		if f := files(test.files).swap(test.w); f.State != test.want {
			t.Errorf("%s: %v, want %s", test.name, f, test.want)
		}
	}
}

func TestCountersOfMemory(t *testing.T) {
	tree := files(map[string]string{
		"proc/pressure/memory": "some avg10=0.00 avg60=0.00 avg300=0.32 total=5169610\nfull avg10=0.00 avg60=0.00 avg300=0.28 total=4602928",
		"proc/vmstat":          "nr_free_pages 5\npswpin 40\npswpout 2\n",
	})
	if stall, err := tree.stalled(); stall != 5169610*time.Microsecond || err != nil {
		t.Errorf("stalled %v, %v", stall, err)
	}
	if pages, err := tree.swapped(); pages != 42 || err != nil {
		t.Errorf("swapped %d, %v", pages, err)
	}
	broken := files(map[string]string{"proc/pressure/memory": "some", "proc/vmstat": "pswpin 40"})
	_, err1 := broken.stalled()
	_, err2 := broken.swapped()
	_, err3 := files(nil).stalled()
	if err1 == nil || err2 == nil || err3 == nil {
		t.Errorf("errors %v, %v, %v", err1, err2, err3)
	}
}

const stat4242 = "4242 (a (b) c) S 17 4242 4242 0 -1 4194560 500 0 0 0 120 30 0 0 20 0 1 0 98765 10000000 200 18446744073709551615"

func TestProcessesOfLinux(t *testing.T) {
	p, err := parseStat(stat4242)
	want := Process{PID: 4242, Name: "a (b) c", parent: 17, start: "98765", cpu: 1500 * time.Millisecond}
	if p != want || err != nil {
		t.Errorf("%+v, %v, want %+v", p, err, want)
	}
	for _, text := range []string{"", "4242", "4242 (a", "4242 (a) S 17", "x (a) S 17 1 1 0 -1 0 0 0 0 0 1 1 0 0 20 0 1 0 9", "1 )a( S"} {
		if _, err := parseStat(text); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}

func TestAProcessThatCannotBeReadIsAGap(t *testing.T) {
	whole := fstest.MapFS{
		"proc/4242/stat":   {Data: []byte(stat4242)},
		"proc/self/status": {Data: []byte("Uid:\t1000\t1000\t1000\t1000\n")},
		"proc/cpuinfo":     {},
		"proc/77":          {Mode: fs.ModeDir}, // ended while the list was read
	}
	for _, test := range []struct {
		name, path, text string
		ok               bool
	}{
		{"whole", "proc/version", "", true},
		{"a line of nonsense", "proc/5/stat", "5 (a", false},
		{"a file of another process", "proc/5/stat", stat4242, false},
		{"hidden processes", "proc/self/mounts", "proc /proc proc rw,hidepid=2 0 0\n", false},
		{"hidden processes, in words", "proc/self/mounts", "proc /proc proc rw,hidepid=invisible 0 0\n", false},
		{"nothing hidden", "proc/self/mounts", "proc /proc proc rw,hidepid=0 0 0\n", true},
	} {
		whole[test.path] = &fstest.MapFile{Data: []byte(test.text)}
		processes, err := tree{whole}.processes()
		if (err == nil) != test.ok || len(processes) != 1 {
			t.Errorf("%s: %d processes, %v", test.name, len(processes), err)
		}
		delete(whole, test.path)
	}
	if _, err := files(nil).processes(); err == nil {
		t.Error("no /proc: no error")
	}
}

func TestLookupOnLinux(t *testing.T) {
	zombie := strings.Replace(stat4242, ") S ", ") Z ", 1)
	for _, test := range []struct {
		name      string
		files     map[string]string
		ok, ended bool
	}{
		{"found", map[string]string{"proc/4242/stat": stat4242, "proc/4242/status": "Name:\ta\nUid:\t1000\t0\t0\t0"}, true, false},
		{"gone", nil, false, true},
		{"a zombie has ended", map[string]string{"proc/4242/stat": zombie, "proc/4242/status": "Uid:\t1\t1"}, false, true},
		{"no owner", map[string]string{"proc/4242/stat": stat4242}, false, false},
		{"nonsense", map[string]string{"proc/4242/stat": "?"}, false, false},
	} {
		p, err := files(test.files).lookup(4242)
		if (err == nil) != test.ok || errors.Is(err, errNoProcess) != test.ended {
			t.Errorf("%s: %+v, %v", test.name, p, err)
		}
		if test.ok && p.uid != 1000 {
			t.Errorf("%s: owner %d", test.name, p.uid)
		}
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add(stat4242)
	f.Add("1 ()) Z")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parseStat(text)
		if err == nil && (p.start == "" || !strings.Contains(text, "(")) {
			t.Errorf("%q: %+v", text, p)
		}
	})
}

func FuzzParseCPUTicks(f *testing.F) {
	f.Add("cpu  10 20 30 1000 40 5 6 7 100 50")
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := parseCPUTicks(text); err == nil && !strings.HasPrefix(strings.TrimLeft(text, " \t\r\v\f\u0085\u00a0"), "cpu") {
			t.Errorf("%q has CPU times", text)
		}
	})
}
