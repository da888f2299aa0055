package workload

// All returns every operation in every class of shape: one value, fewer values
// than threads, odd rows that no 16-byte load may touch, rows longer than a
// threadgroup's first pass, tiles cut at both edges, and inputs that overflow
// or cancel where a formula is careless.
func All() []Workload {
	var all []Workload
	for _, v := range []Values{
		{1, 1, 0, 1}, {5, 7, 0, 1}, {7, 513, 0, 30}, {3, 512, 0, 80}, {2, 1024, 100, 1}, {2, 4099, 0, 1}, {1, 4100, -50, 10},
	} {
		all = append(all, Softmax(v), SoftmaxThreePass(v), RMSNorm(v), LayerNorm(v))
	}
	all = append(all, SoftmaxMasked(Values{4, 96, 0, 1}), SoftmaxMasked(Values{4, 33, 0, 1}),
		LayerNorm(Values{2, 300, 1e4, 1}), RMSNorm(Values{2, 300, 0, 1e-4}))
	for _, s := range [][3]int{{1, 1, 1}, {16, 16, 16}, {17, 33, 15}, {3, 100, 40}, {32, 5, 64}, {1, 257, 1}} {
		all = append(all, MatMul(s[0], s[1], s[2]))
	}
	for _, s := range []LoraShape{{1, 1, 1, 1}, {4, 512, 8, 512}, {3, 33, 5, 17}, {2, 100, 64, 130}, {1, 1025, 3, 7}} {
		all = append(all, Lora(s), LoraSeparate(s))
	}
	for _, n := range []int{1, 31, 257, 1024} {
		all = append(all, Add(n), AddScaled(n, -0.5), Multiply(n), SiLU(n, 1), SiLU(n, 60), GatedSiLU(n), GatedSiLUSeparate(n),
			GatedResidual(n), GatedResidualSeparate(n), AdamWStep(n))
	}
	for _, s := range []AttentionShape{{1, 1, 1, 1, 1}, {4, 4, 64, 40, 33}, {6, 2, 40, 300, 257}, {2, 1, 128, 16, 16}, {1, 1, 33, 1500, 1300}} {
		all = append(all, Attention(s))
	}
	return all
}
