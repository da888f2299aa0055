package metal

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// A Timing is what a device needs for some work, from command buffers that
// hold it once, twice, four times and so on. A line through their times has
// the work as its slope and what a buffer costs as its intercept.
type Timing struct {
	PerWork  time.Duration // the slope
	Overhead time.Duration // the intercept, of one command buffer
}

const (
	warmUp     = 50 * time.Millisecond // caches, clocks, and the first use of a pipeline
	mostCopies = 32                    // of the work in one buffer
	repeats    = 5                     // of each buffer; the fastest counts for the line
)

// Time measures work on the device: it warms up, and then times buffers of 1 to
// 32 copies of the work. The error is [ErrGPUTime] where the device keeps no
// time or the times do not grow with the work.
func Time(ctx context.Context, device Device, work []Dispatch) (Timing, error) {
	for begin := time.Now(); time.Since(begin) < warmUp; {
		if _, err := device.Run(ctx, work...); err != nil {
			return Timing{}, fmt.Errorf("warm up: %w", err)
		}
	}
	var points []point
	for copies := 1; copies <= mostCopies; copies *= 2 {
		took, err := fastest(ctx, device, slices.Repeat(work, copies))
		if err != nil {
			return Timing{}, fmt.Errorf("time %d copies: %w", copies, err)
		}
		points = append(points, point{float64(copies), float64(took)})
	}
	slope, intercept := line(points)
	if !(slope > 0) {
		return Timing{}, fmt.Errorf("%w: more work took no longer", ErrGPUTime)
	}
	return Timing{time.Duration(slope), time.Duration(intercept)}, nil
}

func fastest(ctx context.Context, device Device, work []Dispatch) (time.Duration, error) {
	var best time.Duration
	for range repeats {
		took, err := device.Run(ctx, work...)
		switch {
		case err != nil:
			return 0, err
		case took <= 0:
			return 0, ErrGPUTime
		case best == 0 || took < best:
			best = took
		}
	}
	return best, nil
}

type point struct{ x, y float64 }

// line is the least-squares line through points.
func line(points []point) (slope, intercept float64) {
	var x, y, xx, xy float64
	n := float64(len(points))
	for _, p := range points {
		x, y, xx, xy = x+p.x, y+p.y, xx+p.x*p.x, xy+p.x*p.y
	}
	slope = (n*xy - x*y) / (n*xx - x*x)
	return slope, (y - slope*x) / n
}
