package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"unicode/utf8"
)

// The limits of what [ReadComparison] accepts.
const (
	MaxSize       = 4 << 20 // bytes of JSON
	MaxBenchmarks = 10_000
	MaxText       = 1_000 // bytes of one string

	// MaxRatio is the largest ratio and minimum detectable effect.
	MaxRatio = 1e9

	maxCount = 1e9
	maxTime  = 1e7 // seconds, about four months
)

// ReadComparison reads one comparison and believes none of it: it refuses what
// is larger than the limits, has another schema, an unknown verdict, a number
// out of range, or a verdict that its own numbers contradict. Fields that it
// does not know are ignored, so that a newer program may add some.
func ReadComparison(r io.Reader) (*Comparison, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("read comparison: %w", err)
	}
	if len(data) > MaxSize {
		return nil, fmt.Errorf("read comparison: larger than %d bytes", MaxSize)
	}
	c, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("read comparison: %w", err)
	}
	return c, nil
}

func decode(data []byte) (*Comparison, error) {
	if !utf8.Valid(data) {
		return nil, errors.New("not UTF-8")
	}
	var head struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, err
	}
	if head.Schema != SchemaSmoke && head.Schema != SchemaCompare {
		return nil, fmt.Errorf("schema is %.40q, want %q or %q", head.Schema, SchemaSmoke, SchemaCompare)
	}
	var body struct {
		Comparison
		Benchmarks benchmarks `json:"benchmarks"` // hides the embedded field
	}
	if err := json.Unmarshal(data, &body); err != nil {
		return nil, err
	}
	c := body.Comparison
	c.Benchmarks = body.Benchmarks
	return &c, c.Validate()
}

// benchmarks is a list that stops reading at [MaxBenchmarks], so that a small
// input cannot ask for much memory.
type benchmarks []Benchmark

func (l *benchmarks) UnmarshalJSON(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	if t, err := dec.Token(); err != nil || t != json.Delim('[') {
		return errors.New("benchmarks is not a list")
	}
	*l = nil
	for dec.More() {
		if len(*l) == MaxBenchmarks {
			return fmt.Errorf("more than %d benchmarks", MaxBenchmarks)
		}
		var b Benchmark
		if err := dec.Decode(&b); err != nil {
			return err
		}
		*l = append(*l, b)
	}
	return nil
}

// Write writes c as one JSON object with a final newline. Of a comparison that
// [ReadComparison] would refuse for its size, the benchmarks are left out that
// matter least; one that it would refuse otherwise is not written.
func (c *Comparison) Write(w io.Writer) error {
	for n := min(len(c.Benchmarks), MaxBenchmarks); ; {
		text, err := c.encode(n)
		if err != nil {
			return fmt.Errorf("write comparison: %w", err)
		}
		if len(text) > MaxSize && n > 0 {
			n = n * MaxSize / len(text) * 9 / 10
			continue
		}
		if _, err := w.Write(text); err != nil {
			return fmt.Errorf("write comparison: %w", err)
		}
		return nil
	}
}

// encode is c in JSON with n of its benchmarks.
func (c *Comparison) encode(n int) ([]byte, error) {
	whole := *c
	if left := len(c.Benchmarks) - n; left > 0 {
		whole.Benchmarks = c.sorted()[:n]
		whole.Omitted += left
	}
	if whole.Benchmarks == nil {
		whole.Benchmarks = []Benchmark{}
	}
	if err := whole.Validate(); err != nil {
		return nil, err
	}
	text, err := json.MarshalIndent(&whole, "", "  ")
	return append(text, '\n'), err
}

// Validate says what is wrong with c: the first of the rules that
// [ReadComparison] names that it breaks.
func (c *Comparison) Validate() error {
	if c.Schema != SchemaSmoke && c.Schema != SchemaCompare {
		return fmt.Errorf("unknown schema %.40q", c.Schema)
	}
	if !slices.Contains([]Verdict{Pass, Regression, Neutral, Failed}, c.Verdict) {
		return fmt.Errorf("unknown verdict %.40q", c.Verdict)
	}
	if err := checkText(c.Reason, c.Base, c.Head); err != nil {
		return err
	}
	if !within(c.Elapsed, 0, maxTime) || !within(float64(c.Pairs), 0, maxCount) {
		return errors.New("elapsed_s or pairs is out of range")
	}
	if !within(float64(c.Omitted), 0, maxCount) {
		return errors.New("omitted is out of range")
	}
	if len(c.Benchmarks) > MaxBenchmarks {
		return fmt.Errorf("more than %d benchmarks", MaxBenchmarks)
	}
	for i := range c.Benchmarks {
		if err := c.Benchmarks[i].validate(); err != nil {
			return fmt.Errorf("benchmark %d (%.100q): %w", i+1, c.Benchmarks[i].Name, err)
		}
	}
	return c.coherent()
}

// coherent checks the whole verdict against those of the benchmarks.
func (c *Comparison) coherent() error {
	compared, open := 0, 0
	for i := range c.Benchmarks {
		b := &c.Benchmarks[i]
		if b.Compared() {
			compared++
		}
		if b.Verdict == Regression && !b.Waived() {
			open++
		}
	}
	switch {
	case c.Verdict == Regression && open == 0:
		return errors.New("the verdict is regression, but no benchmark has one")
	case (c.Verdict == Pass || c.Verdict == Neutral) && open > 0:
		return fmt.Errorf("the verdict is %s, but %d benchmarks have a regression", c.Verdict, open)
	case c.Verdict == Pass && compared == 0:
		return errors.New("the verdict is pass, but nothing was compared")
	case (c.Verdict == Neutral || c.Verdict == Failed) && c.Reason == "":
		return fmt.Errorf("the verdict is %s without a reason", c.Verdict)
	}
	return nil
}

func (b *Benchmark) validate() error {
	if b.Name == "" {
		return errors.New("no name")
	}
	if err := checkText(b.Suite, b.Name, b.Metric, b.Reason); err != nil {
		return err
	}
	if !slices.Contains(rank, b.Verdict) {
		return fmt.Errorf("unknown verdict %.40q", b.Verdict)
	}
	if !within(float64(b.Pairs), 0, maxCount) {
		return errors.New("pairs is out of range")
	}
	for _, v := range []*float64{b.Ratio, b.Low, b.High, b.MDE} {
		if v != nil && !within(*v, 0, MaxRatio) {
			return errors.New("a number is out of range")
		}
	}
	if (b.Low == nil) != (b.High == nil) || b.Low != nil && *b.Low > *b.High {
		return errors.New("low and high are no interval")
	}
	return b.agrees()
}

// agrees checks the verdict against the numbers. A regression may lack a
// ratio: from zero to something there is none.
func (b *Benchmark) agrees() error {
	switch {
	case b.Verdict == Regression && b.Ratio != nil && *b.Ratio <= 1:
		return errors.New("a regression with a ratio of 1 or less")
	case b.Verdict == Improvement && b.Ratio != nil && *b.Ratio >= 1:
		return errors.New("an improvement with a ratio of 1 or more")
	case (b.Verdict == Added || b.Verdict == Removed || b.Verdict == NotComparable) && b.Ratio != nil:
		return fmt.Errorf("%s, but with a ratio", b.Verdict)
	}
	return nil
}

func checkText(texts ...string) error {
	for _, s := range texts {
		if len(s) > MaxText {
			return fmt.Errorf("a text is longer than %d bytes", MaxText)
		}
		if !utf8.ValidString(s) {
			return errors.New("a text is not UTF-8")
		}
	}
	return nil
}

// within is false for NaN and the infinities.
func within(v, low, high float64) bool {
	return !math.IsNaN(v) && v >= low && v <= high
}
