//go:build mage

package main

import (
	"context"
	"fmt"
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
		err := command(ctx, nil, "go", "test", t.pkg, "-run=^$", "-fuzz=^"+t.name+"$", "-fuzztime="+each.String())
		if err != nil {
			return mg.Fatalf(1, "%s in %s: %v", t.name, t.pkg, err)
		}
	}
	return nil
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
