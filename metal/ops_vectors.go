package metal

import "math"

type vectorParams struct {
	N      uint32
	Factor float32
}

// Add writes x + y to out, n values.
func (o Ops) Add(out, x, y Buffer, n int) (Dispatch, error) {
	return o.vector("add", n, 0, operand{"x", x, n}, operand{"y", y, n}, operand{"out", out, n})
}

// AddScaled writes x + factor*y to out, n values. out may be x.
func (o Ops) AddScaled(out, x, y Buffer, n int, factor float32) (Dispatch, error) {
	return o.vector("add_scaled", n, factor, operand{"x", x, n}, operand{"y", y, n}, operand{"out", out, n})
}

// Multiply writes x * y to out, n values.
func (o Ops) Multiply(out, x, y Buffer, n int) (Dispatch, error) {
	return o.vector("multiply", n, 0, operand{"x", x, n}, operand{"y", y, n}, operand{"out", out, n})
}

// SiLU writes x / (1 + e**-x) to out, n values.
func (o Ops) SiLU(out, x Buffer, n int) (Dispatch, error) {
	return o.vector("silu", n, 0, operand{"x", x, n}, operand{"out", out, n})
}

// GatedSiLU writes silu(x + bias) * gate to out, n values: the chain of
// [Ops.Add], [Ops.SiLU] and [Ops.Multiply] in one kernel.
func (o Ops) GatedSiLU(out, x, bias, gate Buffer, n int) (Dispatch, error) {
	return o.vector("gated_silu", n, 0,
		operand{"x", x, n}, operand{"bias", bias, n}, operand{"gate", gate, n}, operand{"out", out, n})
}

// GatedResidual writes residual + gate * (x * scale + shift) to out, n values:
// the chain of two of [Ops.Multiply] and two of [Ops.Add] in one kernel.
func (o Ops) GatedResidual(out, residual, gate, x, scale, shift Buffer, n int) (Dispatch, error) {
	return o.vector("gated_residual", n, 0,
		operand{"residual", residual, n}, operand{"gate", gate, n}, operand{"x", x, n},
		operand{"scale", scale, n}, operand{"shift", shift, n}, operand{"out", out, n})
}

func (o Ops) vector(kernel string, n int, factor float32, operands ...operand) (Dispatch, error) {
	if err := check(kernel, operands...); err != nil {
		return Dispatch{}, err
	}
	buffers := make([]Buffer, len(operands))
	for i, op := range operands {
		buffers[i] = op.buffer
	}
	return o.perValue(kernel, n, vectorParams{uint32(n), factor}, buffers...), nil
}

// An AdamW has the hyperparameters of the optimizer.
type AdamW struct {
	Rate, Beta1, Beta2, Epsilon, Decay float32
}

type adamWParams struct {
	N                                  uint32
	Rate, Beta1, Beta2, Epsilon, Decay float32
	Correction1, Correction2           float32
}

// AdamWStep updates n weights and their moments, mean and square, from their
// gradients. step counts from 1.
func (o Ops) AdamWStep(weight, grad, mean, square Buffer, n, step int, a AdamW) (Dispatch, error) {
	err := check("adamw step", operand{"weight", weight, n}, operand{"grad", grad, n}, operand{"mean", mean, n}, operand{"square", square, n})
	if err != nil {
		return Dispatch{}, err
	}
	params := adamWParams{uint32(n), a.Rate, a.Beta1, a.Beta2, a.Epsilon, a.Decay, correction(a.Beta1, step), correction(a.Beta2, step)}
	return o.perValue("adamw_step", n, params, weight, grad, mean, square), nil
}

// correction is 1 - beta**step, the bias of a moment that began at zero.
func correction(beta float32, step int) float32 {
	return float32(1 - math.Pow(float64(beta), float64(step)))
}
