package host

import "errors"

// nativeSupply asks IOKit for the power sources (IOPowerSources.h, IOPSKeys.h).
func nativeSupply() (supply, error) {
	var (
		copyInfo  func() uintptr
		copyList  func(info uintptr) uintptr
		describe  func(info, source uintptr) uintptr
		providing func(info uintptr) uintptr
	)
	cf, err := openFoundationTypes()
	if err != nil {
		return supply{}, err
	}
	lib := openLibrary(ioKit)
	lib.bind(&copyInfo, "IOPSCopyPowerSourcesInfo")
	lib.bind(&copyList, "IOPSCopyPowerSourcesList")
	lib.bind(&describe, "IOPSGetPowerSourceDescription")
	lib.bind(&providing, "IOPSGetProvidingPowerSourceType")
	if lib.err != nil {
		return supply{}, lib.err
	}
	info := copyInfo()
	if info == 0 {
		return supply{}, errors.New("IOKit has no power sources information")
	}
	defer cf.release(info)
	// The names are those that pmset prints in its first line.
	s := supply{source: macSources[cf.text(providing(info))]}
	if s.source == sourceUnknown {
		return s, errors.New("IOKit does not tell the power source")
	}
	all := copyList(info)
	if all == 0 {
		return s, nil
	}
	defer cf.release(all)
	for i := range cf.count(all) {
		source := describe(info, cf.at(all, i))
		if source != 0 && cf.text(cf.lookup(source, "Type")) == "InternalBattery" {
			s.batteries = append(s.batteries, cf.battery(source, s.source))
		}
	}
	return s, nil
}

func (cf foundationTypes) battery(description uintptr, from source) battery {
	b := battery{percent: -1, state: "not charging"}
	now, ok1 := cf.number(cf.lookup(description, "Current Capacity"))
	full, ok2 := cf.number(cf.lookup(description, "Max Capacity"))
	if ok1 && ok2 && full > 0 {
		b.percent = int(100 * now / full)
	}
	switch {
	case from != sourceAC:
		b.state = "discharging"
	case cf.flag(cf.lookup(description, "Is Charging")):
		b.state = "charging"
	case cf.flag(cf.lookup(description, "Is Charged")):
		b.state = "charged"
	}
	return b
}
