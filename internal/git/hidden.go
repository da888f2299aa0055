package git

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// hidden lists the files that differ from the index and that git was told not to look
// at: those assumed unchanged, and those marked as not checked out that lie in the work
// tree all the same. One of the latter that does not lie there is no deletion: the
// checkout is a sparse one.
func (r *Repo) hidden(ctx context.Context) ([]Change, error) {
	out, err := r.Run(ctx, "ls-files", "-z", "-v", "--stage")
	if err != nil {
		return nil, err
	}
	var changes []Change
	for _, entry := range splitNul(out) {
		meta, name, ok := strings.Cut(entry, "\t")
		fields := strings.Fields(meta) // tag, mode, object, stage
		if !ok || len(fields) != 4 || !strings.ContainsAny(fields[0], "hsS") {
			continue
		}
		info, err := os.Lstat(filepath.Join(r.Root, filepath.FromSlash(name)))
		if err != nil {
			if fields[0] == "h" {
				changes = append(changes, Change{Code: " D", Path: name})
			}
			continue
		}
		same, err := r.holds(ctx, name, info, fields[1], fields[2])
		if err != nil {
			return nil, err
		}
		if !same {
			changes = append(changes, Change{Code: " M", Path: name})
		}
	}
	return changes, nil
}

// holds reports whether a file of the work tree is what the index says.
func (r *Repo) holds(ctx context.Context, name string, info fs.FileInfo, mode, object string) (bool, error) {
	var id string
	var err error
	switch {
	case mode == "160000":
		return info.IsDir(), nil
	case mode == "120000" && info.Mode()&fs.ModeSymlink != 0:
		target, readErr := os.Readlink(filepath.Join(r.Root, filepath.FromSlash(name)))
		if readErr != nil {
			return false, readErr
		}
		id, err = r.RunInput(ctx, []byte(target), "hash-object", "--stdin")
	case mode != "120000" && info.Mode().IsRegular():
		id, err = r.Run(ctx, "hash-object", "--", name)
	}
	return strings.TrimSpace(id) == object, err
}
