package claim

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/cupel-dev/cupel/internal/evidence"
	"github.com/cupel-dev/cupel/internal/host"
	"github.com/cupel-dev/cupel/internal/markdown"
)

// A place is what a line says of where and how often was measured:
// "(M1 Max, median of 5 runs)".
type place struct {
	host, runs markdown.Span // the words, and the digits
	found      bool
}

// placeForm finds the parenthesis by its runs. What stands before them, apart
// from a comma or a blank, is the host.
var placeForm = regexp.MustCompile(`\((?:([^()]*?)(?:[,;]\s*|\s+))??(?:(?:median|best|mean) (?:of|over) )?(\d{1,4}) (?:paired )?runs?\b[^()]*\)`)

// placeOf finds the last such parenthesis in a region.
func placeOf(prose []byte, region markdown.Span) place {
	all := placeForm.FindAllSubmatchIndex(prose[region.Start:region.End], -1)
	if len(all) == 0 {
		return place{}
	}
	m := all[len(all)-1]
	at := func(i int) markdown.Span {
		return markdown.Span{Start: region.Start + m[2*i], End: region.Start + m[2*i+1]}
	}
	if m[2] < 0 {
		m[2], m[3] = m[0]+1, m[0]+1
	}
	return place{host: at(1), runs: at(2), found: true}
}

// hostForm finds where the host begins behind a number in the same parenthesis.
var hostForm = regexp.MustCompile(`[,;]\s*|\bon\s+`)

// behind is p where its parenthesis holds the number too, as in "(2x faster on
// M1 Max, 5 runs)": the host is what follows the number's own words.
func (p place) behind(number markdown.Span, prose []byte) place {
	if !p.found || number.Start < p.host.Start || number.Start >= p.host.End {
		return p
	}
	p.host.Start = p.host.End
	if number.End < p.host.End {
		if all := hostForm.FindAllIndex(prose[number.End:p.host.End], -1); len(all) > 0 {
			p.host.Start = number.End + all[len(all)-1][1]
		}
	}
	return p
}

// text is what the line says of host and runs.
func (p place) text(prose []byte) (host, runs string) {
	return string(prose[p.host.Start:p.host.End]), string(prose[p.runs.Start:p.runs.End])
}

// placeText is the parenthesis as it is written where a line has none.
func placeText(host string, runs int) string {
	return "(" + host + ", median of " + plural(runs, "run") + ")"
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// hostName is how a line names the host of some evidence: its chip, and
// whether it was shared or a virtual machine.
func hostName(e evidence.Environment, class host.Class) string {
	chip := strings.NewReplacer("(R)", "", "(TM)", "", "(", " ", ")", " ", ",", " ").Replace(e.Host.CPU)
	name := strings.TrimPrefix(strings.Join(strings.Fields(chip), " "), "Apple ")
	if name == "" {
		name = strings.TrimSpace(e.Host.OS + " " + e.Host.Arch)
	}
	if e.Host.Hypervisor != "" {
		name += " virtual machine"
	}
	if class != host.Controlled {
		name = "shared " + name
	}
	return name
}

// fillers say nothing of which host it is.
var fillers = []string{"shared", "host", "virtual", "machine", "on", "a", "an", "the"}

// names reports whether a line's words for a host fit the evidence: each is one
// of the host's own, and what was not controlled is called shared.
func names(words string, e evidence.Environment, class host.Class) bool {
	known := hostWords(e.Class + " " + e.Host.Model + " " + e.Host.GPU + " " + hostName(e, class))
	own := false
	said := hostWords(words)
	for _, w := range said {
		filler := slices.Contains(fillers, w)
		if !filler && !slices.Contains(known, w) {
			return false
		}
		own = own || !filler
	}
	return own && (class == host.Controlled || slices.Contains(said, "shared"))
}

func hostWords(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' && r != '+' && r != '/'
	})
}
