package targets

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/cupel-dev/cupel/ci"
	"github.com/cupel-dev/cupel/ci/images"
	"github.com/cupel-dev/cupel/internal/git"
)

// Images writes the images that this project's pipelines need into a directory, as OCI layouts.
//
// A machine without a registry can then run the pipelines: name the layouts in
// [ci.images] of cupel.toml.
//
// Exit codes: 0 written, 2 an image could not be had.
func (CI) Images(
	ctx context.Context,
	dir string, // gets a layout for each image
	fromHost *bool, // make the images from what is installed here, instead of pulling them
) error {
	if err := positional("ci:images DIR", dir); err != nil {
		return err
	}
	p, err := here()
	if err != nil {
		return err
	}
	ctx, stop := untilTold(ctx)
	defer stop()
	needed, err := p.neededImages(ctx)
	if err != nil {
		return fail(exitRefused, err.Error())
	}
	if len(needed) == 0 {
		return fail(exitRefused, "no pipeline has a step here, so no image is needed")
	}
	for _, image := range needed { // before hundreds of megabytes are pulled
		if to := filepath.Join(dir, image.Name); exists(to) {
			return fail(exitRefused, to+" is there already", "next: remove it, or name another directory")
		}
	}
	out := newConsole(os.Stdout)
	out.Line("ci:images: %s into %s; a toolchain has some hundred megabytes", plural(len(needed), "image"), dir)
	for _, image := range needed {
		to := filepath.Join(dir, image.Name)
		out.Status("writing %s", to)
		if err := writeImage(ctx, image, to, given(fromHost, false)); err != nil {
			return pipelineError(err)
		}
		out.Line("wrote    %s", to)
	}
	p.showImages(ctx, out, dir, needed)
	return nil
}

// showImages says how the pipelines find what was written.
func (p *place) showImages(ctx context.Context, out *console, dir string, written []ci.Image) {
	out.Line("")
	if p.keeps(ctx, dir) {
		out.Line("git does not ignore %s, and every step would get what lies there: name it in .gitignore", asPath(p.dir, dir))
	}
	out.Line("next: in cupel.toml")
	out.Line("[ci.images]")
	for _, image := range written {
		out.Line("%s = %q", image.Name, asPath(p.dir, filepath.Join(dir, image.Name)))
	}
}

func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

// keeps reports whether a directory is in the project and git does not ignore it.
func (p *place) keeps(ctx context.Context, dir string) bool {
	repo, err := git.Open(ctx, p.dir)
	if err != nil {
		return false
	}
	path, err := filepath.Abs(dir)
	if err != nil || filepath.IsAbs(relative(p.dir, path)) {
		return false
	}
	_, err = repo.Run(ctx, "check-ignore", "--quiet", "--", path)
	return err != nil
}

// neededImages are those that the steps of all pipelines name, besides what is
// on disk already.
func (p *place) neededImages(ctx context.Context) ([]ci.Image, error) {
	table := ci.Images(p.dir, nil) // what replaces one of these may be what is to be written
	further := maps.Clone(p.config.CI.Images)
	maps.DeleteFunc(further, func(name, _ string) bool { _, own := table[name]; return own })
	table = ci.Images(p.dir, further)
	project, err := p.project(ctx)
	if err != nil {
		return nil, err
	}
	project.Lookup = func(name string) (string, bool) { return "value of " + name, true } // no step is run
	names := make(map[string]bool)
	for _, pipeline := range []string{"lint", "test", "audit", "package"} {
		made, err := project.Pipeline(pipeline)
		if errors.Is(err, ci.ErrNotRecognised) {
			continue // others may have steps
		}
		if err != nil {
			return nil, err
		}
		for _, s := range made.Steps {
			names[s.Image] = true
		}
	}
	var needed []ci.Image
	for _, name := range slices.Sorted(maps.Keys(names)) {
		image, ok := table[name]
		switch {
		case !ok:
			return nil, fmt.Errorf("a step names the image %q, which is not in [ci.images]", name)
		case image.Path == "":
			needed = append(needed, image)
		default:
			if _, err := os.Stat(image.Path); err != nil {
				return nil, fmt.Errorf("[ci.images] %s: %w", name, err)
			}
		}
	}
	return needed, nil
}

func writeImage(ctx context.Context, image ci.Image, dir string, fromHost bool) error {
	if fromHost {
		return images.FromHost(ctx, image.Name, dir)
	}
	return images.Pull(ctx, image.Ref, dir)
}

// asPath writes a path as [ci.images] takes it.
func asPath(project, dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return dir
	}
	if rel := relative(project, abs); rel != abs {
		return "./" + rel
	}
	return abs
}
