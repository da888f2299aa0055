package pack

import (
	"crypto"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/cupel-dev/cupel/internal/sigstore"
)

// Inputs are what packages are made of.
type Inputs struct {
	Project  Project
	Version  string              // SemVer, without a "v"
	Commit   string              // the full hash in hex
	Time     time.Time           // the commit's; the only time in the packages
	Builds   []Build             // what was run, for the provenance
	Binaries map[Platform]string // the directory that each build left, on this machine
	Files    []string            // go into every archive under their base names: LICENSE, README.md

	// CargoMetadata is what [CargoMetadata] printed, for a Rust project.
	CargoMetadata []byte
	// Key signs provenance and checksums; nil leaves them unsigned.
	Key crypto.Signer
	// Keyless signs the provenance where there is no Key. Its signature is never
	// the same twice, and neither is what holds or names it: the bundle, the
	// layout that the image lies in, its tarball and the checksums. All else is,
	// the image too.
	Keyless *sigstore.Signer
	// Builder is the URI in the provenance of who ran the builds; "" is Cupel
	// itself. It is part of the bytes.
	Builder string
}

// A Result is what lies in the directory.
type Result struct {
	Files []File // sorted by name; the layout of the image is not among them
	Image string // the digest of the image's index, "sha256:..."; "" where there is none
	Left  []Omission
	// Bundle is the provenance as signed without a key, nil where it is not.
	Bundle *sigstore.Bundle
}

// An Omission is a package that could not be made, and why.
type Omission struct{ Name, Why string }

var commitHash = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

func (in Inputs) check() error {
	if err := check(in.Project, in.Version); err != nil {
		return err
	}
	switch {
	case !commitHash.MatchString(in.Commit):
		return fmt.Errorf("commit %q: want the full hash", in.Commit)
	case in.Time.Unix() <= 0:
		return errors.New("the commit has no time")
	case len(in.Binaries) == 0:
		return errors.New("no platform has programs")
	}
	for platform := range in.Binaries {
		if !fileName.MatchString(platform.OS) || !fileName.MatchString(platform.Arch) {
			return fmt.Errorf("platform %q: want an operating system and an architecture", platform)
		}
	}
	return nil
}

// prefix begins the name of every package.
func (in Inputs) prefix() string { return in.Project.Name + "_" + in.Version }

// platforms are those with programs, in their order.
func (in Inputs) platforms() []Platform {
	return slices.SortedFunc(maps.Keys(in.Binaries), func(a, b Platform) int { return strings.Compare(a.String(), b.String()) })
}
