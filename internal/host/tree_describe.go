package host

import (
	"errors"
	"strings"
)

// describe reads a [Description]. Fields that hold serial numbers or UUIDs
// (board_serial, product_uuid, machine-id) are never opened.
func (t tree) describe() Description {
	release := t.osRelease()
	d := Description{
		OS:        release["NAME"],
		OSVersion: release["VERSION_ID"],
		Kernel:    t.word("proc/sys/kernel/osrelease"),
		Model:     t.word("sys/class/dmi/id/product_name"),
		CPU:       t.cpuModel(),
		GPU:       t.gpu(),
		Container: t.container(),
	}
	if d.Model == "" {
		d.Model = strings.TrimRight(t.word("proc/device-tree/model"), "\x00")
	}
	d.Hypervisor, _ = t.hypervisor()
	d.Memory, _ = t.meminfo("MemTotal")
	d.PhysicalCores, d.LogicalCores = t.cores()
	d.PerfLevels = t.perfLevels()
	if governors, err := t.governors(); err == nil {
		d.Governor = describeGovernors(governors)
	}
	return d
}

// osRelease reads os-release(5).
func (t tree) osRelease() map[string]string {
	text := t.word("etc/os-release")
	if text == "" {
		text = t.word("usr/lib/os-release")
	}
	fields := make(map[string]string)
	for line := range strings.Lines(text) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			fields[key] = strings.Trim(value, `"'`)
		}
	}
	return fields
}

// cpuModel is the name of the processor. ARM prints only numbers.
func (t tree) cpuModel() string {
	info := t.word("proc/cpuinfo")
	for _, key := range []string{"model name", "Model", "cpu model", "uarch"} {
		if name, ok := field(info, key); ok && name != "" {
			return name
		}
	}
	implementer, ok := field(info, "CPU implementer")
	part, ok2 := field(info, "CPU part")
	if !ok || !ok2 {
		return ""
	}
	return "ARM implementer " + implementer + " part " + part
}

// cores counts the cores and hardware threads that are online; physical is 0
// where the topology is not known.
func (t tree) cores() (physical, logical int) {
	cpus, err := t.online()
	if err != nil {
		return 0, 0
	}
	cores := make(map[[2]int64]bool)
	for _, cpu := range cpus {
		pkg, err1 := t.integer(cpuPath(cpu, "topology/physical_package_id"))
		core, err2 := t.integer(cpuPath(cpu, "topology/core_id"))
		if errors.Join(err1, err2) != nil {
			return 0, len(cpus)
		}
		cores[[2]int64{pkg, core}] = true
	}
	return len(cores), len(cpus)
}

// perfLevels finds the two kinds of cores that Linux tells apart on x86; the
// counts are of hardware threads.
func (t tree) perfLevels() []PerfLevel {
	var levels []PerfLevel
	for _, kind := range []struct{ device, name string }{{"cpu_core", "performance"}, {"cpu_atom", "efficiency"}} {
		cpus, err := parseCPUs(t.word("sys/devices/" + kind.device + "/cpus"))
		if err == nil && len(cpus) > 0 {
			levels = append(levels, PerfLevel{kind.name, len(cpus)})
		}
	}
	return levels
}

// gpu is the name of the first GPU whose driver tells it.
func (t tree) gpu() string {
	for _, path := range t.glob("proc/driver/nvidia/gpus/*/information") {
		if name, ok := field(t.word(path), "Model"); ok {
			return name
		}
	}
	return ""
}
