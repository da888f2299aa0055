package bench

import (
	"strings"
)

// A Direction says which way a metric improves.
type Direction string

// The directions. Unknown gets no verdict until the project configures one.
const (
	Lower   Direction = "lower"
	Higher  Direction = "higher"
	Unknown Direction = "unknown"
)

// A Metric is what a value measures. Direction and unit belong to it, never to
// the tool that printed it.
type Metric struct {
	Name   string // "time", "bytes", "allocs", "throughput", or the tool's own word
	Unit   string // the unit of the values as stored, "ns" or "B/s"
	Better Direction
}

// The metrics that several formats share. Times are stored in nanoseconds,
// sizes in bytes, rates per second.
var (
	Time   = Metric{"time", "ns", Lower}
	Memory = Metric{"memory", "B", Lower}
)

// IsTime reports whether the metric's values are durations, which can be
// neither zero nor negative.
func (m Metric) IsTime() bool {
	unit := strings.TrimSuffix(strings.TrimSuffix(m.Unit, "/op"), "/iter")
	return timeUnits[unit] != 0
}

// A unit scale tells how many base units one unit is.
var (
	timeUnits = map[string]float64{
		"ps": 1e-3, "ns": 1, "us": 1e3, "µs": 1e3, "μs": 1e3, "ms": 1e6, "msec": 1e6,
		"s": 1e9, "sec": 1e9, "secs": 1e9, "second": 1e9, "seconds": 1e9, "min": 60e9, "h": 3600e9,
	}
	sizeUnits = map[string]float64{
		"B": 1, "byte": 1, "bytes": 1, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
		"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
	}
	countPrefixes = map[byte]float64{'K': 1e3, 'k': 1e3, 'M': 1e6, 'G': 1e9, 'T': 1e12}
)

// rates are the things whose number per second is known to be better when higher.
var rates = map[string]bool{
	"op": true, "ops": true, "iter": true, "iterations": true, "elem": true, "elements": true, "items": true,
	"tok": true, "tokens": true, "req": true, "requests": true, "FLOP": true, "rows": true,
}

// Normalize converts value to the base unit of its kind: durations to ns,
// sizes to B, rates to base units a second. The direction is [Unknown] for a
// unit it does not know, which is returned unchanged. Per-operation units keep
// their "/op" and "/iter".
func Normalize(value float64, unit string) (float64, string, Direction) {
	for _, per := range []string{"/op", "/iter"} {
		if base, ok := strings.CutSuffix(unit, per); ok {
			v, u, better := Normalize(value, base)
			if base == "allocs" {
				better = Lower
			}
			return v, u + per, better
		}
	}
	if scale, ok := timeUnits[unit]; ok {
		return value * scale, "ns", Lower
	}
	if scale, ok := sizeUnits[unit]; ok {
		return value * scale, "B", Lower
	}
	if per, ok := cutPerSecond(unit); ok {
		return normalizeRate(value, per, unit)
	}
	return value, unit, Unknown
}

func cutPerSecond(unit string) (string, bool) {
	for _, suffix := range []string{"/s", "/sec", "/second", " per second"} {
		if per, ok := strings.CutSuffix(unit, suffix); ok {
			return per, true
		}
	}
	return "", false
}

func normalizeRate(value float64, per, unit string) (float64, string, Direction) {
	if scale, ok := sizeUnits[per]; ok {
		return value * scale, "B/s", Higher
	}
	if rates[per] {
		return value, per + "/s", Higher
	}
	if len(per) > 1 {
		scale, ok := countPrefixes[per[0]]
		if ok && rates[per[1:]] {
			return value * scale, per[1:] + "/s", Higher
		}
	}
	return value, unit, Unknown
}
