package ci

import (
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/git/gittest"
)

// repository makes a git repository of the given files and lists them.
func repository(t *testing.T, files map[string]string) *Source {
	t.Helper()
	return sourceOf(t, gittest.Init(t, files))
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
