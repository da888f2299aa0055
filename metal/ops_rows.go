package metal

type rowParams struct{ Rows, Cols uint32 }

// Softmax writes the softmax of every row of in, rows of cols values, to out,
// in one kernel that reads in once online and once to write.
func (o Ops) Softmax(out, in Buffer, rows, cols int) (Dispatch, error) {
	if err := check("softmax", operand{"in", in, rows * cols}, operand{"out", out, rows * cols}); err != nil {
		return Dispatch{}, err
	}
	threads := o.rowThreads(cols)
	params := rowParams{uint32(rows), uint32(cols)}
	return perRow("softmax_online", rows, threads, params, []int{o.slots(threads)}, in, out), nil
}

// SoftmaxThreePass is [Ops.Softmax] as an eager library does it: the maxima,
// the exponentials with their sums, the quotients. exps is as long as in,
// maxima and sums have one value a row.
func (o Ops) SoftmaxThreePass(out, exps, maxima, sums, in Buffer, rows, cols int) ([]Dispatch, error) {
	err := check("softmax in three passes", operand{"in", in, rows * cols}, operand{"out", out, rows * cols},
		operand{"exps", exps, rows * cols}, operand{"maxima", maxima, rows}, operand{"sums", sums, rows})
	if err != nil {
		return nil, err
	}
	threads := o.rowThreads(cols)
	params, slots := rowParams{uint32(rows), uint32(cols)}, []int{o.slots(threads)}
	return []Dispatch{
		perRow("softmax_max", rows, threads, params, slots, in, maxima),
		perRow("softmax_exp_sum", rows, threads, params, slots, in, maxima, exps, sums),
		perRow("softmax_divide", rows, threads, params, nil, exps, sums, out),
	}, nil
}

type normParams struct {
	Rows, Cols uint32
	Epsilon    float32
}

// RMSNorm writes x / sqrt(mean(x*x) + epsilon) * weight to out, for every row
// x of in; weight has cols values.
func (o Ops) RMSNorm(out, in, weight Buffer, rows, cols int, epsilon float32) (Dispatch, error) {
	err := check("rms norm", operand{"in", in, rows * cols}, operand{"out", out, rows * cols}, operand{"weight", weight, cols})
	if err != nil {
		return Dispatch{}, err
	}
	threads := o.rowThreads(cols)
	params := normParams{uint32(rows), uint32(cols), epsilon}
	return perRow("rms_norm", rows, threads, params, []int{o.slots(threads)}, in, weight, out), nil
}

// LayerNorm writes (x-mean) / sqrt(variance + epsilon) * weight + bias to out,
// for every row x of in; weight and bias have cols values.
func (o Ops) LayerNorm(out, in, weight, bias Buffer, rows, cols int, epsilon float32) (Dispatch, error) {
	err := check("layer norm", operand{"in", in, rows * cols}, operand{"out", out, rows * cols},
		operand{"weight", weight, cols}, operand{"bias", bias, cols})
	if err != nil {
		return Dispatch{}, err
	}
	threads := o.rowThreads(cols)
	params := normParams{uint32(rows), uint32(cols), epsilon}
	return perRow("layer_norm", rows, threads, params, []int{o.slots(threads)}, in, weight, bias, out), nil
}
