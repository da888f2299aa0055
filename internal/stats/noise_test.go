package stats

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// A noise makes n runs of two arms whose true ratio is 1: the logarithms of
// the noise on base and on head.
type noise struct {
	name string
	make func(rng *rand.Rand, n int) (base, head []float64)
}

// arms is noise whose runs are independent.
func arms(name string, base, head func(*rand.Rand) float64) noise {
	return noise{name, func(rng *rand.Rand, n int) (b, h []float64) {
		for range n {
			b = append(b, base(rng))
			h = append(h, head(rng))
		}
		return b, h
	}}
}

// drifting adds to independent noise what both arms of a run share, and what
// each arm has of its own, both autocorrelated from run to run.
func drifting(name string, shared, own, rho, white float64) noise {
	return noise{name, func(rng *rand.Rand, n int) (b, h []float64) {
		both, one, two := ar1(rng, n, rho, shared), ar1(rng, n, rho, own), ar1(rng, n, rho, own)
		for i := range n {
			b = append(b, both[i]+one[i]+white*rng.NormFloat64())
			h = append(h, both[i]+two[i]+white*rng.NormFloat64())
		}
		return b, h
	}}
}

func ar1(rng *rand.Rand, n int, rho, sd float64) []float64 {
	xs := make([]float64, n)
	state := rng.NormFloat64()
	for i := range xs {
		if i > 0 {
			state = rho*state + math.Sqrt(1-rho*rho)*rng.NormFloat64()
		}
		xs[i] = sd * state
	}
	return xs
}

func normal(sd float64) func(*rand.Rand) float64 {
	return func(rng *rand.Rand) float64 { return sd * rng.NormFloat64() }
}

// lognormal is time added to a steady run, of which the median is share.
func lognormal(share, sigma float64) func(*rand.Rand) float64 {
	return func(rng *rand.Rand) float64 {
		return math.Log1p(share*math.Exp(sigma*rng.NormFloat64())) - math.Log1p(share)
	}
}

func student3(scale float64) func(*rand.Rand) float64 {
	return func(rng *rand.Rand) float64 {
		z, a, b, c := rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()
		return scale * z / math.Sqrt((a*a+b*b+c*c)/3)
	}
}

func bimodal(p, gap, sd float64) func(*rand.Rand) float64 {
	return func(rng *rand.Rand) float64 {
		x := sd * rng.NormFloat64()
		if rng.Float64() < p {
			x += gap
		}
		return x
	}
}

func spikes(p, mean, sd float64) func(*rand.Rand) float64 {
	return func(rng *rand.Rand) float64 {
		x := sd * rng.NormFloat64()
		if rng.Float64() < p {
			x += mean * rng.ExpFloat64()
		}
		return x
	}
}

func linear(name string, perRun, sd float64) noise {
	return noise{name, func(rng *rand.Rand, n int) (b, h []float64) {
		for i := range n {
			trend := perRun * float64(i)
			b = append(b, trend+sd*rng.NormFloat64())
			h = append(h, trend+sd*rng.NormFloat64())
		}
		return b, h
	}}
}

var noises = []noise{
	arms("normal", normal(0.03), normal(0.03)),
	arms("normal, one arm quiet", normal(0.03), normal(0.002)),
	arms("lognormal", lognormal(0.05, 1.2), lognormal(0.05, 1.2)),
	arms("lognormal base", lognormal(0.05, 1.2), normal(0.01)),
	arms("lognormal head", normal(0.01), lognormal(0.05, 1.2)),
	arms("t3", student3(0.02), student3(0.02)),
	arms("spikes", spikes(0.2, 0.3, 0.01), spikes(0.2, 0.3, 0.01)),
	arms("bimodal 1:1", bimodal(0.5, 0.2, 0.01), bimodal(0.5, 0.2, 0.01)),
	arms("bimodal 1:4", bimodal(0.2, 0.2, 0.01), bimodal(0.2, 0.2, 0.01)),
	linear("linear drift", 0.02, 0.01),
	drifting("shared AR 0.8", 0.05, 0, 0.8, 0.01),
	drifting("own AR 0.3", 0, 0.03, 0.3, 0),
}

// A pairStream is a recorded sequence of pairs of one benchmark in which base
// and head are the same program.
type pairStream struct {
	name       string
	base, head []float64
}

// recordedPairs reads the pairs of the corpus into whose head a slowdown was
// built, 0 for the A/A pairs.
func recordedPairs(t testing.TB, slowdown float64) map[string]*pairStream {
	t.Helper()
	streams := map[string]*pairStream{}
	for line := range strings.Lines(readCorpus(t, "paired/paired.jsonl")) {
		var pair struct {
			Slowdown   float64
			Base, Head map[string]float64
		}
		if err := json.Unmarshal([]byte(line), &pair); err != nil {
			t.Fatal(err)
		}
		if pair.Slowdown != slowdown {
			continue
		}
		for name := range pair.Base {
			addPair(streams, name, pair.Base[name], pair.Head[name])
		}
	}
	return streams
}

// recordedStreams reads the A/A pairs of the corpus: those that were measured
// as pairs, and neighbours of a stream of single runs.
func recordedStreams(t testing.TB) []pairStream {
	t.Helper()
	streams := recordedPairs(t, 0)
	pending := map[string]float64{}
	for line := range strings.Lines(readCorpus(t, "samples/aa_go_1200_runs_stream.txt")) {
		fields := strings.Fields(line)
		value, err := strconv.ParseFloat(fields[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		name := "Go" + strings.TrimPrefix(fields[1], "Benchmark")
		if first, ok := pending[name]; ok {
			addPair(streams, name, first, value)
			delete(pending, name)
		} else {
			pending[name] = value
		}
	}
	var list []pairStream
	for _, name := range []string{"SHA", "Mem", "Softmax", "Alloc", "GoSha", "GoSort", "GoSplit", "GoMap"} {
		list = append(list, *streams[name])
	}
	return list
}

func addPair(streams map[string]*pairStream, name string, base, head float64) {
	s := streams[name]
	if s == nil {
		s = &pairStream{name: name}
		streams[name] = s
	}
	s.base = append(s.base, base)
	s.head = append(s.head, head)
}

// window returns n pairs from i on, each with its arms swapped by chance: with
// the order inside a pair random, that is another possible A/A measurement.
// Then head is slowed down.
func (s pairStream) window(rng *rand.Rand, i, n int, slowdown float64) (base, head []float64) {
	base = append(base, s.base[i:i+n]...)
	head = append(head, s.head[i:i+n]...)
	for j := range base {
		if rng.IntN(2) == 0 {
			base[j], head[j] = head[j], base[j]
		}
		head[j] *= 1 + slowdown
	}
	return base, head
}

var criterionTime = regexp.MustCompile(`time:\s+\[[\d.]+ \S+ ([\d.]+) (\S+) `)

// recordedCVs returns the run-to-run CV of every benchmark of metal-candle's
// three official sessions of five runs.
func recordedCVs(t testing.TB) []float64 {
	t.Helper()
	perUnit := map[string]float64{"ps": 1e-3, "ns": 1, "µs": 1e3, "us": 1e3, "ms": 1e6, "s": 1e9}
	var cvs []float64
	for _, session := range []string{"20251211_174316", "20251211_203943", "20251217_125054"} {
		for _, suite := range []string{"fused_lora_bench", "inference", "lazy_vs_eager", "training"} {
			series := map[int][]float64{} // by position in the output
			for run := 1; run <= 5; run++ {
				text := readCorpus(t, "criterion/metal-candle/"+session+"/"+suite+"_run"+strconv.Itoa(run)+".txt")
				for i, m := range criterionTime.FindAllStringSubmatch(text, -1) {
					value, err := strconv.ParseFloat(m[1], 64)
					if err != nil || perUnit[m[2]] == 0 {
						t.Fatalf("%s %s run %d: %q", session, suite, run, m[0])
					}
					series[i] = append(series[i], value*perUnit[m[2]])
				}
			}
			for i := range len(series) {
				if cv, ok := CV(series[i]); ok && len(series[i]) == 5 {
					cvs = append(cvs, cv)
				}
			}
		}
	}
	return cvs
}
