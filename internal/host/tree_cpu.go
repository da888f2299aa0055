package host

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// governors lists the frequency governor of each online CPU. A kernel shows it
// under the CPU, or only under the policy that the CPU belongs to.
func (t tree) governors() (map[string][]int, error) {
	cpus, err := t.online()
	if err != nil {
		return nil, err
	}
	policies := t.policyGovernors()
	governors := make(map[string][]int)
	for _, cpu := range cpus {
		name, err := t.text(cpuPath(cpu, "cpufreq/scaling_governor"))
		if err != nil {
			if name = policies[cpu]; name == "" {
				return nil, err
			}
		}
		governors[name] = append(governors[name], cpu)
	}
	return governors, nil
}

func (t tree) policyGovernors() map[int]string {
	governors := make(map[int]string)
	for _, path := range t.glob(cpuDir + "/cpufreq/policy*/scaling_governor") {
		dir := strings.TrimSuffix(path, "/scaling_governor")
		for cpu := range strings.FieldsSeq(t.word(dir + "/affected_cpus")) {
			if n, err := strconv.Atoi(cpu); err == nil {
				governors[n] = t.word(path)
			}
		}
	}
	return governors
}

// dynamic are the governors that follow the load, so that a benchmark begins
// on a slow core (Documentation/admin-guide/pm/cpufreq.rst).
var dynamic = []string{"powersave", "ondemand", "conservative", "schedutil"}

// governor is the governor probe.
func (t tree) governor() Finding {
	governors, err := t.governors()
	if err != nil {
		return unread(err)
	}
	value := describeGovernors(governors)
	if len(governors) > 1 {
		return fail(value, "the CPUs differ: set performance on all of them")
	}
	for name := range governors {
		switch {
		case name == "performance":
			return good(value)
		case slices.Contains(dynamic, name):
			return fail(value, "the clock follows the load: set the performance governor")
		}
	}
	return warn(value, "not the performance governor")
}

func describeGovernors(governors map[string][]int) string {
	var parts []string
	for name, cpus := range governors {
		if len(governors) == 1 {
			return name
		}
		parts = append(parts, name+" on CPU "+formatCPUs(cpus))
	}
	slices.Sort(parts)
	return strings.Join(parts, "; ")
}

// formatCPUs writes the kernel's list format. cpus are sorted.
func formatCPUs(cpus []int) string {
	var parts []string
	for i := 0; i < len(cpus); {
		j := i
		for j+1 < len(cpus) && cpus[j+1] == cpus[j]+1 {
			j++
		}
		part := strconv.Itoa(cpus[i])
		if j > i {
			part += "-" + strconv.Itoa(cpus[j])
		}
		parts = append(parts, part)
		i = j + 1
	}
	return strings.Join(parts, ",")
}

// turbo is the turbo probe: a clock above the nominal one that the machine
// takes back when it gets warm.
func (t tree) turbo() Finding {
	for _, knob := range []struct {
		path, on string
	}{
		{cpuDir + "/intel_pstate/no_turbo", "0"},
		{cpuDir + "/cpufreq/boost", "1"},
	} {
		value, err := t.text(knob.path)
		switch {
		case err != nil:
			continue
		case value == knob.on:
			return warn("on", "the clock depends on the temperature: turn turbo off, see /"+knob.path)
		case value == "0" || value == "1":
			return good("off")
		}
		return unknown(fmt.Sprintf("/%s is %q", knob.path, value))
	}
	return unknown("this kernel does not tell whether turbo is on")
}

// lowPower is the low-power probe: the firmware's platform profile and the
// hint that makes the processor itself prefer energy.
func (t tree) lowPower() Finding {
	cpus, err := t.online()
	if err != nil {
		return unread(err)
	}
	profile := t.word("sys/firmware/acpi/platform_profile")
	if profile == "low-power" || profile == "quiet" {
		return fail(profile, "the platform profile saves energy: choose performance")
	}
	for _, cpu := range cpus {
		if hint := t.word(cpuPath(cpu, "cpufreq/energy_performance_preference")); hint == "power" {
			return fail("energy preference power", "the processor prefers energy: set performance")
		}
	}
	if profile == "" {
		return good("no power profile")
	}
	return good(profile)
}

// fastClocks can be read without leaving the program or the guest.
var fastClocks = []string{"tsc", "arch_sys_counter", "kvm-clock", "hyperv_clocksource_tsc_page", "timebase", "riscv_clocksource"}

// clock is the clock probe.
func (t tree) clock() Finding {
	name, err := t.text("sys/devices/system/clocksource/clocksource0/current_clocksource")
	switch {
	case err != nil:
		return unread(err)
	case name == "":
		return unknown("the kernel names no clock source")
	case slices.Contains(fastClocks, name):
		return good(name)
	}
	return warn(name, "reading this clock takes a system call or more: times of short benchmarks are too long")
}

// cpuTicks reads the first line of /proc/stat.
func (t tree) cpuTicks() (cpuTicks, error) {
	text, err := t.text("proc/stat")
	if err != nil {
		return cpuTicks{}, err
	}
	return parseCPUTicks(text)
}

// parseCPUTicks reads user, nice, system, idle, iowait, irq, softirq and steal
// (proc_stat(5)). Guest time, which follows, is part of user.
func parseCPUTicks(stat string) (cpuTicks, error) {
	line, _, _ := strings.Cut(stat, "\n")
	fields := strings.Fields(line)
	if len(fields) < 9 || fields[0] != "cpu" {
		return cpuTicks{}, fmt.Errorf("/proc/stat begins with %q, not with the CPU times", line)
	}
	var n [8]uint32
	for i := range n {
		value, err := strconv.ParseUint(fields[i+1], 10, 64)
		if err != nil {
			return cpuTicks{}, fmt.Errorf("/proc/stat: %q is not a number", fields[i+1])
		}
		n[i] = uint32(value)
	}
	user, nice, system, idle, iowait, irq, softirq, steal := n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7]
	busy := user + nice + system + irq + softirq
	return cpuTicks{busy: busy, steal: steal, total: busy + idle + iowait + steal}, nil
}
