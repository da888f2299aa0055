package pack

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
)

// index is nil, and the reason noted, where no platform has an image.
func (a *assembly) index(shares []*share) (v1.ImageIndex, string, error) {
	var platforms []Platform
	var images []v1.Image
	for _, s := range shares {
		if s.image != nil {
			platforms, images = append(platforms, s.platform), append(images, s.image)
		}
	}
	if len(images) == 0 {
		a.left = append(a.left, Omission{"image", "no platform has static programs for Linux"})
		return nil, "", nil
	}
	index := a.makeIndex(platforms, images)
	digest, err := index.Digest()
	return index, digest.String(), err
}

// writeImage writes the image and the provenance that refers to it, as an OCI
// layout and as a tarball of the layout.
func (a *assembly) writeImage(ctx context.Context, index v1.ImageIndex, doc document) error {
	subject, err := describe(index)
	if err != nil {
		return err
	}
	dir := filepath.Join(a.dir, ImageDir)
	to, err := layout.Write(dir, empty.Index)
	if err != nil {
		return fmt.Errorf("write image: %w", err)
	}
	named := layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": a.Version})
	if err := to.AppendIndex(index, named); err != nil {
		return fmt.Errorf("write image: %w", err)
	}
	if err := writeReferrer(to, subject, doc); err != nil {
		return fmt.Errorf("write image: %w", err)
	}
	return a.create(ctx, a.prefix()+"_image.tar", func(w io.Writer) error { return tarTree(w, dir, a.Time) })
}

func describe(index v1.ImageIndex) (v1.Descriptor, error) {
	mediaType, err := index.MediaType()
	if err != nil {
		return v1.Descriptor{}, err
	}
	size, err := index.Size()
	if err != nil {
		return v1.Descriptor{}, err
	}
	digest, err := index.Digest()
	return v1.Descriptor{MediaType: mediaType, Size: size, Digest: digest}, err
}
