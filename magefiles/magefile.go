//go:build mage

// The targets of this repository: those that any project imports, and its own.
package main

import (
	//mage:import
	_ "github.com/cupel-dev/cupel/targets"
)
