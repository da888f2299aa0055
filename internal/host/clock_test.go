package host

import (
	"testing"
	"time"
)

func TestGap(t *testing.T) {
	start := time.Unix(1_700_000_000, 0)
	at := func(wall, awake, all time.Duration) Instant {
		return Instant{at: start.Add(wall), awake: time.Hour + awake, all: 2*time.Hour + all}
	}
	for _, test := range []struct {
		name              string
		from, to          Instant
		suspended, jumped time.Duration
	}{
		{"a minute", at(0, 0, 0), at(time.Minute, time.Minute, time.Minute), 0, 0},
		{"no time", at(0, 0, 0), at(0, 0, 0), 0, 0},
		{"suspended for ten", at(0, 0, 0), at(11*time.Minute, time.Minute, 11*time.Minute), 10 * time.Minute, 0},
		{"set forward by an hour", at(0, 0, 0), at(61*time.Minute, time.Minute, time.Minute), 0, time.Hour},
		{"set back by an hour", at(0, 0, 0), at(-59*time.Minute, time.Minute, time.Minute), 0, -time.Hour},
		{"suspended and set", at(0, 0, 0), at(12*time.Minute, time.Minute, 11*time.Minute), 10 * time.Minute, time.Minute},
		{"readings apart", at(0, 0, 0), at(time.Minute+time.Millisecond, time.Minute, time.Minute+2*time.Millisecond), 0, 0},
		{"a disciplined clock", at(0, 0, 0), at(time.Hour+1800*time.Millisecond, time.Hour, time.Hour), 0, 0},
		{"no clocks but the wall's", Instant{at: start}, Instant{at: start.Add(time.Hour)}, 0, 0},
	} {
		suspended, jumped := test.from.Gap(test.to)
		if suspended != test.suspended || jumped != test.jumped {
			t.Errorf("%s: suspended %v, jumped %v", test.name, suspended, jumped)
		}
	}
}

func TestNothingHappensBetweenTwoInstants(t *testing.T) {
	a := Now()
	b := Now()
	if suspended, jumped := a.Gap(b); suspended != 0 || jumped != 0 {
		t.Errorf("suspended %v, jumped %v", suspended, jumped)
	}
	if b.at.Before(a.at) || b.awake < a.awake || b.all < a.all {
		t.Errorf("%+v is before %+v", b, a)
	}
}

func TestSleeplessCanBeReleasedTwice(t *testing.T) {
	release := Sleepless(t.Context())
	release()
	release()
}
