package host

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// files makes a tree of a map from paths to contents.
func files(contents map[string]string) tree {
	m := make(fstest.MapFS, len(contents))
	for path, text := range contents {
		m[path] = &fstest.MapFile{Data: []byte(text + "\n")}
	}
	return tree{m}
}

// with returns a copy of a map with other values; "" takes the file away.
func with(base map[string]string, changes ...string) map[string]string {
	m := make(map[string]string, len(base))
	for k, v := range base {
		m[k] = v
	}
	for i := 0; i+1 < len(changes); i += 2 {
		if m[changes[i]] = changes[i+1]; changes[i+1] == "" {
			delete(m, changes[i])
		}
	}
	return m
}

// A findingCase is a machine and what a probe says of it.
type findingCase struct {
	name  string
	files map[string]string
	want  State
	text  string // part of the value or the reason
}

func checkFindings(t *testing.T, cases []findingCase, probe func(tree) Finding) {
	t.Helper()
	for _, test := range cases {
		f := probe(files(test.files))
		if f.State != test.want || !strings.Contains(f.Value+": "+f.Reason, test.text) {
			t.Errorf("%s: %v, want %s with %q", test.name, f, test.want, test.text)
		}
		if f.State == OK && f.Value == "" || f.State != OK && f.Reason == "" {
			t.Errorf("%s: %+v says nothing", test.name, f)
		}
	}
}

func TestCPULists(t *testing.T) {
	for _, test := range []struct {
		text string
		want []int
		ok   bool
	}{
		{"0-3,8", []int{0, 1, 2, 3, 8}, true},
		{"0\n", []int{0}, true},
		{"", nil, true},
		{"3-1", nil, false}, {"a", nil, false}, {"0-", nil, false}, {"-1", nil, false}, {"0-99999999", nil, false},
	} {
		got, err := parseCPUs(test.text)
		if (err == nil) != test.ok || !slices.Equal(got, test.want) {
			t.Errorf("%q: %v, %v", test.text, got, err)
		}
	}
}

func FuzzParseCPUs(f *testing.F) {
	f.Add("0-3,8")
	f.Add("0,2-4\n")
	f.Fuzz(func(t *testing.T, text string) {
		cpus, err := parseCPUs(text)
		if err != nil {
			return
		}
		slices.Sort(cpus)
		cpus = slices.Compact(cpus)
		again, err := parseCPUs(formatCPUs(cpus))
		if err != nil || !slices.Equal(again, cpus) {
			t.Errorf("%v is written %q and read %v, %v", cpus, formatCPUs(cpus), again, err)
		}
	})
}

func TestAMissingFileIsNamedOnce(t *testing.T) {
	_, err := files(nil).text("proc/stat")
	if err == nil || err.Error() != "/proc/stat is not there" {
		t.Errorf("error %v", err)
	}
	_, err = tree{fstest.MapFS{"proc/stat": {Mode: fs.ModeDir}}}.text("proc/stat")
	if err == nil || !strings.HasPrefix(err.Error(), "read /proc/stat: ") {
		t.Errorf("error %v", err)
	}
}

var fourCPUs = map[string]string{
	"sys/devices/system/cpu/online":                        "0-3",
	"sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "performance",
	"sys/devices/system/cpu/cpu1/cpufreq/scaling_governor": "performance",
	"sys/devices/system/cpu/cpu2/cpufreq/scaling_governor": "performance",
	"sys/devices/system/cpu/cpu3/cpufreq/scaling_governor": "performance",
}

const (
	governor0 = "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"
	governor1 = "sys/devices/system/cpu/cpu1/cpufreq/scaling_governor"
	governor3 = "sys/devices/system/cpu/cpu3/cpufreq/scaling_governor"
	policy0   = "sys/devices/system/cpu/cpufreq/policy0/"
	policy2   = "sys/devices/system/cpu/cpufreq/policy2/"
)

func TestC03EveryOnlineCPUHasAGovernor(t *testing.T) {
	all := func(name string) map[string]string {
		m := with(fourCPUs)
		for path := range m {
			if strings.HasSuffix(path, "governor") {
				m[path] = name
			}
		}
		return m
	}
	checkFindings(t, []findingCase{
		{"performance", fourCPUs, OK, "performance"},
		{"powersave", all("powersave"), Fail, "powersave"},
		{"ondemand", all("ondemand"), Fail, "ondemand"},
		{"schedutil", all("schedutil"), Fail, "schedutil"},
		{"userspace", all("userspace"), Warn, "userspace"},
		{"mixed", with(fourCPUs, governor1, "powersave"), Fail, "performance on CPU 0,2-3; powersave on CPU 1"},
		{"the last one differs", with(fourCPUs, governor3, "schedutil"), Fail, "schedutil on CPU 3"},
		{"an offline CPU is not asked", with(fourCPUs, governor3, "powersave", "sys/devices/system/cpu/online", "0-2"), OK, "performance"},
		{"absent, as in a virtual machine", map[string]string{"sys/devices/system/cpu/online": "0-1"}, Unknown, "cpu0/cpufreq/scaling_governor is not there"},
		{"absent on one CPU", with(fourCPUs, governor3, ""), Unknown, "cpu3"},
		{"no list of CPUs", with(fourCPUs, "sys/devices/system/cpu/online", ""), Unknown, "online is not there"},
		{"an empty list of CPUs", with(fourCPUs, "sys/devices/system/cpu/online", "\n"), Unknown, "no CPU"},
		{"a list of nonsense", with(fourCPUs, "sys/devices/system/cpu/online", "all"), Unknown, "not a list"},
		{"policies only", map[string]string{
			"sys/devices/system/cpu/online": "0-3",
			policy0 + "scaling_governor":    "performance", policy0 + "affected_cpus": "0 1",
			policy2 + "scaling_governor": "powersave", policy2 + "affected_cpus": "2 3",
		}, Fail, "powersave on CPU 2-3"},
	}, tree.governor)
}

func TestTurbo(t *testing.T) {
	const intel, generic = "sys/devices/system/cpu/intel_pstate/no_turbo", "sys/devices/system/cpu/cpufreq/boost"
	checkFindings(t, []findingCase{
		{"Intel, on", map[string]string{intel: "0"}, Warn, "no_turbo"},
		{"Intel, off", map[string]string{intel: "1"}, OK, "off"},
		{"others, on", map[string]string{generic: "1"}, Warn, "boost"},
		{"others, off", map[string]string{generic: "0"}, OK, "off"},
		{"a word", map[string]string{generic: "maybe"}, Unknown, "maybe"},
		{"absent", nil, Unknown, "does not tell"},
	}, tree.turbo)
}

func TestLowPowerOnLinux(t *testing.T) {
	const profile, hint = "sys/firmware/acpi/platform_profile", "sys/devices/system/cpu/cpu3/cpufreq/energy_performance_preference"
	checkFindings(t, []findingCase{
		{"no profiles", fourCPUs, OK, "no power profile"},
		{"performance", with(fourCPUs, profile, "performance"), OK, "performance"},
		{"low-power", with(fourCPUs, profile, "low-power"), Fail, "low-power"},
		{"the last CPU prefers energy", with(fourCPUs, hint, "power"), Fail, "energy"},
		{"balanced hint", with(fourCPUs, hint, "balance_power"), OK, "no power profile"},
		{"no /sys", nil, Unknown, "is not there"},
	}, tree.lowPower)
}

func TestClockSources(t *testing.T) {
	const file = "sys/devices/system/clocksource/clocksource0/current_clocksource"
	checkFindings(t, []findingCase{
		{"tsc", map[string]string{file: "tsc"}, OK, "tsc"},
		{"arm", map[string]string{file: "arch_sys_counter"}, OK, "arch_sys_counter"},
		{"slow", map[string]string{file: "hpet"}, Warn, "hpet"},
		{"empty", map[string]string{file: ""}, Unknown, "no clock source"},
		{"absent", nil, Unknown, "is not there"},
	}, tree.clock)
}

func TestPowerOnLinux(t *testing.T) {
	supply := func(fields ...string) map[string]string {
		m := map[string]string{"sys/class/net/lo/operstate": "up"}
		for i := 0; i+1 < len(fields); i += 2 {
			m["sys/class/power_supply/"+fields[i]] = fields[i+1]
		}
		return m
	}
	checkFindings(t, []findingCase{
		{"a server", supply(), OK, "no battery"},
		{"no /sys", nil, Unknown, "is not there"},
		{"a laptop on AC", supply("AC/type", "Mains", "AC/online", "1", "BAT0/type", "Battery", "BAT0/status", "Charging", "BAT0/capacity", "80"), OK, "80% charging"},
		{"C01: not charging on AC", supply("AC/type", "Mains", "AC/online", "1", "BAT0/type", "Battery", "BAT0/status", "Not charging", "BAT0/capacity", "80"), OK, "not charging"},
		{"on battery", supply("AC/type", "Mains", "AC/online", "0", "BAT0/type", "Battery", "BAT0/status", "Discharging", "BAT0/capacity", "80"), Fail, "battery"},
		{"unplugged a moment ago", supply("AC/type", "Mains", "AC/online", "0", "BAT0/type", "Battery", "BAT0/status", "Full"), Fail, "battery"},
		{"only a battery, discharging", supply("BAT0/type", "Battery", "BAT0/status", "Discharging"), Fail, "battery"},
		{"only a battery, full", supply("BAT0/type", "Battery", "BAT0/status", "Full"), OK, "charged"},
		{"a battery that does not tell", supply("BAT0/type", "Battery", "BAT0/status", "Unknown"), Unknown, "cannot be read"},
		{"one of two discharges", supply("BAT0/type", "Battery", "BAT0/status", "Unknown", "BAT1/type", "Battery", "BAT1/status", "Discharging"), Fail, "battery"},
		{"USB power", supply("USB/type", "USB", "USB/online", "1", "BAT0/type", "Battery", "BAT0/status", "Charging"), OK, "charging"},
		{"a charger that gives too little", supply("AC/type", "Mains", "AC/online", "1", "BAT0/type", "Battery", "BAT0/status", "Discharging", "BAT0/capacity", "60"), Warn, "too little"},
		{"low charge", supply("AC/type", "Mains", "AC/online", "1", "BAT0/type", "Battery", "BAT0/status", "Charging", "BAT0/capacity", "4"), Warn, "low charge"},
		{"the battery of a mouse", supply("mouse/type", "Battery", "mouse/scope", "Device", "mouse/status", "Discharging", "mouse/capacity", "5"), OK, "no battery"},
		{"a UPS in use", supply("ups/type", "UPS", "ups/status", "Discharging"), Fail, "UPS"},
	}, tree.power)
}

func TestQuota(t *testing.T) {
	const (
		v2     = "30 22 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw"
		v1     = "31 30 0:28 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n32 30 0:29 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory"
		docker = "31 30 0:28 /docker/abc /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu"
	)
	machine := func(mounts, member string, more ...string) map[string]string {
		return with(fourCPUs, append([]string{"proc/self/mountinfo", mounts, "proc/self/cgroup", member}, more...)...)
	}
	checkFindings(t, []findingCase{
		{"v2, none", machine(v2, "0::/user.slice/a", "sys/fs/cgroup/user.slice/a/cpu.max", "max 100000"), OK, "4 of 4"},
		{"v2, the root has no file", machine(v2, "0::/"), OK, "4 of 4"},
		{"v2, here", machine(v2, "0::/a/b", "sys/fs/cgroup/a/b/cpu.max", "150000 100000"), Warn, "1.5 CPUs"},
		{"v2, a parent is stricter", machine(v2, "0::/a/b", "sys/fs/cgroup/a/b/cpu.max", "200000 100000", "sys/fs/cgroup/a/cpu.max", "50000 100000"), Warn, "0.5 CPUs"},
		{"v2, in a container that sees itself as the root", machine(v2, "0::/", "sys/fs/cgroup/cpu.max", "50000 100000"), Warn, "0.5 CPUs"},
		{"v2, nonsense", machine(v2, "0::/a", "sys/fs/cgroup/a/cpu.max", "much"), Unknown, "not a CPU quota"},
		{"v1, none", machine(v1, "5:cpu,cpuacct:/a\n4:memory:/m", "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "-1", "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "100000"), OK, "4 of 4"},
		{"v1, here", machine(v1, "5:cpu,cpuacct:/a", "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "25000", "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "100000"), Warn, "0.25 CPUs"},
		{"v1, the host's path in a container", machine(docker, "5:cpu:/docker/abc", "sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000", "sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000"), Warn, "0.5 CPUs"},
		{"both versions", machine(v2+"\n"+v1, "0::/\n5:cpu,cpuacct:/a", "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "25000", "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "100000"), Warn, "0.25 CPUs"},
		{"no hierarchy", machine("22 1 0:5 / / rw - ext4 /dev/vda rw", "0::/"), Unknown, "no control group"},
		{"no mounts", fourCPUs, Unknown, "mountinfo is not there"},
	}, func(t tree) Finding { return t.quota([]int{0, 1, 2, 3}) })
}

func TestAffinity(t *testing.T) {
	for _, test := range []struct {
		allowed  []int
		isolated string
		want     State
	}{
		{[]int{0, 1, 2, 3}, "", OK},
		{[]int{2, 3}, "", Warn},
		{[]int{2, 3}, "2-3", OK},
		{[]int{1, 2}, "2-3", Warn},
		{nil, "", Unknown},
	} {
		machine := with(fourCPUs, "sys/devices/system/cpu/isolated", test.isolated)
		if f := files(machine).affinity(test.allowed); f.State != test.want {
			t.Errorf("%v of 4, isolated %q: %v, want %s", test.allowed, test.isolated, f, test.want)
		}
	}
}

func FuzzQuota(f *testing.F) {
	f.Add("50000 100000", "30 22 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw", "0::/a")
	f.Add("max 100000", "31 30 0:28 /d /sys rw - cgroup cgroup rw,cpu", "5:cpu:/d/../x")
	f.Fuzz(func(t *testing.T, quota, mounts, member string) {
		cpus, err := parseQuota(quota)
		if err != nil && cpus != 0 || cpus < 0 {
			t.Errorf("%q is %v, %v", quota, cpus, err)
		}
		// Whatever the files hold, the walk to the root ends.
		_ = files(with(fourCPUs, "proc/self/mountinfo", mounts, "proc/self/cgroup", member)).quota([]int{0})
	})
}

func TestVirtualMachinesAndContainers(t *testing.T) {
	const flags, vendor, product = "flags\t\t: fpu vme sse2", "sys/class/dmi/id/sys_vendor", "sys/class/dmi/id/product_name"
	bare := map[string]string{"proc/cpuinfo": "processor\t: 0\n" + flags, vendor: "Dell Inc.", product: "PowerEdge R740"}
	guest := with(bare, "proc/cpuinfo", flags+" hypervisor")
	arm := map[string]string{"proc/cpuinfo": "processor\t: 0\nFeatures\t: fp asimd"}
	checkFindings(t, []findingCase{
		{"bare x86", bare, OK, "none"},
		{"a guest without firmware tables", with(guest, vendor, "", product, ""), Warn, "virtual machine"},
		{"KVM", with(guest, vendor, "QEMU"), Warn, "qemu"},
		{"a cloud", with(guest, vendor, "Amazon EC2", product, "m7i.large"), Warn, "ec2"},
		{"a cloud's bare machine", with(bare, vendor, "Amazon EC2", product, "c5.metal"), OK, "none"},
		{"arm cloud", with(arm, vendor, "Amazon EC2", product, "m7g.large"), Warn, "ec2"},
		{"arm cloud, bare", with(arm, vendor, "Amazon EC2", product, "m7g.metal"), OK, "none"},
		{"arm guest", with(arm, "proc/device-tree/compatible", "linux,dummy-virt"), Warn, "qemu"},
		{"arm board", with(arm, "proc/device-tree/model", "Raspberry Pi 5"), OK, "none"},
		{"nothing tells", arm, Unknown, "nothing tells"},
		{"xen", with(bare, "sys/hypervisor/type", "xen"), Warn, "xen"},
		{"WSL", with(bare, "proc/sys/kernel/osrelease", "5.15.1-microsoft-standard-WSL2"), Warn, "wsl"},
		{"docker", with(bare, ".dockerenv", "x"), Warn, "docker"},
		{"podman", with(bare, "run/.containerenv", "x"), Warn, "podman"},
		{"nspawn", with(bare, "run/systemd/container", "systemd-nspawn"), Warn, "systemd-nspawn"},
		{"lxc", with(bare, "proc/1/environ", "A=b\x00container=lxc\x00"), Warn, "lxc"},
		{"kubernetes", with(bare, "proc/self/cgroup", "0::/kubepods.slice/pod1"), Warn, "kubepods"},
		{"a container in a guest", with(guest, vendor, "QEMU", ".dockerenv", "x"), Warn, "qemu, docker"},
	}, tree.virtual)
}
