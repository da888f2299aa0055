package cpu

// MatMul sets y to the product of x, with k values a row, and w, with k rows
// of n values each.
func MatMul(y, x, w []float32, k, n int) {
	for r := 0; (r+1)*k <= len(x); r++ {
		row := y[r*n : (r+1)*n]
		clear(row)
		rowTimes(row, x[r*k:(r+1)*k], w)
	}
}

// rowTimes adds the product of the row x and the matrix w, with len(x) rows
// of len(y) values, to y.
func rowTimes(y, x, w []float32) {
	n, i := len(y), 0
	for ; i+4 <= len(x); i += 4 {
		at := w[i*n : (i+4)*n]
		axpy4(y, (*[4]float32)(x[i:i+4]), at[:n], at[n:2*n], at[2*n:3*n], at[3*n:])
	}
	for ; i < len(x); i++ {
		axpy(y, x[i], w[i*n:(i+1)*n])
	}
}
