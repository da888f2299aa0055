package host

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"
)

// A Process is a running program as it was seen in a sample.
type Process struct {
	PID   int
	Name  string  // of the program, without its directory
	Share float64 // of one core, over the window; 1.5 is one core and a half

	parent int
	uid    int           // of its owner, where the list tells; see [Candidates]
	start  string        // when it started, as the system writes it
	zombie bool          // it has ended and nobody has asked for its exit code
	cpu    time.Duration // used since its start
}

// String is the process as people read it: "mds_stores (pid 101, 112%)".
func (p Process) String() string {
	return fmt.Sprintf("%s (pid %d, %s)", p.Name, p.PID, percent(p.Share))
}

// An identity is a process for all time: pids come again.
type identity struct {
	pid   int
	start string
}

func (p Process) identity() identity { return identity{p.PID, p.start} }

// cleanName takes away what must not be published or printed: the directory,
// which may tell who the user is, and what a terminal would obey.
func cleanName(name string) string {
	if strings.HasPrefix(name, "/") {
		name = path.Base(name)
	}
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return '?'
		}
		return r
	}, name)
}

// usage is what each process used between two lists of processes.
type usage struct {
	others   []Process     // the busiest first
	children time.Duration // CPU time of what this process started
	err      error         // why the lists are not whole
}

// makeUsage leaves out self and all that it started.
func makeUsage(first, second []Process, elapsed time.Duration, self int) usage {
	before := make(map[identity]time.Duration, len(first))
	for _, p := range first {
		before[p.identity()] = p.cpu
	}
	ours := descendants(second, self)
	var u usage
	for _, p := range second {
		used := p.cpu - before[p.identity()] // what started since began at 0
		switch {
		case p.PID == self:
		case ours[p.PID]:
			u.children += used
		default:
			p.Share = used.Seconds() / elapsed.Seconds()
			u.others = append(u.others, p)
		}
	}
	slices.SortStableFunc(u.others, func(a, b Process) int { return cmp.Compare(b.Share, a.Share) })
	return u
}

// descendants are the pids of what root started, directly or not.
func descendants(all []Process, root int) map[int]bool {
	children := make(map[int][]int)
	for _, p := range all {
		children[p.parent] = append(children[p.parent], p.PID)
	}
	found := make(map[int]bool)
	for queue := children[root]; len(queue) > 0; queue = queue[1:] {
		if pid := queue[0]; !found[pid] {
			found[pid] = true
			queue = append(queue, children[pid]...)
		}
	}
	return found
}

// over lists the processes of others that used more than a share of one core.
func (u usage) over(share float64) []Process {
	n := 0
	for n < len(u.others) && u.others[n].Share > share {
		n++
	}
	return u.others[:n]
}

// judgeBusy is the busy probe: single programs that take a core away.
func judgeBusy(w window) Finding {
	busy := w.usage.over(maxBusy)
	switch {
	case w.err != nil:
		return unread(w.err)
	case len(busy) > 0:
		return fail(processNames(busy), fmt.Sprintf("each uses more than %s of a core: end it, or wait until it is done", percent(maxBusy)))
	case w.usage.err != nil:
		return unread(w.usage.err)
	default:
		return good("none")
	}
}

func processNames(processes []Process) string {
	names := make([]string, len(processes))
	for i, p := range processes {
		names[i] = p.String()
	}
	return list(names, 5)
}

// tick is the unit of the CPU time counters. USER_HZ on Linux (proc_stat(5))
// and CLK_TCK on macOS are 100 on all that Go runs on.
const tick = 10 * time.Millisecond

// cpuTicks are the CPU times of all cores together, since the machine started.
// They wrap around, as macOS's counters do; only differences mean something.
type cpuTicks struct {
	busy  uint32 // not idle and not waiting for a device
	steal uint32 // given to other virtual machines
	total uint32
}

// A cpuChange is what the machine did with the time of its cores in a window.
type cpuChange struct{ busy, steal, total time.Duration }

func (w window) cpuChange() (cpuChange, error) {
	a, b := w.before.cpu, w.after.cpu
	if err := cmp.Or(w.err, a.err, b.err); err != nil {
		return cpuChange{}, err
	}
	since := func(before, after uint32) time.Duration { return time.Duration(int32(after-before)) * tick }
	d := cpuChange{
		busy:  since(a.value.busy, b.value.busy),
		steal: since(a.value.steal, b.value.steal),
		total: since(a.value.total, b.value.total),
	}
	if d.total <= 0 {
		return d, errors.New("the CPU time counters stand still")
	}
	return d, nil
}

// judgeLoad is the load probe: what others use of the whole machine.
func judgeLoad(w window) Finding {
	cpu, err := w.cpuChange()
	if err != nil {
		return unread(err)
	}
	others := cpu.busy - (w.after.own - w.before.own) - w.usage.children
	load := max(0, others.Seconds()/cpu.total.Seconds())
	if load > maxLoad {
		return fail(percent(load), fmt.Sprintf("others use more than %s of the machine: wait until it is quiet", percent(maxLoad)))
	}
	return good(percent(load))
}

// judgeSteal is the steal probe: what the hypervisor gave to other machines.
func judgeSteal(w window) Finding {
	cpu, err := w.cpuChange()
	if err != nil {
		return unread(err)
	}
	steal := cpu.steal.Seconds() / cpu.total.Seconds()
	if steal > maxSteal {
		return warn(percent(steal), "the hypervisor gives this machine's time to others: measure on a machine of your own")
	}
	return good(percent(steal))
}

// percent writes a share with one decimal below 10 % and none above, cut so
// that no value reads as over a threshold that it is under.
func percent(share float64) string {
	p := 100 * share
	if p < 10 {
		return fmt.Sprintf("%.1f%%", float64(int(p*10))/10)
	}
	return fmt.Sprintf("%d%%", int(p))
}
