package npm

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// A manifest is what matters here of a package.json.
type manifest struct {
	Name       string
	Workspaces workspaces
}

// workspaces are patterns of directories, as npm and as Yarn write them.
type workspaces []string

// UnmarshalJSON reads a list, or an object that has one.
func (w *workspaces) UnmarshalJSON(b []byte) error {
	var object struct{ Packages []string }
	if json.Unmarshal(b, &object) == nil {
		*w = object.Packages
		return nil
	}
	return json.Unmarshal(b, (*[]string)(w))
}

// Find is the directory of a package of the project in root, and its name: the
// package at the top where name is "", else that of the name, at the top or in a
// workspace.
func Find(root, name string) (dir, found string, err error) {
	top, err := readManifest(root)
	if errors.Is(err, fs.ErrNotExist) {
		return "", "", errors.New("the commit has no package.json here")
	}
	if err != nil {
		return "", "", err
	}
	if name == "" && top.Name == "" {
		return "", "", errors.New("package.json names no package")
	}
	if name == "" || top.Name == name {
		return root, top.Name, nil
	}
	for _, pattern := range top.Workspaces {
		dirs, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
		if err != nil {
			return "", "", fmt.Errorf("package.json: workspaces: %q: %w", pattern, err)
		}
		for _, dir := range dirs {
			if m, err := readManifest(dir); err == nil && m.Name == name {
				return dir, name, nil
			}
		}
	}
	return "", "", fmt.Errorf("no package.json names %s, neither at the top nor in a workspace", name)
}

func readManifest(dir string) (m manifest, err error) {
	b, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return m, fmt.Errorf("read package.json: %w", err)
	}
	return m, nil
}
