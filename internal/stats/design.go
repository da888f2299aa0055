package stats

import (
	"errors"
	"fmt"
	"math"
)

// A Design is what a comparison of two versions in pairs of runs fixes before
// the first run. The numbers of pairs may be any, as long as the time of a look
// does not depend on what was seen.
//
// Measured on recorded A/A pairs of a busy two-core machine, arms swapped by
// chance, with Alpha 0.005, five benchmarks and five looks up to 200 pairs
// (TestFalseAlarmsOnRecordedPairs, TestPowerOnRecordedPairs): false alarms in
// 0.05 % of suite runs. With Threshold 0.02 a slowdown of 3 % in a steady
// benchmark was found in 99.7 % of trials, in 93 % with 100 pairs; one of 5 % in
// an allocating benchmark in 99.8 and 92 %. With Threshold 0.01 one of 2 % in a
// steady benchmark was found in 99.7 and 86 %.
type Design struct {
	Threshold  float64 // smallest change worth a verdict: 0.02 is 2 % more time
	Alpha      float64 // chance, at most, that a suite without any change raises an alarm
	Benchmarks int     // how many are judged together
	Looks      int     // how often the pairs are judged, the last time included
}

// A Verdict is what a [Design] says about one benchmark.
type Verdict string

// The verdicts. All but Inconclusive are final at whatever look they are
// reached; Inconclusive never means equal.
const (
	Regression   Verdict = "regression"
	Improvement  Verdict = "improvement"
	Unchanged    Verdict = "unchanged" // the whole interval is inside ±Threshold
	Inconclusive Verdict = "inconclusive"
)

// A Decision is the result of [Design.Judge]. Where Bounded is false, there are
// too few pairs for an interval at this look, and Interval and MDE mean nothing.
type Decision struct {
	Verdict  Verdict
	Pairs    int
	Ratio    float64 // head/base, the median over pairs, calm ones counting more
	Interval         // of Ratio, corrected for all benchmarks and looks together
	Bounded  bool
	MDE      float64 // slowdown that this look would have found with 80 %: 0.03 is 3 %
}

// Judge compares head with base, times or other positive values of which less
// is better: base[i] and head[i] come from runs side by side, in random order.
// Looks are numbered from 1, and each gets all pairs measured so far.
//
// A regression needs the interval above 1 and an estimate of at least the
// threshold, an improvement the same downwards. The estimate is a median of
// log ratios in which each pair has the rank of its calmness as weight, with
// the interval of the weighted sign test: exact for independent pairs whose
// order was random, whatever the noise, and sharper on recorded pairs than the
// plain median, which is sharper than Hodges-Lehmann's and trimmed means.
// The weights would mistake an arm that became only noisier for one that became
// faster, and so the plain median has to pass the threshold as well.
//
// The error is shared by Bonferroni: Alpha/Benchmarks is spent over the looks
// as look³/Looks³, after Kim and DeMets (1987), and each look uses only what it
// adds. That holds whatever the dependence of looks and benchmarks is; most is
// left to the last look, and large slowdowns are still found at the first.
//
// MDE comes from the interval: with s its half width in log ratios over its
// normal quantile z, it is the larger of (z + 0.84)·s and, since the estimate
// has to pass it too, ln(1+Threshold) + 0.84·s.
func (d Design) Judge(base, head []float64, look int) (Decision, error) {
	if err := d.check(look); err != nil {
		return Decision{}, fmt.Errorf("judge pairs: %w", err)
	}
	ratios, ok := logRatios(base, head)
	if !ok {
		return Decision{}, fmt.Errorf("judge pairs: %d base and %d head values: want as many, at least one, all positive and finite", len(base), len(head))
	}
	level := d.level(look)
	weights := calmRanks(base, head)
	estimate := weightedMedian(ratios, weights)
	plain, _ := Median(ratios)
	decision := Decision{Verdict: Inconclusive, Pairs: len(ratios), Ratio: clampedExp(estimate)}
	low, high, ok := weightedBounds(ratios, weights, level)
	if !ok {
		return decision, nil
	}
	decision.Bounded = true
	decision.Interval = Interval{Low: clampedExp(low), High: clampedExp(high), Coverage: 1 - 2*level}
	decision.Verdict = d.verdict(min(estimate, plain), max(estimate, plain), low, high)
	decision.MDE = d.detectable((high-low)/2, level)
	return decision, nil
}

func (d Design) check(look int) error {
	switch {
	case !(d.Threshold > 0 && d.Threshold < 10):
		return fmt.Errorf("threshold %v: want a ratio such as 0.02 for 2 %%", d.Threshold)
	case !(d.Alpha > 0 && d.Alpha < 0.5):
		return fmt.Errorf("alpha %v: want a probability between 0 and 0.5", d.Alpha)
	case d.Benchmarks < 1 || d.Looks < 1:
		return errors.New("want at least one benchmark and one look")
	case look < 1 || look > d.Looks:
		return fmt.Errorf("look %d of %d", look, d.Looks)
	}
	return nil
}

// level is the one-sided error that one benchmark may make at one look.
func (d Design) level(look int) float64 {
	spent := func(look int) float64 { return math.Pow(float64(look)/float64(d.Looks), 3) }
	return d.Alpha / float64(d.Benchmarks) * (spent(look) - spent(look-1))
}

// verdict takes the smaller and the larger of both estimates, and the interval.
func (d Design) verdict(least, most, low, high float64) Verdict {
	threshold := math.Log1p(d.Threshold)
	switch {
	case low > 0 && least >= threshold:
		return Regression
	case high < 0 && most <= -threshold:
		return Improvement
	case -threshold < min(low, least) && max(high, most) < threshold:
		return Unchanged
	default:
		return Inconclusive
	}
}

func (d Design) detectable(halfWidth, level float64) float64 {
	z, power := normalUpper(level), normalUpper(0.2)
	s := halfWidth / z
	needed := max((z+power)*s, math.Log1p(d.Threshold)+power*s)
	return min(math.Expm1(needed), math.MaxFloat64)
}

// clampedExp keeps a ratio of extreme values within the range of numbers.
func clampedExp(x float64) float64 {
	return min(math.Exp(x), math.MaxFloat64)
}
