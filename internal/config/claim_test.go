package config

import (
	"errors"
	"slices"
	"testing"
)

func TestClaimsSayWhatTheyRestOn(t *testing.T) {
	c, err := Load(project("cupel.toml", oneSuite+`
[[claim]]
id = "fused-softmax"
baseline = "softmax: S/impl=naive"
contender = "softmax: S/impl=fused"
hosts = ["Apple M4 Max"]
competitor = "mlx 0.29.1"
max_age = "180d"
[[claim]]
id = "all"
kind = "geomean"
metric = "bytes"
pairs = [["softmax: A/impl=naive", "softmax: A/impl=fused"], ["softmax: B", "softmax: C"]]
[[claim]]
id = "load.8"
kind = "bound"
contender = "softmax: Load/rank=8"
`))
	if err != nil {
		t.Fatal(err)
	}
	first, bound := c.Claims[0], c.Claims[2]
	if first.Kind != "ratio" || first.Metric != "time" || first.MaxAge != 180 || !slices.Equal(first.Hosts, []string{"Apple M4 Max"}) {
		t.Errorf("the defaults are not filled in: %+v", first)
	}
	if got := c.Claims[1].Members(); len(got) != 2 || got[1] != [2]string{"softmax: B", "softmax: C"} {
		t.Errorf("members are %q", got)
	}
	if got := bound.Members(); len(got) != 1 || got[0] != [2]string{"", "softmax: Load/rank=8"} {
		t.Errorf("members of a bound are %q", got)
	}
}

func TestClaimsThatCannotBeJudgedAreRefused(t *testing.T) {
	const pair = "baseline=\"s: a\"\ncontender=\"s: b\"\n"
	for _, test := range []struct{ name, claim, want string }{
		{"id that ends a comment", "id=\"a-->b\"\n" + pair,
			`[[claim]] number 1 ("a-->b"): id: want letters, digits, '_', '.' and single '-' between them, and not "none"`},
		{"id that excuses", "id=\"none\"\n" + pair,
			`[[claim]] number 1 ("none"): id: want letters, digits, '_', '.' and single '-' between them, and not "none"`},
		{"unknown kind", "id=\"a\"\nkind=\"mean\"\n" + pair,
			`[[claim]] number 1 ("a"): kind = "mean": want one of ratio, up-to, range, geomean, bound`},
		{"a set without pairs", "id=\"a\"\nkind=\"up-to\"\n" + pair,
			`[[claim]] number 1 ("a"): kind "up-to": want pairs = [[BASELINE, CONTENDER], ...], the whole set that it is about, and no other benchmark`},
		{"a ratio without baseline", "id=\"a\"\ncontender=\"s: b\"\n",
			`[[claim]] number 1 ("a"): "" names no benchmark: write it as "suite: benchmark"`},
		{"a bound with baseline", "id=\"a\"\nkind=\"bound\"\n" + pair,
			`[[claim]] number 1 ("a"): kind "bound": want only a contender: it is compared with nothing`},
		{"the same id twice", "id=\"a\"\n" + pair + "[[claim]]\nid=\"a\"\n" + pair,
			`two claims have the id "a"`},
	} {
		_, err := Load(project("cupel.toml", "[[claim]]\n"+test.claim))
		var wrong *Error
		if !errors.As(err, &wrong) || wrong.Msg != test.want {
			t.Errorf("%s: error is %v, want %s", test.name, err, test.want)
		}
	}
	_, err := Load(project("cupel.toml", "[[claim]]\nid=\"a\"\nmax_age=\"1y\"\n"+pair))
	if want := `cupel.toml:3: "1y" is not a number of days: write it as "180d"`; err == nil || err.Error() != want {
		t.Errorf("error is %v, want %s", err, want)
	}
}
