package host

import (
	"os"

	"golang.org/x/sys/unix"
)

func thisSystem() system {
	return linux{tree: tree{os.DirFS("/")}, affinity: allowedCPUs, own: ownTime}
}

// allowedCPUs lists the CPUs that this process may run on.
func allowedCPUs() []int {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil // more CPUs than the set holds
	}
	var cpus []int
	for cpu := range len(set) * 64 {
		if set.IsSet(cpu) {
			cpus = append(cpus, cpu)
		}
	}
	return cpus
}
