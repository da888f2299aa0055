package cpu_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/cupel-dev/cupel/metal/cpu"
	"github.com/cupel-dev/cupel/metal/reference"
)

func TestMatMulMatchesTheFloat64Reference(t *testing.T) {
	for _, c := range []struct{ rows, k, n int }{{1, 1, 1}, {3, 5, 7}, {16, 64, 64}, {2, 513, 31}, {1, 8, 1000}, {4, 3, 1}} {
		t.Run(fmt.Sprintf("%dx%dx%d", c.rows, c.k, c.n), func(t *testing.T) {
			x, w := reference.Normal(1, c.rows*c.k, 1), reference.Normal(2, c.k*c.n, 1)
			y := poisoned(c.rows * c.n)
			cpu.MatMul(y, x, w, c.k, c.n)
			if err := reference.MatMul(x, w, c.k, c.n).Check(y); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestLoraMatchesTheFloat64Reference(t *testing.T) {
	for _, c := range []struct{ tokens, in, rank, out int }{{128, 512, 8, 512}, {1, 512, 8, 512}, {3, 7, 1, 5}, {2, 513, 6, 127}, {5, 1, 3, 1}, {4, 64, 64, 64}} {
		t.Run(fmt.Sprintf("%d tokens %dx%dx%d", c.tokens, c.in, c.rank, c.out), func(t *testing.T) {
			l := cpu.Lora{In: c.in, Rank: c.rank, Out: c.out, Scale: 2,
				A: reference.Normal(1, c.in*c.rank, .1), B: reference.Normal(2, c.rank*c.out, .1)}
			x, base := reference.Normal(3, c.tokens*c.in, 1), reference.Normal(4, c.tokens*c.out, 1)
			want := reference.Lora(base, x, l.A, l.B, c.in, c.rank, c.out, 2)

			y := slices.Clone(base)
			l.Fused(y, poisoned(c.rank), x)
			if err := want.Check(y); err != nil {
				t.Error("fused:", err)
			}
			y = slices.Clone(base)
			l.Separate(y, poisoned(c.tokens*c.rank), poisoned(c.tokens*c.out), x)
			if err := want.Check(y); err != nil {
				t.Error("separate:", err)
			}
		})
	}
}
