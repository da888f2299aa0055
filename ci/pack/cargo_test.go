package pack

import (
	"strings"
	"testing"
)

// metadata has the forms of cargo metadata: a tool that needs one crate for its
// code, one for its build script and one for its tests, of which the first
// needs another.
const metadata = `{
  "packages": [
    {"id": "path+file:///src/grain#1.0.0", "name": "grain", "version": "1.0.0", "license": "MIT OR Apache-2.0"},
    {"id": "registry+r#code@0.1.0", "name": "code", "version": "0.1.0", "license": "MIT/Apache-2.0"},
    {"id": "registry+r#deep@2.0.0+meta", "name": "deep", "version": "2.0.0+meta", "license": null},
    {"id": "registry+r#build@0.2.0", "name": "build", "version": "0.2.0", "license": "MIT"},
    {"id": "registry+r#tests@0.3.0", "name": "tests", "version": "0.3.0", "license": "MIT"}
  ],
  "resolve": {
    "root": "path+file:///src/grain#1.0.0",
    "nodes": [
      {"id": "path+file:///src/grain#1.0.0", "deps": [
        {"pkg": "registry+r#code@0.1.0", "dep_kinds": [{"kind": "dev"}, {"kind": null}]},
        {"pkg": "registry+r#build@0.2.0", "dep_kinds": [{"kind": "build"}]},
        {"pkg": "registry+r#tests@0.3.0", "dep_kinds": [{"kind": "dev"}]}]},
      {"id": "registry+r#code@0.1.0", "deps": [{"pkg": "registry+r#deep@2.0.0+meta", "dep_kinds": [{"kind": null}]}]},
      {"id": "registry+r#deep@2.0.0+meta", "deps": [{"pkg": "registry+r#code@0.1.0", "dep_kinds": [{"kind": null}]}]},
      {"id": "registry+r#build@0.2.0", "deps": []},
      {"id": "registry+r#tests@0.3.0", "deps": []}
    ]
  }
}`

func TestRustPartsAreThoseOfTheProgram(t *testing.T) {
	parts, err := rustParts([]byte(metadata))
	if err != nil {
		t.Fatal(err)
	}
	if parts.main.PackageURL != "pkg:cargo/grain@1.0.0" {
		t.Errorf("main is %s", parts.main.PackageURL)
	}
	var got []string
	for _, c := range parts.components {
		line := c.PackageURL
		if c.Licenses != nil {
			line += " " + (*c.Licenses)[0].Expression
		}
		got = append(got, line)
	}
	for _, d := range parts.dependencies {
		got = append(got, d.Ref+" > "+strings.Join(*d.Dependencies, " "))
	}
	want := []string{
		"pkg:cargo/build@0.2.0 MIT",
		"pkg:cargo/code@0.1.0 MIT OR Apache-2.0",
		"pkg:cargo/deep@2.0.0%2Bmeta",
		"pkg:cargo/build@0.2.0 > ",
		"pkg:cargo/code@0.1.0 > pkg:cargo/deep@2.0.0%2Bmeta",
		"pkg:cargo/deep@2.0.0%2Bmeta > pkg:cargo/code@0.1.0",
		"pkg:cargo/grain@1.0.0 > pkg:cargo/build@0.2.0 pkg:cargo/code@0.1.0",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestRustPartsRefuse(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", "read cargo metadata"},
		{"{}", "no root package"},
		{strings.Replace(metadata, `"root": "path+file:///src/grain#1.0.0"`, `"root": null`, 1), "no root package"},
		{strings.Replace(metadata, `{"id": "registry+r#build@0.2.0", "name"`, `{"id": "other", "name"`, 1), `"registry+r#build@0.2.0" is missing`},
	} {
		if _, err := rustParts([]byte(test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error is %v, want %q", err, test.want)
		}
	}
}

func FuzzRustParts(f *testing.F) {
	f.Add([]byte(metadata))
	f.Fuzz(func(t *testing.T, text []byte) {
		parts, err := rustParts(text)
		if err != nil {
			return
		}
		if err := writeSBOM(new(strings.Builder), parts); err != nil {
			t.Errorf("parts that were read cannot be written: %v", err)
		}
	})
}
