package stats

import "math"

// MDE returns the smallest difference between two sets of n runs each that a
// two-sided t test at 5 % finds with a probability of 80 %, relative to the
// mean, where cv is the coefficient of variation of single runs: both 0.02 for
// 2 %. It is (t₀.₉₇₅ + t₀.₈)·√(2/n)·cv with 2n-2 degrees of freedom (Cohen,
// "Statistical Power Analysis", section 2.4), 2.02 times cv for five runs a side.
// There is none for fewer than two runs.
func MDE(cv float64, n int) (effect float64, ok bool) {
	if n < 2 || !(cv >= 0) {
		return 0, false
	}
	df := float64(2*n - 2)
	return number((studentUpper(0.025, df) + studentUpper(0.2, df)) * math.Sqrt(2/float64(n)) * cv)
}

// maxRuns is where RunsNeeded gives up.
const maxRuns = 1000

// RunsNeeded returns how many runs, these included, would lift the lower end of
// [PairedRatio] for head/base to the given ratio, if center and spread stay as
// they are in these: an estimate, and a rough one from few runs. There is none
// where the center does not exceed the ratio, or more than 1,000 were needed.
func RunsNeeded(base, head []float64, ratio, confidence float64) (runs int, ok bool) {
	d, ok := logRatios(base, head)
	if !ok || len(d) < 2 || !(ratio > 0) || !(confidence > 0 && confidence < 1) {
		return 0, false
	}
	margin := mean(d) - math.Log(ratio)
	spread := stddev(d)
	tail := (1 - confidence) / 2 / caution
	if !(margin > 0) || normalUpper(tail)*spread > margin*math.Sqrt(maxRuns) {
		return 0, false
	}
	for n := 2; n <= maxRuns; n++ {
		if studentUpper(tail, float64(n-1))*spread <= margin*math.Sqrt(float64(n)) {
			return max(n, len(d)), true
		}
	}
	return 0, false
}
