package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"
)

// quietServer is a bare machine on which every probe says ok.
var quietServer = map[string]string{
	"etc/os-release":                "NAME=\"Example Linux\"\nVERSION_ID=\"12.4\"",
	"proc/cpuinfo":                  "processor\t: 0\nmodel name\t: Example CPU 9000\nflags\t\t: fpu sse2",
	"proc/meminfo":                  "MemTotal: 32768000 kB\nMemAvailable: 30000000 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB",
	"proc/pressure/memory":          "some avg10=0.00 avg60=0.00 avg300=0.00 total=5\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0",
	"proc/vmstat":                   "pswpin 0\npswpout 0",
	"proc/self/mountinfo":           "30 22 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw",
	"proc/self/cgroup":              "0::/user.slice",
	"proc/4242/stat":                stat4242,
	"proc/sys/kernel/osrelease":     "6.12.1-1-example",
	"sys/class/dmi/id/sys_vendor":   "Example Inc.",
	"sys/class/dmi/id/product_name": "Server 1U",
	"sys/devices/system/clocksource/clocksource0/current_clocksource":  "tsc",
	"sys/devices/system/cpu/online":                                    "0-3",
	"sys/devices/system/cpu/intel_pstate/no_turbo":                     "1",
	"sys/devices/system/cpu/cpu0/cpufreq/scaling_governor":             "performance",
	"sys/devices/system/cpu/cpu1/cpufreq/scaling_governor":             "performance",
	"sys/devices/system/cpu/cpu2/cpufreq/scaling_governor":             "performance",
	"sys/devices/system/cpu/cpu3/cpufreq/scaling_governor":             "performance",
	"sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count": "4",
}

// moving is a tree in which /proc/stat goes on each time it is read.
type moving struct {
	fs.FS
	mu   sync.Mutex
	busy int
	idle int
	step int // of the busy time
}

func (m *moving) Open(name string) (fs.File, error) {
	if name != "proc/stat" {
		return m.FS.Open(name)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.busy += m.step
	m.idle += 400 - m.step
	text := fmt.Sprintf("cpu  %d 0 0 %d 0 0 0 0 0 0\n", m.busy, m.idle)
	return fstest.MapFS{name: {Data: []byte(text)}}.Open(name)
}

func server(contents map[string]string, step int) linux {
	return linux{
		tree:     tree{&moving{FS: files(contents).root, step: step}},
		affinity: func() []int { return []int{0, 1, 2, 3} },
		own:      func() time.Duration { return 0 },
	}
}

var short = Options{Window: time.Millisecond}

func TestAQuietBareMachineIsControlled(t *testing.T) {
	r := check(t.Context(), server(quietServer, 4), short)
	if !r.Ready || r.Class != Controlled {
		t.Errorf("%s: %v", r.Verdict(), r.Probes)
	}
	var names []string
	for _, f := range r.Probes {
		names = append(names, f.Name)
	}
	want := strings.Fields("power low-power thermal governor turbo load busy memory swap quota steal virtual clock")
	if !slices.Equal(names, want) {
		t.Errorf("probes %q, want %q", names, want)
	}
}

func TestQuickIsAPartOfCheckWithTheSameAnswers(t *testing.T) {
	s := server(quietServer, 200)
	r := check(t.Context(), s, short)
	quick := quick(t.Context(), s, short)
	var names []string
	for _, f := range quick {
		names = append(names, f.Name)
		if !slices.Contains(r.Probes, f) {
			t.Errorf("%v is not in %v", f, r.Probes)
		}
	}
	if want := strings.Fields("power low-power thermal load busy steal"); !slices.Equal(names, want) {
		t.Errorf("probes %q, want %q", names, want)
	}
	if quick.Ready() {
		t.Errorf("half of the machine is in use: %v", quick)
	}
}

func TestWhatCannotBeReadIsNeverOK(t *testing.T) {
	r := check(t.Context(), linux{
		tree:     files(nil),
		affinity: func() []int { return nil },
		own:      func() time.Duration { return 0 },
	}, short)
	for _, f := range r.Probes {
		if f.State != Unknown || f.Reason == "" {
			t.Errorf("%v on a machine that shows nothing", f)
		}
	}
	if r.Class != Shared || !r.Ready {
		t.Errorf("%s", r.Verdict())
	}
}

// Each file of the quiet server is taken away in turn: no probe may get better
// for it, and where a file is all that a probe has, it is unknown.
func TestAMissingFileNeverMakesAMachineQuieter(t *testing.T) {
	optional := []string{"etc/os-release", "proc/pressure/memory", "proc/vmstat", "proc/self/cgroup", "proc/4242/stat",
		"proc/sys/kernel/osrelease", "sys/class/dmi/id/sys_vendor", "sys/class/dmi/id/product_name"}
	for path := range quietServer {
		r := check(t.Context(), server(with(quietServer, path, ""), 4), short)
		if r.Class == Controlled && !slices.Contains(optional, path) {
			t.Errorf("without /%s it is still controlled", path)
		}
	}
}

func TestACanceledCheckKnowsNothingOfTheWindow(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stopped by the person")
	cancel(stop)
	r := check(ctx, server(quietServer, 4), Options{Window: time.Hour})
	for _, f := range r.Probes {
		if slices.Contains([]string{"load", "busy", "steal", "memory"}, f.Name) && (f.State != Unknown || f.Reason != stop.Error()) {
			t.Errorf("%v", f)
		}
	}
}

func TestThisMachine(t *testing.T) {
	r := Check(t.Context(), short)
	if len(r.Probes) == 0 {
		t.Fatal("no probes")
	}
	for _, f := range r.Probes {
		if f.Name == "" || f.State == "" || f.State != OK && f.Reason == "" {
			t.Errorf("%+v", f)
		}
	}
	if quick := Quick(t.Context(), short); len(quick) == 0 || len(quick) >= len(r.Probes) {
		t.Errorf("%d quick probes of %d", len(quick), len(r.Probes))
	}
	for _, p := range r.Candidates().List() {
		if p.PID == os.Getpid() {
			t.Errorf("this process is a candidate: %v", p)
		}
	}
}

func BenchmarkQuickWithoutItsWindow(b *testing.B) {
	for b.Loop() {
		Quick(b.Context(), Options{Window: 1})
	}
}
