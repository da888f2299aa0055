package cpu

// SiLU writes x / (1 + e**-x) of every value to dst, which may be x.
func SiLU(dst, x []float32) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] = silu(x[i])
	}
}

// GatedSiLU writes silu(x + bias) * gate to dst: [Add], [SiLU] and [Multiply]
// in one pass.
func GatedSiLU(dst, x, bias, gate []float32) {
	x, bias, gate = x[:len(dst)], bias[:len(dst)], gate[:len(dst)]
	for i := range dst {
		dst[i] = silu(x[i]+bias[i]) * gate[i]
	}
}

func silu(x float32) float32 { return x / (1 + exp32(-x)) }
