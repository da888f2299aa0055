// Package mlx is the suite that compares this project's operations with those
// of MLX, Apple's array library: Go benchmarks
//
//	Softmax/device=DEVICE/rows=R/cols=C
//	RMSNorm/device=DEVICE/rows=R/cols=C
//	LayerNorm/device=DEVICE/rows=R/cols=C
//	Lora/device=DEVICE/tokens=T/in=I/rank=R/out=O
//
// DEVICE is cpu (Go), metal (this project's kernels) or mlx. For mlx,
// scripts/mlx_baseline.py receives the same inputs and our result, evaluates
// every output that it times, and refuses to time a result that differs from
// ours. Where there is no GPU or no MLX those benchmarks are skipped and say
// why.
//
// metal is the GPU's own time of one operation; cpu and mlx are the time until
// a caller has the result. Compare mlx with cpu, or overhead-ns of metal with
// what is left.
package mlx
