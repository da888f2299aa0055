package cpu

import "math"

// Scale multiplies every value of x by f.
func Scale(x []float32, f float32) {
	for i := range x {
		x[i] *= f
	}
}

// largest returns the largest value of x, at least the smallest finite
// float32: a shift by -Inf would make NaN of a masked row's -Inf. NaN is
// passed over here and found by whoever uses the value itself.
func largest(x []float32) float32 {
	const lowest = -math.MaxFloat32
	a, b, c, d := float32(lowest), float32(lowest), float32(lowest), float32(lowest)
	for ; len(x) >= 4; x = x[4:] {
		if x[0] > a {
			a = x[0]
		}
		if x[1] > b {
			b = x[1]
		}
		if x[2] > c {
			c = x[2]
		}
		if x[3] > d {
			d = x[3]
		}
	}
	for _, v := range x {
		if v > a {
			a = v
		}
	}
	return max(a, b, c, d)
}

// axpy4 adds f[0]*a + f[1]*b + f[2]*c + f[3]*d to y. All are as long as y.
func axpy4(y []float32, f *[4]float32, a, b, c, d []float32) {
	a, b, c, d = a[:len(y)], b[:len(y)], c[:len(y)], d[:len(y)]
	for i := range y {
		y[i] += f[0]*a[i] + f[1]*b[i] + f[2]*c[i] + f[3]*d[i]
	}
}

// axpy adds f*a to y.
func axpy(y []float32, f float32, a []float32) {
	a = a[:len(y)]
	for i := range y {
		y[i] += f * a[i]
	}
}

// Add writes x + y to dst, which may be one of them.
func Add(dst, x, y []float32) {
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		dst[i] = x[i] + y[i]
	}
}

// Multiply writes x * y, value by value, to dst, which may be one of them.
func Multiply(dst, x, y []float32) {
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		dst[i] = x[i] * y[i]
	}
}

// MultiplyAdd writes x * y + z to dst, which may be one of them: [Multiply] and
// [Add] in one pass.
func MultiplyAdd(dst, x, y, z []float32) {
	x, y, z = x[:len(dst)], y[:len(dst)], z[:len(dst)]
	for i := range dst {
		dst[i] = x[i]*y[i] + z[i]
	}
}

// GatedResidual writes residual + gate * (x * scale + shift) to dst: two of
// [Multiply] and two of [Add] in one pass.
func GatedResidual(dst, residual, gate, x, scale, shift []float32) {
	residual, gate, x = residual[:len(dst)], gate[:len(dst)], x[:len(dst)]
	scale, shift = scale[:len(dst)], shift[:len(dst)]
	for i := range dst {
		dst[i] = residual[i] + gate[i]*(x[i]*scale[i]+shift[i])
	}
}

// dot is the sum of x*y, in four parts so that additions need not wait for
// each other.
func dot(x, y []float32) float32 {
	var a, b, c, d float32
	y = y[:len(x)]
	for ; len(x) >= 4; x, y = x[4:], y[4:] {
		a += x[0] * y[0]
		b += x[1] * y[1]
		c += x[2] * y[2]
		d += x[3] * y[3]
	}
	for i, v := range x {
		a += v * y[i]
	}
	return a + b + c + d
}

// total is the sum of x, in four parts as dot.
func total(x []float32) float32 {
	var a, b, c, d float32
	for ; len(x) >= 4; x = x[4:] {
		a += x[0]
		b += x[1]
		c += x[2]
		d += x[3]
	}
	for _, v := range x {
		a += v
	}
	return a + b + c + d
}
