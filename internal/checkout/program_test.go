package checkout

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/bench"
)

const sumSource = `package m

import "fmt"

// Sum adds.
func Sum(xs []int) int {
	s := 0
	for _, x := range xs {
		s += x
	}
	if s < 0 {
		panic(fmt.Sprint("negative: ", s))
	}
	return s
}
`

const sumTest = `package m

import "testing"

func BenchmarkSum(b *testing.B) {
	xs := make([]int, 100)
	for b.Loop() {
		Sum(xs)
	}
}
`

// goSuite is how its benchmark is built and run.
var goSuite = bench.Suite{Build: []string{"go", "test", "-c", "-o", "{out}/m.test", "."}, Run: []string{"{out}/m.test", "-test.bench=."}}

// goProject is a module whose benchmark is built into {out}, with debug
// information as the linker writes it by default.
func goProject(t *testing.T) (p *project, base string) {
	p = newProject(t)
	p.write("go.mod", "module example.com/m\n\ngo 1.26\n")
	p.write("sum.go", sumSource)
	p.write("sum_test.go", sumTest)
	p.write("testdata/input.txt", "1 2 3\n")
	return p, p.commit("base")
}

func buildGo(t *testing.T, sides ...Side) {
	t.Helper()
	for _, s := range sides {
		cmd := exec.Command("go", "test", "-c", "-o", filepath.Join(s.Out, "m.test"), ".")
		cmd.Dir = s.Dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
}

// TestEqualBinariesAreTheSameProgram is case I06.
func TestEqualBinariesAreTheSameProgram(t *testing.T) {
	t.Parallel()
	p, base := goProject(t)
	for _, test := range []struct {
		name    string
		change  func()
		changed []string
		want    bool
	}{
		{"a comment behind the code", func() { p.write("sum.go", sumSource+"\n// The end.\n") }, []string{"sum.go"}, true},
		{"a comment before the code, which moves its lines", func() { p.write("sum.go", "// Sums.\n\n"+sumSource) }, []string{"sum.go"}, true},
		{"code", func() { p.write("sum.go", sumSource+"\nfunc init() { println(Sum(nil)) }\n") }, []string{"sum.go"}, false},
		{"what a benchmark may read", func() { p.write("testdata/input.txt", "3 2 1\n") }, []string{"testdata/input.txt"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			p.git("checkout", "-q", ".")
			test.change()
			pair := p.prepare(t.TempDir(), base)
			changed, err := pair.Changed([]string{"*.md"})
			if err != nil || !slices.Equal(changed, test.changed) {
				t.Fatalf("changed are %q, %v; want %q", changed, err, test.changed)
			}
			buildGo(t, pair.Base, pair.Head)
			if same, err := pair.SameProgram(changed, goSuite); err != nil || same != test.want {
				t.Errorf("same program: %v, %v; want %v", same, err, test.want)
			}
		})
	}
}

func TestWithoutAProgramNothingIsTheSame(t *testing.T) {
	t.Parallel()
	p, base := goProject(t)
	p.write("sum.go", sumSource+"\n")
	pair := p.prepare(t.TempDir(), base)
	if same, err := pair.SameProgram([]string{"sum.go"}, goSuite); same || err != nil {
		t.Errorf("nothing was built, and it is the same: %v, %v", same, err)
	}
	for _, s := range []Side{pair.Base, pair.Head} {
		if err := os.MkdirAll(s.Out, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(s.Out, "bench.py"), []byte("print(1)\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if same, err := pair.SameProgram([]string{"sum.go"}, goSuite); same || err != nil {
		t.Errorf("a script was built, and it is the same program: %v, %v", same, err)
	}
}

func TestAFileOnOneSideAloneIsADifference(t *testing.T) {
	t.Parallel()
	p, base := goProject(t)
	pair := p.prepare(t.TempDir(), base)
	buildGo(t, pair.Base, pair.Head)
	if same, err := pair.SameProgram(nil, goSuite); !same || err != nil {
		t.Fatalf("equal builds: %v, %v", same, err)
	}
	if same, err := pair.SameProgram(nil, goSuite, bench.Suite{Run: []string{"go", "test", "-bench=."}}); same || err != nil {
		t.Errorf("another suite is compiled as it runs: %v, %v", same, err)
	}
	if err := os.WriteFile(filepath.Join(pair.Head.Out, "more.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if same, err := pair.SameProgram(nil, goSuite); same || err != nil {
		t.Errorf("a file more: %v, %v", same, err)
	}
}

func TestOnlyWhatWasBuiltIsKnownToBeTheSame(t *testing.T) {
	t.Parallel()
	words := strings.Fields
	for _, test := range []struct {
		name  string
		suite bench.Suite
		want  bool
	}{
		{"a program in {out}", goSuite, true},
		{"a program in {out} under a timer", bench.Suite{Build: words("make"), Run: words("hyperfine {out}/tool")}, true},
		{"cargo, built before", bench.Suite{Build: words("cargo bench --no-run"), Run: words("cargo bench")}, true},
		{"cargo that builds as it runs", bench.Suite{Run: words("cargo bench")}, false},
		{"go test that builds as it runs", bench.Suite{Build: words("go vet"), Run: words("go test -bench=.")}, false},
		{"a script", bench.Suite{Build: words("make"), Run: words("python3 bench.py")}, false},
		{"nothing", bench.Suite{}, false},
	} {
		if got := runsItsBuild(test.suite); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func TestOnlySourcesTakeEffectThroughABuild(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"a.go": true, "src/lib.rs": true, "Cargo.lock": true, "go.mod": true, "../shared/x.c": true,
		"testdata/a.go": false, "a/testdata/x.go": false, "data.json": false, "bench.py": false, "cupel.toml": false,
		"kernels/softmax.metal": false, "run.sh": false,
	} {
		if got := compiled(name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

func TestBuildIDIsLeftOut(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"code\xff Go build ID: \"ab/cd\"\n \xffmore": "codemore",
		"code\xff Go build ID: \"ab/cd":              "code\xff Go build ID: \"ab/cd",
		"Go build ID: \"ab\"\n \xff":                 "Go build ID: \"ab\"\n \xff",
	} {
		if got := string(withoutBuildID([]byte(text))); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
