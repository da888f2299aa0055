package metal

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// Ops makes dispatches. Arguments are checked against the buffers' lengths;
// the error says which one does not fit.
type Ops struct {
	SIMDReduce bool // as the device's Info
	MaxThreads int  // as the device's Info
	Threads    int  // of a threadgroup that works on a row, rounded up to whole simdgroups; 0 chooses by the row's length
}

// OpsFor returns the Ops of a device.
func OpsFor(info Info) Ops {
	return Ops{SIMDReduce: info.SIMDReduce, MaxThreads: info.MaxThreads}
}

const (
	simdWidth    = 32
	float32Bytes = 4
	// valuesPerThread is how many values of a row a thread takes at least,
	// before more threads help: one 16-byte load.
	valuesPerThread = 4
	// vectorThreads is the threadgroup of kernels with one thread a value.
	vectorThreads = 256
	// tile is TILE of matmul.metal.
	tile = 16
)

// rowThreads is the threadgroup for a row of n values: whole simdgroups, no
// more than have work, and no more than the device allows.
func (o Ops) rowThreads(n int) uint {
	threads := o.Threads
	if threads == 0 {
		threads = roundUp(divideUp(n, valuesPerThread), simdWidth)
	}
	if o.SIMDReduce {
		threads = roundUp(threads, simdWidth)
	}
	return uint(max(1, min(threads, o.MaxThreads)))
}

// slots is the threadgroup memory of group_sum and group_max in reduce.metal.
func (o Ops) slots(threads uint) int {
	if o.SIMDReduce {
		return divideUp(int(threads), simdWidth) * float32Bytes
	}
	return int(threads) * float32Bytes
}

// perRow is a dispatch of one threadgroup a row.
func perRow(kernel string, rows int, threads uint, params any, scratch []int, buffers ...Buffer) Dispatch {
	return Dispatch{
		Kernel: kernel, Buffers: buffers, Params: pack(params), Scratch: scratch,
		Groups: Size{uint(rows), 1, 1}, Threads: Size{threads, 1, 1},
	}
}

// perValue is a dispatch of one thread a value.
func (o Ops) perValue(kernel string, n int, params any, buffers ...Buffer) Dispatch {
	threads := min(vectorThreads, o.MaxThreads)
	return Dispatch{
		Kernel: kernel, Buffers: buffers, Params: pack(params),
		Groups: Size{uint(divideUp(n, threads)), 1, 1}, Threads: Size{uint(threads), 1, 1},
	}
}

// pack lays out a struct of uint32 and float32 as Metal does.
func pack(params any) []byte {
	var b bytes.Buffer
	// A bytes.Buffer takes every write, and the types are this package's own.
	_ = binary.Write(&b, binary.LittleEndian, params)
	return b.Bytes()
}

// An operand is a buffer and how many values of it an operation uses.
type operand struct {
	name   string
	buffer Buffer
	values int
}

func check(op string, operands ...operand) error {
	for _, o := range operands {
		switch {
		case o.values <= 0:
			return fmt.Errorf("%s: %s has no values", op, o.name)
		case len(o.buffer.Float32s()) < o.values:
			return fmt.Errorf("%s: %s needs %d values, its buffer has %d", op, o.name, o.values, len(o.buffer.Float32s()))
		}
	}
	return nil
}

func divideUp(a, b int) int { return (a + b - 1) / b }

func roundUp(a, b int) int { return divideUp(a, b) * b }
