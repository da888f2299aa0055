package claim

import (
	"regexp"
	"strings"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/markdown"
)

// A sense is what a number says of the two sides of a comparison.
type sense string

// The senses. With old and new the times of baseline and contender, a factor
// is old/new and a percentage as given; for a metric of which more is better,
// old and new change places.
const (
	faster sense = "faster" // old/new-1
	less   sense = "less"   // 1-new/old
	slower sense = "slower" // new/old, new/old-1
	amount sense = "amount" // a value for itself
)

// A wording is how the words around a number are to be read.
type wording struct {
	sense sense
	cap   bool   // the words promise no more than the number: "< 5 % overhead"
	word  string // the word that decided, "" where none did
}

// keywords decide the sense. Of those that match at one place the first wins,
// so that "higher latency" is no gain.
var keywords = regexp.MustCompile(`(?i)\b(?:` + strings.Join([]string{
	`(?P<slower>slower|slow-?downs?|overhead|regress\w*|degrad\w*|worse|longer|larger|` +
		`(?:higher|more|increased|additional|extra)(?: \w+)? (?:latency|time|memory|allocations?|bytes|size)|` +
		`(?:lower|less|reduced) (?:throughput|speed|performance))`,
	`(?P<faster>faster|speed-?ups?|sped up|speeds? up|speeding up|speedup|quicker|throughput|speed|fast)`,
	`(?P<less>less|fewer|lower(?:s|ed)?|reduc\w*|decreas\w*|smaller|shorter|shrinks?|cuts?|sav(?:es?|ed|ings?)|improve\w*|better|cheaper)`,
}, "|") + `)\b`)

// capped ends a text behind which a number is the most that is promised.
var capped = regexp.MustCompile(`(?i)(?:[<≤]|\b(?:under|below|less than|at most|no more than|not more than|within|max(?:imum)?(?: of)?|only))\s*[~≈]?\s*$`)

// wordingOf finds the sense of a number from its words: the first that decides
// behind it, else the last before it, in the same clause.
func wordingOf(prose []byte, clause markdown.Span, n number) wording {
	before, after := prose[clause.Start:n.span.Start], prose[n.span.End:clause.End]
	w := wording{cap: capped.Match(before)}
	if n.isValue() {
		w.sense = amount
		return w
	}
	if m := keywords.FindSubmatchIndex(after); m != nil {
		w.sense, w.word = senseOf(after, m)
	} else if all := keywords.FindAllSubmatchIndex(before, -1); len(all) > 0 {
		w.sense, w.word = senseOf(before, all[len(all)-1])
	} else if n.unit == factor {
		w.sense = faster
	}
	w.cap = w.cap && w.sense == slower
	return w
}

func senseOf(text []byte, m []int) (sense, string) {
	word := string(text[m[0]:m[1]])
	for i, name := range keywords.SubexpNames() {
		if name != "" && m[2*i] >= 0 {
			return sense(name), word
		}
	}
	return "", word
}

// clauseOf is the part of a region that the words of a number stand in: up to
// its neighbours, and to the ends of the sentence.
func clauseOf(prose []byte, region markdown.Span, n number) markdown.Span {
	clause := region
	for _, other := range numbers(prose, region) {
		if other.isValue() {
			continue
		}
		if other.span.End <= n.span.Start {
			clause.Start = max(clause.Start, other.span.End)
		}
		if other.span.Start >= n.span.End {
			clause.End = min(clause.End, other.span.Start)
		}
	}
	if i := lastStop(prose[clause.Start:n.span.Start]); i >= 0 {
		clause.Start += i
	}
	if i := firstStop(prose[n.span.End:clause.End]); i >= 0 {
		clause.End = n.span.End + i
	}
	return clause
}

// A stop ends a clause.
var stop = regexp.MustCompile(`[.;!?](?:\s|$)`)

func firstStop(text []byte) int {
	if m := stop.FindIndex(text); m != nil {
		return m[0]
	}
	return -1
}

func lastStop(text []byte) int {
	all := stop.FindAllIndex(text, -1)
	if len(all) == 0 {
		return -1
	}
	return all[len(all)-1][1]
}

var (
	sizeWords = regexp.MustCompile(`(?i)\b(?:memory|alloc\w*|bytes|footprint|rss|size|smaller)\b`)
	timeWords = regexp.MustCompile(`(?i)\b(?:time|faster|slower|speed-?up|quicker|latency|runtime)\b`)
)

// measuresElse says why a claim's metric is not what the words of its number
// speak of, "" where it may be (case B13: a benchmark of another thing
// validates nothing).
func measuresElse(prose []byte, clause markdown.Span, metric bench.Metric) string {
	text := prose[clause.Start:clause.End]
	size := metric.Better != bench.Higher && (strings.HasPrefix(metric.Unit, "B") || strings.HasPrefix(metric.Unit, "allocs"))
	switch {
	case metric.IsTime() && sizeWords.Match(text) && !timeWords.Match(text):
		return "the words speak of memory or size, and the claim's metric is " + metric.Name
	case size && timeWords.Match(text) && !sizeWords.Match(text):
		return "the words speak of time, and the claim's metric is " + metric.Name
	}
	return ""
}
