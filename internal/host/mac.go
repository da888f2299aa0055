package host

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// This file reads what macOS's commands print, and judges what macOS says.
// None of it needs macOS.

// macSources are IOKit's names of power sources, which pmset prints as well.
var macSources = map[string]source{"AC Power": sourceAC, "Battery Power": sourceBattery, "UPS Power": sourceUPS}

// parsePmsetBatt reads pmset -g batt. The first line alone decides the source;
// the others are batteries, and warnings, which are not read.
func parsePmsetBatt(text string) supply {
	first, rest, _ := strings.Cut(text, "\n")
	first = strings.TrimSpace(first)
	if first == "No batteries available." {
		return supply{source: sourceAC}
	}
	name, found := strings.CutPrefix(first, "Now drawing from '")
	if !found {
		return supply{}
	}
	s := supply{source: macSources[strings.TrimSuffix(name, "'")]}
	for line := range strings.Lines(rest) {
		if b, ok := parseBattery(line); ok {
			s.batteries = append(s.batteries, b)
		}
	}
	return s
}

// parseBattery reads " -InternalBattery-0 (id=1)	80%; AC attached; not charging present: true".
func parseBattery(line string) (battery, bool) {
	fields := strings.Split(line, ";")
	if !strings.HasPrefix(strings.TrimSpace(line), "-InternalBattery") {
		return battery{}, false
	}
	b := battery{percent: -1}
	words := strings.Fields(fields[0])
	last := words[len(words)-1]
	if number, ok := strings.CutSuffix(last, "%"); ok {
		if n, err := strconv.ParseUint(number, 10, 8); err == nil && n <= 100 {
			b.percent = int(n)
		}
	}
	for _, field := range fields[1:] {
		field, _, _ = strings.Cut(field, " present:")
		switch state := strings.TrimSpace(field); state {
		case "charging", "charged", "not charging", "finishing charge", "discharging":
			b.state = state
		}
	}
	return b, true
}

// parsePmsetLowPower finds low-power mode in pmset -g, below "Currently in
// use:". Newer systems have powermode, where 1 is low and 2 is high. Neither
// key there is no answer, as on machines without the mode.
func parsePmsetLowPower(text string) (on bool, err error) {
	_, current, found := strings.Cut(text, "Currently in use:")
	if !found {
		return false, errors.New("pmset -g shows no settings in use")
	}
	for line := range strings.Lines(current) {
		fields := strings.Fields(line)
		if len(fields) < 2 || (fields[0] != "lowpowermode" && fields[0] != "powermode") {
			continue
		}
		switch fields[1] {
		case "1":
			return true, nil
		case "0", "2":
			return false, nil
		}
		return false, fmt.Errorf("pmset -g has %s %q", fields[0], fields[1])
	}
	return false, errors.New("pmset -g shows no low-power mode")
}

// judgeLowPower is the low-power probe on macOS.
func judgeLowPower(on bool, err error) Finding {
	switch {
	case err != nil:
		return unread(err)
	case on:
		return fail("on", "low-power mode slows the machine down: turn it off in System Settings, Battery")
	}
	return good("off")
}

// parseThermalLevel reads notifyutil -g com.apple.system.thermalpressurelevel,
// whose last word is the level.
func parseThermalLevel(text string) (uint64, error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return 0, errors.New("notifyutil printed nothing")
	}
	level, err := strconv.ParseUint(words[len(words)-1], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("notifyutil printed %q", strings.TrimSpace(text))
	}
	return level, nil
}

// judgeThermalLevel is the thermal probe on macOS. The levels are those of
// OSThermalNotification.h.
func judgeThermalLevel(level uint64, err error) Finding {
	names := []string{"nominal", "moderate", "heavy", "trapping", "sleeping"}
	switch {
	case err != nil:
		return unread(err)
	case level >= uint64(len(names)):
		return unknown(fmt.Sprintf("thermal pressure level %d is not known", level))
	case level > 0:
		return fail(names[level], "the machine slows down for its heat: let it cool")
	}
	return good(names[level])
}

// judgePmsetTherm judges pmset -g therm, the last resort: Intel machines print
// limits in percent, others that no warning was recorded.
func judgePmsetTherm(text string) Finding {
	const reason = "the machine slows down for its heat: let it cool"
	quiet := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.Contains(line, "No thermal warning level has been recorded") {
			quiet = true
		}
		key, value, found := strings.Cut(line, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if !found || (key != "CPU_Speed_Limit" && key != "CPU_Scheduler_Limit") {
			continue
		}
		switch n, err := strconv.Atoi(value); {
		case err != nil:
			return unknown(fmt.Sprintf("pmset -g therm has %s %q", key, value))
		case n < 100:
			return fail(fmt.Sprintf("%s %d%%", key, n), reason)
		}
		quiet = true
	}
	if quiet {
		return good("no warning")
	}
	return unknown("pmset -g therm does not tell")
}

// judgeMemoryPressure is the memory probe on macOS: the level of
// kern.memorystatus_vm_pressure_level.
func judgeMemoryPressure(level uint32, err error) Finding {
	const reason = "memory is short: close programs"
	switch {
	case err != nil:
		return unread(err)
	case level == 1:
		return good("normal")
	case level == 2:
		return warn("warning", reason)
	case level == 4:
		return fail("critical", reason)
	}
	return unknown(fmt.Sprintf("memory pressure level %d is not known", level))
}

// parseSwapUsage reads vm.swapusage, the struct xsw_usage of sys/sysctl.h.
func parseSwapUsage(raw []byte) (used uint64, err error) {
	var usage struct{ Total, Available, Used uint64 }
	if err := binary.Read(bytes.NewReader(raw), binary.LittleEndian, &usage); err != nil {
		return 0, fmt.Errorf("vm.swapusage has %d bytes", len(raw))
	}
	return usage.Used, nil
}

// judgeSwapUsage is the swap probe on macOS, which swaps before it has to:
// what rests there does no harm while memory is not short.
func judgeSwapUsage(used uint64, pressure Finding, err error) Finding {
	value := fmt.Sprintf("%d MiB in use", used>>20)
	switch {
	case err != nil:
		return unread(err)
	case used == 0:
		return good("none")
	case pressure.State == Unknown:
		return unread(fmt.Errorf("%s, and the memory pressure is not known", value))
	case pressure.State != OK:
		return warn(value, "memory is short: close programs")
	}
	return good(value)
}

// judgeVirtualMac is the virtual probe on macOS, from kern.hv_vmm_present and
// hw.model.
func judgeVirtualMac(present uint32, model string, err error) Finding {
	switch {
	case strings.HasPrefix(model, "VirtualMac"), err == nil && present == 1:
		return warn(model, "a virtual machine: others share the hardware unseen")
	case err != nil:
		return unread(err)
	}
	return good("none")
}

// judgeBackup judges tmutil status.
func judgeBackup(text string, err error) Finding {
	switch compact := strings.ReplaceAll(text, " ", ""); {
	case err != nil:
		return unread(err)
	case strings.Contains(compact, "Running=1;"):
		return warn("running", "Time Machine makes a backup: wait until it is done")
	case strings.Contains(compact, "Running=0;"):
		return good("not running")
	}
	return unknown("tmutil does not tell whether a backup runs")
}

// indexers are the programs that index and analyse files when a Mac seems idle.
var indexers = []string{"mds", "mds_stores", "mdworker", "mdworker_shared", "mdbulkimport", "photoanalysisd", "mediaanalysisd"}

// judgeSpotlight is the spotlight probe: indexing that is under way, at a
// lower threshold than that for other programs.
func judgeSpotlight(w window) Finding {
	if w.err != nil {
		return unread(w.err)
	}
	var found []Process
	for _, p := range w.usage.over(maxBackground) {
		for _, name := range indexers {
			if p.Name == name {
				found = append(found, p)
			}
		}
	}
	switch {
	case len(found) > 0:
		return warn(processNames(found), "files are being indexed: wait until it is done")
	case w.usage.err != nil:
		return unread(w.usage.err)
	}
	return good("idle")
}
