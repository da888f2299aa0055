package config

import (
	"bytes"
	"errors"
	"testing"
	"testing/fstest"
	"time"

	"github.com/cupel-dev/cupel/internal/bench"
)

func project(files ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		fsys[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return fsys
}

const oneSuite = `
[[suite]]
name   = "softmax"
format = "gobench"
build  = ["go", "test", "-c", "-o", "{out}/softmax.test", "./benches/softmax"]
run    = ["{out}/softmax.test", "-test.bench=."]
timeout = "90s"
metrics = [{ name = "rate", unit = "tok/s", better = "higher", class = "noisy", tolerance = "1%" }]
`

func TestDesignExampleIsUnderstood(t *testing.T) {
	c, err := Load(project("cupel.toml", oneSuite+`
[smoke]
threshold = "3%"
budget = "90s"
[official]
runs = 7
cooldown = "10s"
require = "shared"
[subject]
exclude = ["*.txt"]
[[claim]]
id = "fused"
baseline = "softmax: Softmax/impl=naive"
contender = "softmax: Softmax/impl=fused"
metric = "time"
kind = "ratio"
[[waiver]]
benchmark = "lora: Lora/rank=8"
metric = "time"
limit = "8%"
baseline = "3f2a91c"
reason = "bounds check added"
expires = 2027-03-01
[release]
branch = "trunk"
version_files = []
[[publish]]
kind = "github"
`))
	if err != nil {
		t.Fatal(err)
	}
	want := bench.MetricRule{Name: "rate", Unit: "tok/s", Better: bench.Higher, Class: "noisy", Tolerance: 0.01}
	if got := c.Suites[0].Metrics[0]; got != want {
		t.Errorf("metric rule is %+v, want %+v", got, want)
	}
	if c.Suites[0].Timeout != 90*time.Second || c.Source != "cupel.toml" {
		t.Errorf("timeout %v from %q", c.Suites[0].Timeout, c.Source)
	}
	if c.Smoke != (Smoke{0.03, 90 * time.Second, "change"}) {
		t.Errorf("smoke is %+v", c.Smoke)
	}
	if c.Official != (Official{7, 10 * time.Second, "shared"}) {
		t.Errorf("official is %+v", c.Official)
	}
	if c.Claims[0].ID != "fused" || c.Waivers[0].Limit != 0.08 || c.Waivers[0].Expires.String() != "2027-03-01" || c.Release.Branch != "trunk" {
		t.Errorf("claims %+v, waivers %+v, release %+v", c.Claims, c.Waivers, c.Release)
	}
}

func TestOtherHomesServeAsWell(t *testing.T) {
	suite := func(table string) string {
		return "[[" + table + "]]\nname = \"s\"\nformat = \"hyperfine\"\nrun = [\"hyperfine\", \"true\"]\n"
	}
	for name, fsys := range map[string]fstest.MapFS{
		".config/cupel.toml": project(".config/cupel.toml", suite("suite")),
		"Cargo.toml":         project("Cargo.toml", "[package]\nname = \"x\"\n"+suite("package.metadata.cupel.suite")),
		"pyproject.toml":     project("pyproject.toml", "[project]\nname = \"x\"\n"+suite("tool.cupel.suite")),
	} {
		c, err := Load(fsys)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if c.Source != name || len(c.Suites) != 1 || c.Suites[0].Format != "hyperfine" {
			t.Errorf("%s: read %+v from %q", name, c.Suites, c.Source)
		}
	}
}

func TestAByteOrderMarkIsNoMistake(t *testing.T) {
	for name, text := range map[string]string{
		"cupel.toml":     "[official]\nruns = 7\n",
		"Cargo.toml":     "[package.metadata.cupel.official]\nruns = 7\n[[bench]]\nname = \"b\"\n",
		"pyproject.toml": "[tool.cupel.official]\nruns = 7\n",
	} {
		c, err := Load(fstest.MapFS{name: {Data: []byte("\ufeff" + text)}})
		if err != nil || c.Official.Runs != 7 {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
}

func TestErrorsNameFileLineAndNearestName(t *testing.T) {
	tests := []struct {
		name string
		fsys fstest.MapFS
		want string
	}{
		{"unknown key", project("cupel.toml", oneSuite+"tmeout = \"1s\"\n"),
			`cupel.toml:9: unknown key "suite.tmeout": did you mean "timeout"?`},
		{"unknown table", project("cupel.toml", "[offical]\nruns = 1\n"),
			`cupel.toml:1: unknown key "offical": did you mean "official"?`},
		{"unknown key in Cargo.toml, others' keys left alone", project("Cargo.toml", "[package]\nname = \"x\"\nfoo = 1\n[package.metadata.cupel.smoke]\nbuget = \"1m\"\n"),
			`Cargo.toml:5: unknown key "smoke.buget": did you mean "budget"?`},
		{"wrong type", project("cupel.toml", "[official]\nruns = \"five\"\n"),
			`cupel.toml:2: official.runs: found a TOML string, want a whole number`},
		{"wrong type of a list", project("cupel.toml", "[[suite]]\nname = \"a\"\nrun = \"./x\"\n"),
			`cupel.toml:3: suite.run: found a TOML string, want a list of texts`},
		{"a time for a day", project("cupel.toml", "[[waiver]]\nexpires = 2027-03-01T00:00:00Z\n"),
			`cupel.toml:2: waiver.expires: found a TOML datetime, want a day, written as 2027-03-01`},
		{"not a percentage", project("cupel.toml", "[smoke]\nthreshold = \"2\"\n"),
			`cupel.toml:2: "2" is not a percentage: write it as "2%"`},
		{"unknown format", project("cupel.toml", "[[suite]]\nname=\"a\"\nformat=\"gobecnh\"\nrun=[\"x\"]\n"),
			`cupel.toml: [[suite]] number 1 ("a"): no format is named "gobecnh": did you mean "gobench"? (there are: gobench, criterion, libtest, googlebenchmark, hyperfine, pytest, llamabench, generic)`},
		{"no run", project("cupel.toml", "[[suite]]\nname=\"a\"\nformat=\"gobench\"\n"),
			`cupel.toml: [[suite]] number 1 ("a"): run: missing: the command that prints the results, as a list of words`},
		{"name that is no file name", project("cupel.toml", "[[suite]]\nname=\"../a\"\nformat=\"gobench\"\nrun=[\"x\"]\n"),
			`cupel.toml: [[suite]] number 1 ("../a"): name: want letters, digits, '_', '-' and '.', since it becomes a file name`},
		{"same name twice", project("cupel.toml", oneSuite+oneSuite),
			`cupel.toml: two suites are named "softmax"`},
		{"two configurations", project("cupel.toml", oneSuite, ".config/cupel.toml", oneSuite),
			`.config/cupel.toml: cupel.toml configures Cupel as well: keep one of them`},
		{"no runs", project("cupel.toml", "[official]\nruns = 0\n"),
			`cupel.toml: [official] runs = 0: at least 1 is needed`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Load(test.fsys)
			var configErr *Error
			if !errors.As(err, &configErr) {
				t.Fatalf("error is %v, want an *Error", err)
			}
			if err.Error() != test.want {
				t.Errorf("error is\n%s\nwant\n%s", err, test.want)
			}
		})
	}
}

func TestProjectWithoutConfigurationIsRecognised(t *testing.T) {
	c, err := Load(project(
		"go.mod", "module example.com/fast/json\n",
		"json_test.go", "package json\n\nfunc BenchmarkDecode(b *testing.B) {}\n",
		"enc/enc_test.go", "package enc\n\nfunc BenchmarkEncode(b *testing.B) {}\n",
		"enc/more_test.go", "package enc\n\nfunc Benchmark_more(b *testing.B) {}\n",
		"plain/plain_test.go", "package plain\n\nfunc TestX(t *testing.T) {}\nfunc Benchmarked(b *testing.B) {}\n",
		"testdata/x_test.go", "func BenchmarkNo(b *testing.B) {}\n",
		"nested/go.mod", "module example.com/nested\n",
		"nested/n_test.go", "func BenchmarkNo(b *testing.B) {}\n",
		"Cargo.toml", "[package]\nname=\"x\"\n[[bench]]\nname=\"decode\"\nharness=false\n[[bench]]\nname=\"json\"\n",
	))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range c.Suites {
		got = append(got, s.Name+" "+s.Format+" "+s.Dir)
	}
	want := []string{"enc gobench enc", "json gobench ", "decode criterion ", "json-2 libtest "}
	if len(got) != len(want) {
		t.Fatalf("suites are %q, want %q", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("suite %d is %q, want %q", i, got[i], want[i])
		}
	}
}

// TestI05AWaiverIsNoChangeOfWhatIsMeasured: in none of the files that can hold it.
func TestI05AWaiverIsNoChangeOfWhatIsMeasured(t *testing.T) {
	for name, tc := range map[string]struct {
		file, before, after string
		want                bool
	}{
		"a waiver":             {"cupel.toml", "[[suite]]\nname = \"a\"\n", "[[suite]]\nname = \"a\"\n\n[[waiver]]\nlimit = \"9%\"\n", true},
		"with a comment above": {"cupel.toml", "[subject]\nexclude = []\n", "[subject]\nexclude = []\n\n# Accepted in the review,\n# for a while.\n[[waiver]]\nlimit = \"9%\"\n", true},
		"with a line between":  {"cupel.toml", "[subject]\nexclude = []\n", "[subject]\nexclude = []\n\n# What was accepted.\n\n# For a while.\n\n[[waiver]]\nlimit = \"9%\"\n", true},
		"above a comment":      {"cupel.toml", "# All.\n\n[subject]\nexclude = []\n\n# The suites.\n[[suite]]\nname = \"a\"\n", "# All.\n\n[subject]\nexclude = []\n\n[[waiver]]\nlimit = \"9%\"\n\n# The suites.\n[[suite]]\nname = \"a\"\n", true},
		"above the first":      {"cupel.toml", "# The suites.\n[[suite]]\nname = \"a\"\n", "# Accepted.\n[[waiver]]\nlimit = \"9%\"\n# The suites.\n[[suite]]\nname = \"a\"\n", true},
		"below the last":       {"cupel.toml", "[subject]\nexclude = []\n# The end.\n", "[subject]\nexclude = []\n# The end.\n\n[[waiver]]\nlimit = \"9%\"\n", true},
		"below the file's own": {"cupel.toml", "# All.\n\n[[suite]]\nname = \"a\"\n", "# All.\n\n[[waiver]]\nlimit = \"9%\"\n\n[[suite]]\nname = \"a\"\n", true},
		"and nothing else":     {"cupel.toml", "", "# What was accepted.\n\n[[waiver]]\nlimit = \"9%\"\n", true},
		"two, each commented":  {"cupel.toml", "[subject]\nexclude = []\n", "[subject]\nexclude = []\n\n# One.\n[smoke]\n\n# Two.\n[[waiver]]\nlimit = \"9%\"\n", true},
		"a claim of pairs":     {"cupel.toml", "[subject]\nexclude = []\n", "[subject]\nexclude = []\n\n[[claim]]\nid = \"a\"\npairs = [\n  [\"s: A\", \"s: B\"],\n  [\"s: C\", \"s: D\"]\n]\n", true},
		"what a header says":   {"cupel.toml", "[[suite]]\nrun = [\"\"\"\n[waiver]\n\"\"\"]\n", "[[suite]]\nrun = [\"\"\"\n[claim]\n\"\"\"]\n", false},
		"what a comment says":  {"cupel.toml", "[[suite]]\nrun = [\"\"\"\n# a\"\"\"]\n[smoke]\n", "[[suite]]\nrun = [\"\"\"\n# b\"\"\"]\n[smoke]\n", false},
		"quoted and spaced":    {"cupel.toml", "", "[[ \"waiver\" ]] # ours\nlimit = \"9%\"\n", true},
		"a comment elsewhere":  {"cupel.toml", "[subject]\nexclude = []\n", "[subject]\n# what is built\nexclude = []\n", false},
		"after no newline":     {"cupel.toml", "[subject]\nexclude = []", "[subject]\nexclude = []\n[[waiver]]\nlimit = \"9%\"\n", true},
		"the file for it":      {".config/cupel.toml", "", "[[waiver]]\nlimit = \"9%\"\n", true},
		"another project's":    {"sub/cupel.toml", "", "[[waiver]]\nlimit = \"9%\"\n", false},
		"a suite":              {"cupel.toml", "", "[[suite]]\nname = \"a\"\n", false},
		"a waiver in Cargo":    {"Cargo.toml", "[package]\nname = \"a\"\n[dependencies]\n", "[package]\nname = \"a\"\n\n[[package.metadata.cupel.waiver]]\nlimit = \"9%\"\n\n[dependencies]\n", true},
		"a suite in Cargo":     {"Cargo.toml", "[package]\n", "[package]\n[[package.metadata.cupel.suite]]\nname = \"a\"\n", false},
		"a dependency":         {"Cargo.toml", "[dependencies]\n", "[dependencies]\na = \"1\"\n", false},
		"another tool's table": {"Cargo.toml", "[package]\n", "[package]\n[release]\na = 1\n", false},
		"a waiver in Python":   {"pyproject.toml", "[project]\n", "[project]\n[[tool.cupel.waiver]]\nlimit = \"9%\"\n", true},
		"another file":         {"a.toml", "a", "a # b", false},
	} {
		before, after := Measured(tc.file, []byte(tc.before)), Measured(tc.file, []byte(tc.after))
		if got := bytes.Equal(before, after); got != tc.want {
			t.Errorf("%s: the same is %v, want %v\n%s\n%s", name, got, tc.want, before, after)
		}
	}
}

func TestMeasuredLeavesOutWhatNoMeasurementDependsOn(t *testing.T) {
	in := "# top\n" + oneSuite + "[[claim]]\nid = \"x\"\n# about the claim\n[subject]\nexclude = []\n[ci.images]\ngo = \"x\"\n"
	want := "# top\n" + oneSuite + "\n[subject]\nexclude = []\n"
	if got := string(Measured("cupel.toml", []byte(in))); got != want {
		t.Errorf("kept\n%s\nwant\n%s", got, want)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(oneSuite))
	f.Add([]byte("[smoke]\nthreshold = \"2%\"\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := Load(fstest.MapFS{"cupel.toml": {Data: text}})
		var configErr *Error
		if err != nil && !errors.As(err, &configErr) {
			t.Errorf("error %v does not name the file", err)
		}
		if err == nil && c.Official.Runs < 1 {
			t.Errorf("accepted %d runs", c.Official.Runs)
		}
		once := Measured("cupel.toml", text)
		if twice := Measured("cupel.toml", once); err == nil && !bytes.Equal(once, twice) {
			t.Errorf("of what was measured %q is measured", twice)
		}
	})
}
