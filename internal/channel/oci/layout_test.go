package oci

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/random"
)

func TestALayoutThatCannotBeReleased(t *testing.T) {
	for _, test := range []struct {
		name, want string
		images     int
		damage     func(path layout.Path, digest string) error
	}{
		{"two images", "it holds 2 images", 2, nil},
		{"no image", "it holds 0 images", 0, nil},
		{"a changed manifest", "have the digest", 1, func(path layout.Path, digest string) error {
			return os.WriteFile(filepath.Join(string(path), "blobs", "sha256", digest), []byte("{}"), 0o644)
		}},
		{"a missing manifest", "no such file", 1, func(path layout.Path, digest string) error {
			return os.Remove(filepath.Join(string(path), "blobs", "sha256", digest))
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			path, err := layout.Write(t.TempDir(), empty.Index)
			for range test.images {
				image, imageErr := random.Image(16, 1)
				err = errors.Join(err, imageErr, path.AppendImage(image))
				if digest, _ := image.Digest(); test.damage != nil {
					err = errors.Join(err, test.damage(path, digest.Hex))
				}
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := readLayout(string(path)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %s", err, test.want)
			}
		})
	}
}

func TestARepositoryThatIsNone(t *testing.T) {
	for _, repository := range []string{"", "registry.example.org/UPPER", "registry.example.org/app:1.0.0"} {
		if _, err := New(Options{Repository: repository}); err == nil {
			t.Errorf("%q is accepted", repository)
		}
	}
}
