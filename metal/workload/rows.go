package workload

import (
	"fmt"
	"math"

	"github.com/cupel-dev/cupel/metal"
	"github.com/cupel-dev/cupel/metal/reference"
)

// Values are the inputs of a row-wise operation.
type Values struct {
	Rows, Cols  int
	Mean, Sigma float64
}

func (v Values) slice(seed uint64) []float32 {
	x := reference.Normal(seed, v.Rows*v.Cols, v.Sigma)
	for i := range x {
		x[i] += float32(v.Mean)
	}
	return x
}

func (v Values) String() string {
	s := fmt.Sprintf("rows=%d/cols=%d", v.Rows, v.Cols)
	if v.Mean != 0 || v.Sigma != 1 {
		s += fmt.Sprintf("/mean=%g/sigma=%g", v.Mean, v.Sigma)
	}
	return s
}

// rowBytes is one read and one write of every value.
func (v Values) rowBytes() int64 { return 2 * 4 * int64(v.Rows) * int64(v.Cols) }

// Softmax is the fused softmax of rows.
func Softmax(v Values) Workload { return softmaxOf("softmax/impl=fused/"+v.String(), v.slice(1), v) }

// SoftmaxMasked is [Softmax] of rows in which every third value, and the whole
// first row, is masked: with -FLT_MAX, or with -Inf where the row keeps others.
func SoftmaxMasked(v Values) Workload {
	x := v.slice(1)
	for i := range x {
		switch {
		case i < v.Cols:
			x[i] = -math.MaxFloat32
		case i%3 == 0:
			x[i] = float32(math.Inf(-1))
		}
	}
	return softmaxOf("softmax/impl=fused/masked/"+v.String(), x, v)
}

func softmaxOf(name string, x []float32, v Values) Workload {
	return Workload{
		Name: name, Bytes: v.rowBytes(),
		tensor: []tensor{input("in", x), output("out", reference.Softmax(x, v.Cols))},
		work: func(ops metal.Ops, b []metal.Buffer) ([]metal.Dispatch, error) {
			return one(ops.Softmax(b[1], b[0], v.Rows, v.Cols))
		},
	}
}

// SoftmaxThreePass is the softmax of rows in three dispatches.
func SoftmaxThreePass(v Values) Workload {
	x := v.slice(1)
	return Workload{
		Name: "softmax/impl=threepass/" + v.String(), Bytes: v.rowBytes(),
		tensor: []tensor{
			input("in", x), scratch("maxima", v.Rows), scratch("exps", len(x)), scratch("sums", v.Rows),
			output("out", reference.Softmax(x, v.Cols)),
		},
		work: func(ops metal.Ops, b []metal.Buffer) ([]metal.Dispatch, error) {
			return ops.SoftmaxThreePass(b[4], b[2], b[1], b[3], b[0], v.Rows, v.Cols)
		},
	}
}

const normEpsilon = 1e-5

// RMSNorm is the root-mean-square normalization of rows.
func RMSNorm(v Values) Workload {
	x, weight := v.slice(1), reference.Normal(2, v.Cols, 1)
	return Workload{
		Name: "rmsnorm/" + v.String(), Bytes: v.rowBytes(),
		tensor: []tensor{input("in", x), input("weight", weight), output("out", reference.RMSNorm(x, weight, normEpsilon))},
		work: func(ops metal.Ops, b []metal.Buffer) ([]metal.Dispatch, error) {
			return one(ops.RMSNorm(b[2], b[0], b[1], v.Rows, v.Cols, normEpsilon))
		},
	}
}

// LayerNorm is the layer normalization of rows.
func LayerNorm(v Values) Workload {
	x, weight, bias := v.slice(1), reference.Normal(2, v.Cols, 1), reference.Normal(3, v.Cols, 1)
	return Workload{
		Name: "layernorm/" + v.String(), Bytes: v.rowBytes(),
		tensor: []tensor{
			input("in", x), input("weight", weight), input("bias", bias),
			output("out", reference.LayerNorm(x, weight, bias, normEpsilon)),
		},
		work: func(ops metal.Ops, b []metal.Buffer) ([]metal.Dispatch, error) {
			return one(ops.LayerNorm(b[3], b[0], b[1], b[2], v.Rows, v.Cols, normEpsilon))
		},
	}
}

func one(d metal.Dispatch, err error) ([]metal.Dispatch, error) { return []metal.Dispatch{d}, err }
