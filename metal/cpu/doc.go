// Package cpu has the operations of the Metal kernels in Go, on float32
// slices, so that the suites measure something real on every machine and a
// GPU result has a CPU result beside it.
//
// A matrix is a slice of its rows, one after the other. The first argument of
// an operation receives the result. Slices must have the lengths that the
// dimensions ask for, as with copy and the functions of encoding/binary; a
// shorter one ends in the runtime's index error. No operation allocates.
//
// It is no linear algebra library: one goroutine, no strides, no float64.
package cpu
