package npm

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAPackageIsFoundAtTheTopOrInAWorkspace(t *testing.T) {
	for _, tt := range []struct {
		name, top string
		asked     string
		want      string // its directory, or the error behind "!"
	}{
		{"the only one", `{"name": "app"}`, "", "."},
		{"the one at the top, by name", `{"name": "app", "workspaces": ["packages/*"]}`, "app", "."},
		{"one of npm's workspaces", `{"private": true, "workspaces": ["tools", "packages/*"]}`, "@team/b", "packages/b"},
		{"one of Yarn's", `{"private": true, "workspaces": {"packages": ["packages/*"]}}`, "@team/b", "packages/b"},
		{"none of that name", `{"name": "app", "workspaces": ["packages/*"]}`, "@team/c", "!no package.json names @team/c"},
		{"outside of the workspaces", `{"name": "app"}`, "@team/b", "!no package.json names @team/b"},
		{"no name at all", `{"private": true}`, "", "!package.json names no package"},
		{"no package.json", "", "", "!the commit has no package.json here"},
		{"broken", "{", "", "!read package.json: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			root := t.TempDir()
			for file, text := range map[string]string{
				"package.json": tt.top, "packages/a/package.json": `{"name": "@team/a"}`, "packages/b/package.json": `{"name": "@team/b"}`, "packages/empty/README": "none",
			} {
				file = filepath.Join(root, filepath.FromSlash(file))
				if text == "" {
					continue
				}
				if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
					t.Fatal(err)
				}
			}
			dir, name, err := Find(root, tt.asked)
			if problem, wrong := strings.CutPrefix(tt.want, "!"); wrong {
				if err == nil || !strings.HasPrefix(err.Error(), problem) {
					t.Errorf("error %v, want %s", err, problem)
				}
				return
			}
			if err != nil || dir != filepath.Join(root, filepath.FromSlash(tt.want)) || tt.asked != "" && name != tt.asked {
				t.Errorf("%s in %s, %v", name, dir, err)
			}
		})
	}
}
