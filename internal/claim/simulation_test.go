package claim

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/evidence"
)

// The simulations hold the whole way from a document to its verdict, not the
// interval alone, against a truth that is known.
const (
	simulated = 2000 // sets of evidence
	runsEach  = 5
	allowed   = 0.025
)

// mostErrors is what may be wrong of the simulated sets: 2.5 %, and three
// standard deviations of the simulation itself.
var mostErrors = int(simulated * (allowed + 3*math.Sqrt(allowed*(1-allowed)/simulated)))

// A noise makes the logarithms of the noise of both arms over some runs.
type noise func(rng *rand.Rand, runs int) (old, new []float64)

func independent(draw func(*rand.Rand) float64) noise {
	return func(rng *rand.Rand, runs int) (old, new []float64) {
		for range runs {
			old, new = append(old, draw(rng)), append(new, draw(rng))
		}
		return old, new
	}
}

// drift moves both arms together, as a machine that grows warm does.
func drift(rng *rand.Rand, runs int) (old, new []float64) {
	slope := 0.05 * rng.NormFloat64()
	for i := range runs {
		both := slope * float64(i)
		old, new = append(old, both+0.01*rng.NormFloat64()), append(new, both+0.01*rng.NormFloat64())
	}
	return old, new
}

var noises = map[string]noise{
	"normal":       independent(func(r *rand.Rand) float64 { return 0.03 * r.NormFloat64() }),
	"skewed":       independent(func(r *rand.Rand) float64 { return 0.05 * math.Exp(r.NormFloat64()) }),
	"heavy-tailed": independent(func(r *rand.Rand) float64 { return 0.01 * math.Tan(math.Pi*(r.Float64()-0.5)*0.95) }),
	"bimodal":      independent(func(r *rand.Rand) float64 { return 0.01*r.NormFloat64() + 0.3*float64(r.IntN(2)) }),
	"drifting":     drift,
}

// stated is the number that evidence of these runs backs, 0 for none.
func stated(t *testing.T, old, new []float64) float64 {
	t.Helper()
	f := only(t, against(old, new, pair), "9.99x faster <!-- claim: c -->")
	if f.Backed == "" {
		return 0
	}
	return numbers([]byte(f.Backed), span(f.Backed))[0].digits[0].value
}

func exceeding(t *testing.T, truth float64, sample func(*rand.Rand) (old, new []float64)) int {
	t.Helper()
	rng := rand.New(rand.NewPCG(11, uint64(1000*truth)))
	wrong := 0
	for range simulated {
		if old, new := sample(rng); stated(t, old, new) > truth {
			wrong++
		}
	}
	return wrong
}

func TestNumbersExceedTheTruthInNoMoreThanTheyMay(t *testing.T) {
	for name, make := range noises {
		for _, truth := range []float64{1, 1.10} {
			wrong := exceeding(t, truth, func(rng *rand.Rand) (old, new []float64) {
				old, new = make(rng, runsEach)
				for i := range old {
					old[i], new[i] = 1000*truth*math.Exp(old[i]), 1000*math.Exp(new[i])
				}
				return old, new
			})
			t.Logf("%s noise, true ratio %.2f: %d of %d stated numbers exceed it", name, truth, wrong, simulated)
			if wrong > mostErrors {
				t.Errorf("%s noise, true ratio %.2f: %d of %d stated numbers exceed it, %d may", name, truth, wrong, simulated, mostErrors)
			}
		}
	}
}

// TestNothingIsBackedByRecordedNoise takes five pairs in a row from recorded
// runs of the same binary, arms swapped by chance: every speedup is false.
func TestNothingIsBackedByRecordedNoise(t *testing.T) {
	for name, pairs := range recorded(t) {
		wrong := exceeding(t, 1, func(rng *rand.Rand) (old, new []float64) {
			at := rng.IntN(len(pairs) - runsEach)
			for _, p := range pairs[at : at+runsEach] {
				i := rng.IntN(2)
				old, new = append(old, p[i]), append(new, p[1-i])
			}
			return old, new
		})
		t.Logf("%s: %d of %d sets back a speedup that is not there", name, wrong, simulated)
		if wrong > mostErrors {
			t.Errorf("%s: %d of %d sets back a speedup that is not there, %d may", name, wrong, simulated, mostErrors)
		}
	}
}

// recorded are the pairs of the corpus without a slowdown, by benchmark.
func recorded(t *testing.T) map[string][][2]float64 {
	t.Helper()
	f, err := os.Open(filepath.Join(corpus(t), "paired", "paired.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	pairs := make(map[string][][2]float64)
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var run struct {
			Slowdown   float64
			Base, Head map[string]float64
		}
		if err := json.Unmarshal(lines.Bytes(), &run); err != nil {
			t.Fatal(err)
		}
		for name, base := range run.Base {
			if run.Slowdown == 0 {
				pairs[name] = append(pairs[name], [2]float64{base, run.Head[name]})
			}
		}
	}
	return pairs
}

// corpus is the folder of recorded data, without which the test is skipped.
func corpus(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("CUPEL_CORPUS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "corpus")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("corpus: %v (set CUPEL_CORPUS to its folder)", err)
	}
	return dir
}

func TestTheLargestOfManyHasNoBetterChance(t *testing.T) {
	const members = 8
	claim := config.Claim{ID: "c", Kind: "up-to", Metric: "time"}
	for i := range members {
		claim.Pairs = append(claim.Pairs, [2]string{fmt.Sprintf("s: Old%d", i), fmt.Sprintf("s: New%d", i)})
	}
	rng := rand.New(rand.NewPCG(8, 8))
	wrong := 0
	for range simulated {
		var all []evidence.Benchmark
		for i := range members {
			old, new := noises["normal"](rng, runsEach)
			for j := range old {
				old[j], new[j] = math.Exp(old[j]), math.Exp(new[j])
			}
			all = append(all, timed(fmt.Sprintf("Old%d", i), old), timed(fmt.Sprintf("New%d", i), new))
		}
		c := against(nil, nil, claim)
		c.Evidence = memory(runsEach, all...)
		if only(t, c, "up to 9.99x faster <!-- claim: c -->").Backed != "" {
			wrong++
		}
	}
	if wrong > mostErrors {
		t.Errorf("%d of %d sets back an \"up to\" that is not there, %d may", wrong, simulated, mostErrors)
	}
}

func TestARealDifferenceIsFound(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 10))
	found := 0
	for range 200 {
		old, new := independent(func(r *rand.Rand) float64 { return 0.005 * r.NormFloat64() })(rng, runsEach)
		for i := range old {
			old[i], new[i] = 1.10*math.Exp(old[i]), math.Exp(new[i])
		}
		if stated(t, old, new) >= 1.05 {
			found++
		}
	}
	if found < 180 {
		t.Errorf("of 200 sets with a true 1.10x and little noise only %d back 1.05x", found)
	}
}
