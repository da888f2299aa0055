// Package metal runs the project's compute kernels on a GPU. The kernels are
// Metal Shading Language, embedded from kernels/*.metal.
//
// A [Device] runs [Dispatch] values, which are plain data: which kernel, over
// which buffers, in how many threadgroups of which size. [Ops] makes them, one
// method an operation, so that what a GPU will be told can be read and tested
// without one. [Open] gives the system's GPU through Metal on macOS, without
// cgo; package emulator has a Device that runs the same kernels on a CPU, to
// prove them where there is no GPU.
//
// It is no tensor library: operations are the ones that the suites in benches/
// measure, on contiguous float32 matrices.
package metal
