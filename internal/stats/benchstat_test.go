package stats

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Oracle: what benchstat printed (golang/perf, cmd/benchstat/testdata). Every
// center must agree to its last printed digit, every ± and p as printed.
func TestAgreesWithBenchstat(t *testing.T) {
	for _, tc := range []struct {
		golden string
		inputs []string
		cells  int // cells that the golden holds and the test must have checked
	}{
		{"issue19565", []string{"issue19565.txt"}, 4},
		{"issue19634", []string{"issue19634.txt"}, 2},
		{"smallSample", []string{"smallSample.txt"}, 2},
		{"crcOldNew", []string{"crc-old.txt", "crc-new.txt"}, 4 * 36},
	} {
		t.Run(tc.golden, func(t *testing.T) {
			samples := map[cell][]float64{}
			for _, name := range tc.inputs {
				readGoBenchmarks(t, readCorpus(t, "gobench/benchstat__"+name), samples)
			}
			golden := readBenchstat(t, readCorpus(t, "gobench/benchstat__"+tc.golden+".stdout"))
			if len(golden.centers) != tc.cells {
				t.Errorf("golden holds %d cells, want %d", len(golden.centers), tc.cells)
			}
			for key, want := range golden.centers {
				checkCenter(t, key, samples[key], want)
			}
			for key, want := range golden.p {
				test, ok := MannWhitney(samples[key], samples[key.after()])
				if got := fmt.Sprintf("%.3f", test.P); !ok || got != want {
					t.Errorf("%v: p = %s, benchstat printed %s", key, got, want)
				}
			}
		})
	}
}

func checkCenter(t *testing.T, key cell, values []float64, want center) {
	t.Helper()
	median, ok := Median(values)
	if !ok || math.Abs(median-want.value) > want.ulp*0.5001 {
		t.Errorf("%v: median %v, benchstat printed %v", key, median, want.value)
	}
	interval, ok := MedianInterval(values, 0.95)
	plusMinus := "∞"
	if ok {
		widest := max(interval.High/median-1, 1-interval.Low/median)
		plusMinus = fmt.Sprintf("%.0f%%", 100*widest)
	}
	if plusMinus != want.plusMinus {
		t.Errorf("%v: ± %s, benchstat printed ± %s", key, plusMinus, want.plusMinus)
	}
}

// A cell is one benchmark under one note and in one unit.
type cell struct{ note, name, unit string }

func (c cell) after() cell { return cell{"after", c.name, c.unit} }

type center struct {
	value, ulp float64
	plusMinus  string
}

type goldenTable struct {
	centers map[cell]center
	p       map[cell]string // by the cell of "before"
}

var (
	centerPattern = regexp.MustCompile(`([\d.]+)([nµm]|[KMG]i)? ± (∞|\d+%)`)
	pPattern      = regexp.MustCompile(`\(p=([\d.]+) n=\d+\)`)
	scales        = map[string]float64{"": 1, "n": 1e-9, "µ": 1e-6, "m": 1e-3, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}
)

// readBenchstat reads the tables of benchstat's text output. Columns are found
// by the bars of the header; a table with one column belongs to the note above.
func readBenchstat(t *testing.T, text string) goldenTable {
	t.Helper()
	golden := goldenTable{map[cell]center{}, map[cell]string{}}
	var note, unit string
	var notes []string
	var bars []int
	for line := range strings.SplitSeq(text, "\n") {
		switch {
		case strings.HasPrefix(line, "note: "):
			note = line
		case strings.Contains(line, "/op") && strings.Contains(line, "│"), strings.Contains(line, "B/s"):
			unit = regexp.MustCompile(`(sec/op|B/s)`).FindString(line)
		case strings.Contains(line, "│"):
			bars, notes = nil, []string{note, "after"}
			if strings.Contains(line, "before") {
				notes[0] = "before"
			}
			for i, r := range []rune(line) {
				if r == '│' {
					bars = append(bars, i)
				}
			}
		default:
			readBenchstatRow(t, line, unit, notes, bars, golden)
		}
	}
	return golden
}

func readBenchstatRow(t *testing.T, line, unit string, notes []string, bars []int, golden goldenTable) {
	t.Helper()
	name, _, _ := strings.Cut(line, " ")
	for _, m := range centerPattern.FindAllStringSubmatchIndex(line, -1) {
		column := 0
		if len(bars) > 2 && len([]rune(line[:m[0]])) > bars[1] {
			column = 1
		}
		digits, scale := line[m[2]:m[3]], 1.0
		if m[4] >= 0 {
			scale = scales[line[m[4]:m[5]]]
		}
		value, err := strconv.ParseFloat(digits, 64)
		if err != nil {
			t.Fatal(err)
		}
		_, decimals, _ := strings.Cut(digits, ".")
		ulp := math.Pow10(-len(decimals))
		golden.centers[cell{notes[column], name, unit}] = center{value * scale, ulp * scale, line[m[6]:m[7]]}
	}
	if m := pPattern.FindStringSubmatch(line); m != nil {
		golden.p[cell{"before", name, unit}] = m[1]
	}
}

// readGoBenchmarks adds the values of go test -bench lines to samples, in
// seconds and bytes per second.
func readGoBenchmarks(t *testing.T, text string, samples map[cell][]float64) {
	t.Helper()
	var note string
	for line := range strings.SplitSeq(text, "\n") {
		if rest, ok := strings.CutPrefix(line, "note: "); ok {
			note = rest
			if rest != "before" && rest != "after" {
				note = line
			}
		}
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(line, "Benchmark") {
			continue
		}
		name := strings.TrimPrefix(fields[0], "Benchmark")
		for i := 2; i+1 < len(fields); i += 2 {
			value, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				t.Fatal(err)
			}
			switch fields[i+1] {
			case "ns/op":
				key := cell{note, name, "sec/op"}
				samples[key] = append(samples[key], value*1e-9)
			case "MB/s":
				key := cell{note, name, "B/s"}
				samples[key] = append(samples[key], value*1e6)
			}
		}
	}
}
