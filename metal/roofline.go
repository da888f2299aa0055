package metal

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrImpossible says that a measurement is faster than the memory it needs.
var ErrImpossible = errors.New("faster than the memory can be")

// A Chip is an Apple chip's memory, from Apple's specifications.
type Chip struct {
	Name      string
	Bandwidth float64 // bytes a second
	Cache     int64   // bytes of the system level cache; 0 where not published
}

const gb = 1e9

// chips has those whose name alone decides. M3 Max and M4 Max were sold with
// two bandwidths and are told apart by their GPU cores; other chips are
// unknown, and an unknown chip has no roofline.
var chips = []Chip{
	{"Apple M1", 68.25 * gb, 8 << 20}, {"Apple M1 Pro", 200 * gb, 24 << 20}, {"Apple M1 Max", 400 * gb, 48 << 20}, {"Apple M1 Ultra", 800 * gb, 96 << 20},
	{"Apple M2", 100 * gb, 8 << 20}, {"Apple M2 Pro", 200 * gb, 24 << 20}, {"Apple M2 Max", 400 * gb, 48 << 20}, {"Apple M2 Ultra", 800 * gb, 0},
	{"Apple M3", 100 * gb, 0}, {"Apple M3 Pro", 150 * gb, 0}, {"Apple M3 Ultra", 819 * gb, 0},
	{"Apple M4", 120 * gb, 0}, {"Apple M4 Pro", 273 * gb, 0},
}

// ChipOf returns the chip with a device's name. ok is false where the name
// does not decide the bandwidth: no roofline is better than a guessed one.
func ChipOf(device string) (chip Chip, ok bool) {
	for _, c := range chips {
		if c.Name == strings.TrimSpace(device) {
			return c, true
		}
	}
	return Chip{}, false
}

// tolerance is what a clock and a nominal bandwidth may be off together.
const tolerance = 1.05

// Fraction is how much of the chip's bandwidth moving n bytes in the time
// used. The error is [ErrImpossible] where it is more than all of it, although
// the working set, footprint bytes, did not fit into the cache.
func (c Chip) Fraction(n, footprint int64, took time.Duration) (float64, error) {
	if took <= 0 {
		return 0, fmt.Errorf("bandwidth over %v: %w", took, ErrGPUTime)
	}
	fraction := float64(n) / took.Seconds() / c.Bandwidth
	if fraction > tolerance && c.Cache > 0 && footprint > c.Cache {
		return 0, fmt.Errorf("%d bytes in %v are %.0f %% of the %.0f GB/s of %s: %w",
			n, took, 100*fraction, c.Bandwidth/gb, c.Name, ErrImpossible)
	}
	return fraction, nil
}
