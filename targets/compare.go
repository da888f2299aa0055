package targets

import (
	"context"
	"os"
	"path/filepath"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/compare"
	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/report"
)

// Compare weighs two directories of evidence, or two files or directories of results.
//
// The two were measured one after the other, so that drift of the machine looks
// like a change; smoke measures side by side. Results of two machines get no
// verdict.
//
// Exit codes: 0 no regression or no verdict, 1 regression, 2 something cannot be read or is missing.
func (Bench) Compare(
	ctx context.Context,
	older string, // evidence, a file of results, a directory with one for each run, or target/criterion
	newer string, // the same of the version to judge
	json *string, // write the comparison to this file
	format *string, // the format of both (default: recognised)
) error {
	if err := positional("bench:compare OLD NEW", older, newer); err != nil {
		return err
	}
	if err := takesFile(given(json, "")); err != nil {
		return err
	}
	known, err := knownHere()
	if err != nil {
		return fail(exitRefused, err.Error())
	}
	var sources [2]*compare.Source
	for i, name := range []string{older, newer} {
		if sources[i], err = readResults(name, given(format, ""), known.rules); err != nil {
			return fail(exitRefused, name+": "+err.Error())
		}
	}
	r := compare.Compare(sources[0], sources[1], known.threshold)
	if json != nil {
		if err := writeComparison(*json, r.Comparison); err != nil {
			return fail(exitRefused, err.Error())
		}
	}
	return showComparison(newConsole(os.Stdout), r)
}

func readResults(name, format string, rules []bench.MetricRule) (*compare.Source, error) {
	path, err := filepath.Abs(name)
	if err != nil {
		return nil, err
	}
	return compare.Read(os.DirFS(filepath.Dir(path)), filepath.Base(path), format, rules)
}

// known is what the project here says of its metrics, and the defaults where
// there is no project.
type known struct {
	rules     []bench.MetricRule
	threshold float64
}

func knownHere() (known, error) {
	dir, err := os.Getwd()
	if err != nil {
		return known{}, err
	}
	c, err := config.Load(os.DirFS(dir))
	if err != nil {
		return known{}, err
	}
	k := known{threshold: c.Smoke.Threshold}
	for _, s := range c.Suites {
		k.rules = append(k.rules, s.Metrics...)
	}
	return k, nil
}

func showComparison(out *console, r *compare.Result) error {
	for _, note := range r.Notes {
		out.Line("%s", report.Line(note))
	}
	out.Line("")
	text := report.Text{
		All:   true,
		Color: out.live && os.Getenv("NO_COLOR") == "",
		Next:  command("smoke") + "   (measures both versions side by side)",
	}
	if err := text.Write(os.Stdout, r.Comparison); err != nil {
		return fail(exitRefused, err.Error())
	}
	switch c := r.Comparison; c.Verdict {
	case report.Regression:
		return fail(1, "something became slower")
	case report.Failed:
		return fail(exitRefused, "could not compare: "+report.Line(c.Reason))
	}
	return nil
}
