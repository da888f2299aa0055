package criterion

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/cupel-dev/cupel/internal/bench"
)

// timeValue is the value of a benchmark. Times are ns; a custom Measurement
// keeps its unit, and its direction is not known.
func timeValue(number float64, unit string) value {
	number, unit, better := bench.Normalize(number, unit)
	if unit == bench.Time.Unit {
		return value{bench.Time, number}
	}
	return value{bench.Metric{Name: "measurement", Unit: unit, Better: better}, number}
}

// throughputValue is the value of a benchmark's throughput number i, in bytes or
// elements a second. Version 0.8 can have two, elements first.
func throughputValue(i int, number float64, unit string) value {
	if scale, ok := bitRates[unit]; ok {
		number, unit = number*scale/8, "B/s"
	}
	number, unit, better := bench.Normalize(number, unit)
	name := "throughput"
	if i > 0 {
		name = "throughput-bytes"
	}
	return value{bench.Metric{Name: name, Unit: unit, Better: better}, number}
}

// bitRates are the units of Throughput::Bits (src/measurement.rs of
// criterion.rs), in bits a second.
var bitRates = map[string]float64{"b/s": 1, "Kb/s": 1e3, "Mb/s": 1e6, "Gb/s": 1e9}

// An amount is what one iteration processes.
type amount struct {
	number float64
	unit   string // "B", "elem" or "b"
}

// perSecond is the throughput number i of a benchmark that takes ns for the amount.
func (a amount) perSecond(i int, ns float64) value {
	return throughputValue(i, a.number/ns*1e9, a.unit+"/s")
}

// medianIteration is the median of the times of one iteration, of which each
// sample gives one: its whole time through its number of iterations.
func medianIteration(iterations, times []float64) (float64, error) {
	if len(times) == 0 {
		return 0, errors.New("there are no samples")
	}
	if len(iterations) != len(times) {
		return 0, fmt.Errorf("there are %d times for %d numbers of iterations", len(times), len(iterations))
	}
	each := make([]float64, len(times))
	for i := range times {
		each[i] = times[i] / iterations[i]
		if !(each[i] > 0) || math.IsInf(each[i], 0) {
			return 0, fmt.Errorf("sample %d measured %v in %v iterations", i+1, times[i], iterations[i])
		}
	}
	slices.Sort(each)
	middle := len(each) / 2
	if len(each)%2 == 1 {
		return each[middle], nil
	}
	return (each[middle-1] + each[middle]) / 2, nil
}

// parseInterval reads the estimate of an interval as criterion prints it, from
// behind its opening bracket: lower bound, estimate and upper bound, each with
// its unit.
func parseInterval(s string) (estimate float64, unit string, ok bool) {
	inner, _, closed := strings.Cut(s, "]")
	fields := strings.Fields(inner)
	if !closed || len(fields) == 0 || len(fields)%3 != 0 {
		return 0, "", false
	}
	width := len(fields) / 3 // a number and the words of its unit
	for i := range 3 {
		number, err := strconv.ParseFloat(fields[i*width], 64)
		if err != nil {
			return 0, "", false
		}
		if i == 1 {
			estimate, unit = number, strings.Join(fields[i*width+1:(i+1)*width], " ")
		}
	}
	return estimate, unit, true
}
