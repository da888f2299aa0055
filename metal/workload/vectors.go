package workload

import (
	"fmt"

	"github.com/cupel-dev/cupel/metal"
	"github.com/cupel-dev/cupel/metal/reference"
)

// Add is the sum of two vectors of n values.
func Add(n int) Workload {
	x, y := reference.Normal(1, n, 1), reference.Normal(2, n, 1)
	return vector("add", n, []tensor{input("x", x), input("y", y), output("out", reference.AddScaled(x, y, 1))},
		func(ops metal.Ops, b []metal.Buffer) ([]metal.Dispatch, error) {
			return one(ops.Add(b[2], b[0], b[1], n))
		})
}

// AddScaled is x + factor*y over vectors of n values.
func AddScaled(n int, factor float32) Workload {
	x, y := reference.Normal(1, n, 1), reference.Normal(2, n, 1)
	tensors := []tensor{input("y", y), updated("x", x, reference.AddScaled(x, y, float64(factor)))}
	w := vector("addscaled", n, tensors, func(ops metal.Ops, b []metal.Buffer) ([]metal.Dispatch, error) {
		return one(ops.AddScaled(b[1], b[1], b[0], n, factor))
	})
	w.Bytes = 3 * 4 * int64(n) // x is read and written
	return w
}

// Multiply is the product of two vectors of n values, value by value.
func Multiply(n int) Workload {
	x, y := reference.Normal(1, n, 1), reference.Normal(2, n, 1)
	want := reference.Map(n, func(i int) float64 { return float64(x[i]) * float64(y[i]) })
	return vector("multiply", n, []tensor{input("x", x), input("y", y), output("out", want)},
		func(ops metal.Ops, b []metal.Buffer) ([]metal.Dispatch, error) {
			return one(ops.Multiply(b[2], b[0], b[1], n))
		})
}

// SiLU is x / (1 + e**-x) of n values with the standard deviation sigma.
func SiLU(n int, sigma float64) Workload {
	x := reference.Normal(1, n, sigma)
	return vector("silu", n, []tensor{input("x", x), output("out", reference.SiLU(x))},
		func(ops metal.Ops, b []metal.Buffer) ([]metal.Dispatch, error) { return one(ops.SiLU(b[1], b[0], n)) })
}

// GatedSiLU is silu(x + bias) * gate of n values in one kernel.
func GatedSiLU(n int) Workload {
	x, bias, gate := reference.Normal(1, n, 1), reference.Normal(2, n, 1), reference.Normal(3, n, 1)
	tensors := []tensor{input("x", x), input("bias", bias), input("gate", gate), output("out", reference.GatedSiLU(x, bias, gate))}
	return vector("gatedsilu/impl=fused", n, tensors, func(ops metal.Ops, b []metal.Buffer) ([]metal.Dispatch, error) {
		return one(ops.GatedSiLU(b[3], b[0], b[1], b[2], n))
	})
}

// GatedSiLUSeparate is [GatedSiLU] as an addition, a SiLU and a product.
func GatedSiLUSeparate(n int) Workload {
	x, bias, gate := reference.Normal(1, n, 1), reference.Normal(2, n, 1), reference.Normal(3, n, 1)
	tensors := []tensor{
		input("x", x), input("bias", bias), input("gate", gate), output("out", reference.GatedSiLU(x, bias, gate)),
		scratch("sum", n), scratch("active", n),
	}
	w := vector("gatedsilu/impl=separate", n, tensors, func(ops metal.Ops, b []metal.Buffer) ([]metal.Dispatch, error) {
		sum, err := ops.Add(b[4], b[0], b[1], n)
		if err != nil {
			return nil, err
		}
		active, err := ops.SiLU(b[5], b[4], n)
		if err != nil {
			return nil, err
		}
		product, err := ops.Multiply(b[3], b[5], b[2], n)
		return []metal.Dispatch{sum, active, product}, err
	})
	w.Bytes = 4 * 4 * int64(n) // the two results in between are not asked for
	return w
}

// GatedResidual is residual + gate * (x * scale + shift) of n values in one kernel.
func GatedResidual(n int) Workload {
	return vector("gatedresidual/impl=fused", n, gatedResidual(n), func(ops metal.Ops, b []metal.Buffer) ([]metal.Dispatch, error) {
		return one(ops.GatedResidual(b[5], b[0], b[1], b[2], b[3], b[4], n))
	})
}

// GatedResidualSeparate is [GatedResidual] as two products and two sums.
func GatedResidualSeparate(n int) Workload {
	const residual, gate, x, scale, shift, out, scaled, shifted, gated = 0, 1, 2, 3, 4, 5, 6, 7, 8
	tensors := append(gatedResidual(n), scratch("scaled", n), scratch("shifted", n), scratch("gated", n))
	w := vector("gatedresidual/impl=separate", n, tensors, func(ops metal.Ops, b []metal.Buffer) ([]metal.Dispatch, error) {
		var chain []metal.Dispatch
		for _, step := range []struct {
			op        func(out, x, y metal.Buffer, n int) (metal.Dispatch, error)
			out, x, y int
		}{
			{ops.Multiply, scaled, x, scale},
			{ops.Add, shifted, scaled, shift},
			{ops.Multiply, gated, gate, shifted},
			{ops.Add, out, residual, gated},
		} {
			d, err := step.op(b[step.out], b[step.x], b[step.y], n)
			if err != nil {
				return nil, err
			}
			chain = append(chain, d)
		}
		return chain, nil
	})
	w.Bytes = 6 * 4 * int64(n) // the three results in between are not asked for
	return w
}

// gatedResidual are the five inputs and the output.
func gatedResidual(n int) []tensor {
	var in [5][]float32
	for i := range in {
		in[i] = reference.Normal(uint64(1+i), n, 1)
	}
	return []tensor{
		input("residual", in[0]), input("gate", in[1]), input("x", in[2]), input("scale", in[3]), input("shift", in[4]),
		output("out", reference.GatedResidual(in[0], in[1], in[2], in[3], in[4])),
	}
}

// AdamWStep is the third step of AdamW over n weights.
func AdamWStep(n int) Workload {
	const step = 3
	a := metal.AdamW{Rate: 1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Decay: 0.01}
	weight, grad, mean := reference.Normal(1, n, 1), reference.Normal(2, n, 0.1), reference.Normal(3, n, 0.1)
	square := reference.Normal(4, n, 0.1)
	for i, v := range square {
		square[i] = v * v
	}
	w, m, s := reference.AdamWStep(weight, grad, mean, square, step, reference.AdamW{
		Rate: float64(a.Rate), Beta1: float64(a.Beta1), Beta2: float64(a.Beta2), Epsilon: float64(a.Epsilon), Decay: float64(a.Decay)})
	tensors := []tensor{updated("weight", weight, w), input("grad", grad), updated("mean", mean, m), updated("square", square, s)}
	load := vector("adamw", n, tensors, func(ops metal.Ops, b []metal.Buffer) ([]metal.Dispatch, error) {
		return one(ops.AdamWStep(b[0], b[1], b[2], b[3], n, step, a))
	})
	load.Bytes = 7 * 4 * int64(n) // four read, three written
	return load
}

// vector is a workload that moves each tensor once.
func vector(name string, n int, tensors []tensor, work workFunc) Workload {
	return Workload{
		Name: fmt.Sprintf("%s/n=%d", name, n), Bytes: 4 * int64(n) * int64(len(tensors)),
		tensor: tensors, work: work,
	}
}
