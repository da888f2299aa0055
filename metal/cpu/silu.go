package cpu

// SiLU replaces every value x by x / (1 + e**-x).
func SiLU(x []float32) {
	for i, v := range x {
		x[i] = silu(v)
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
