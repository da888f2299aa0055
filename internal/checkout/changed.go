package checkout

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/cupel-dev/cupel/internal/evidence"
)

// Changed lists the files that differ between both versions, by their path in
// the project and sorted, without those that exclude names. A submodule that is
// not checked out counts as a file, whose content is the commit: what that
// changes is not known, which is not the same as nothing.
func (p *Pair) Changed(exclude []string) ([]string, error) {
	var changed []string
	inBase, inHead := p.Base.beyond(), p.Head.beyond()
	for _, name := range union(p.Base.names(), p.Head.names()) {
		rel, err := p.inProject(name)
		if err != nil {
			return nil, fmt.Errorf("list what changed: %w", err)
		}
		if evidence.Excluded(rel, exclude) {
			continue
		}
		same, err := p.same(name)
		if err != nil {
			return nil, fmt.Errorf("list what changed: %w", err)
		}
		if !same || inBase(name) || inHead(name) {
			changed = append(changed, rel)
		}
	}
	return changed, nil
}

// inProject turns a path of the repository into one of the project.
func (p *Pair) inProject(name string) (string, error) {
	rel, err := filepath.Rel(p.Head.Dir, filepath.Join(p.Head.root, filepath.FromSlash(name)))
	return filepath.ToSlash(rel), err
}

// names are those of files and of submodules that are not checked out.
func (s Side) names() []string { return slices.AppendSeq(slices.Clone(s.files), maps.Keys(s.links)) }

// same reports whether both versions have the same under a name.
func (p *Pair) same(name string) (bool, error) {
	base, head := p.Base.links[name], p.Head.links[name]
	if base != "" || head != "" {
		return base == head, nil
	}
	return sameFile(filepath.Join(p.Base.root, filepath.FromSlash(name)), filepath.Join(p.Head.root, filepath.FromSlash(name)))
}

// beyond tells which names lie beyond a file or a link of the version, as if that
// were a directory: the version has none of them.
func (s Side) beyond() func(name string) bool {
	files := make(map[string]bool, len(s.files))
	for _, name := range s.files {
		files[name] = true
	}
	return func(name string) bool {
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			if files[dir] {
				return true
			}
		}
		return false
	}
}

// union is all names, sorted.
func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// sameFile compares kind, executable bit and content.
func sameFile(a, b string) (bool, error) {
	infoA, errA := os.Lstat(a)
	infoB, errB := os.Lstat(b)
	switch {
	case gone(errA) && gone(errB):
		return true, nil // not checked out, so that neither version can depend on it
	case gone(errA) || gone(errB):
		return false, nil
	case errA != nil || errB != nil:
		return false, errors.Join(errA, errB)
	case infoA.Mode() != infoB.Mode() || infoA.Size() != infoB.Size():
		return false, nil
	}
	contentA, errA := content(a, infoA)
	contentB, errB := content(b, infoB)
	return bytes.Equal(contentA, contentB), errors.Join(errA, errB)
}

// gone reports whether there is no such file, be it for want of its directory.
func gone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// content is that of a file, or the target of a link.
func content(name string, info fs.FileInfo) ([]byte, error) {
	if info.Mode()&fs.ModeSymlink != 0 {
		target, err := os.Readlink(name)
		return []byte(target), err
	}
	return os.ReadFile(name)
}
