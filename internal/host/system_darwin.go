package host

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

func thisSystem() system { return mac{} }

// mac asks the frameworks first, and the commands where they do not answer.
type mac struct{}

func (m mac) probes() []probe {
	return []probe{
		{name: "power", quick: true, once: m.power},
		{name: "low-power", quick: true, once: m.lowPower},
		{name: "thermal", quick: true, once: m.thermal},
		{name: "load", quick: true, over: judgeLoad},
		{name: "busy", quick: true, over: judgeBusy},
		{name: "memory", once: m.memory},
		{name: "swap", once: m.swap},
		{name: "virtual", once: m.virtual},
		{name: "translation", once: m.translation},
		{name: "spotlight", over: judgeSpotlight},
		{name: "backup", once: m.backup},
	}
}

func (m mac) power(ctx context.Context) Finding {
	s, err := nativeSupply()
	if err != nil {
		text, _ := command(ctx, "pmset", "-g", "batt") // empty is unknown
		s = parsePmsetBatt(text)
	}
	return judgePower(s)
}

func (m mac) lowPower(ctx context.Context) Finding {
	on, err := nativeLowPower()
	if err != nil {
		text, commandErr := command(ctx, "pmset", "-g")
		if on, err = parsePmsetLowPower(text); err != nil {
			err = cmp.Or(commandErr, err)
		}
	}
	return judgeLowPower(on, err)
}

const thermalKey = "com.apple.system.thermalpressurelevel"

func (m mac) thermal(ctx context.Context) Finding {
	level, err := nativeNotifyState(thermalKey)
	if err != nil {
		text, _ := command(ctx, "notifyutil", "-g", thermalKey) // empty is an error
		level, err = parseThermalLevel(text)
	}
	if err != nil {
		text, _ := command(ctx, "pmset", "-g", "therm") // empty is unknown
		return judgePmsetTherm(text)
	}
	return judgeThermalLevel(level, nil)
}

func (m mac) memory(context.Context) Finding {
	return judgeMemoryPressure(unix.SysctlUint32("kern.memorystatus_vm_pressure_level"))
}

func (m mac) swap(ctx context.Context) Finding {
	raw, err := unix.SysctlRaw("vm.swapusage")
	if err != nil {
		return unread(fmt.Errorf("vm.swapusage: %w", err))
	}
	used, err := parseSwapUsage(raw)
	return judgeSwapUsage(used, m.memory(ctx), err)
}

func (m mac) virtual(context.Context) Finding {
	model, _ := unix.Sysctl("hw.model") // "" is the model of no virtual machine
	present, err := unix.SysctlUint32("kern.hv_vmm_present")
	return judgeVirtualMac(present, model, err)
}

func (m mac) translation(context.Context) Finding {
	switch translated, err := translated(); {
	case err != nil:
		return unread(err)
	case translated:
		return warn("Rosetta", "this program is translated from Intel code: use the one for Apple silicon")
	}
	return good("native")
}

// translated reports whether this process runs under Rosetta. The key is
// missing where there is no Rosetta.
func translated() (bool, error) {
	n, err := unix.SysctlUint32("sysctl.proc_translated")
	if errors.Is(err, unix.ENOENT) {
		return false, nil
	}
	return n == 1, err
}

func (m mac) backup(ctx context.Context) Finding {
	return judgeBackup(command(ctx, "tmutil", "status"))
}

func (m mac) counters() counters {
	return counters{at: time.Now(), cpu: read(nativeCPUTicks()), own: ownTime()}
}

// processes asks ps, which may read the CPU time of all users' processes;
// libproc tells a program only those of its own user.
func (m mac) processes(ctx context.Context) ([]Process, error) {
	text, err := command(ctx, psArgs("-A")...)
	if err != nil {
		return nil, err
	}
	return parsePS(text)
}

func (m mac) lookup(ctx context.Context, pid int) (Process, error) {
	text, err := command(ctx, psArgs("-p", strconv.Itoa(pid))...)
	return parseLookup(pid, text, err)
}

func (m mac) describe(context.Context) Description {
	d := Description{OS: "macOS"}
	d.OSVersion, _ = unix.Sysctl("kern.osproductversion") // what is not known is left out
	d.Kernel, _ = unix.Sysctl("kern.osrelease")
	d.Model, _ = unix.Sysctl("hw.model")
	d.CPU, _ = unix.Sysctl("machdep.cpu.brand_string")
	d.PhysicalCores = sysctlInt("hw.physicalcpu")
	d.LogicalCores = sysctlInt("hw.logicalcpu")
	memory, _ := unix.SysctlUint64("hw.memsize")
	d.Memory = int64(memory)
	d.PerfLevels = perfLevels()
	d.GPU = nativeGPU()
	d.Translated, _ = translated()
	if m.virtual(context.Background()).State == Warn {
		d.Hypervisor = "virtual machine"
	}
	return d
}

// perfLevels reads hw.perflevel0 and so on; level 0 is the fastest.
func perfLevels() []PerfLevel {
	n := sysctlInt("hw.nperflevels")
	if n < 2 {
		return nil
	}
	levels := make([]PerfLevel, n)
	for i := range levels {
		key := "hw.perflevel" + strconv.Itoa(i)
		name, _ := unix.Sysctl(key + ".name")
		levels[i] = PerfLevel{strings.ToLower(name), sysctlInt(key + ".physicalcpu")}
	}
	return levels
}

// sysctlInt is 0 where the key is not known.
func sysctlInt(key string) int {
	n, err := unix.SysctlUint32(key)
	if err != nil {
		return 0
	}
	return int(n)
}
