// Package images writes the images of the pipelines as OCI layouts, so that a
// machine without a registry can run them: pulled ones, and ones made of what
// is installed on this host.
//
// It runs nothing in an image, and it is no package manager: an image from the
// host holds the host's own files, unchanged.
package images

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// Platform is what a container on this machine runs as.
func Platform() v1.Platform { return v1.Platform{OS: "linux", Architecture: runtime.GOARCH} }

// Pull writes the image of a reference into a layout in dir, which must not
// exist: the variant for this machine's architecture only. Credentials come
// from where docker and podman keep them.
func Pull(ctx context.Context, ref, dir string) error {
	parsed, err := name.ParseReference(ref)
	if err != nil {
		return fmt.Errorf("pull %s: %w", ref, err)
	}
	img, err := remote.Image(parsed, remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain), remote.WithPlatform(Platform()))
	if err != nil {
		return fmt.Errorf("pull %s: %w", ref, err)
	}
	return write(img, dir)
}

// write makes a layout of one image, whole or not at all.
func write(img v1.Image, dir string) error {
	if _, err := os.Lstat(dir); err == nil {
		return fmt.Errorf("write image %s: %w: remove it, or name another directory", dir, fs.ErrExist)
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return fmt.Errorf("write image %s: %w", dir, err)
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), ".image-")
	if err != nil {
		return fmt.Errorf("write image %s: %w", dir, err)
	}
	defer os.RemoveAll(tmp)
	path, err := layout.Write(tmp, empty.Index)
	if err == nil {
		err = path.AppendImage(img, layout.WithPlatform(Platform()))
	}
	if err == nil {
		err = os.Chmod(tmp, 0o755)
	}
	if err == nil {
		err = os.Rename(tmp, dir)
	}
	if err != nil {
		return fmt.Errorf("write image %s: %w", dir, err)
	}
	return nil
}
