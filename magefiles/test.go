//go:build mage

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/magefile/mage/mg"
)

// Test is the one check before a push: format, vet, all tests, import arrows.
// With CI=true also that go.mod is tidy and that the tree is clean afterwards.
func Test(ctx context.Context) error {
	start := time.Now()
	checks := []check{{"gofmt", gofmt}, {"vet", vet}, {"tests", goTest}}
	if os.Getenv("CI") == "true" {
		checks = append(checks, check{"tidy and clean", tidyAndClean})
	}
	for _, check := range checks {
		fmt.Printf("== %s\n", check.name)
		if err := check.run(ctx); err != nil {
			return mg.Fatalf(1, "%s: %v", check.name, err)
		}
	}
	fmt.Printf("all checks passed in %v\n", time.Since(start).Round(time.Second))
	return nil
}

type check struct {
	name string
	run  func(context.Context) error
}

func gofmt(ctx context.Context) error {
	files, err := output(ctx, "git", "ls-files", "*.go")
	if err != nil {
		return err
	}
	unformatted, err := output(ctx, "gofmt", append([]string{"-l"}, strings.Fields(files)...)...)
	if err != nil {
		return err
	}
	if unformatted != "" {
		return fmt.Errorf("not formatted:\n%s", unformatted)
	}
	return nil
}

func vet(ctx context.Context) error {
	return errors.Join(
		command(ctx, nil, "go", "vet", "./..."),
		command(ctx, nil, "go", "vet", "-tags=mage", "./magefiles"),
	)
}

func tidyAndClean(ctx context.Context) error {
	if err := command(ctx, nil, "go", "mod", "tidy", "-diff"); err != nil {
		return fmt.Errorf("run 'go mod tidy': %w", err)
	}
	status, err := output(ctx, "git", "status", "--porcelain")
	if err != nil {
		return err
	}
	if status != "" {
		return fmt.Errorf("the tree is not clean:\n%s", status)
	}
	return nil
}

// command runs a program with its output shown.
func command(ctx context.Context, env []string, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return nil
}

// output runs a program and returns what it printed.
func output(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, stderr.String())
	}
	return strings.TrimSpace(string(out)), nil
}
