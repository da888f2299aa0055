package config

import (
	"strings"
	"testing"
)

// TestI05AWaiverSaysAllThatItIsBoundTo: and one that covers nothing is a mistake.
func TestI05AWaiverSaysAllThatItIsBoundTo(t *testing.T) {
	const whole = `[[waiver]]
benchmark = "lora: Lora/rank=8"
metric = "time"
limit = "8%"
baseline = "3f2a91c"
reason = "bounds check added"
expires = 2027-03-01
`
	for name, tc := range map[string]struct{ from, to, want string }{
		"all of it":               {"", "", ""},
		"no benchmark":            {`"lora: Lora/rank=8"`, `""`, `"" names no benchmark`},
		"a benchmark alone":       {`"lora: Lora/rank=8"`, `"Lora/rank=8"`, `"Lora/rank=8" names no benchmark`},
		"no blank":                {"lora: ", "lora:", "names no benchmark"},
		"no metric":               {"metric = \"time\"\n", "", "are needed"},
		"no limit":                {"8%", "0%", "are needed"},
		"no baseline":             {"3f2a91c", "", "are needed"},
		"no reason":               {"bounds check added", "", "are needed"},
		"no day on which it ends": {"expires = 2027-03-01\n", "", "are needed"},
	} {
		_, err := Load(project("cupel.toml", strings.Replace(whole, tc.from, tc.to, 1)))
		switch {
		case tc.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case tc.want != "" && (err == nil || !strings.Contains(err.Error(), "[[waiver]] number 1") || !strings.Contains(err.Error(), tc.want)):
			t.Errorf("%s: error %v, want %q", name, err, tc.want)
		}
	}
}

func TestAPatternThatMatchesNothingIsAMistake(t *testing.T) {
	if _, err := Load(project("cupel.toml", "[subject]\nexclude = [\"*.md\", \"a[\"]\n")); err == nil || !strings.Contains(err.Error(), `"a[" is not a pattern`) {
		t.Errorf("error %v", err)
	}
}

func TestMeasuredTakesAByteOrderMark(t *testing.T) {
	if got := Measured("cupel.toml", []byte("\ufeff# Ours.\n[[waiver]]\nlimit = \"9%\"\n")); got != nil {
		t.Errorf("of a waiver %q counts", got)
	}
}
