// Package reference is the oracle of the kernels: the same operations in
// float64, written to be read and not to be fast, and the comparison of a
// float32 result with them. Seeded inputs are here too, so that every
// implementation is checked on the same values.
package reference
