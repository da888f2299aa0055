package config

import (
	"fmt"
	"slices"
	"strings"
)

// Release configures releases.
type Release struct {
	Branch       string   `toml:"branch"`
	Remote       string   `toml:"remote"`        // name of the remote repository in git; "" is origin, or the only one
	VersionFiles []string `toml:"version_files"` // "PATH" or "PATH: PATTERN"; none: they are found
	VersionArgs  []string `toml:"version_args"`  // that the released programs print their version with; none: "--version", of a magefile "version"
	Package      *bool    `toml:"package"`       // whether ci:package makes what is released; nil: where a channel needs it
}

// Publish is one channel of a release, besides the git repository. Which keys a
// kind takes is in [Publish.check].
type Publish struct {
	Kind string `toml:"kind"` // "github", "oci", "cargo", "npm", "gomodule", "command", "webhook" or "discussion"
	ID   string `toml:"id"`   // names the channel where two have one kind; "" is the kind

	Repository string `toml:"repository"` // github, discussion: "owner/name"; oci: "registry.example.org/team/app"
	Registry   string `toml:"registry"`   // cargo: its name; npm: its URL
	Index      string `toml:"index"`      // cargo: URL of the sparse index of another registry
	Package    string `toml:"package"`    // npm: the package, where it is not in package.json at the top
	Secret     string `toml:"secret"`     // the variable that holds the token, or the webhook's URL
	Category   string `toml:"category"`   // discussion: that it is begun in
	Field      string `toml:"field"`      // webhook: of its JSON object, that holds the text; "" is "text"

	Title  string   `toml:"title"` // command: for people
	Class  string   `toml:"class"` // command: "invisible", "pointer", "irrevocable" or "notice"
	Probe  []string `toml:"probe"`
	Do     []string `toml:"do"`
	Verify []string `toml:"verify"`
	Undo   []string `toml:"undo"`
}

// Name is what the channel is called in plans and journals.
func (p Publish) Name() string {
	if p.ID != "" {
		return p.ID
	}
	return p.Kind
}

// publishKeys are the keys of each kind besides kind and id; those with "!" are
// needed.
var publishKeys = map[string][]string{
	"github":     {"repository", "secret"},
	"oci":        {"!repository"},
	"cargo":      {"registry", "index", "secret"},
	"npm":        {"registry", "package", "secret"},
	"gomodule":   {},
	"command":    {"!class", "!probe", "!do", "verify", "undo", "title"},
	"webhook":    {"!secret", "field"},
	"discussion": {"!category", "repository", "secret"},
}

// check says which key of a channel is missing or does not belong to its kind.
func (p Publish) check() error {
	if err := oneOf("kind", p.Kind, "github", "oci", "cargo", "npm", "gomodule", "command", "webhook", "discussion"); err != nil {
		return err
	}
	given := map[string]bool{
		"repository": p.Repository != "", "registry": p.Registry != "", "index": p.Index != "", "package": p.Package != "",
		"secret": p.Secret != "", "category": p.Category != "", "field": p.Field != "", "title": p.Title != "", "class": p.Class != "",
		"probe": len(p.Probe) > 0, "do": len(p.Do) > 0, "verify": len(p.Verify) > 0, "undo": len(p.Undo) > 0,
	}
	takes := publishKeys[p.Kind]
	for _, key := range takes {
		if name, needed := strings.CutPrefix(key, "!"); needed && !given[name] {
			return fmt.Errorf("%s: missing: kind %q needs it", name, p.Kind)
		}
	}
	for _, key := range []string{"repository", "registry", "index", "package", "secret", "category", "field", "title", "class", "probe", "do", "verify", "undo"} {
		if given[key] && !slices.Contains(takes, key) && !slices.Contains(takes, "!"+key) {
			return fmt.Errorf("%s: kind %q does not take it", key, p.Kind)
		}
	}
	if p.Kind == "command" {
		return oneOf("class", p.Class, "invisible", "pointer", "irrevocable", "notice")
	}
	return nil
}

// checkPublish checks all channels together: their names must differ.
func checkPublish(channels []Publish) error {
	seen := map[string]bool{"git": true}
	for i, p := range channels {
		if err := p.check(); err != nil {
			return fmt.Errorf("[[publish]] number %d (%q): %w", i+1, p.Name(), err)
		}
		if seen[p.Name()] {
			return fmt.Errorf("[[publish]] number %d: there is another channel named %q: give it an id", i+1, p.Name())
		}
		seen[p.Name()] = true
	}
	return nil
}
