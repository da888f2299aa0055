package ci

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// repository makes a git repository of the given files and lists them.
func repository(t *testing.T, files map[string]string) *Source {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, files)
	if out, err := exec.Command("git", "-C", dir, "init", "-q").CombinedOutput(); err != nil {
		t.Fatalf("git init: %v\n%s", err, out)
	}
	return sourceOf(t, dir)
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func sourceOf(t *testing.T, dir string) *Source {
	t.Helper()
	s, err := ReadSource(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var someImage = map[string]Image{"go": {Name: "go", Ref: "golang"}}

func shell(name, script string) Step {
	return Step{Name: name, Image: "go", Run: []string{"sh", "-c", script}}
}

// onHost runs steps on this machine.
func onHost(t *testing.T, o Options, steps ...Step) *Report {
	t.Helper()
	if o.Source == nil {
		o.Source = repository(t, map[string]string{"a.txt": "a"})
	}
	o.Images, o.Logs = someImage, t.TempDir()
	if o.Outputs == "" {
		o.Outputs = t.TempDir()
	}
	report, err := Run(t.Context(), newHost(nil), Pipeline{Name: "test", Steps: steps}, o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func statuses(r *Report) string {
	var all []string
	for _, s := range r.Steps {
		all = append(all, s.Step+": "+string(s.Status))
	}
	return strings.Join(all, ", ")
}
