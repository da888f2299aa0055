package host

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// A cgroup is where the CPU controller of this process's control group is.
type cgroup struct {
	mount string // of the hierarchy
	dir   string // below mount
	v2    bool
}

// cgroups finds the hierarchies that can hold a CPU quota (cgroups(7)). A
// container sees its own group as the root of the mount, while
// /proc/self/cgroup may still name the path on the host.
func (t tree) cgroups() ([]cgroup, error) {
	mounts, err := t.text("proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	membership, err := t.text("proc/self/cgroup")
	if err != nil {
		return nil, err
	}
	var found []cgroup
	for line := range strings.Lines(mounts) {
		m, ok := parseMount(line)
		if !ok || (m.kind != "cgroup2" && !(m.kind == "cgroup" && hasOption(m.options, "cpu"))) {
			continue
		}
		v2 := m.kind == "cgroup2"
		dir := memberOf(membership, v2)
		if below, ok := strings.CutPrefix(dir, m.root); ok && m.root != "/" {
			dir = below
		}
		found = append(found, cgroup{strings.TrimPrefix(m.point, "/"), path.Clean("/" + dir), v2})
	}
	return found, nil
}

// A mount is a line of mountinfo (proc_pid_mountinfo(5)).
type mount struct{ root, point, kind, options string }

func parseMount(line string) (mount, bool) {
	left, right, ok := strings.Cut(line, " - ")
	l, r := strings.Fields(left), strings.Fields(right)
	if !ok || len(l) < 5 || len(r) < 3 {
		return mount{}, false
	}
	return mount{root: l[3], point: l[4], kind: r[0], options: r[2]}, true
}

func hasOption(options, name string) bool {
	for option := range strings.SplitSeq(options, ",") {
		if option == name {
			return true
		}
	}
	return false
}

// memberOf is this process's path in a hierarchy: "0::/path" in the second
// version, "4:cpu,cpuacct:/path" in the first.
func memberOf(membership string, v2 bool) string {
	for line := range strings.Lines(membership) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) == 3 && (v2 && parts[0] == "0" && parts[1] == "" || !v2 && hasOption(parts[1], "cpu")) {
			return parts[2]
		}
	}
	return "/"
}

// limit is the smallest CPU quota from this group up to the root, in CPUs; 0
// where there is none.
func (t tree) limit(g cgroup) (float64, error) {
	smallest := 0.0
	for dir := g.dir; ; dir = path.Dir(dir) {
		cpus, err := t.quotaOf(path.Join(g.mount, dir), g.v2)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return 0, err
		}
		if cpus > 0 && (smallest == 0 || cpus < smallest) {
			smallest = cpus
		}
		if dir == "/" {
			return smallest, nil
		}
	}
}

func (t tree) quotaOf(dir string, v2 bool) (float64, error) {
	if v2 {
		text, err := t.text(dir + "/cpu.max")
		if err != nil {
			return 0, err
		}
		return parseQuota(text)
	}
	quota, err := t.text(dir + "/cpu.cfs_quota_us")
	if err != nil {
		return 0, err
	}
	period, err := t.text(dir + "/cpu.cfs_period_us")
	if err != nil {
		return 0, err
	}
	return parseQuota(quota + " " + period)
}

// parseQuota reads "QUOTA PERIOD" in microseconds; "max" and -1 are none.
func parseQuota(text string) (float64, error) {
	fields := strings.Fields(text)
	if len(fields) == 2 && (fields[0] == "max" || fields[0] == "-1") {
		return 0, nil
	}
	if len(fields) != 2 {
		return 0, fmt.Errorf("%q is not a CPU quota", text)
	}
	quota, err1 := strconv.ParseInt(fields[0], 10, 64)
	period, err2 := strconv.ParseInt(fields[1], 10, 64)
	if errors.Join(err1, err2) != nil || quota <= 0 || period <= 0 {
		return 0, fmt.Errorf("%q is not a CPU quota", text)
	}
	return float64(quota) / float64(period), nil
}

// quota is the quota probe: a CPU quota, or an affinity to some of the CPUs.
// CPUs that the kernel keeps free of other work are what an affinity is for.
func (t tree) quota(affinity []int) Finding {
	groups, err := t.cgroups()
	if err != nil {
		return unread(err)
	}
	if len(groups) == 0 {
		return unknown("no control group hierarchy with CPU quotas is mounted")
	}
	for _, g := range groups {
		limit, err := t.limit(g)
		if err != nil {
			return unread(err)
		}
		if limit > 0 {
			value := strconv.FormatFloat(limit, 'f', -1, 64) + " CPUs"
			return warn(value, "a quota stops the process for the rest of each period: measure without one")
		}
	}
	return t.affinity(affinity)
}

func (t tree) affinity(allowed []int) Finding {
	online, err := t.online()
	if err != nil {
		return unread(err)
	}
	value := fmt.Sprintf("%d of %d CPUs", len(allowed), len(online))
	isolated, err := parseCPUs(t.word(cpuDir + "/isolated"))
	switch {
	case len(allowed) == 0:
		return unknown("the CPU affinity cannot be read")
	case len(allowed) >= len(online), err == nil && containsAll(isolated, allowed):
		return good(value)
	}
	return warn(value, "others may use these CPUs: isolate them, or measure with all")
}

func containsAll(set, wanted []int) bool {
	in := make(map[int]bool, len(set))
	for _, n := range set {
		in[n] = true
	}
	for _, n := range wanted {
		if !in[n] {
			return false
		}
	}
	return true
}
