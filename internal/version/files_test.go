package version

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func project(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

func rules(t *testing.T, texts ...string) []Rule {
	t.Helper()
	var list []Rule
	for _, text := range texts {
		r, err := ParseRule(text)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, r)
	}
	return list
}

func TestSet(t *testing.T) {
	for _, tt := range []struct {
		name    string
		files   map[string]string
		rules   []string
		from    string
		to      string
		changed map[string]string // files not named stay as they are
	}{
		{
			name:    "a crate and its lock, comments and CRLF kept",
			files:   map[string]string{"Cargo.toml": "# version = \"1.2.3\"\r\n[package]\r\nname = \"a\"\r\nversion   =  '1.2.3' # now\r\n[dependencies]\r\nb = \"1.2.3\"\r\n", "Cargo.lock": "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.2.3\"\n\n[[package]]\nname = \"b\"\nversion = \"1.2.3\"\nsource = \"registry+https://e.com/\"\n"},
			from:    "1.2.3",
			to:      "1.3.0",
			changed: map[string]string{"Cargo.toml": "# version = \"1.2.3\"\r\n[package]\r\nname = \"a\"\r\nversion   =  '1.3.0' # now\r\n[dependencies]\r\nb = \"1.2.3\"\r\n", "Cargo.lock": "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.3.0\"\n\n[[package]]\nname = \"b\"\nversion = \"1.2.3\"\nsource = \"registry+https://e.com/\"\n"},
		},
		{
			name: "a workspace: shared version, members, their requirements on each other, dependencies in the lock",
			files: map[string]string{
				"Cargo.toml":             "[workspace]\nmembers = [\"crates/*\"]\nexclude = [\"crates/old\"]\n[workspace.package]\nversion = \"0.4.1\"\n[workspace.dependencies]\ncore = { path = \"crates/core\", version = \"=0.4.1\" }\nserde = { version = \"0.4.1\" }",
				"crates/core/Cargo.toml": "[package]\nname = \"core\"\nversion.workspace = true\n",
				"crates/cli/Cargo.toml":  "[package]\nname = \"cli\"\nversion = \"0.4.1\"\n[dependencies.core]\npath = \"../core\"\nversion = \"0.4\"\n[target.'cfg(unix)'.dev-dependencies]\nhelper = { path = \"../../helper\", version = \"^0.4.1\" }\n",
				"crates/old/Cargo.toml":  "[package]\nname = \"old\"\nversion = \"0.0.1\"\n",
				"crates/README.md":       "no crate",
				"helper/Cargo.toml":      "[package]\nname = \"helper\"\nversion = \"0.4.1\"\n",
				"xtask/Cargo.toml":       "[package]\nname = \"xtask\"\nversion = \"0.1.0\"\npublish = false\n",
				"Cargo.lock":             "[[package]]\nname = \"cli\"\nversion = \"0.4.1\"\ndependencies = [\n \"core 0.4.1\",\n \"core 0.2.0\",\n]\n[[package]]\nname = \"core\"\nversion = \"0.4.1\"\n[[package]]\nname = \"helper\"\nversion = \"0.4.1\"\n",
			},
			from: "0.4.1",
			to:   "0.5.0",
			changed: map[string]string{
				"Cargo.toml":            "[workspace]\nmembers = [\"crates/*\"]\nexclude = [\"crates/old\"]\n[workspace.package]\nversion = \"0.5.0\"\n[workspace.dependencies]\ncore = { path = \"crates/core\", version = \"=0.5.0\" }\nserde = { version = \"0.4.1\" }",
				"crates/cli/Cargo.toml": "[package]\nname = \"cli\"\nversion = \"0.5.0\"\n[dependencies.core]\npath = \"../core\"\nversion = \"0.5\"\n[target.'cfg(unix)'.dev-dependencies]\nhelper = { path = \"../../helper\", version = \"^0.5.0\" }\n",
				"helper/Cargo.toml":     "[package]\nname = \"helper\"\nversion = \"0.5.0\"\n",
				"Cargo.lock":            "[[package]]\nname = \"cli\"\nversion = \"0.5.0\"\ndependencies = [\n \"core 0.5.0\",\n \"core 0.2.0\",\n]\n[[package]]\nname = \"core\"\nversion = \"0.5.0\"\n[[package]]\nname = \"helper\"\nversion = \"0.5.0\"\n",
			},
		},
		{
			name:    "a member that is never published keeps its number",
			files:   map[string]string{"Cargo.toml": "[package]\nname = \"a\"\nversion = \"1.0.0\"\n[workspace]\nmembers = [\"xtask\"]\n", "xtask/Cargo.toml": "[package]\nname = \"xtask\"\nversion = \"0.1.0\"\npublish = false\n"},
			from:    "1.0.0",
			to:      "1.0.1",
			changed: map[string]string{"Cargo.toml": "[package]\nname = \"a\"\nversion = \"1.0.1\"\n[workspace]\nmembers = [\"xtask\"]\n"},
		},
		{
			name:    "package.json and both places of its lock, nested versions untouched",
			files:   map[string]string{"package.json": "\ufeff{\n\t\"name\": \"p\",\n\t\"engines\": {\"version\": \"2.0.0\"},\n\t\"version\"  :  \"2.0.0\"\n}", "package-lock.json": `{"version": "2.0.0", "packages": {"": {"version": "2.0.0"}, "node_modules/x": {"version": "2.0.0"}}}`},
			from:    "2.0.0",
			to:      "2.0.1-rc.1",
			changed: map[string]string{"package.json": "\ufeff{\n\t\"name\": \"p\",\n\t\"engines\": {\"version\": \"2.0.0\"},\n\t\"version\"  :  \"2.0.1-rc.1\"\n}", "package-lock.json": `{"version": "2.0.1-rc.1", "packages": {"": {"version": "2.0.1-rc.1"}, "node_modules/x": {"version": "2.0.0"}}}`},
		},
		{
			name:    "pyproject.toml, PEP 621, a prerelease in Python's spelling",
			files:   map[string]string{"pyproject.toml": "[project]\nname = \"p\"\nversion = \"1.0.0rc1\"\ndependencies = [\"x==1.0.0rc1\"]\n"},
			from:    "1.0.0-rc.1",
			to:      "1.0.0-rc.2",
			changed: map[string]string{"pyproject.toml": "[project]\nname = \"p\"\nversion = \"1.0.0rc2\"\ndependencies = [\"x==1.0.0rc1\"]\n"},
		},
		{
			name:    "pyproject.toml of Poetry",
			files:   map[string]string{"pyproject.toml": "[tool.poetry]\nversion = \"1.0.0\""},
			from:    "1.0.0",
			to:      "1.1.0",
			changed: map[string]string{"pyproject.toml": "[tool.poetry]\nversion = \"1.1.0\""},
		},
		{
			name:    "any file by pattern, a file that is only a version, a manifest in a folder",
			files:   map[string]string{"v.go": "const Version = \"v1.0.0\" // was 0.9.0\nconst Other = \"v1.0.0\"\n", "VERSION": "1.0.0\r\n", "js/package.json": `{"version":"1.0.0"}`, "Cargo.toml": "[package]\nversion = \"7.0.0\"\n"},
			rules:   []string{`v.go: ^const Version = "(.+)"`, "VERSION", "js/package.json", "./VERSION"},
			from:    "1.0.0",
			to:      "1.0.1",
			changed: map[string]string{"v.go": "const Version = \"v1.0.1\" // was 0.9.0\nconst Other = \"v1.0.0\"\n", "VERSION": "1.0.1\r\n", "js/package.json": `{"version":"1.0.1"}`},
		},
		{
			name: "a member that is never published finds the others, whose versions move",
			files: map[string]string{
				"Cargo.toml":       "[workspace]\nmembers = [\"*\"]\n[workspace.package]\npublish = false\n",
				"a/Cargo.toml":     "[package]\nname = \"a\"\nversion = \"0.4.0\"\n",
				"bench/Cargo.toml": "[package]\nname = \"bench\"\nversion = \"0.0.0\"\npublish = []\n[dependencies]\nother = { package = \"a\", path = \"../a\", version = \"0.4.0\" }\n",
				"xtask/Cargo.toml": "[package]\nname = \"xtask\"\nversion = \"0.0.1\"\npublish.workspace = true\n",
			},
			from: "0.4.0",
			to:   "0.5.0",
			changed: map[string]string{
				"a/Cargo.toml":     "[package]\nname = \"a\"\nversion = \"0.5.0\"\n",
				"bench/Cargo.toml": "[package]\nname = \"bench\"\nversion = \"0.0.0\"\npublish = []\n[dependencies]\nother = { package = \"a\", path = \"../a\", version = \"0.5.0\" }\n",
			},
		},
		{
			name: "a package of a workspace and its place in the lock file above it",
			files: map[string]string{
				"packages/a/package.json": `{"version":"1.0.0"}`,
				"package-lock.json":       `{"version":"7.0.0","packages":{"":{"version":"7.0.0"},"packages/a":{"version":"1.0.0"},"packages/b":{"version":"1.0.0"}}}`,
			},
			rules: []string{"packages/a/package.json"},
			from:  "1.0.0",
			to:    "1.0.1",
			changed: map[string]string{
				"packages/a/package.json": `{"version":"1.0.1"}`,
				"package-lock.json":       `{"version":"7.0.0","packages":{"":{"version":"7.0.0"},"packages/a":{"version":"1.0.1"},"packages/b":{"version":"1.0.0"}}}`,
			},
		},
		{
			name:    "a pattern up to the end of a line, in a file of Windows with a byte order mark",
			files:   map[string]string{"setup.cfg": "\ufeffversion = 1.0.0\r\nname = p\r\n"},
			rules:   []string{"setup.cfg: ^version = (.+)$"},
			from:    "1.0.0",
			to:      "1.10.0",
			changed: map[string]string{"setup.cfg": "\ufeffversion = 1.10.0\r\nname = p\r\n"},
		},
		{
			name: "a dynamic version of Hatch",
			files: map[string]string{
				"pyproject.toml":     "[project]\nname = \"p\"\ndynamic = [\"readme\", \"version\"]\n[tool.hatch.version]\npath = \"src/p/__about__.py\"\n",
				"src/p/__about__.py": "# __version__ = \"0.1.0\"\r\n__version__: str = '1.0.0' # now\r\n",
			},
			from:    "1.0.0",
			to:      "1.1.0-rc.1",
			changed: map[string]string{"src/p/__about__.py": "# __version__ = \"0.1.0\"\r\n__version__: str = '1.1.0rc1' # now\r\n"},
		},
		{
			name:    "a dynamic version of Hatch, by its other name",
			files:   map[string]string{"pyproject.toml": "[project]\ndynamic = [\"version\"]\n[tool.hatch.version]\nsource = \"regex\"\npath = \"p.py\"\n", "p.py": "VERSION = \"1.0.0\"\n"},
			from:    "1.0.0",
			to:      "1.1.0",
			changed: map[string]string{"p.py": "VERSION = \"1.1.0\"\n"},
		},
		{
			name: "a dynamic version of setuptools, by attribute",
			files: map[string]string{
				"pyproject.toml":    "[project]\ndynamic = [\"version\"]\n[tool.setuptools.dynamic]\nversion = { attr = \"p.v.VERSION\" }\n",
				"src/p/v.py":        "VERSION_INFO = \"9.9.9\"\nVERSION = \"1.0.0\"\n",
				"src/p/__init__.py": "__version__ = \"9.9.9\"\n",
			},
			from:    "1.0.0",
			to:      "1.1.0",
			changed: map[string]string{"src/p/v.py": "VERSION_INFO = \"9.9.9\"\nVERSION = \"1.1.0\"\n"},
		},
		{
			name:    "a dynamic version of setuptools, in a file",
			files:   map[string]string{"pyproject.toml": "[project]\ndynamic = [\"version\"]\n[tool.setuptools.dynamic]\nversion.file = [\"VERSION\"]\n", "VERSION": "1.0.0\n"},
			from:    "1.0.0",
			to:      "1.1.0",
			changed: map[string]string{"VERSION": "1.1.0\n"},
		},
		{
			name:    "a dynamic version of Flit, and of PDM",
			files:   map[string]string{"pyproject.toml": "[build-system]\nbuild-backend = \"flit_core.buildapi\"\n[project]\nname = \"my-p\"\ndynamic = [\"version\"]\n", "my_p.py": "__version__ = \"1.0.0\"\n", "b/pyproject.toml": "[project]\ndynamic = [\"version\"]\n[tool.pdm]\nversion = { source = \"file\", path = \"b.py\" }\n", "b/b.py": "__version__=\"1.0.0\"\n"},
			rules:   []string{"pyproject.toml", "b/pyproject.toml"},
			from:    "1.0.0",
			to:      "1.1.0",
			changed: map[string]string{"my_p.py": "__version__ = \"1.1.0\"\n", "b/b.py": "__version__=\"1.1.0\"\n"},
		},
		{
			name:    "uv's lock file has the project's own version",
			files:   map[string]string{"pyproject.toml": "[project]\nversion = \"1.0.0\"\n", "uv.lock": "version = 1\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = { registry = \"https://pypi.org/simple\" }\n[[package]]\nname = \"p\"\nversion = \"1.0.0\"\nsource = { editable = \".\" }\n"},
			from:    "1.0.0",
			to:      "1.1.0",
			changed: map[string]string{"pyproject.toml": "[project]\nversion = \"1.1.0\"\n", "uv.lock": "version = 1\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = { registry = \"https://pypi.org/simple\" }\n[[package]]\nname = \"p\"\nversion = \"1.1.0\"\nsource = { editable = \".\" }\n"},
		},
		{
			name:  "the version is there already",
			files: map[string]string{"package.json": `{"version":"1.0.0"}`},
			from:  "1.0.0",
			to:    "1.0.0",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fsys := project(tt.files)
			f, err := Find(fsys, rules(t, tt.rules...)...)
			if err != nil {
				t.Fatal(err)
			}
			if v, ok, err := f.Current(); err != nil || !ok || v.String() != tt.from {
				t.Fatalf("current %s, %v, %v; want %s", v, ok, err, tt.from)
			}
			edits, err := f.Set(must(t, tt.to))
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for name, b := range edits {
				got[name] = string(b)
			}
			if !maps.Equal(got, tt.changed) {
				t.Errorf("got  %q\nwant %q", got, tt.changed)
			}
			checkInverse(t, fsys, edits, rules(t, tt.rules...), must(t, tt.from))
		})
	}
}

// checkInverse sets the old version again: every byte is back.
func checkInverse(t *testing.T, fsys fs.FS, edits map[string][]byte, rules []Rule, old Version) {
	t.Helper()
	again, err := Find(overlay{fsys, edits}, rules...)
	if err != nil {
		t.Fatal(err)
	}
	back, err := again.Set(old)
	if err != nil {
		t.Fatal(err)
	}
	for name := range edits {
		if want, _ := fs.ReadFile(fsys, name); !bytes.Equal(back[name], want) {
			t.Errorf("%s, set and set back:\ngot  %q\nwant %q", name, back[name], want)
		}
	}
}

func TestDisagreeingFilesAreListed(t *testing.T) {
	f, err := Find(project(map[string]string{
		"package.json":      "{\n \"version\": \"1.1.0\"\n}",
		"package-lock.json": "{\"version\": \"1.1.0\", \"packages\": {\n\"\": {\"version\": \"1.0.0\"}}}",
		"Cargo.toml":        "[package]\nname = \"a\"\nversion = \"1.1.0\"\n",
	}))
	if err != nil {
		t.Fatal(err)
	}
	const want = `the version files disagree; set them to one number, or name those that count in version_files of [release]:
  Cargo.toml:3: package.version is 1.1.0
  package.json:2: version is 1.1.0
  package-lock.json:1: version is 1.1.0
  package-lock.json:2: packages[""].version is 1.0.0`
	var d *Disagreement
	if _, _, err := f.Current(); !errors.As(err, &d) || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	if edits, err := f.Set(Version{2, 0, 0, ""}); !errors.As(err, &d) || edits != nil {
		t.Errorf("set: %v, %v; want the disagreement", edits, err)
	}
}

func TestFilesThatCannotBeEdited(t *testing.T) {
	for _, tt := range []struct {
		name  string
		files map[string]string
		rules []string
		to    string
		want  string
	}{
		{"broken TOML", map[string]string{"Cargo.toml": "[package\n"}, nil, "2.0.0", "Cargo.toml: not valid TOML"},
		{"broken JSON", map[string]string{"package.json": "{"}, nil, "2.0.0", "package.json: not valid JSON: unexpected end of JSON input"},
		{"no SemVer", map[string]string{"pyproject.toml": "[project]\n\nversion = \"1.2\"\n"}, nil, "2.0.0", `pyproject.toml:3: project.version: version "1.2": it has fewer than three numbers; write v1.2.0`},
		{"a prerelease that Python does not know", map[string]string{"pyproject.toml": "[project]\nversion = \"1.0.0\"\n"}, nil, "2.0.0-next.1", `pyproject.toml:2: no prerelease of Python is called "next.1"; use alpha.N, beta.N or rc.N`},
		{"a requirement that is no single version", map[string]string{"Cargo.toml": "[package]\nversion = \"1.0.0\"\n[dependencies]\nb = { path = \"b\", version = \">=1, <2\" }\n", "b/Cargo.toml": "[package]\nname = \"b\"\nversion = \"1.0.0\"\n"}, nil, "2.0.0", `Cargo.toml:4: requirement ">=1, <2" on a member of this workspace: expected one version, as in "2.0.0"`},
		{"a requirement that the new version does not meet", map[string]string{"Cargo.toml": "[package]\nversion = \"1.2.0\"\n[dependencies]\nb = { path = \"b\", version = \"1.1\" }\n", "b/Cargo.toml": "[package]\nname = \"b\"\nversion = \"1.2.0\"\n"}, nil, "2.0.0", `Cargo.toml:4: requirement "1.1" on a member of this workspace is neither the current version 1.2.0 nor met by 2.0.0; set it by hand`},
		{"a pattern that matches nothing", map[string]string{"v.go": "x"}, []string{`v.go: Version = "(.+)"`}, "2.0.0", `v.go: nothing matches the pattern "(?m)Version = \"(.+)\""`},
		{"a file with more than a version and no pattern", map[string]string{"v.go": "package v"}, []string{"v.go"}, "2.0.0", `v.go: it holds more than a version; say where the number stands, as in "v.go: version = (.+)"`},
		{"a version in several lines", map[string]string{"Cargo.toml": "[package]\nversion = \"\"\"1.0.0\"\"\"\n"}, nil, "2.0.0", "Cargo.toml:2: package.version: it is written with escapes or in several lines; write it as a plain string"},
		{"a version that is a number", map[string]string{"pyproject.toml": "[project]\nversion = 1.0\n"}, nil, "2.0.0", "pyproject.toml:2: project.version: it is no string"},
		{"a version with escapes", map[string]string{"package.json": "{\"version\":\"1.\\u0030.0\"}"}, nil, "2.0.0", "package.json:1: version: it is written with escapes or in several lines"},
		{"a version that is null", map[string]string{"package.json": "{\n\"version\": null}"}, nil, "2.0.0", "package.json:2: version: it is no string"},
		{"a version that is given twice", map[string]string{"package.json": `{"version":"1.0.0","version":"1.0.1"}`}, nil, "2.0.0", "package.json:1: version: it is given twice; keep one"},
		{"a crate of a workspace above", map[string]string{"Cargo.toml": "[package]\nname = \"a\"\nversion.workspace = true\n"}, nil, "2.0.0", "Cargo.toml: package.version is that of a workspace that this directory is not the root of: release from there"},
		{"a requirement of a crate that is never published", map[string]string{"Cargo.toml": "[package]\nname = \"a\"\nversion = \"1.0.0\"\n[workspace]\nmembers = [\"x\"]\n", "x/Cargo.toml": "[package]\nname = \"x\"\nversion = \"0.1.0\"\npublish = false\n[dependencies.a]\npath = \"..\"\nversion = \"0.9\"\n"}, nil, "2.0.0", `x/Cargo.toml:7: requirement "0.9" on a member`},
		{"a dynamic version whose file computes it", map[string]string{"pyproject.toml": "[project]\ndynamic = [\"version\"]\n[tool.hatch.version]\npath = \"p.py\"\n", "p.py": "__version__ = read()\n"}, nil, "2.0.0", "p.py: tool.hatch.version.path of pyproject.toml reads the version here, and none is seen"},
		{"a dynamic version whose file is not there", map[string]string{"pyproject.toml": "[project]\ndynamic = [\"version\"]\n[tool.setuptools.dynamic]\nversion = { attr = \"p.__version__\" }\n"}, nil, "2.0.0", "pyproject.toml: tool.setuptools.dynamic.version.attr reads the version from p.py or p/__init__.py"},
		{"an empty file", map[string]string{"VERSION": "\n"}, []string{"VERSION"}, "2.0.0", "VERSION: it is empty, and should hold the version"},
		{"a file that is not there", map[string]string{}, []string{"VERSION"}, "2.0.0", "VERSION: open VERSION: file does not exist"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Find(project(tt.files), rules(t, tt.rules...)...)
			if err == nil {
				_, err = f.Set(must(t, tt.to))
			}
			var e *FileError
			if !errors.As(err, &e) || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestRulesThatCannotBeRead(t *testing.T) {
	for _, text := range []string{"", "/etc/x", "../x: (.+)", "v.go: (", "v.go: no group", "v.go: (a)(b)"} {
		if r, err := ParseRule(text); err == nil {
			t.Errorf("ParseRule(%q) = %v, want an error", text, r)
		}
	}
}

func TestAProjectMayHaveNoVersionFile(t *testing.T) {
	f, err := Find(project(map[string]string{"go.mod": "module m\n", "package.json": `{"private": true}`, "pyproject.toml": "[project]\ndynamic = [\"version\"]\n"}))
	if err != nil {
		t.Fatal(err)
	}
	if v, ok, err := f.Current(); ok || err != nil {
		t.Errorf("current %s, %v, %v; want none", v, ok, err)
	}
	if edits, err := f.Set(Version{1, 0, 0, ""}); len(edits) != 0 || err != nil {
		t.Errorf("set: %v, %v; want no edit", edits, err)
	}
}

func TestAVersionThatComesFromTagsStandsInNoFile(t *testing.T) {
	f, err := Find(project(map[string]string{
		"pyproject.toml": "[build-system]\nrequires = [\"setuptools>=64\", \"setuptools_scm[toml]>=8\"]\n[project]\ndynamic = [\"version\"]\n[tool.setuptools.dynamic]\nversion = { attr = \"p._version.version\" }\n",
	}))
	if err != nil || len(f.Sites()) != 0 {
		t.Errorf("%v, %v", f, err)
	}
}

func TestMoveRequirement(t *testing.T) {
	for _, tt := range []struct{ text, current, to, want string }{ // want "" is refused
		{"1.2.3", "1.2.3", "1.3.0", "1.3.0"},
		{"=1.2.3", "1.2.3", "1.3.0", "=1.3.0"},
		{"~1.2", "1.2.3", "1.3.0", "~1.3"},
		{">= 1.2.3", "1.2.3", "2.0.0", ">= 2.0.0"},
		{"1", "1.2.3", "2.0.0", "2"},
		{"1.2", "1.2.3", "2.0.0-rc.1", "2.0.0-rc.1"},
		{"2.0.0-rc.1", "2.0.0-rc.1", "2.0.0", "2.0.0"},
		{"*", "1.2.3", "2.0.0", "*"},
		{"1.1.0", "1.2.3", "1.3.0", "1.1.0"},
		{">=1.0", "1.2.3", "2.0.0", ">=1.0"},
		{"~1.1", "1.2.3", "1.3.0", ""},
		{"=1.1.0", "1.2.3", "1.3.0", ""},
		{"0.3.0", "0.4.1", "0.4.2", ""},
		{"0.0.3", "0.0.4", "0.0.5", ""},
		{"1.1.0", "1.2.3", "1.3.0-rc.1", ""},
		{"1.x", "1.2.3", "1.3.0", ""},
	} {
		got, err := moveRequirement(tt.text, must(t, tt.current), must(t, tt.to))
		if got != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("%q from %s to %s: %q, %v; want %q", tt.text, tt.current, tt.to, got, err, tt.want)
		}
	}
}

func TestCheckModule(t *testing.T) {
	for _, tt := range []struct{ mod, version, want string }{ // want "" passes
		{"module e.com/m\n", "0.9.0", ""},
		{"module e.com/m\n", "1.9.0", ""},
		{"// c\n\nmodule \"e.com/m/v2\" // x\n", "2.0.0", ""},
		{"module e.com/m\n", "2.0.0", "go.mod:1: a module with the path e.com/m cannot be v2.0.0; change the path and its imports to e.com/m/v2, or choose a version that fits"},
		{"\nmodule e.com/m/v2\n", "1.9.0", "go.mod:2: a module with the path e.com/m/v2 cannot be v1.9.0; change the path and its imports to e.com/m, or choose a version that fits"},
		{"module e.com/m/v2\n", "3.0.0", "go.mod:1: a module with the path e.com/m/v2 cannot be v3.0.0; change the path and its imports to e.com/m/v3, or choose a version that fits"},
		{"module gopkg.in/yaml.v3\n", "3.1.0", ""},
		{"module gopkg.in/yaml.v3\n", "4.0.0", "go.mod:1: a module with the path gopkg.in/yaml.v3 cannot be v4.0.0; change the path and its imports to gopkg.in/yaml.v4, or choose a version that fits"},
		{"go 1.25\n", "1.0.0", "go.mod: no module line"},
	} {
		err := CheckModule(project(map[string]string{"go.mod": tt.mod}), "go.mod", must(t, tt.version))
		if got := errorText(err); got != tt.want {
			t.Errorf("%q at %s: %q, want %q", tt.mod, tt.version, got, tt.want)
		}
	}
	if err := CheckModule(project(nil), "go.mod", Version{2, 0, 0, ""}); err != nil {
		t.Errorf("no go.mod: %v", err)
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// FuzzFiles holds for any manifest: setting a version changes nothing but the
// numbers, so that setting the old one again gives the same bytes.
func FuzzFiles(f *testing.F) {
	f.Add(uint8(0), []byte("[package]\nname = \"a\"\nversion = \"1.2.3\"\n[dependencies]\na = {path = \".\", version = \"1.2.3\"}\n"))
	f.Add(uint8(1), []byte("{\"version\": \"1.2.3\", \"x\": [{\"version\": 1}]}"))
	f.Add(uint8(2), []byte("\ufeff[project]\r\nversion = '1.2.3'\r\n[tool.poetry]\r\nversion = \"1.2.3\""))
	f.Add(uint8(3), []byte("[[package]]\nname = \"a\"\nversion = \"1.2.3\"\ndependencies = [\"a 1.2.3\"]\n"))
	names := []string{"Cargo.toml", "package.json", "pyproject.toml", "Cargo.lock"}
	f.Fuzz(func(t *testing.T, kind uint8, data []byte) {
		files := map[string]string{names[int(kind)%len(names)]: string(data)}
		if _, ok := files["Cargo.lock"]; ok {
			files["Cargo.toml"] = "[package]\nname = \"a\"\nversion = \"1.2.3\"\n"
		}
		fsys := project(files)
		found, err := Find(fsys)
		if err != nil {
			return
		}
		old, ok, err := found.Current()
		if err != nil || !ok {
			return
		}
		edits, err := found.Set(Version{98, 7, 6, ""})
		var e *FileError
		if err != nil && !errors.As(err, &e) {
			t.Fatal(err)
		}
		if err != nil || slices.ContainsFunc(found.sites, func(s Site) bool { return strings.TrimPrefix(s.Text, "v") != old.String() }) {
			return // partly refused, or another spelling of the old version
		}
		checkInverse(t, fsys, edits, nil, old)
	})
}
