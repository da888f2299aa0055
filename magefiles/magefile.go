//go:build mage

// The targets of this repository: those that any project imports, and its own.
package main

import (
	_ "github.com/cupel-dev/cupel/ci/dagger" // pipelines may run in containers
	//mage:import
	_ "github.com/cupel-dev/cupel/targets"
)
