// Package lora is the suite that measures a low-rank adapter (LoRA) on the CPU,
// scale * x*A*B added to the output of a layer: Go benchmarks
//
//	Lora/device=DEVICE/impl=IMPL/tokens=T/in=I/rank=R/out=O
//
// in float32 on one goroutine:
//
//   - separate: two matrix products, a scale and an addition, each over all
//     tokens and with a result of its own, as an eager tensor library runs it;
//   - fused: both products token by token, with rank hidden values in between
//     and the scale and the addition folded in.
//
// With device=metal, where there is a GPU, the same two on it.
//
// Both use the same inner loops. Every iteration first copies the layer's output,
// which the adapter is added to. GFLOP/s counts the two products,
// 2*T*R*(I+O), for both, so it compares times and not the work an
// implementation adds. Every result is checked against a float64 reference
// before it is timed, and again after.
package lora
