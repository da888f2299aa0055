package stats

import "math"

// normalCDF is the standard normal distribution function.
func normalCDF(z float64) float64 {
	return math.Erfc(-z/math.Sqrt2) / 2
}

// normalUpper returns the z that a standard normal variable exceeds with
// probability p, for p in (0, 1).
func normalUpper(p float64) float64 {
	return math.Sqrt2 * math.Erfcinv(2*p)
}

// studentUpper returns the t that Student's t with df degrees of freedom
// exceeds with probability p, for p in (0, 0.5] and df >= 1. The tail is convex
// for t > 0, so that Newton's steps from 0 rise to it and never pass it.
func studentUpper(p, df float64) float64 {
	t := 0.0
	for range 500 {
		step := (studentTail(t, df) - p) / studentDensity(t, df)
		if !(step > 1e-12*(1+t)) {
			break
		}
		t += step
	}
	return t
}

func studentDensity(t, df float64) float64 {
	lgUp, _ := math.Lgamma((df + 1) / 2)
	lgDown, _ := math.Lgamma(df / 2)
	return math.Exp(lgUp-lgDown-(df+1)/2*math.Log1p(t*t/df)) / math.Sqrt(df*math.Pi)
}

// studentTail is P(T > t) for t >= 0 (Abramowitz and Stegun, 26.7.1 with 26.5).
func studentTail(t, df float64) float64 {
	return incompleteBeta(df/2, 0.5, df/(df+t*t)) / 2
}

// incompleteBeta is the regularized incomplete beta function I_x(a, b), by its
// continued fraction (Abramowitz and Stegun, 26.5.8).
func incompleteBeta(a, b, x float64) float64 {
	if x <= 0 || x >= 1 {
		return min(max(x, 0), 1)
	}
	lgAB, _ := math.Lgamma(a + b)
	lgA, _ := math.Lgamma(a)
	lgB, _ := math.Lgamma(b)
	front := math.Exp(lgAB - lgA - lgB + a*math.Log(x) + b*math.Log1p(-x))
	if x > (a+1)/(a+b+2) { // the fraction converges fast on the other side
		return 1 - front*betaFraction(b, a, 1-x)/b
	}
	return front * betaFraction(a, b, x) / a
}

// betaFraction evaluates 1/(1+ d1/(1+ d2/(1+ ...))) from its end backwards.
// 40 terms are exact to 1e-12 for the a and b of t tests with up to 3,000 degrees
// of freedom.
func betaFraction(a, b, x float64) float64 {
	tail := 1.0
	for m := 40.0; m >= 1; m-- {
		even := m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		odd := -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		tail = 1 + even/(1+odd/tail)
	}
	return 1 / (1 - (a+b)*x/((a+1)*tail))
}
