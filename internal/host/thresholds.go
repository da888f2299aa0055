package host

import "time"

// The thresholds, all of them. A share of the machine is of all its cores
// together, over the window between two samples.
const (
	// DefaultWindow is the time between the two samples of [Check] and [Quick].
	// A decaying average, as ps and the load average print it, would still
	// blame what ended a minute ago.
	DefaultWindow = time.Second

	// maxLoad is the share of the machine that others may use.
	maxLoad = 0.10
	// maxBusy is the share of one core that one other process may use.
	maxBusy = 0.20
	// maxBackground is the same for indexing and backup, which come in bursts
	// and evict caches.
	maxBackground = 0.05
	// maxSteal is the share of the machine that a hypervisor may give to others.
	maxSteal = 0.01
	// maxStall is the share of the window in which some task waited for memory.
	maxStall = 0.01
	// minMemory is the share of memory that has to be available.
	minMemory = 0.10
	// minCharge is the battery charge in percent below which a machine may slow
	// down although it has a charger.
	minCharge = 10
)
