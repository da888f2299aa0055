package host

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/cupel-dev/cupel/internal/process"
)

// psArgs makes ps print the columns that parsePS reads, without a header and
// uncut; the ps of macOS and of Linux know them all. Each column has an option
// of its own, since what follows a "=" is a header to the end of the option.
// The name comes last because it may hold blanks. CPU time is used and not
// %CPU, which decays.
func psArgs(which ...string) []string {
	args := append([]string{"ps", "-ww"}, which...)
	for _, column := range []string{"pid", "ppid", "uid", "state", "time", "lstart", "comm"} {
		args = append(args, "-o", column+"=")
	}
	return args
}

// parsePS reads the output of ps with psArgs. One line that it cannot read
// makes an error, besides the processes of the others: a list with gaps is no
// proof of a quiet machine.
func parsePS(text string) ([]Process, error) {
	var processes []Process
	var problem error
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		p, err := parsePSLine(line)
		switch {
		case err == nil:
			processes = append(processes, p)
		case problem == nil:
			problem = fmt.Errorf("ps: %w in %q", err, strings.TrimSpace(line))
		}
	}
	if problem == nil && len(processes) == 0 {
		problem = errors.New("ps listed no process")
	}
	return processes, problem
}

// dateWords are the words of lstart: "Wed Nov 25 04:25:29 2026".
const dateWords = 5

func parsePSLine(line string) (Process, error) {
	fields := strings.Fields(line)
	if len(fields) <= 5+dateWords {
		return Process{}, errors.New("too few columns")
	}
	var ids [3]int
	for i := range ids {
		n, err := strconv.Atoi(fields[i])
		if err != nil {
			return Process{}, fmt.Errorf("%q is not a number", fields[i])
		}
		ids[i] = n
	}
	cpu, err := parsePSTime(fields[4])
	if err != nil {
		return Process{}, err
	}
	return Process{
		PID:    ids[0],
		parent: ids[1],
		uid:    ids[2],
		zombie: strings.HasPrefix(fields[3], "Z"),
		cpu:    cpu,
		start:  strings.Join(fields[5:5+dateWords], " "),
		Name:   cleanName(strings.Join(fields[5+dateWords:], " ")),
	}, nil
}

// parsePSTime reads [[days-]hours:]minutes:seconds[.hundredths]; macOS writes
// minutes above 59, and a comma in some locales.
func parsePSTime(s string) (time.Duration, error) {
	days, clock, hasDays := strings.Cut(s, "-")
	if !hasDays {
		days, clock = "0", s
	}
	total, err := strconv.ParseUint(days, 10, 16)
	parts := strings.Split(clock, ":")
	if err != nil || len(parts) < 2 || len(parts) > 3 {
		return 0, fmt.Errorf("%q is not a CPU time", s)
	}
	if len(parts) == 2 {
		parts = append([]string{"0"}, parts...)
	}
	hours, err1 := strconv.ParseUint(parts[0], 10, 16)
	minutes, err2 := strconv.ParseUint(parts[1], 10, 24)
	seconds, err3 := parseDecimal(parts[2])
	if err1 != nil || err2 != nil || err3 != nil || seconds >= 61 {
		return 0, fmt.Errorf("%q is not a CPU time", s)
	}
	whole := (total*24+hours)*60 + minutes
	return time.Duration(whole)*time.Minute + time.Duration(math.Round(seconds*1000))*time.Millisecond, nil
}

// parseDecimal reads a number that is not negative, with a point or a comma.
func parseDecimal(s string) (float64, error) {
	for _, r := range s {
		if (r < '0' || r > '9') && r != '.' && r != ',' {
			return 0, fmt.Errorf("%q is not a number", s)
		}
	}
	return strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
}

// parseLookup reads the answer of ps -p. It exits with 1 and prints nothing
// where there is no such process; any other failure is one.
func parseLookup(pid int, text string, err error) (Process, error) {
	var exit *process.ExitError
	if errors.As(err, &exit) && exit.State.ExitCode == 1 && strings.TrimSpace(text) == "" {
		return Process{}, errNoProcess
	}
	if err != nil {
		return Process{}, err
	}
	found, err := parsePS(text)
	switch {
	case err != nil:
		return Process{}, err
	case len(found) != 1 || found[0].PID != pid:
		return Process{}, fmt.Errorf("ps does not tell about process %d", pid)
	case found[0].zombie:
		return Process{}, errNoProcess
	}
	return found[0], nil
}
