package oci

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"github.com/cupel-dev/cupel/internal/journal"
)

// tryPublic runs the programs of the image that the version's tag is.
func (c *Channel) tryPublic() journal.Step {
	s := c.step("try", "", fmt.Sprintf("pull %s, and have its programs for this machine tell their version", c.versionTag()))
	s.Verify = func(ctx context.Context) error {
		if err := c.pullByTag(ctx); err != nil {
			return err
		}
		staged, err := readLayout(c.Layout)
		if err != nil {
			return err
		}
		return c.try(ctx, staged)
	}
	return s
}

// try runs the programs of the staged image. The registry has just given the same
// bytes: a pull compares every digest.
func (c *Channel) try(ctx context.Context, s *staged) (err error) {
	if runtime.GOOS != "linux" {
		return fmt.Errorf("%w which version the image is: its programs are for Linux", journal.ErrUnclear)
	}
	img, err := s.image()
	if err != nil {
		return fmt.Errorf("look for the image for linux/%s: %w", runtime.GOARCH, err)
	}
	files := mutate.Extract(img)
	defer func() { err = errors.Join(err, files.Close()) }()
	return c.Trial.RunTree(ctx, c.versionTag().String(), files, c.Version)
}

// image is the one that runs on this machine.
func (s *staged) image() (v1.Image, error) {
	if s.manifests[0].MediaType.IsImage() {
		return s.index.Image(s.root) // for one platform
	}
	index, err := s.index.ImageIndex(s.root)
	if err != nil {
		return nil, err
	}
	list, err := index.IndexManifest()
	if err != nil {
		return nil, err
	}
	for _, d := range list.Manifests {
		if p := d.Platform; p != nil && p.OS == "linux" && p.Architecture == runtime.GOARCH {
			return index.Image(d.Digest)
		}
	}
	return nil, errors.New("there is none")
}
