package host

import (
	"strings"
)

// hypervisor names the virtual machine that this is, "" for none. known is
// false where nothing tells.
func (t tree) hypervisor() (name string, known bool) {
	if strings.Contains(strings.ToLower(t.word("proc/sys/kernel/osrelease")), "microsoft") {
		return "wsl", true
	}
	if kind := t.word("sys/hypervisor/type"); kind != "" {
		return kind, true
	}
	info, err := t.text("proc/cpuinfo")
	if err != nil {
		return "", false
	}
	vendor := t.dmiVendor()
	if flags, ok := field(info, "flags"); ok {
		if !hasWord(flags, "hypervisor") {
			return "", true // the processor says so itself, on x86
		}
		if vendor == "" {
			vendor = "virtual machine"
		}
		return vendor, true
	}
	return t.armHypervisor(vendor)
}

// dmiVendor is the kind of virtual machine that the firmware names.
func (t tree) dmiVendor() string {
	identity := strings.ToLower(t.word("sys/class/dmi/id/sys_vendor") + " " + t.word("sys/class/dmi/id/product_name"))
	for _, known := range []struct{ text, name string }{
		{"qemu", "qemu"}, {"kvm", "kvm"}, {"vmware", "vmware"}, {"virtualbox", "virtualbox"}, {"innotek", "virtualbox"},
		{"xen", "xen"}, {"amazon ec2", "ec2"}, {"google", "gce"}, {"virtual machine", "hyper-v"}, {"parallels", "parallels"},
		{"apple virtualization", "apple"}, {"openstack", "openstack"}, {"bhyve", "bhyve"}, {"firecracker", "firecracker"},
	} {
		if strings.Contains(identity, known.text) {
			return known.name
		}
	}
	return ""
}

// armHypervisor decides where the processor has no flag for it. Cloud vendors
// name bare machines as they name virtual ones, with "metal" in the product.
func (t tree) armHypervisor(vendor string) (name string, known bool) {
	if compatible := t.word("proc/device-tree/hypervisor/compatible"); compatible != "" {
		return strings.TrimRight(strings.ReplaceAll(compatible, "\x00", " "), " "), true
	}
	if strings.Contains(t.word("proc/device-tree/compatible"), "linux,dummy-virt") {
		return "qemu", true
	}
	switch product := t.word("sys/class/dmi/id/product_name"); {
	case vendor != "" && !strings.Contains(product, "metal"):
		return vendor, true
	case product != "", t.exists("proc/device-tree/model"):
		return "", true
	}
	return "", false
}

// container names the kind of container that this process is in, "" for none.
func (t tree) container() string {
	switch {
	case t.exists(".dockerenv"):
		return "docker"
	case t.exists("run/.containerenv"):
		return "podman"
	}
	if kind := t.word("run/systemd/container"); kind != "" {
		return kind
	}
	for variable := range strings.SplitSeq(t.word("proc/1/environ"), "\x00") {
		if kind, ok := strings.CutPrefix(variable, "container="); ok && kind != "" {
			return kind
		}
	}
	membership := t.word("proc/self/cgroup")
	for _, kind := range []string{"kubepods", "docker", "lxc", "containerd", "libpod"} {
		if strings.Contains(membership, kind) {
			return kind
		}
	}
	return ""
}

// virtual is the virtual probe. Neighbours of a virtual machine or a container
// are out of sight and share caches, memory and heat.
func (t tree) virtual() Finding {
	hypervisor, known := t.hypervisor()
	container := t.container()
	value := strings.Trim(hypervisor+", "+container, ", ")
	switch {
	case hypervisor != "":
		return warn(value, "a virtual machine: others share the hardware unseen")
	case container != "":
		return warn(value, "a container: others share the machine unseen")
	case !known:
		return unknown("nothing tells whether this is a virtual machine")
	}
	return good("none")
}

func hasWord(text, word string) bool {
	for w := range strings.FieldsSeq(text) {
		if w == word {
			return true
		}
	}
	return false
}
