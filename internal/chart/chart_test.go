package chart

import (
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func at(v float64) *float64 { return &v }

func microseconds(v float64) string { return fmt.Sprintf("%g µs", v/1000) }

func softmax() Chart {
	return Chart{Title: "softmax: median time", Tick: microseconds, Points: []Point{
		{Label: "impl=naive", Text: "1360 µs", Value: 1.36e6, Low: at(1.2e6), High: at(1.5e6)},
		{Label: "impl=fused", Text: "542 µs", Value: 5.42e5, Low: at(5.3e5), High: at(5.6e5)},
		{Label: "impl=copy", Text: "9.2 µs", Value: 9200},
	}}
}

func TestGolden(t *testing.T) {
	linear := softmax()
	linear.Points = linear.Points[:2]
	for name, c := range map[string]struct {
		chart Chart
		theme Theme
	}{
		"log-light.svg":   {softmax(), Light},
		"linear-dark.svg": {linear, Dark},
	} {
		golden := filepath.Join("testdata", name)
		got := c.chart.SVG(c.theme)
		if *update {
			if err := os.WriteFile(golden, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("%s differs; look at it and run with -update\n%s", golden, got)
		}
	}
}

func TestAChartIsSmallWellFormedXMLWhateverItIsGiven(t *testing.T) {
	hostile := `</text><script>alert(1)</script>&<!--` + "\x00\xff\u202e"
	values := []float64{0, -1, math.NaN(), math.Inf(1), math.MaxFloat64, math.SmallestNonzeroFloat64, 1, 1e-9, 1e12}
	var points []Point
	for _, v := range values {
		points = append(points, Point{Label: hostile, Text: hostile, Value: v, Low: at(v), High: at(2 * v)})
	}
	for n := range len(points) + 1 {
		c := Chart{Title: hostile, Points: points[:n], Tick: func(float64) string { return hostile }}
		svg := string(c.SVG(Light))
		if strings.Contains(svg, "<script") || strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
			t.Fatalf("%d points: %s", n, svg)
		}
		wellFormed(t, svg)
	}
	if size := len(softmax().SVG(Light)); size > 4000 {
		t.Errorf("three rows take %d bytes", size)
	}
}

func wellFormed(t *testing.T, text string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
	}
}

func TestAxisHoldsEveryValueBetweenAFewTicks(t *testing.T) {
	for _, values := range [][]float64{{1}, {1, 2}, {9.99, 1}, {10, 1}, {3e-9, 4e9}, {0.99, 0.1}, {7e5, 6.9e5}, {1e-99, 1e99}} {
		var c Chart
		for _, v := range values {
			c.Points = append(c.Points, Point{Value: v})
		}
		a := c.axis()
		for _, v := range values {
			if at := a.at(v); !(at >= -1e-9 && at <= 1+1e-9) {
				t.Errorf("%v: %v is drawn at %v", values, v, at)
			}
		}
		if n := len(a.ticks()); n < 2 || n > 6 {
			t.Errorf("%v: %d ticks %v", values, n, a.ticks())
		}
	}
}
