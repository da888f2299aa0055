package smoke

// Floors are what benchmarks differ by from themselves on this host, as a
// calibration measured it: 0.004 is 0.4 %.
type Floors map[string]float64

// of is the floor of a benchmark, 0 where none is known.
func (f Floors) of(suite, name, metric string) float64 {
	return f[floorKey(suite, name, metric)]
}

func floorKey(suite, name, metric string) string { return suite + ": " + name + " " + metric }
