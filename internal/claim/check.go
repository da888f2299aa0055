package claim

import (
	"fmt"
	"slices"

	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/markdown"
)

// Check judges every claim of the documents and looks for unmarked ones in
// those that [Announces]. The error says that a document or the evidence could
// not be read; claims that are not backed are no error, see [Report.Problems].
func Check(docs []Document, c Checkout) (*Report, error) {
	report := newReport()
	used := make(map[string]bool)
	for _, doc := range docs {
		t, err := read(doc)
		if err != nil {
			return nil, err
		}
		for _, k := range t.marks {
			used[k.id] = true
		}
		if err := report.add(t, c); err != nil {
			return nil, err
		}
	}
	for _, claim := range c.Config.Claims {
		if !used[claim.ID] {
			report.Unused = append(report.Unused, claim.ID)
		}
	}
	return report, nil
}

// newReport has empty lists, so that JSON shows them as such.
func newReport() *Report {
	return &Report{Schema: Schema, Claims: []Finding{}, Unmarked: []Unmarked{}, Excused: []Excuse{}, Unused: []string{}}
}

func (r *Report) add(t *text, c Checkout) error {
	var taken []markdown.Span // what is claimed or excused
	for _, k := range t.marks {
		if !t.inScope(k.comment.Start) {
			continue
		}
		if k.id == "" && k.excuse != "" {
			r.Excused = append(r.Excused, Excuse{File: t.Path, Line: k.line, Reason: k.excuse, Text: t.excerpt(k.region)})
			taken = append(taken, k.region)
			continue
		}
		f, err := c.finding(t, k)
		if err != nil {
			return err
		}
		r.Claims = append(r.Claims, f.Finding)
		taken = append(taken, f.number.span)
	}
	if Announces(t.Path) {
		r.Unmarked = append(r.Unmarked, t.unmarked(taken)...)
	}
	return nil
}

// A finding is a Finding with what an update needs to know.
type finding struct {
	Finding
	mark     mark
	number   number
	place    place
	hostFits bool     // the host that the line names
	figures  []string // that may be written; none where nothing is backed
}

// finding judges one marker.
func (c Checkout) finding(t *text, k mark) (finding, error) {
	f := finding{Finding: Finding{ID: k.id, File: t.Path, Line: k.line}, mark: k}
	if k.id == "" {
		f.ID = none
		return f.say(Unknown, "an excuse needs a reason: <!-- claim: none, REASON -->"), nil
	}
	i := slices.IndexFunc(c.Config.Claims, func(d config.Claim) bool { return d.ID == k.id })
	if i < 0 {
		return f.say(Unknown, "no claim of this id is declared in the configuration"), nil
	}
	claim := c.Config.Claims[i]
	st, reason := t.statement(k, claim.Kind)
	if st.number.span.End > 0 {
		f.number, f.place = st.number, st.place
		f.Stated, f.Line = string(t.Text[st.number.span.Start:st.number.span.End]), lineOf(t.page, st.number.span.Start)+1
	}
	if reason != "" {
		return f.say(Unknown, reason), nil
	}
	return c.judge(f, claim, st)
}

func (f finding) say(v Verdict, reason string) finding {
	f.Verdict, f.Reason = v, reason
	return f
}

// judge holds a statement against the evidence from every host that the claim
// must hold on, and reports the worst.
func (c Checkout) judge(f finding, claim config.Claim, st statement) (finding, error) {
	hosts := claim.Hosts
	if len(hosts) == 0 {
		hosts = []string{""}
	}
	var worst finding
	for i, on := range hosts {
		chosen, err := c.choose(claim, on)
		if err != nil {
			return f, err
		}
		here := f.hold(claim, st, chosen)
		if i == 0 || here.worse(worst) {
			worst = here
		}
	}
	return worst, nil
}

// worse reports whether f backs less than g.
func (f finding) worse(g finding) bool {
	if a, b := f.Verdict == Supported, g.Verdict == Supported; a != b {
		return b
	}
	return f.Low != nil && g.Low != nil && *f.Low < *g.Low
}

// hold judges a statement by the evidence that was chosen for it.
func (f finding) hold(claim config.Claim, st statement, chosen choice) finding {
	s := chosen.set
	if s == nil {
		return f.say(chosen.verdict, chosen.reason)
	}
	f.Evidence, f.Host, f.Runs = s.name, hostName(s.Environment, s.manifest.Class), s.manifest.Plan.Runs
	words, _ := st.place.text(st.prose)
	f.hostFits = names(words, s.Environment, s.manifest.Class)
	if err := s.verify(); err != nil {
		return f.say(NotEstablished, fmt.Sprintf("the evidence %s is not to be trusted: %v", s.name, err))
	}
	m, err := measure(claim, s)
	if err != nil {
		return f.say(NotEstablished, err.Error())
	}
	j := judge(claim, st, m)
	f = f.take(st, j)
	switch {
	case chosen.verdict != "":
		return f.say(chosen.verdict, chosen.reason)
	case claim.Competitor != "" && !s.said(claim):
		return f.say(Stale, fmt.Sprintf("the runs of %s do not say that they compare with %s", s.name, claim.Competitor))
	case f.Backed != "":
		f.figures = j.figures
	}
	if f.Verdict == Supported {
		return f.holdPlace(st, s)
	}
	return f
}

// take reports a judgement.
func (f finding) take(st statement, j judgement) finding {
	f.Verdict, f.Reason, f.Needed = j.verdict, j.reason, j.needed
	if j.bounded {
		f.Low, f.High = &j.low, &j.high
		f.Backed = f.number.with(st.prose, j.figures)
	}
	return f
}

// holdPlace judges what the line says of host and runs.
func (f finding) holdPlace(st statement, s *set) finding {
	if !st.place.found {
		return f.say(NotEstablished, "the line does not say where and how often: claims:update writes "+placeText(f.Host, f.Runs))
	}
	host, runs := st.place.text(st.prose)
	switch {
	case !f.hostFits:
		return f.say(WrongHost, fmt.Sprintf("the line says %q, and the evidence %s is from %q", host, s.name, f.Host))
	case runs != fmt.Sprint(f.Runs):
		return f.say(Refuted, fmt.Sprintf("the line says %s runs, and the evidence %s has %d", runs, s.name, f.Runs))
	}
	return f
}
