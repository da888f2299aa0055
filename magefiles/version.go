//go:build mage

package main

import (
	"fmt"
	"runtime/debug"
)

// version is the version of this program; packaging sets it.
var version string

// Version prints the version of this program.
func Version() { fmt.Println("cupel", programVersion()) }

// programVersion is the version that was built in, or else the one of the
// module that this program was compiled from.
func programVersion() string {
	if version != "" {
		return version
	}
	const module = "github.com/cupel-dev/cupel"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range append(info.Deps, &info.Main) {
			if m.Path == module {
				return m.Version
			}
		}
	}
	return "(devel)"
}
