package host

import (
	"context"
	"fmt"
	"math/bits"
	"runtime"
	"strings"
)

// A Description is what may be published of a machine: these fields and no
// others. It holds no serial number, UUID, host or user name and no path.
// Fields that are not known are left out.
type Description struct {
	OS            string      `json:"os"`                   // "macOS", "Debian GNU/Linux", or Go's name of it
	OSVersion     string      `json:"os_version,omitempty"` // "15.1", "12"
	Kernel        string      `json:"kernel,omitempty"`     // release of the kernel
	Arch          string      `json:"arch"`                 // Go's name: "arm64", "amd64"
	Model         string      `json:"model,omitempty"`      // the maker's word for all machines of this kind, "Mac16,6"
	CPU           string      `json:"cpu,omitempty"`        // "Apple M4 Max"
	PhysicalCores int         `json:"physical_cores,omitempty"`
	LogicalCores  int         `json:"logical_cores"`
	PerfLevels    []PerfLevel `json:"perf_levels,omitempty"` // the fastest first; none where all cores are alike
	Memory        int64       `json:"memory_bytes,omitempty"`
	GPU           string      `json:"gpu,omitempty"`
	Hypervisor    string      `json:"hypervisor,omitempty"` // kind of virtual machine
	Container     string      `json:"container,omitempty"`  // kind of container
	Translated    bool        `json:"translated,omitempty"` // this program runs under Rosetta
	Governor      string      `json:"governor,omitempty"`   // of the CPUs' frequency
}

// A PerfLevel is a kind of core.
type PerfLevel struct {
	Name  string `json:"name"` // "performance", "efficiency"
	Cores int    `json:"cores"`
}

// Describe reads what this machine is.
func Describe(ctx context.Context) Description {
	d := thisSystem().describe(ctx)
	d.Arch = runtime.GOARCH
	if d.OS == "" {
		d.OS = runtime.GOOS
	}
	if d.LogicalCores == 0 {
		d.LogicalCores = runtime.NumCPU()
	}
	return d
}

// Fingerprint is equal for machines whose numbers may be compared: the same
// chip, cores, memory, kind of virtual machine and major version of the
// operating system. It is for people too: "Apple M4 Max, 12+4 cores, 48 GiB,
// macOS 15, arm64".
func (d Description) Fingerprint() string {
	parts := []string{
		orUnknown(d.CPU, "CPU"),
		d.cores() + " cores",
		d.memoryClass(),
		strings.TrimSpace(d.OS + " " + d.osMajor()),
		d.Arch,
	}
	if d.Hypervisor != "" {
		parts = append(parts, d.Hypervisor)
	}
	if d.Translated {
		parts = append(parts, "translated")
	}
	return strings.Join(parts, ", ")
}

func orUnknown(value, what string) string {
	if value == "" {
		return "unknown " + what
	}
	return value
}

func (d Description) cores() string {
	if len(d.PerfLevels) > 0 {
		counts := make([]string, len(d.PerfLevels))
		for i, level := range d.PerfLevels {
			counts[i] = fmt.Sprint(level.Cores)
		}
		return strings.Join(counts, "+")
	}
	if d.PhysicalCores > 0 && d.PhysicalCores != d.LogicalCores {
		return fmt.Sprintf("%d/%d", d.PhysicalCores, d.LogicalCores)
	}
	return fmt.Sprint(d.LogicalCores)
}

// memoryClass rounds memory up to an eighth of a power of two, because Linux
// counts only what the firmware and the kernel leave, which changes with them.
func (d Description) memoryClass() string {
	if d.Memory <= 0 {
		return "unknown memory"
	}
	step := uint64(1) << max(0, bits.Len64(uint64(d.Memory)-1)-4)
	rounded := (uint64(d.Memory) + step - 1) / step * step
	return fmt.Sprintf("%.4g GiB", float64(rounded)/(1<<30))
}

// osMajor is the part of the version that a new kernel scheduler or driver
// stack comes with: "15" of macOS 15.1, "24.04" of Ubuntu.
func (d Description) osMajor() string {
	major, minor, _ := strings.Cut(d.OSVersion, ".")
	if strings.HasPrefix(d.OS, "Ubuntu") && minor != "" {
		return major + "." + minor
	}
	return major
}
