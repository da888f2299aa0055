package ci

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// An Image is where a step's container comes from: a reference, or a path on
// this machine.
type Image struct {
	Name string
	Ref  string // with a digest, where it is Cupel's own choice
	Path string // an OCI layout or a tarball of one, absolute; "" where Ref counts
}

func (i Image) String() string {
	if i.Path != "" {
		return i.Path
	}
	return i.Ref
}

// pinned are the images that are used where cupel.toml replaces none: tag for
// people, digest of the multi-platform index for machines.
var pinned = map[string]string{
	"go":         "golang:1.26.1-bookworm@sha256:ab3d6955bbc813a0f3fdf220c1d817dd89c0b3f283777db8ece4a32fe7858edd",
	"rust":       "rust:1.95-bookworm@sha256:6258907abe69656e41cd992e0b705cdcfabcbbe3db374f92ed2d47121282d4a1",
	"shellcheck": "koalaman/shellcheck:v0.11.0@sha256:61862eba1fcf09a484ebcc6feea46f1782532571a34ed51fedf90dd25f925a8d",
}

// Images is the table of images: Cupel's own, with the replacements of
// [ci.images]. A replacement that begins with "./", "../" or "/" is a path,
// relative to dir; whether something lies there matters to who runs containers.
func Images(dir string, replaced map[string]string) map[string]Image {
	images := make(map[string]Image)
	for name, ref := range pinned {
		images[name] = Image{Name: name, Ref: ref}
	}
	for _, name := range slices.Sorted(maps.Keys(replaced)) {
		value := replaced[name]
		if !isPath(value) {
			images[name] = Image{Name: name, Ref: value}
			continue
		}
		path := value
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, filepath.FromSlash(path))
		}
		images[name] = Image{Name: name, Path: path}
	}
	return images
}

func isPath(s string) bool {
	return strings.HasPrefix(s, "./") || strings.HasPrefix(s, "../") || filepath.IsAbs(s)
}
