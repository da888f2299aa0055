//go:build mage

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/magefile/mage/mg"
)

// Fuzz spreads a budget of time over all fuzz targets.
func Fuzz(
	ctx context.Context,
	budget *time.Duration, // for all targets together (default 5m)
) error {
	total := 5 * time.Minute
	if budget != nil {
		total = *budget
	}
	targets, err := fuzzTargets(ctx)
	if err != nil {
		return err
	}
	if len(targets) == 0 {
		return mg.Fatal(1, "there is no fuzz target")
	}
	each := max(total/time.Duration(len(targets)), time.Second)
	fmt.Printf("fuzzing %d targets, %v each\n", len(targets), each.Round(time.Second))
	for _, t := range targets {
		if err := fuzzOne(ctx, t, each); err != nil {
			return mg.Fatalf(1, "%s in %s: %v", t.name, t.pkg, err)
		}
	}
	return nil
}

// fuzzOne fuzzes one target. On a busy machine the go command now and then
// reports its own deadline as a failure; without an input that fails, that is
// no finding.
func fuzzOne(ctx context.Context, t fuzzTarget, d time.Duration) error {
	cmd := exec.CommandContext(ctx, "go", "test", t.pkg, "-run=^$", "-fuzz=^"+t.name+"$",
		"-fuzztime="+d.String(), "-fuzzminimizetime=5x")
	var out bytes.Buffer
	cmd.Stdout = io.MultiWriter(os.Stdout, &out)
	cmd.Stderr = os.Stderr
	err := cmd.Run()
	found := strings.Contains(out.String(), "Failing input written")
	if err != nil && !found && strings.Contains(out.String(), "context deadline exceeded") {
		fmt.Println("the deadline of the fuzzer itself, no input failed")
		return nil
	}
	return err
}

type fuzzTarget struct{ pkg, name string }

func fuzzTargets(ctx context.Context) ([]fuzzTarget, error) {
	out, err := output(ctx, "go", "test", "-list=^Fuzz", "./...")
	if err != nil {
		return nil, err
	}
	var targets []fuzzTarget
	var names []string
	for line := range strings.Lines(out) {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 1 && strings.HasPrefix(fields[0], "Fuzz"):
			names = append(names, fields[0])
		case len(fields) >= 2 && fields[0] == "ok":
			for _, name := range names {
				targets = append(targets, fuzzTarget{fields[1], name})
			}
			names = nil
		}
	}
	return targets, nil
}
