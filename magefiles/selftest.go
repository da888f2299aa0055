//go:build mage

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/magefile/mage/mg"
)

// Selftest tests what an ordinary machine cannot.
type Selftest mg.Namespace

// engineTests are the packages with tests that need an engine, or that make
// whole images.
var engineTests = []string{"./ci/dagger", "./ci/images"}

// Dagger runs every test that needs a Dagger engine: all pipelines, on this repository and on small Go and Rust projects.
//
// It needs _EXPERIMENTAL_DAGGER_RUNNER_HOST (with _EXPERIMENTAL_DAGGER_CLI_BIN)
// or a container runtime, and no registry: images are made of what is installed
// here. Without an engine each test is printed as skipped. It takes half an
// hour.
func (Selftest) Dagger(ctx context.Context) error {
	args := append([]string{"test", "-json", "-count=1", "-timeout=90m", "-run=" + engineTestNames}, engineTests...)
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Env = append(os.Environ(), "CUPEL_SELFTEST=1")
	cmd.Stderr = os.Stderr
	cmd.WaitDelay = 10 * time.Second
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return mg.Fatal(1, err)
	}
	if err := cmd.Start(); err != nil {
		return mg.Fatal(1, err)
	}
	report := newTestReport(os.Stdout)
	report.all = true
	readErr := report.read(stdout)
	if err := errors.Join(readErr, cmd.Wait()); err != nil && report.failed == 0 {
		report.failed++
		fmt.Println(err)
	}
	if err := report.close(false); err != nil && (report.failed > 0 || report.skipped == 0) {
		return mg.Fatal(1, err)
	}
	return nil
}

// engineTestNames matches the tests that selftest:dagger runs.
const engineTestNames = "^TestEngine$|FromTheHost"
