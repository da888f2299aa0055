package host

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// throttles counts how often a core or a package was slowed down for its heat
// (x86's thermal_throttle counters).
func (t tree) throttles() (int64, error) {
	paths := t.glob(cpuDir + "/cpu[0-9]*/thermal_throttle/*_throttle_count")
	if len(paths) == 0 {
		return 0, fmt.Errorf("throttle counters: %w", fs.ErrNotExist)
	}
	var sum int64
	for _, path := range paths {
		n, err := t.integer(path)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

// thermal is the thermal probe: a core that was slowed down in the window, a
// cooling device that slows one down now, or a zone that is about to.
func (t tree) thermal(w window) Finding {
	before, after := w.before.throttle, w.after.throttle
	counted := w.err == nil && before.err == nil && after.err == nil
	if n := after.value - before.value; counted && n > 0 {
		return fail(fmt.Sprintf("throttled %d times", n), "the processor slows down for its heat: let it cool")
	}
	hot, zones := t.hotZone()
	cooled, devices := t.cooledProcessor()
	switch {
	case hot != "":
		return fail(hot, "the processor is hot: let it cool")
	case cooled != "":
		return fail(cooled, "the processor is slowed down for its heat: let it cool")
	case counted || zones || devices:
		return good("no throttling")
	case w.err != nil:
		return unread(w.err)
	case before.err != nil && !errors.Is(before.err, fs.ErrNotExist):
		return unread(before.err)
	}
	return unknown("this machine shows no throttle counter, passive trip point or processor cooling device")
}

// hotZone names a thermal zone that has reached a trip point at which the
// system slows the processor down, "" for none. It reports whether it saw such
// a trip point at all (Documentation/driver-api/thermal/sysfs-api.rst).
func (t tree) hotZone() (zone string, seen bool) {
	for _, file := range t.glob("sys/class/thermal/thermal_zone*/trip_point_*_type") {
		if t.word(file) != "passive" {
			continue
		}
		now, err := t.integer(path.Dir(file) + "/temp")
		limit, limitErr := t.integer(strings.TrimSuffix(file, "_type") + "_temp")
		if err != nil || limitErr != nil || limit <= 0 {
			continue
		}
		seen = true
		if now >= limit {
			return fmt.Sprintf("%s %d °C", t.word(path.Dir(file)+"/type"), now/1000), true
		}
	}
	return "", seen
}

// cooledProcessor names a cooling device that slows the processor down now.
func (t tree) cooledProcessor() (device string, seen bool) {
	for _, file := range t.glob("sys/class/thermal/cooling_device*/type") {
		kind := t.word(file)
		if kind != "Processor" && !strings.Contains(kind, "cpufreq") {
			continue
		}
		state, err := strconv.Atoi(t.word(path.Dir(file) + "/cur_state"))
		if err != nil {
			continue
		}
		seen = true
		if state > 0 {
			return fmt.Sprintf("%s state %d", kind, state), true
		}
	}
	return "", seen
}
