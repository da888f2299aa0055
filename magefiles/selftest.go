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
	args := append([]string{"-timeout=90m", "-run=" + engineTestNames}, engineTests...)
	report := newTestReport(os.Stdout)
	report.all = true
	err := selftest(ctx, report, args...)
	if err != nil && (report.failed > 0 || report.skipped == 0) {
		return mg.Fatal(1, err)
	}
	return nil
}

// Release kills releases everywhere, lets every channel fail in every way, and starts two at once.
//
// All of it happens on this machine: git's own server, a registry, a module
// proxy and a GitHub in the test. It prints every case, and how many held. It
// takes ten minutes on two cores; the tests take a sample of the same cases.
func (Selftest) Release(ctx context.Context) error {
	report := newTestReport(os.Stdout)
	report.all, report.words = true, true
	if err := selftest(ctx, report, "-timeout=3h", "-run="+releaseTestNames, "./internal/release"); err != nil {
		return mg.Fatal(1, err)
	}
	return nil
}

// selftest runs tests with all that they leave out otherwise.
func selftest(ctx context.Context, report *testReport, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", append([]string{"test", "-json", "-count=1"}, args...)...)
	cmd.Env = append(os.Environ(), "CUPEL_SELFTEST=1")
	cmd.Stderr = os.Stderr
	cmd.WaitDelay = 10 * time.Second
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	readErr := report.read(stdout)
	if err := errors.Join(readErr, cmd.Wait()); err != nil && report.failed == 0 {
		report.failed++
		fmt.Println(err)
	}
	return report.close(false)
}

// engineTestNames matches the tests that selftest:dagger runs.
const engineTestNames = "^TestEngine$|FromTheHost"

// releaseTestNames matches the tests that selftest:release runs.
const releaseTestNames = "^(TestCrashMatrix|TestAWithdrawalThatIsCutOff|TestAReplanThatIsCutOff|TestOfTwoReleases|TestNoLineOfASecret)"
