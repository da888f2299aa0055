package host

import (
	"path"
	"strconv"
)

// A source is what a machine draws its power from.
type source string

const (
	sourceUnknown source = ""
	sourceAC      source = "AC power"
	sourceBattery source = "battery"
	sourceUPS     source = "UPS"
)

// supply is the power supply of a machine.
type supply struct {
	source    source
	batteries []battery // inside the machine, not those of a mouse
}

type battery struct {
	percent int    // -1 where it is not known
	state   string // "charging", "charged", "not charging", "finishing charge", "discharging", or ""
}

// judgePower is the power probe. A battery that rests while the charger is
// attached is fine; an almost empty one makes some machines slow down all the same.
func judgePower(s supply) Finding {
	switch s.source {
	case sourceUnknown:
		return unknown("the power source cannot be read")
	case sourceBattery:
		return fail(s.describe(), "on battery: attach the charger")
	case sourceUPS:
		return fail(s.describe(), "on a UPS: wait for the mains")
	}
	for _, b := range s.batteries {
		switch {
		case b.percent >= 0 && b.percent < minCharge && b.state != "charged":
			return warn(s.describe(), "low charge: the machine may slow down")
		case b.state == "discharging":
			return warn(s.describe(), "the charger gives too little: the machine may slow down")
		}
	}
	return good(s.describe())
}

func (s supply) describe() string {
	value := string(s.source)
	for _, b := range s.batteries {
		if b.percent >= 0 {
			value += ", " + strconv.Itoa(b.percent) + "%"
		}
		if b.state != "" {
			value += " " + b.state
		}
	}
	if len(s.batteries) == 0 && s.source == sourceAC {
		value += ", no battery"
	}
	return value
}

// supply reads /sys/class/power_supply (Documentation/ABI/testing/sysfs-class-power).
func (t tree) supply() (supply, error) {
	if !t.exists("sys/class") {
		return supply{}, absentError("sys/class")
	}
	var s supply
	var plugged, unplugged bool
	for _, file := range t.glob("sys/class/power_supply/*/type") {
		dir := path.Dir(file)
		switch kind := t.word(file); {
		case t.word(dir+"/scope") == "Device": // of a mouse
		case kind == "Battery":
			s.batteries = append(s.batteries, t.battery(dir))
		case kind == "UPS" && t.word(dir+"/status") == "Discharging":
			s.source = sourceUPS
		default:
			online := t.word(dir + "/online")
			plugged = plugged || online == "1"
			unplugged = unplugged || (kind == "Mains" && online == "0")
		}
	}
	if s.source == sourceUnknown {
		s.source = sourceOf(s.batteries, plugged, unplugged)
	}
	return s, nil
}

// sourceOf decides what the batteries and the mains say together. A machine
// without a battery runs on AC, whether or not it shows its power supply; a
// battery that is not discharging shows that there is a charger.
func sourceOf(batteries []battery, plugged, unplugged bool) source {
	if plugged || len(batteries) == 0 {
		return sourceAC
	}
	if unplugged {
		return sourceBattery
	}
	from := sourceAC
	for _, b := range batteries {
		switch b.state {
		case "discharging":
			return sourceBattery
		case "":
			from = sourceUnknown
		}
	}
	return from
}

func (t tree) battery(dir string) battery {
	states := map[string]string{
		"Charging": "charging", "Full": "charged", "Not charging": "not charging", "Discharging": "discharging",
	}
	b := battery{percent: -1, state: states[t.word(dir+"/status")]}
	if n, err := t.integer(dir + "/capacity"); err == nil && n >= 0 && n <= 100 {
		b.percent = int(n)
	}
	return b
}

// power is the power probe.
func (t tree) power() Finding {
	s, err := t.supply()
	if err != nil {
		return unread(err)
	}
	return judgePower(s)
}
