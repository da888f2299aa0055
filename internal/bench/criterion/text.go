package criterion

import (
	"bytes"
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/lines"
)

// A parser reads an output line by line.
type parser struct {
	out       output
	announced []bench.Benchmark // once for each time
	titles    map[string]bool   // of all that was announced
	line      int

	target     string // the bench target that runs; "" where it is not known
	source     string // its source file, where cargo names it
	executable string

	open    string // title of the benchmark that was announced last and has no result yet
	above   string // the last line that could be a title of its own
	rates   int    // throughputs since the last time
	timed   bool   // a time was read, and its throughputs may follow
	tested  bool   // the line above announced a test
	panicAt string // place of a panic whose message is in the next line
}

// scan reads all of r. The error is that of r, and what was read before it is
// in the output. A carriage return ends a line too: with it criterion overwrites
// its progress on a terminal.
func scan(r io.Reader) (*output, error) {
	p := parser{titles: make(map[string]bool)}
	in := lines.NewScanner(r)
	for in.Scan() {
		p.line++
		if len(in.Bytes()) >= lines.Max-1 { // cut, perhaps in front of a carriage return
			remark(&p.out.failures, "line %d is too long to be read: what it measured is not known", p.line)
			continue
		}
		for part := range bytes.SplitSeq(in.Bytes(), []byte("\r")) {
			p.read(string(bytes.TrimRight(stripEscapes(part), " \t")))
		}
	}
	p.end()
	if err := in.Err(); err != nil {
		return &p.out, fmt.Errorf("read criterion output: %w", err)
	}
	return &p.out, nil
}

// escapeSequence matches the colours, erased lines and links of a terminal
// (ECMA-48, control sequences and operating system commands).
var escapeSequence = regexp.MustCompile("\x1b(\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b]*(\x07|\x1b\\\\))")

func stripEscapes(line []byte) []byte {
	if bytes.IndexByte(line, 0x1b) < 0 {
		return line
	}
	return escapeSequence.ReplaceAll(line, nil)
}

// end settles what only the end of the output can tell.
func (p *parser) end() {
	if p.panicAt != "" {
		p.panicked("panicked at " + p.panicAt)
	}
	if looksLikeTitle(p.above) {
		p.announce(p.above)
	}
	p.out.dropCopies()
	p.out.missAnnounced(p.announced)
}

// read reads one line. Blank ones mean nothing: criterion has some between
// everything.
func (p *parser) read(line string) {
	if line == "" {
		return
	}
	if p.panicAt != "" {
		p.panicked("panicked at " + p.panicAt + " " + line)
	}
	tested := p.tested
	p.tested = false
	switch {
	case p.readInterval(line):
	case strings.HasPrefix(line, "Benchmarking "):
		p.readProgress(strings.TrimPrefix(line, "Benchmarking "))
	case isMessage(line):
		p.readMessage(line)
	case p.readCargo(line), p.readLibtest(line), p.readTrouble(line):
	case strings.HasPrefix(line, "Testing "):
		p.tested = true
	case tested && line == "Success":
		p.out.tested++
	case line[0] != ' ' && line[0] != '\t':
		p.above = line
	}
}

// titleWidth is the width in bytes of the column that holds a title; a title
// without room for it and a blank gets a line of its own (measurement_complete
// in src/report.rs of criterion.rs).
const titleWidth = 24

// readInterval reads a line with a time or a throughput. In percent these are
// changes against an earlier run, which do not count.
func (p *parser) readInterval(line string) bool {
	if column, rest, ok := strings.Cut(line, "time:   ["); ok {
		if !strings.Contains(rest, "%") {
			p.readTime(column, rest)
		}
		return true
	}
	if _, rest, ok := strings.Cut(line, "thrpt:  ["); ok && p.timed {
		if !strings.Contains(rest, "%") {
			p.readThroughput(rest)
		}
		return true
	}
	return false
}

func (p *parser) readTime(column, rest string) {
	p.timed = false
	title := p.title(column)
	if title == "" {
		remark(&p.out.failures, "line %d has a time without the title of a benchmark", p.line)
		return
	}
	p.above, p.rates = "", 0
	number, unit, ok := parseInterval(rest)
	if !ok {
		p.announce(title)
		return
	}
	p.measured(title, measurement{values: []value{timeValue(number, unit)}})
	p.timed = true
}

// title finds the title of a time in the column before it, else above. Only the
// last bytes of the column count: output without a newline may stand before.
func (p *parser) title(column string) string {
	whole := len(column) >= titleWidth
	if whole {
		column = column[len(column)-titleWidth:]
	}
	if title := strings.TrimSpace(column); title != "" || !whole {
		return title
	}
	if p.open != "" && !p.titles[p.above] {
		return p.open // some other line came between
	}
	return p.above
}

func (p *parser) readThroughput(rest string) {
	last := &p.out.measured[len(p.out.measured)-1]
	number, unit, ok := parseInterval(rest)
	if !ok {
		p.out.missing = append(p.out.missing, last.benchmark.Name+" (throughput)")
		return
	}
	last.values = append(last.values, throughputValue(p.rates, number, unit))
	p.rates++
}

// measured keeps a measurement of the benchmark with this title.
func (p *parser) measured(title string, m measurement) {
	m.benchmark, m.executable = p.benchmark(title), p.executable
	p.out.measured = append(p.out.measured, m)
	if p.open == title {
		p.open = ""
	}
}

func (p *parser) benchmark(title string) bench.Benchmark {
	return bench.Benchmark{Package: p.target, Name: title, Params: bench.PathParams(title)}
}

// announce opens the benchmark with this title, if it is not open already.
func (p *parser) announce(title string) {
	if title == p.open {
		return
	}
	p.open, p.titles[title] = title, true
	p.announced = append(p.announced, p.benchmark(title))
}

// phases are what criterion says of a benchmark, behind its title and a colon.
var phases = regexp.MustCompile(`: (Profiling for |Warming up for |Collecting \d+ samples in |Analyzing$|Complete \(Analysis Disabled\)$)`)

// readProgress reads the text behind "Benchmarking": the title of what begins,
// and again with each phase of it.
func (p *parser) readProgress(text string) {
	p.above, p.timed = "", false
	if at := phases.FindAllStringIndex(text, -1); at != nil {
		text = text[:at[len(at)-1][0]]
	}
	p.announce(text)
}

// looksLikeTitle reports whether a line that came last may have been the title
// of a benchmark that was not measured any more. A sentence or JSON does not.
func looksLikeTitle(line string) bool {
	return len(line) >= titleWidth && line[0] != '{' && !strings.ContainsAny(line, " \t") &&
		strings.ContainsFunc(line, func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' })
}

// executablePath matches a bench target's executable, which cargo names after
// the target and a hash, in deps of the target directory.
var executablePath = regexp.MustCompile(`(?:^|[/\\])deps[/\\]([^/\\]+)-[0-9a-f]{16}(?:\.exe)?$`)

// readCargo reads the line with which cargo runs a bench target:
//
//	Running benches/parse.rs (target/release/deps/parse-0123456789abcdef)
//	Running unittests src/lib.rs (target/release/deps/crate-0123456789abcdef)
//	Running target/release/deps/parse-0123456789abcdef
//	Running `/home/project/target/release/deps/parse-0123456789abcdef --bench`
func (p *parser) readCargo(line string) bool {
	text, ok := strings.CutPrefix(strings.TrimLeft(line, " "), "Running ")
	if !ok || line[0] != ' ' {
		return false
	}
	source, executable := "", text
	if before, inner, ok := strings.Cut(text, " ("); ok {
		source, executable = before, strings.TrimSuffix(inner, ")")
	} else if command, ok := strings.CutPrefix(text, "`"); ok {
		executable, _, _ = strings.Cut(strings.TrimSuffix(command, "`"), " ")
	}
	match := executablePath.FindStringSubmatch(executable)
	if match == nil {
		return false
	}
	p.target, p.source, p.executable = match[1], source, path.Clean(executable)
	p.open, p.above, p.timed = "", "", false
	return true
}
