package host

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/user"
	"regexp"
	"strings"
	"testing"
)

func TestADescriptionOfAServer(t *testing.T) {
	const cpu = "sys/devices/system/cpu/"
	machine := with(quietServer,
		cpu+"online", "0-3",
		cpu+"cpu0/topology/core_id", "0", cpu+"cpu1/topology/core_id", "0", cpu+"cpu2/topology/core_id", "1", cpu+"cpu3/topology/core_id", "1",
		cpu+"cpu0/topology/physical_package_id", "0", cpu+"cpu1/topology/physical_package_id", "0",
		cpu+"cpu2/topology/physical_package_id", "0", cpu+"cpu3/topology/physical_package_id", "0",
		"proc/driver/nvidia/gpus/0000:01:00.0/information", "Model: \t\t Example GPU\nIRQ:   \t\t 1\nGPU UUID: \t GPU-1234",
	)
	got, err := json.MarshalIndent(files(machine).describe(), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "description.json", append(got, '\n'))
}

func TestTheNameOfAProcessor(t *testing.T) {
	for text, want := range map[string]string{
		"processor\t: 0\nmodel\t\t: 106\nmodel name\t: Example CPU 9000\n":                                "Example CPU 9000",
		"processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n":                                    "ARM implementer 0x41 part 0xd0c",
		"processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\nSerial\t\t: 1\nModel\t\t: Board 4\n": "Board 4",
		"": "",
	} {
		if got := files(map[string]string{"proc/cpuinfo": text}).cpuModel(); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestTwoKindsOfCores(t *testing.T) {
	levels := files(map[string]string{"sys/devices/cpu_core/cpus": "0-15", "sys/devices/cpu_atom/cpus": "16-23"}).perfLevels()
	d := Description{PerfLevels: levels, LogicalCores: 24}
	if got := d.cores(); got != "16+8" {
		t.Errorf("cores %s of %+v", got, levels)
	}
	if levels := files(nil).perfLevels(); levels != nil {
		t.Errorf("out of nothing: %+v", levels)
	}
}

func TestAFingerprintIsAClassOfMachines(t *testing.T) {
	base := Description{
		OS: "macOS", OSVersion: "15.1", Kernel: "24.1.0", Arch: "arm64", Model: "Mac16,6", CPU: "Apple M4 Max",
		PhysicalCores: 16, LogicalCores: 16, PerfLevels: []PerfLevel{{"performance", 12}, {"efficiency", 4}}, Memory: 48 << 30,
	}
	if got, want := base.Fingerprint(), "Apple M4 Max, 12+4 cores, 48 GiB, macOS 15, arm64"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for _, test := range []struct {
		name   string
		change func(*Description)
		same   bool
	}{
		{"minor version", func(d *Description) { d.OSVersion = "15.6.1" }, true},
		{"kernel", func(d *Description) { d.Kernel = "24.9.9" }, true},
		{"governor", func(d *Description) { d.Governor = "powersave" }, true},
		{"a little memory that the kernel keeps", func(d *Description) { d.Memory -= 700 << 20 }, true},
		{"major version", func(d *Description) { d.OSVersion = "26.0" }, false},
		{"chip", func(d *Description) { d.CPU = "Apple M4 Pro" }, false},
		{"cores of one kind", func(d *Description) { d.PerfLevels = []PerfLevel{{"performance", 10}, {"efficiency", 4}} }, false},
		{"memory", func(d *Description) { d.Memory = 36 << 30 }, false},
		{"virtual machine", func(d *Description) { d.Hypervisor = "virtual machine" }, false},
		{"Rosetta", func(d *Description) { d.Translated = true }, false},
		{"architecture", func(d *Description) { d.Arch = "amd64" }, false},
	} {
		changed := base
		test.change(&changed)
		if same := changed.Fingerprint() == base.Fingerprint(); same != test.same {
			t.Errorf("%s: %s", test.name, changed.Fingerprint())
		}
	}
}

func TestMemoryIsRoundedUpToWhatWasBought(t *testing.T) {
	const kib = 1 << 10
	for memory, want := range map[int64]string{
		0: "unknown memory", -1: "unknown memory", 1: "9.313e-10 GiB",
		16 << 30: "16 GiB", 18 << 30: "18 GiB", 36 << 30: "36 GiB", 96 << 30: "96 GiB",
		16266000 * kib: "16 GiB", 32768000 * kib: "32 GiB", 24683620 * kib: "24 GiB", 527983000 * kib: "512 GiB", 8039000 * kib: "8 GiB",
	} {
		if got := (Description{Memory: memory}).memoryClass(); got != want {
			t.Errorf("%d bytes: %s, want %s", memory, got, want)
		}
	}
}

func TestUnknownFieldsAreSaidInAFingerprint(t *testing.T) {
	if got, want := (Description{OS: "plan9", Arch: "arm", LogicalCores: 2}).Fingerprint(), "unknown CPU, 2 cores, unknown memory, plan9, arm"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := (Description{OS: "Ubuntu", OSVersion: "24.04", LogicalCores: 8, PhysicalCores: 4}).Fingerprint(), "unknown CPU, 4/8 cores, unknown memory, Ubuntu 24.04, "; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// secrets are where Linux keeps what identifies one machine or person.
var secrets = map[string]string{
	"etc/machine-id":                             "0123456789abcdef0123456789abcdef",
	"etc/hostname":                               "secret-hostname",
	"proc/sys/kernel/hostname":                   "secret-hostname",
	"proc/sys/kernel/random/boot_id":             "secret-boot-id",
	"proc/version":                               "Linux version 6 (secret-user@secret-host)",
	"sys/class/dmi/id/product_serial":            "SECRETSERIAL",
	"sys/class/dmi/id/product_uuid":              "secret-uuid",
	"sys/class/dmi/id/board_serial":              "SECRETSERIAL",
	"sys/class/dmi/id/chassis_serial":            "SECRETSERIAL",
	"sys/firmware/devicetree/base/serial-number": "SECRETSERIAL",
	"etc/passwd":                                 "secret-user:x:1000:1000::/home/secret-user:/bin/sh",
	"proc/4242/cmdline":                          "/home/secret-user/bin/program",
	"proc/4242/environ":                          "HOME=/home/secret-user",
}

// watched fails the test when a secret is opened.
type watched struct {
	fs.FS
	t *testing.T
}

func (w watched) Open(name string) (fs.File, error) {
	if _, secret := secrets[name]; secret {
		w.t.Errorf("/%s is opened", name)
	}
	return w.FS.Open(name)
}

func TestC09SecretsAreNotEvenOpened(t *testing.T) {
	machine := with(quietServer, "proc/cpuinfo", "model name\t: Example CPU\nflags\t: fpu\nSerial\t\t: SECRETSERIAL")
	for path, text := range secrets {
		machine[path] = text
	}
	s := server(machine, 300)
	s.tree.root = watched{s.tree.root, t}
	report := check(t.Context(), s, short)
	text, err := json.Marshal(struct {
		D Description
		R Report
	}{s.describe(t.Context()), report})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(strings.ToLower(string(text)), "secret") || strings.Contains(string(text), secrets["etc/machine-id"]) {
		t.Errorf("a secret got out: %s", text)
	}
}

func TestC09ThisMachineIsNotNamed(t *testing.T) {
	d := Describe(t.Context())
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, d.Fingerprint()...)
	var names []string
	if name, err := os.Hostname(); err == nil {
		short, _, _ := strings.Cut(name, ".")
		names = append(names, name, short)
	}
	if u, err := user.Current(); err == nil {
		names = append(names, u.Username, u.HomeDir)
	}
	for _, file := range []string{"/etc/machine-id", "/proc/sys/kernel/random/boot_id", "/sys/class/dmi/id/product_uuid", "/sys/class/dmi/id/product_serial"} {
		if id, err := os.ReadFile(file); err == nil {
			names = append(names, strings.TrimSpace(string(id)))
		}
	}
	for _, name := range names {
		if name != "" && regexp.MustCompile(`(^|\W)`+regexp.QuoteMeta(name)+`($|\W)`).Match(text) {
			t.Errorf("%q is in %s", name, text)
		}
	}
	if uuid := regexp.MustCompile(`(?i)[0-9a-f]{8}-[0-9a-f]{4}-`).Find(text); uuid != nil {
		t.Errorf("%s looks like a UUID", uuid)
	}
}

// The allow-list is the struct: a new field has to be put here on purpose.
func TestC09FieldsOfADescription(t *testing.T) {
	text, err := json.Marshal(Description{
		OS: "a", OSVersion: "a", Kernel: "a", Arch: "a", Model: "a", CPU: "a", PhysicalCores: 1, LogicalCores: 1,
		PerfLevels: []PerfLevel{{"a", 1}}, Memory: 1, GPU: "a", Hypervisor: "a", Container: "a", Translated: true, Governor: "a",
	})
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"os":"a","os_version":"a","kernel":"a","arch":"a","model":"a","cpu":"a","physical_cores":1,"logical_cores":1,` +
		`"perf_levels":[{"name":"a","cores":1}],"memory_bytes":1,"gpu":"a","hypervisor":"a","container":"a","translated":true,"governor":"a"}`
	if string(text) != want {
		t.Errorf("%s\nwant %s", text, want)
	}
}
