// Package softmax is the suite that measures softmax on the CPU: Go benchmarks
//
//	Softmax/device=DEVICE/impl=IMPL/shape=BATCHxROWSxCOLS
//
// over float32 rows of COLS values, on one goroutine:
//
//   - naive: what one writes first in Go, three passes with a result each and
//     [math.Exp];
//   - threepass: the same passes with the float32 exponential of fused, so that
//     naive against threepass is the gain of the exponential and threepass
//     against fused that of the passes;
//   - fused: one online pass over the input and one over the output;
//   - copy: no softmax but a copy of the same bytes, the bound that memory sets;
//   - exp: no softmax but the exponentials of the same values, the bound that
//     arithmetic sets. One goroutine without vector instructions needs some
//     nanoseconds an exponential, so fused is near exp and far from copy.
//
// With device=metal, where there is a GPU, threepass and fused on it.
//
// Bytes a second count what a softmax must move at least: every value read
// once and written once. Every result is checked against a float64 reference
// before it is timed, and again after.
package softmax
