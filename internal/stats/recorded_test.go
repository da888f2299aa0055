package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// Issue 6's goals, on recorded noise. Trials are windows of recorded A/A pairs
// with the arms of each pair swapped by chance, and a slowdown multiplied in.
var smokeDesign = Design{Threshold: 0.02, Alpha: 0.005, Benchmarks: 5, Looks: 5}

func TestPowerOnRecordedPairs(t *testing.T) {
	t.Parallel()
	streams := recordedStreams(t)
	const trials = 200
	for _, tc := range []struct {
		threshold, slowdown float64
		want                map[string]float64 // at 200 pairs; nothing is promised of the others
	}{
		{0.02, 0.03, map[string]float64{"SHA": 0.98, "Mem": 0.98, "Softmax": 0.98, "GoSha": 0.98, "GoSort": 0.98, "GoSplit": 0.98, "GoMap": 0.98}},
		{0.02, 0.05, map[string]float64{"SHA": 0.98, "Mem": 0.98, "Softmax": 0.98, "Alloc": 0.98}},
		{0.01, 0.02, map[string]float64{"SHA": 0.90, "Mem": 0.90, "Softmax": 0.90, "GoSha": 0.90, "GoSort": 0.90, "GoSplit": 0.90, "GoMap": 0.90}},
	} {
		design := smokeDesign
		design.Threshold = tc.threshold
		t.Logf("threshold %.0f %%, slowdown %.0f %%: found after 40, 100, 200 pairs", 100*tc.threshold, 100*tc.slowdown)
		for _, stream := range streams {
			row := ""
			for _, n := range []int{40, 100, 200} {
				share := detections(design, stream, n, tc.slowdown, trials)
				row += fmt.Sprintf(" %5.1f %%", 100*share)
				if n == 200 && share < tc.want[stream.name] {
					t.Errorf("%s: found %v, want %v", stream.name, share, tc.want[stream.name])
				}
			}
			t.Logf("  %-8s %s", stream.name, row)
		}
	}
}

// detections is the share of windows of n pairs that the last look calls a
// regression.
func detections(d Design, s pairStream, n int, slowdown float64, trials int) float64 {
	rng := rand.New(rand.NewPCG(43, uint64(n)))
	found := 0
	for range trials {
		base, head := s.window(rng, rng.IntN(len(s.base)-n+1), n, slowdown)
		if decision, _ := d.Judge(base, head, d.Looks); decision.Verdict == Regression {
			found++
		}
	}
	return float64(found) / float64(trials)
}

// A slowdown that was really built in, in recorded order. Alloc's loop is 5 %
// longer but its time is not, and nothing is promised for it.
func TestBuiltInSlowdownIsFound(t *testing.T) {
	streams := recordedPairs(t, 0.05)
	for _, name := range []string{"SHA", "Mem", "Softmax"} {
		s := streams[name]
		windows, found := 0, 0
		for i := 0; i+200 <= len(s.base); i += 5 {
			windows++
			if alarmsAtAnyLook(t, smokeDesign, s.base[i:i+200], s.head[i:i+200]) {
				found++
			}
		}
		t.Logf("%-8s 5 %% built in: found in %d of %d windows", name, found, windows)
		if float64(found) < 0.98*float64(windows) {
			t.Errorf("%s: found in %d of %d windows", name, found, windows)
		}
	}
}

// Why calm pairs count more: the root mean square error of estimates of a true
// ratio of 1 from 100 recorded pairs, as the geometric mean over benchmarks.
func TestCalmMedianIsSharperThanItsRivals(t *testing.T) {
	t.Parallel()
	rivals := []struct {
		name     string
		estimate func(base, head, logs []float64) float64
	}{
		{"calm-weighted median", func(b, h, d []float64) float64 { return weightedMedian(d, calmRanks(b, h)) }},
		{"median", func(_, _, d []float64) float64 { m, _ := Median(d); return m }},
		{"Hodges-Lehmann", func(_, _, d []float64) float64 { return hodgesLehmann(d) }},
		{"20 % trimmed mean", func(_, _, d []float64) float64 { return trimmedMean(d, 0.2) }},
		{"lower quartile of each arm", func(b, h, _ []float64) float64 { return quantileLog(h, 0.25) - quantileLog(b, 0.25) }},
		{"mean", func(_, _, d []float64) float64 { return mean(d) }},
	}
	const trials, n = 200, 100
	streams := recordedStreams(t)
	errors := make([]float64, len(rivals)) // mean logarithm of the RMS error
	for _, s := range streams {
		rng := rand.New(rand.NewPCG(55, 56))
		squares := make([]float64, len(rivals))
		for range trials {
			base, head := s.window(rng, rng.IntN(len(s.base)-n+1), n, 0)
			d, _ := logRatios(base, head)
			for i, rival := range rivals {
				e := rival.estimate(base, head, d)
				squares[i] += e * e / trials
			}
		}
		for i := range rivals {
			errors[i] += math.Log(squares[i]) / 2 / float64(len(streams))
		}
	}
	for i, rival := range rivals {
		t.Logf("%-27s ± %.2f %%", rival.name, 100*math.Exp(errors[i]))
		if errors[i] < errors[0] {
			t.Errorf("%s is sharper", rival.name)
		}
	}
}

func hodgesLehmann(d []float64) float64 {
	var walsh []float64
	for i := range d {
		for j := range i + 1 {
			walsh = append(walsh, (d[i]+d[j])/2)
		}
	}
	m, _ := Median(walsh)
	return m
}

func trimmedMean(d []float64, share float64) float64 {
	s, _ := sorted(d)
	cut := int(share * float64(len(s)))
	return mean(s[cut : len(s)-cut])
}

func quantileLog(xs []float64, q float64) float64 {
	value, _ := Quantile(xs, q)
	return math.Log(value)
}

// Suite runs of five benchmarks, judged at 40, 80, ... 200 pairs: at most
// 0.5 % may raise an alarm.
func TestFalseAlarmsOnRecordedPairs(t *testing.T) {
	t.Parallel()
	streams := recordedStreams(t)
	const suites, n = 400, 200
	for _, threshold := range []float64{0.02, 0.01} {
		design := smokeDesign
		design.Threshold = threshold
		rng := rand.New(rand.NewPCG(45, 46))
		alarms := 0
		for range suites {
			alarmed := false
			for range design.Benchmarks {
				s := streams[rng.IntN(len(streams))]
				base, head := s.window(rng, rng.IntN(len(s.base)-n+1), n, 0)
				alarmed = alarmed || alarmsAtAnyLook(t, design, base, head)
			}
			if alarmed {
				alarms++
			}
		}
		t.Logf("threshold %.0f %%: an alarm in %d of %d suite runs", 100*threshold, alarms, suites)
		if alarms > suites*5/1000 {
			t.Errorf("threshold %v: an alarm in %d of %d suite runs", threshold, alarms, suites)
		}
	}
}

// The same without chance: every window of 200 pairs as recorded, all looks.
func TestNoFalseAlarmInRecordedOrder(t *testing.T) {
	windows := 0
	for _, s := range recordedStreams(t) {
		for i := 0; i+200 <= len(s.base); i += 10 {
			windows++
			for _, arms := range [][2][]float64{{s.base, s.head}, {s.head, s.base}} {
				if alarmsAtAnyLook(t, smokeDesign, arms[0][i:i+200], arms[1][i:i+200]) {
					t.Errorf("%s: false alarm in pairs %d to %d", s.name, i, i+200)
				}
			}
		}
	}
	t.Logf("no alarm in %d windows, either arm as head", windows)
}

// The claim bound on recorded A/A runs: sets of n consecutive runs, either arm
// as contender. At most 2.5 % may support any speedup.
func TestCoverageOfPairedRatioOnRecordedRuns(t *testing.T) {
	t.Parallel()
	for _, n := range []int{3, 5, 10} {
		for _, s := range recordedStreams(t) {
			sets, supported := 0, 0
			for i := 0; i+n <= len(s.base); i++ {
				interval, ok := PairedRatio(s.base[i:i+n], s.head[i:i+n], 0.95)
				sets++
				if ok && (interval.Low > 1 || interval.High < 1) {
					supported++
				}
			}
			share := float64(supported) / float64(2*sets) // two one-sided bounds a set
			t.Logf("n = %2d  %-8s %.2f %%", n, s.name, 100*share)
			if share > 0.025 {
				t.Errorf("n = %d, %s: %.2f %% of bounds support a change", n, s.name, 100*share)
			}
		}
	}
}

// The limit of the claim bound: two different benchmarks, of which each drifts
// for itself, in runs back to back. The truth is the median ratio of the hundred
// runs around. With a pause between runs, which the cooldown of official runs
// is, the bound holds.
func TestCoverageOfPairedRatioOfTwoBenchmarks(t *testing.T) {
	streams := recordedStreams(t)[4:] // the four of one program
	for _, tc := range []struct {
		stride int
		limit  float64
	}{{1, 0.045}, {2, 0.025}, {20, 0.025}} {
		worst := 0.0
		for i, a := range streams {
			for _, b := range streams[:i] {
				worst = max(worst, exceedances(a.runs(), b.runs(), tc.stride))
			}
		}
		t.Logf("runs %d apart: at worst %.2f %% of bounds are beyond the truth", tc.stride, 100*worst)
		if worst > tc.limit {
			t.Errorf("runs %d apart: %.2f %% of bounds are beyond the truth, want at most %v", tc.stride, 100*worst, tc.limit)
		}
	}
}

// runs returns the single runs that the pairs were made of, in order.
func (s pairStream) runs() []float64 {
	var runs []float64
	for i := range s.base {
		runs = append(runs, s.base[i], s.head[i])
	}
	return runs
}

// exceedances is the share of bounds, from five runs stride apart, that are
// beyond the local median ratio.
func exceedances(base, head []float64, stride int) float64 {
	const n, around = 5, 50
	d, _ := logRatios(base, head)
	beyond, bounds := 0, 0
	for first := around; first+(n-1)*stride+around < len(d); first++ {
		b, h := make([]float64, n), make([]float64, n)
		for j := range n {
			i := first + j*stride
			truth, _ := Median(d[i-around : i+around+1])
			b[j], h[j] = base[i], head[i]/math.Exp(truth)
		}
		if interval, ok := PairedRatio(b, h, 0.95); ok && (interval.Low > 1 || interval.High < 1) {
			beyond++
		}
		bounds += 2
	}
	return float64(beyond) / float64(bounds)
}

// A true 1.10x with the run-to-run spread of a quiet laptop: two arms with CVs
// drawn from metal-candle's, of skewed, heavy-tailed and jointly drifting shape.
func TestCoverageOfPairedRatioWithRecordedCVs(t *testing.T) {
	cvs := recordedCVs(t)
	if len(cvs) < 150 {
		t.Fatalf("%d series with five runs, want at least 150", len(cvs))
	}
	const sets, n, truth = 4000, 5, 1.10
	for _, shape := range []struct {
		name  string
		noise func(*rand.Rand) float64 // of CV about 1
	}{
		{"normal", normal(1)},
		{"skewed", func(rng *rand.Rand) float64 { return rng.ExpFloat64() - math.Ln2 }},
		{"heavy-tailed", student3(1 / math.Sqrt(3))},
	} {
		rng := rand.New(rand.NewPCG(47, 48))
		above, speedups := 0, 0
		for range sets {
			cvBase, cvHead := cvs[rng.IntN(len(cvs))], cvs[rng.IntN(len(cvs))]
			drift := ar1(rng, n, 0.8, 0.03)
			base, head := make([]float64, n), make([]float64, n)
			for i := range n {
				base[i] = 100 * math.Exp(drift[i]+cvBase*shape.noise(rng))
				head[i] = 110 * math.Exp(drift[i]+cvHead*shape.noise(rng))
			}
			if interval, ok := PairedRatio(base, head, 0.95); ok && interval.Low > truth {
				above++
			}
			for i := range head {
				head[i] /= truth
			}
			if interval, ok := PairedRatio(base, head, 0.95); ok && interval.Low > 1 {
				speedups++
			}
		}
		t.Logf("%-12s bound above a true 1.10x in %.2f %%, support of no difference in %.2f %%", shape.name, 100*float64(above)/sets, 100*float64(speedups)/sets)
		if float64(max(above, speedups)) > 0.025*sets {
			t.Errorf("%s: above the truth in %d, speedup without difference in %d of %d sets", shape.name, above, speedups, sets)
		}
	}
}
