package evidence

import (
	"math"
	"strconv"
	"strings"
)

// FormatValue writes a value of three to four digits with the prefix that fits
// it: "12.37 ns/op", "1.25 GB/s", "3.60 MB", "2.04 GFLOP/s".
func FormatValue(v float64, unit string) string {
	base, per := unit, ""
	if i := strings.IndexByte(unit, '/'); i >= 0 {
		base, per = unit[:i], unit[i:]
	}
	if base == "MB" {
		v, base = v*1e6, "B"
	}
	switch {
	case base == "ns":
		v, base = scale(v, "ns", "µs", "ms", "s")
	case base == "B":
		v, base = scale(v, "B", "kB", "MB", "GB", "TB")
	case per == "/s" && math.Abs(v) >= 1e5:
		v, base = scale(v, base, "k"+base, "M"+base, "G"+base, "T"+base)
	}
	return digits(v) + " " + base + per
}

// scale finds the unit, each a thousand of the one before, that v is best told in.
func scale(v float64, units ...string) (float64, string) {
	i := 0
	for math.Abs(v) >= 1000 && i < len(units)-1 {
		v /= 1000
		i++
	}
	return v, units[i]
}

func digits(v float64) string {
	a := math.Abs(v)
	switch {
	case v == math.Trunc(v) && a < 1e6:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case a >= 100:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case a >= 1:
		return strconv.FormatFloat(v, 'f', 2, 64)
	default:
		return strconv.FormatFloat(v, 'g', 3, 64)
	}
}
