package version

import (
	"errors"
	"math/big"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/Masterminds/semver/v3"
)

func must(t *testing.T, text string) Version {
	t.Helper()
	v, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestE01LatestIsBySemVerNeverByText(t *testing.T) {
	tags := []string{"v0.9.1", "v1.9.0", "v1.10.0", "v1.10.0-rc.2", "v1.10.0-rc.10", "20190114", "031020master"}
	versions := FromTags("", tags)
	var got []string
	for _, v := range versions {
		got = append(got, v.Tag())
	}
	if want := []string{"v0.9.1", "v1.9.0", "v1.10.0-rc.2", "v1.10.0-rc.10", "v1.10.0"}; !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
	if v, ok := Latest(versions); !ok || v.Tag() != "v1.10.0" {
		t.Errorf("latest stable %v, want v1.10.0", v)
	}
	if _, ok := Latest(FromTags("", []string{"v1.0.0-rc.1", "x"})); ok {
		t.Error("a prerelease counts as latest stable")
	}
}

func TestTagsOfAModuleInAFolder(t *testing.T) {
	got := FromTags("sdk/go/", []string{"v2.0.0", "sdk/go/v0.21.7", "sdk/go/v0.3.0", "sdk/python/v9.0.0", "sdk/go/old"})
	if want := []Version{{Minor: 3}, {Minor: 21, Patch: 7}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestE02GrammarRefusals(t *testing.T) {
	for _, tt := range []struct{ text, problem, suggest string }{
		{"v01.2.3", "a number has a leading zero", "v1.2.3"},
		{"v1.02.3", "a number has a leading zero", "v1.2.3"},
		{"v1.2", "it has fewer than three numbers", "v1.2.0"},
		{"2", "it has fewer than three numbers", "v2.0.0"},
		{"1.2.3.4", "it has more than three numbers", "v1.2.3"},
		{"vv1.2.3", `it has more than one "v"`, "v1.2.3"},
		{"v1.2.3-rc.01", "a number of the prerelease has a leading zero", "v1.2.3-rc.1"},
		{"v1.2.3+build.5", "build metadata has no precedence, so it cannot tell two releases apart", "v1.2.3"},
		{"V1.2.3", "the letter is a capital", "v1.2.3"},
		{" v1.2.3", "it begins or ends with a blank", "v1.2.3"},
		{"v1.2.3\n", "it begins or ends with a blank", "v1.2.3"},
		{"v99999999999999999999.0.0", "a number is larger than 9007199254740991", ""},
		{"1.9007199254740992.0", "a number is larger than 9007199254740991", ""},
		{"v1.2.3-rc..1", "the prerelease holds something else than letters, digits, hyphens and single dots", ""},
		{"v1.2.3-", "the prerelease holds something else than letters, digits, hyphens and single dots", ""},
		{"-dryRun=true", `it begins with "-": options go behind the version, as in release v1.2.3 -dryRun`, ""},
		{"", "expected three numbers and maybe a prerelease, as in v1.2.3 or v1.2.3-rc.1", ""},
		{"latest", "expected three numbers and maybe a prerelease, as in v1.2.3 or v1.2.3-rc.1", ""},
		{" V01.2-rc.01 ", "it begins or ends with a blank", "v1.2.0-rc.1"},
	} {
		_, err := Parse(tt.text)
		var e *SyntaxError
		if !errors.As(err, &e) {
			t.Errorf("Parse(%q) = %v, want a *SyntaxError", tt.text, err)
			continue
		}
		if e.Problem != tt.problem || e.Suggest != tt.suggest {
			t.Errorf("Parse(%q): %q, suggests %q; want %q, %q", tt.text, e.Problem, e.Suggest, tt.problem, tt.suggest)
		}
	}
}

func TestE02NumbersGluedToAWordWarn(t *testing.T) {
	a, b := must(t, "v1.2.3-rc10"), must(t, "v1.2.3-rc9")
	if a.Compare(b) >= 0 {
		t.Error("rc10 is not below rc9")
	}
	for text, want := range map[string]string{
		"1.2.3-rc10":   `1.2.3-rc10: "rc10" compares as text, so that 10 comes before 9; write 1.2.3-rc.10`,
		"1.2.3-beta01": `1.2.3-beta01: "beta01" compares as text, so that 10 comes before 9; write 1.2.3-beta.1`,
		"1.2.3-rc.10":  "",
		"1.2.3":        "",
		"1.2.3-0a1b2c": "",
	} {
		if got := must(t, text).Warning(); got != want {
			t.Errorf("warning of %s: %q, want %q", text, got, want)
		}
	}
}

func TestE05WithAndWithoutVAreOneVersion(t *testing.T) {
	if a, b := must(t, "1.14.1"), must(t, "v1.14.1"); a != b || a.Tag() != "v1.14.1" || a.String() != "1.14.1" {
		t.Errorf("got %v and %v", a, b)
	}
}

func TestNext(t *testing.T) {
	for _, tt := range []struct {
		current string
		kind    Kind
		want    string // "" is refused
	}{
		{"1.2.3", Major, "2.0.0"},
		{"1.2.3", Minor, "1.3.0"},
		{"1.2.3", Patch, "1.2.4"},
		{"1.2.3", RC, "1.2.4-rc.1"},
		{"1.2.3", Release, ""},
		{"0.3.1", Major, "0.4.0"},
		{"0.3.1", Minor, "0.4.0"},
		{"0.3.1", Patch, "0.3.2"},
		{"1.2.0-rc.1", RC, "1.2.0-rc.2"},
		{"1.2.0-rc.9", RC, "1.2.0-rc.10"},
		{"1.2.0-rc.1", Release, "1.2.0"},
		{"1.2.0-rc.1", Minor, "1.2.0"},
		{"1.2.0-rc.1", Patch, "1.2.0"},
		{"1.2.0-rc.1", Major, "2.0.0"},
		{"1.2.1-rc.1", Minor, "1.3.0"},
		{"2.0.0-rc.1", Major, "2.0.0"},
		{"2.1.0-rc.1", Major, "3.0.0"},
		{"0.4.0-rc.1", Major, "0.4.0"},
		{"1.2.0-beta.3", RC, "1.2.0-rc.1"},
		{"1.2.0-rc", RC, "1.2.0-rc.1"},
		{"1.2.0-rc9", RC, ""},
		{"1.2.0-zeta.1", RC, ""},
		{"1.2.3", "huge", ""},
		{"1.2.9007199254740991", Patch, ""},
	} {
		got, err := Next(must(t, tt.current), tt.kind, Rules{})
		if tt.want == "" {
			if err == nil {
				t.Errorf("next %s of %s = %s, want a refusal", tt.kind, tt.current, got)
			}
			continue
		}
		if err != nil || got.String() != tt.want {
			t.Errorf("next %s of %s = %s, %v; want %s", tt.kind, tt.current, got, err, tt.want)
		}
	}
}

func TestZeroIsLeftOnlyWhereTheProjectSaysSo(t *testing.T) {
	for current, want := range map[string]string{"0.3.1": "1.0.0", "0.4.0-rc.1": "1.0.0", "1.2.3": "2.0.0"} {
		got, err := Next(must(t, current), Major, Rules{MajorLeavesZero: true})
		if err != nil || got.String() != want {
			t.Errorf("next major of %s = %s, %v; want %s", current, got, err, want)
		}
	}
}

func randomVersion(r *rand.Rand) Version {
	pres := []string{"", "", "alpha", "alpha.1", "beta.2", "rc.1", "rc.2", "rc.10", "rc", "rc10", "0.3.7", "x-y-z.92"}
	n := func() uint64 { return []uint64{0, 1, 2, 9, 10, MaxNumber - 1}[r.IntN(6)] }
	return Version{n(), n(), n(), pres[r.IntN(len(pres))]}
}

func TestNextIsAlwaysHigherAndReadsBack(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		v := randomVersion(r)
		for _, kind := range []Kind{Major, Minor, Patch, RC, Release} {
			next, err := Next(v, kind, Rules{MajorLeavesZero: r.IntN(2) == 0})
			if err != nil {
				continue
			}
			if next.Compare(v) <= 0 {
				t.Fatalf("next %s of %s is %s, which is not higher", kind, v, next)
			}
			if back, err := Parse(next.Tag()); err != nil || back != next {
				t.Fatalf("%s does not read back: %v, %v", next.Tag(), back, err)
			}
		}
	}
}

// precedence is section 11 of SemVer 2.0.0 written down with big integers: the
// oracle for Compare.
func precedence(a, b string) int {
	coreA, preA, _ := strings.Cut(a, "-")
	coreB, preB, _ := strings.Cut(b, "-")
	for i, x := range strings.Split(coreA, ".") {
		if c := bigCompare(x, strings.Split(coreB, ".")[i]); c != 0 {
			return c
		}
	}
	switch {
	case preA == preB:
		return 0
	case preA == "":
		return 1
	case preB == "":
		return -1
	}
	idsA, idsB := strings.Split(preA, "."), strings.Split(preB, ".")
	for i := range min(len(idsA), len(idsB)) {
		if c := identifierCompare(idsA[i], idsB[i]); c != 0 {
			return c
		}
	}
	return len(idsA) - len(idsB)
}

func identifierCompare(a, b string) int {
	_, errA := strconv.ParseUint(a, 10, 64)
	_, errB := strconv.ParseUint(b, 10, 64)
	switch {
	case errA == nil && errB == nil:
		return bigCompare(a, b)
	case errA == nil:
		return -1
	case errB == nil:
		return 1
	}
	return strings.Compare(a, b)
}

func bigCompare(a, b string) int {
	x, _ := new(big.Int).SetString(a, 10)
	y, _ := new(big.Int).SetString(b, 10)
	return x.Cmp(y)
}

func TestCompareIsThePrecedenceOfSemVer(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	sign := func(n int) int { return max(-1, min(1, n)) }
	for range 50000 {
		a, b := randomVersion(r), randomVersion(r)
		if got, want := a.Compare(b), sign(precedence(a.String(), b.String())); got != want {
			t.Fatalf("%s against %s: %d, want %d", a, b, got, want)
		}
	}
}

// FuzzParse holds for any text: what is accepted is a SemVer version to the
// strict parser of Masterminds/semver, prints as it was read, and what is
// refused is refused with a suggestion that is a version.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"v1.2.3", "1.2.3-rc.1", "v01.2.3", "v1.2", "1.2.3.4", "vv1", "V1.2.3 ", "1.2.3+b", "1.2.3-rc.01", "1.2.3-00.0a", "-v1", "v"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := Parse(text)
		if err == nil {
			if v.String() != strings.TrimPrefix(text, "v") {
				t.Fatalf("%q reads as %s", text, v)
			}
			if _, err := semver.StrictNewVersion(v.String()); err != nil {
				t.Fatalf("%q is accepted, but %v", text, err)
			}
			return
		}
		var e *SyntaxError
		if !errors.As(err, &e) || e.Problem == "" {
			t.Fatalf("%q: error %v has no problem", text, err)
		}
		if e.Suggest != "" {
			if v, err := Parse(e.Suggest); err != nil || v.Tag() != e.Suggest {
				t.Fatalf("%q: suggestion %q is no tag: %v", text, e.Suggest, err)
			}
		}
	})
}
