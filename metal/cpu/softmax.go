package cpu

import "math"

// Softmax writes the softmax of every row of src, cols values each, to dst:
// e**(x-m) / sum(e**(x-m)), with m the largest value of the row. A row with
// NaN or +Inf is NaN throughout; -Inf has probability zero. dst may be src.
//
// It reads src once. The maximum is found online (Milakov and Gimelshein,
// Online normalizer calculation for softmax, 2018), a block at a time rather
// than an element: the exponentials of a block are taken against the largest
// value so far, and the second pass, over dst alone, corrects the blocks that
// came before a larger one while it normalizes.
func Softmax(dst, src []float32, cols int) {
	for at := 0; at+cols <= len(src); at += cols {
		softmaxRow(dst[at:at+cols], src[at:at+cols])
	}
}

const (
	// softmaxBlock values of src and dst stay in the first-level cache.
	softmaxBlock = 512
	// softmaxBlocks is how many blocks the shifts on the stack are for; the
	// blocks of a longer row are larger.
	softmaxBlocks = 64
)

func softmaxRow(dst, src []float32) {
	var shifts [softmaxBlocks]float32
	block := max(softmaxBlock, (len(src)+softmaxBlocks-1)/softmaxBlocks)
	shift, sum := float32(-math.MaxFloat32), float32(0)
	for n, at := 0, 0; at < len(src); n, at = n+1, at+block {
		x := src[at:min(at+block, len(src))]
		if m := largest(x); m > shift {
			sum *= exp32(shift - m)
			shift = m
		}
		shifts[n] = shift
		sum += expSum(dst[at:], x, shift)
	}
	for n, at := 0, 0; at < len(dst); n, at = n+1, at+block {
		Scale(dst[at:min(at+block, len(dst))], exp32(shifts[n]-shift)/sum)
	}
}

// SoftmaxThreePass is the softmax of every row as three operations over the
// whole matrix, each with a result of its own, as an eager tensor library runs
// it: the maxima (one a row), the exponentials and their sums, the quotients.
// It uses the exponential of [Softmax], so that the two differ in their passes
// alone. exps is as long as src; maxima and sums have one value a row.
func SoftmaxThreePass(dst, exps, maxima, sums, src []float32, cols int) {
	for r := range maxima {
		maxima[r] = largest(src[r*cols : (r+1)*cols])
	}
	for r := range sums {
		sums[r] = expSum(exps[r*cols:], src[r*cols:(r+1)*cols], maxima[r])
	}
	for r, sum := range sums {
		row := exps[r*cols : (r+1)*cols]
		for i, e := range row {
			dst[r*cols+i] = e / sum
		}
	}
}

// SoftmaxNaive is the softmax that one writes first in Go: the passes of
// [SoftmaxThreePass], plain loops, and [math.Exp].
func SoftmaxNaive(dst, exps, maxima, sums, src []float32, cols int) {
	for r := range maxima {
		m := float32(math.Inf(-1))
		for _, x := range src[r*cols : (r+1)*cols] {
			if x > m {
				m = x
			}
		}
		maxima[r] = m
	}
	for r, m := range maxima {
		sum := float32(0)
		for i, x := range src[r*cols : (r+1)*cols] {
			e := float32(math.Exp(float64(x - m)))
			exps[r*cols+i] = e
			sum += e
		}
		sums[r] = sum
	}
	for r, sum := range sums {
		for i, e := range exps[r*cols : (r+1)*cols] {
			dst[r*cols+i] = e / sum
		}
	}
}
