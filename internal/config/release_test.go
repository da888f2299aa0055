package config

import (
	"strings"
	"testing"
)

const publishTables = `
[release]
branch = "trunk"
version_files = ["version.txt: (.+)"]
package = true
[[publish]]
kind = "github"
repository = "owner/name"
[[publish]]
kind = "oci"
repository = "registry.example.org/team/app"
[[publish]]
kind = "command"
id = "mirror"
class = "pointer"
probe = ["./mirror", "probe", "{version}"]
do = ["./mirror", "set", "{version}"]
undo = ["./mirror", "set", "{previous}"]
[[publish]]
kind = "webhook"
secret = "ANNOUNCE_URL"
field = "content"
[[publish]]
kind = "discussion"
category = "Announcements"
`

func TestChannelsAreConfigured(t *testing.T) {
	c, err := Load(project("cupel.toml", oneSuite+publishTables))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range c.Publish {
		names = append(names, p.Name())
	}
	if got := strings.Join(names, " "); got != "github oci mirror webhook discussion" {
		t.Errorf("channels are %s", got)
	}
	if c.Release.Branch != "trunk" || c.Release.Package == nil || !*c.Release.Package || len(c.Release.VersionFiles) != 1 {
		t.Errorf("release is %+v", c.Release)
	}
}

func TestChannelsThatMakeNoSenseAreRefused(t *testing.T) {
	for _, tt := range []struct{ name, from, to, want string }{
		{"unknown kind", `kind = "oci"`, `kind = "ocl"`, "want one of github, oci"},
		{"a key that is needed", `repository = "registry.example.org/team/app"`, ``, `repository: missing: kind "oci" needs it`},
		{"a key of another kind", `repository = "owner/name"`, `index = "https://example.org/index"`, `index: kind "github" does not take it`},
		{"a discussion nowhere", `category = "Announcements"`, ``, `category: missing: kind "discussion" needs it`},
		{"unknown class", `class = "pointer"`, `class = "local"`, "want one of invisible, pointer"},
		{"two of one name", `id = "mirror"`, `id = "oci"`, `another channel named "oci"`},
		{"the name of the repository itself", `id = "mirror"`, `id = "git"`, `another channel named "git"`},
		{"misspelled key", `undo =`, `unod =`, "did you mean"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Load(project("cupel.toml", oneSuite+strings.Replace(publishTables, tt.from, tt.to, 1)))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
