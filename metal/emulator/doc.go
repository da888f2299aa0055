// Package emulator runs the project's Metal kernels on a CPU, to prove them
// where there is no GPU. It compiles the same .metal text that a Mac compiles,
// with clang against a small standard library of its own (shim/), and gives a
// [metal.Device].
//
// It is stricter than a GPU. Barriers and simdgroup operations are exact: what
// waits for a thread that never comes is an error with its line. Threadgroup
// memory holds NaN at first. The order in which threads run, and by how much
// functions such as exp are off, follow a seed. [Races] finds two threads that
// touch the same memory without a barrier between them, [Memory] accesses
// beyond a buffer's or an array's end, and [Toolchain.CheckAddressSpaces] and
// [Lint] what C++ allows and Metal does not.
//
// It says nothing about time, registers or occupancy, knows simdgroups of 32
// only, and has neither atomics, textures, half precision nor matrix units.
package emulator
