package host

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// processes reads /proc/PID/stat of every process. One that ends meanwhile is
// no error; one that cannot be read is, and the others are still returned.
func (t tree) processes() ([]Process, error) {
	entries, err := fs.ReadDir(t.root, "proc")
	if err != nil {
		return nil, readError("proc", err)
	}
	var processes []Process
	var problem error
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		p, err := t.process(pid)
		switch {
		case err == nil:
			processes = append(processes, p)
		case !ended(err) && problem == nil:
			problem = err
		}
	}
	if problem == nil {
		problem = t.hidden()
	}
	return processes, problem
}

// ended reports whether a process file could not be read because there is no
// such process any more.
func ended(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH)
}

func (t tree) process(pid int) (Process, error) {
	text, err := t.text(fmt.Sprintf("proc/%d/stat", pid))
	if err != nil {
		return Process{}, err
	}
	p, err := parseStat(text)
	if err == nil && p.PID != pid {
		err = fmt.Errorf("/proc/%d/stat is of process %d", pid, p.PID)
	}
	return p, err
}

// parseStat reads a line of proc_pid_stat(5): the name in parentheses may hold
// blanks and parentheses of its own; the fields after it are numbered from 3.
func parseStat(text string) (Process, error) {
	open, end := strings.IndexByte(text, '('), strings.LastIndexByte(text, ')')
	if open < 0 || end < open {
		return Process{}, fmt.Errorf("/proc/PID/stat: no name in %q", text)
	}
	const state, parent, user, system, start = 3 - 3, 4 - 3, 14 - 3, 15 - 3, 22 - 3
	fields := strings.Fields(text[end+1:])
	if len(fields) <= start {
		return Process{}, fmt.Errorf("/proc/PID/stat: too few fields in %q", text)
	}
	var numbers [4]int64
	for i, s := range []string{strings.TrimSpace(text[:open]), fields[parent], fields[user], fields[system]} {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return Process{}, fmt.Errorf("/proc/PID/stat: %q is not a number", s)
		}
		numbers[i] = n
	}
	return Process{
		PID:    int(numbers[0]),
		parent: int(numbers[1]),
		Name:   cleanName(text[open+1 : end]),
		zombie: fields[state] == "Z" || fields[state] == "X",
		start:  fields[start],
		cpu:    time.Duration(numbers[2]+numbers[3]) * tick,
	}, nil
}

// hidden is an error where /proc shows only the processes of its reader
// (hidepid=, proc(5)). Root sees all.
func (t tree) hidden() error {
	for line := range strings.Lines(t.word("proc/self/mounts")) {
		fields := strings.Fields(line)
		if len(fields) < 4 || fields[1] != "/proc" {
			continue
		}
		for option := range strings.SplitSeq(fields[3], ",") {
			value, ok := strings.CutPrefix(option, "hidepid=")
			if ok && value != "0" && value != "off" && t.user("self") != 0 {
				return errors.New("processes of other users are hidden (hidepid)")
			}
		}
	}
	return nil
}

// user is the real user id of a process, -1 where it cannot be read.
func (t tree) user(pid string) int {
	ids, _ := field(t.word("proc/"+pid+"/status"), "Uid")
	first, _, _ := strings.Cut(ids, "\t")
	uid, err := strconv.Atoi(first)
	if err != nil {
		return -1
	}
	return uid
}

// lookup finds one process, with its owner.
func (t tree) lookup(pid int) (Process, error) {
	p, err := t.process(pid)
	if ended(err) || p.zombie {
		return p, errNoProcess
	}
	if err != nil {
		return p, err
	}
	if p.uid = t.user(strconv.Itoa(pid)); p.uid < 0 {
		return p, fmt.Errorf("the owner of process %d cannot be read", pid)
	}
	return p, nil
}
