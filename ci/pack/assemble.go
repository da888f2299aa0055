package pack

import (
	"context"
	"crypto"
	"errors"
	"time"
)

// Inputs are what packages are made of.
type Inputs struct {
	Project  Project
	Version  string              // SemVer, without a "v"
	Commit   string              // the full hash in hex
	Time     time.Time           // the commit's; the only time in the packages
	Builds   []Build             // what was run, for the provenance
	Binaries map[Platform]string // the directory that each build left, on this machine
	Files    []string            // go into every archive: LICENSE, README.md

	// CargoMetadata is what [CargoMetadata] printed, for a Rust project.
	CargoMetadata []byte
	// Key signs provenance and checksums; nil leaves them unsigned.
	Key crypto.Signer
	// Builder is the URI in the provenance of who ran the builds; "" is Cupel
	// itself. It is part of the bytes.
	Builder string
}

// A Result is what lies in the directory.
type Result struct {
	Files []File // sorted by name; the image's layout is not among them
	Image string // the digest of the image's index, "sha256:..."; "" where there is none
	Left  []Omission
}

// A File is one package.
type File struct {
	Name   string
	Size   int64
	SHA256 string // in hex
}

// An Omission is a package that could not be made, and why.
type Omission struct{ Name, Why string }

// Assemble makes all packages in a fresh directory beside dir and then puts it
// in dir's place in one step. After an error, a cancellation or a full disk dir
// is what it was. A dir that is, or contains, the working directory or a
// repository is refused.
func Assemble(ctx context.Context, in Inputs, dir string) (*Result, error) {
	return nil, errors.New("assemble packages: not written yet")
}
