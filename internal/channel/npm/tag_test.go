package npm

import (
	"testing"

	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/version"
)

func TestTagOf(t *testing.T) {
	for pre, want := range map[string]string{"": "latest", "rc.1": "rc", "Beta.2": "beta", "1": "next", "alpha": "alpha"} {
		if got := tagOf(version.Version{Major: 1, Pre: pre}); got != want {
			t.Errorf("%q belongs on %s, want %s", pre, got, want)
		}
	}
}

func TestWhereATagBelongs(t *testing.T) { // F05
	p := packument{
		Tags: map[string]string{"latest": "1.13.0", stagedTag: "1.12.0"},
		Versions: map[string]release{
			"1.1.9": {}, "1.10.0": {}, "1.12.0": {}, "1.13.0": {}, "1.14.0-rc.1": {}, "2.0.0": {Deprecated: "broken"},
		},
	}
	for _, test := range []struct {
		name, number string
		withdrawn    []string
		released     bool
		want         journal.State
	}{
		{"it is there", "1.13.0", nil, true, journal.Done},
		{"a backport below the latest has nothing to do", "1.10.0", nil, true, journal.Done},
		{"but to lose the tag that it was published under", "1.12.0", nil, true, journal.Absent},
		{"a deprecated version is no latest", "1.10.0", []string{"1.13.0", "1.12.0"}, true, journal.Absent},
		{"1.10.0 is above 1.1.9 (E01)", "1.1.9", []string{"1.13.0", "1.12.0"}, true, journal.Done},
		{"a prerelease has a tag of its own", "1.14.0-rc.1", nil, true, journal.Absent},
		{"a version that is not out has none", "1.13.0", nil, false, journal.Absent},
	} {
		t.Run(test.name, func(t *testing.T) {
			v, err := version.Parse(test.number)
			if err != nil {
				t.Fatal(err)
			}
			c := &Channel{Options: Options{Package: "app", Version: v}}
			for _, number := range test.withdrawn {
				w, err := version.Parse(number)
				if err != nil {
					t.Fatal(err)
				}
				c.Withdrawn = append(c.Withdrawn, w)
			}
			if o := c.observe(p, tagOf(v), test.released); o.State != test.want || o.Value != p.Tags[tagOf(v)] {
				t.Errorf("%v, want %s", o, test.want)
			}
		})
	}
}
