package host

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// meminfo reads one value of /proc/meminfo in bytes. The file says kB and
// means KiB (proc_meminfo(5)).
func (t tree) meminfo(key string) (int64, error) {
	text, err := t.text("proc/meminfo")
	if err != nil {
		return 0, err
	}
	value, _ := field(text, key)
	n, err := strconv.ParseInt(strings.TrimSuffix(value, " kB"), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("/proc/meminfo has no number for %s", key)
	}
	return n << 10, nil
}

// stalled is the time in which some task waited for memory, since the start
// (Documentation/accounting/psi.rst).
func (t tree) stalled() (time.Duration, error) {
	text, err := t.text("proc/pressure/memory")
	if err != nil {
		return 0, err
	}
	some, _ := field(text, "some")
	_, total, _ := strings.Cut(some, "total=")
	micros, err := strconv.ParseInt(total, 10, 64)
	if err != nil {
		return 0, errors.New("/proc/pressure/memory has no total")
	}
	return time.Duration(micros) * time.Microsecond, nil
}

// swapped counts the pages that were swapped in and out since the start.
func (t tree) swapped() (int64, error) {
	text, err := t.text("proc/vmstat")
	if err != nil {
		return 0, err
	}
	var sum int64
	for _, key := range []string{"pswpin", "pswpout"} {
		value, _ := field(text, key)
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("/proc/vmstat has no number for %s", key)
		}
		sum += n
	}
	return sum, nil
}

// stallShare is the share of the window in which a task waited for memory.
func (w window) stallShare() (float64, error) {
	a, b := w.before.stall, w.after.stall
	if err := cmp.Or(w.err, a.err, b.err); err != nil {
		return 0, err
	}
	return (b.value - a.value).Seconds() / w.after.at.Sub(w.before.at).Seconds(), nil
}

// memory is the memory probe: what is left, and whether a task waited for it.
func (t tree) memory(w window) Finding {
	total, err := t.meminfo("MemTotal")
	available, err2 := t.meminfo("MemAvailable")
	if err := cmp.Or(w.err, err, err2); err != nil {
		return unread(err)
	}
	share := float64(available) / float64(total)
	value := percent(share) + " available"
	if stall, err := w.stallShare(); err == nil && stall > maxStall {
		return warn(value+", stalled "+percent(stall), "tasks wait for memory: close programs")
	}
	if share < minMemory {
		return warn(value, "memory is short: close programs")
	}
	return good(value)
}

// swap is the swap probe. What was swapped out once and rests there does no harm.
func (t tree) swap(w window) Finding {
	total, err := t.meminfo("SwapTotal")
	free, err2 := t.meminfo("SwapFree")
	if err := cmp.Or(err, err2); err != nil {
		return unread(err)
	}
	if total == 0 {
		return good("none")
	}
	a, b := w.before.swapped, w.after.swapped
	if err := cmp.Or(w.err, a.err, b.err); err != nil {
		return unread(err)
	}
	value := fmt.Sprintf("%d MiB in use", (total-free)>>20)
	if n := b.value - a.value; n > 0 {
		return warn(fmt.Sprintf("%s, %d pages moved", value, n), "the machine is swapping: close programs")
	}
	return good(value)
}
