// Package training is the suite that measures the training of a low-rank
// adapter on the CPU: Go benchmarks
//
//	Lora/pass=PASS/tokens=T/in=I/rank=R/out=O
//	AdamW/device=DEVICE/n=N
//	Step/tokens=T/in=I/rank=R/out=O
//
// PASS is forward or backward; a step is forward, the gradient of a mean
// squared error, backward, and AdamW on both matrices. Float32, one goroutine.
// FLOP/s counts the products that the mathematics asks for: 2*T*R*(I+O)
// forward, twice that backward and the forward's first product again.
package training

import "github.com/cupel-dev/cupel/metal/cpu"

// A Trainer fits an adapter to the outputs that its inputs should have.
type Trainer struct {
	Adapter   *cpu.Lora
	Optimizer cpu.AdamW

	gradient       cpu.LoraGradient
	meanA, squareA []float32
	meanB, squareB []float32
	hidden         []float32
	output, slope  []float32
	steps          int
}

// NewTrainer returns a trainer for batches of tokens.
func NewTrainer(adapter *cpu.Lora, optimizer cpu.AdamW, tokens int) *Trainer {
	a, b := len(adapter.A), len(adapter.B)
	return &Trainer{
		Adapter: adapter, Optimizer: optimizer,
		gradient: cpu.LoraGradient{A: make([]float32, a), B: make([]float32, b)},
		meanA:    make([]float32, a), squareA: make([]float32, a),
		meanB: make([]float32, b), squareB: make([]float32, b),
		hidden: make([]float32, 2*adapter.Rank),
		output: make([]float32, tokens*adapter.Out), slope: make([]float32, tokens*adapter.Out),
	}
}

// Step changes the adapter once, towards target, and returns the mean squared
// error before that.
func (t *Trainer) Step(x, target []float32) float64 {
	clear(t.output)
	t.Adapter.Fused(t.output, t.hidden[:t.Adapter.Rank], x)
	loss := 0.0
	for i, y := range t.output {
		d := y - target[i]
		loss += float64(d) * float64(d)
		t.slope[i] = 2 * d / float32(len(target))
	}
	t.Adapter.Backward(t.gradient, t.hidden, x, t.slope)
	t.steps++
	t.Optimizer.Step(t.Adapter.A, t.gradient.A, t.meanA, t.squareA, t.steps)
	t.Optimizer.Step(t.Adapter.B, t.gradient.B, t.meanB, t.squareB, t.steps)
	return loss / float64(len(target))
}
