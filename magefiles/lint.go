//go:build mage

package main

import (
	"context"
	"errors"
	"fmt"
)

// platforms are those that must build, besides the one at hand.
var platforms = [][]string{
	{"GOOS=darwin", "GOARCH=arm64", "CGO_ENABLED=0"},
	{"GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0"},
	{"GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0"},
}

// Lint runs golangci-lint and actionlint, and vets and builds for the other platforms.
func Lint(ctx context.Context) error {
	err := errors.Join(
		command(ctx, nil, "go", "tool", "-modfile=tools/go.mod", "golangci-lint", "run", "./..."),
		command(ctx, nil, "go", "tool", "-modfile=tools/actionlint/go.mod", "actionlint"),
	)
	for _, env := range platforms {
		fmt.Println("== vet and build for", env[0], env[1])
		err = errors.Join(err,
			command(ctx, env, "go", "vet", "./..."),
			command(ctx, env, "go", "build", "./..."),
		)
	}
	return err
}
