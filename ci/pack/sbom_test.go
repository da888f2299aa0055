package pack

import (
	"runtime/debug"
	"strings"
	"testing"
)

func TestGoPartsNameTheProjectAndItsOwnDirectories(t *testing.T) {
	const sum = "h1:AAAA"
	deps := []*debug.Module{
		{Path: "example.com/app", Version: devel},
		{Path: "example.com/lib", Version: devel},
		{Path: "example.com/local", Version: "v1.0.0", Replace: &debug.Module{Path: "./local", Version: devel}},
		{Path: "example.com/forked", Version: "v1.0.0", Replace: &debug.Module{Path: "example.com/fork", Version: "v1.0.1", Sum: sum}},
		{Path: "example.com/dep", Version: "v2.0.0", Sum: sum},
	}
	for _, tt := range []struct {
		name string
		info debug.BuildInfo
	}{
		{"a magefile", debug.BuildInfo{GoVersion: "go1.26.1", Deps: deps}},
		{"a program in a workspace", debug.BuildInfo{GoVersion: "go1.26.1", Main: debug.Module{Path: "example.com/app", Version: devel}, Deps: deps[1:]}},
	} {
		parts := goParts(Project{Name: "app"}, "1.2.3", []program{{name: "app", info: &tt.info}})
		if parts.main.PackageURL != "pkg:golang/example.com/app@v1.2.3" {
			t.Errorf("%s: it is %s", tt.name, parts.main.PackageURL)
		}
		var got []string
		for _, c := range parts.components {
			got = append(got, strings.TrimPrefix(c.PackageURL, "pkg:golang/"))
			if (c.Hashes != nil) != (c.Name == "example.com/dep" || c.Name == "example.com/fork") {
				t.Errorf("%s: %s has the hashes %v", tt.name, c.Name, c.Hashes)
			}
		}
		want := "example.com/dep@v2.0.0 example.com/fork@v1.0.1 example.com/lib example.com/local std@1.26.1"
		if strings.Join(got, " ") != want {
			t.Errorf("%s: parts are %s, want %s", tt.name, got, want)
		}
	}
}
