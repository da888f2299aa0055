package metal

import (
	"context"
	"errors"
	"testing"
	"time"
)

// A clockwork is a device whose times follow a rule.
type clockwork struct {
	Device
	took func(dispatches int) (time.Duration, error)
}

func (c clockwork) Run(_ context.Context, work ...Dispatch) (time.Duration, error) {
	return c.took(len(work))
}

func TestTimeSeparatesWorkFromOverhead(t *testing.T) {
	device := clockwork{took: func(n int) (time.Duration, error) {
		return 400*time.Microsecond + time.Duration(n)*3*time.Microsecond, nil
	}}
	got, err := Time(t.Context(), device, make([]Dispatch, 2))
	if want := (Timing{6 * time.Microsecond, 400 * time.Microsecond}); err != nil || got.round() != want {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

func (t Timing) round() Timing {
	return Timing{t.PerWork.Round(time.Nanosecond * 10), t.Overhead.Round(time.Nanosecond * 10)}
}

func TestTimeRefuses(t *testing.T) {
	broken := errors.New("broken")
	for _, c := range []struct {
		name string
		took func(n int) (time.Duration, error)
		want error
	}{
		{"a device that keeps no time", func(int) (time.Duration, error) { return 0, nil }, ErrGPUTime},
		{"work that takes no longer when there is more", func(int) (time.Duration, error) { return time.Millisecond, nil }, ErrGPUTime},
		{"work that takes less when there is more", func(n int) (time.Duration, error) { return time.Second / time.Duration(n), nil }, ErrGPUTime},
		{"a device that fails", func(int) (time.Duration, error) { return 0, broken }, broken},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Time(t.Context(), clockwork{took: c.took}, make([]Dispatch, 1)); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestRoofline(t *testing.T) {
	m1, ok := ChipOf("Apple M1")
	if !ok {
		t.Fatal("Apple M1 is unknown")
	}
	const cold = 1 << 30
	if f, err := m1.Fraction(68_250_000, cold, 2*time.Millisecond); err != nil || f != 0.5 {
		t.Errorf("half the bandwidth: %g, %v", f, err)
	}
	if _, err := m1.Fraction(68_250_000, cold, 900*time.Microsecond); !errors.Is(err, ErrImpossible) {
		t.Errorf("111 %% of the bandwidth: %v, want ErrImpossible", err)
	}
	if _, err := m1.Fraction(1<<20, 1<<20, time.Microsecond); err != nil {
		t.Errorf("what fits into the cache may be faster: %v", err)
	}
	if _, err := m1.Fraction(1, cold, 0); !errors.Is(err, ErrGPUTime) {
		t.Errorf("no time: %v, want ErrGPUTime", err)
	}
	for _, name := range []string{"Apple M4 Max", "Apple Paravirtual device", "Apple M9", ""} {
		if c, ok := ChipOf(name); ok {
			t.Errorf("%q is taken for %s: its name does not decide the bandwidth", name, c.Name)
		}
	}
}
