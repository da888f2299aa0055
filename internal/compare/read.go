package compare

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"time"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/format"
	"github.com/cupel-dev/cupel/internal/evidence"
	"github.com/cupel-dev/cupel/internal/host"
	"github.com/cupel-dev/cupel/internal/stats"
)

// A Source is what was measured of one version.
type Source struct {
	Name     string   // the commit, or what the files are called
	Machine  string   // equal where numbers may be compared; "" where nothing says it
	Subject  string   // the digest of what was measured; "" where it is not known
	Failures []string // what cannot be believed or is missing
	Notes    []string // how the values are to be read

	results []result
	index   map[id]int // where in results a benchmark is
}

// A result is one benchmark and metric, with a value for each run.
type result struct {
	id     id
	metric bench.Metric
	runs   []float64
}

// An id is what two results must share to be of the same benchmark.
type id struct {
	suite     string
	benchmark bench.Benchmark
	metric    string
}

// Read reads the evidence, the directory of result files (each one run), the
// target/criterion directory or the single file of that name. FormatName ""
// recognises the format of files. Rules are what the project knows of metrics.
//
// The error says that nothing could be read; evidence that is not what its
// manifest says is one too.
func Read(fsys fs.FS, name, formatName string, rules []bench.MetricRule) (*Source, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return readFile(fsys, name, formatName, rules)
	}
	dir, err := fs.Sub(fsys, name)
	if err != nil {
		return nil, err
	}
	if _, err := fs.Stat(dir, "manifest.json"); err == nil {
		return readEvidence(dir)
	}
	if formatName == "criterion" || formatName == "" && isCriterion(dir) {
		return readTree(dir, name)
	}
	return readRuns(dir, name, formatName, rules)
}

// readEvidence takes the summary, which gives every run one value.
func readEvidence(dir fs.FS) (*Source, error) {
	m, summary, err := evidence.Load(dir)
	if err != nil {
		return nil, err
	}
	environment, err := evidence.ReadEnvironment(dir)
	if err != nil {
		return nil, err
	}
	s := &Source{Name: m.Commit, Machine: environment.Class, Subject: m.Subject.Digest, Failures: summary.Failed}
	if m.Class == host.Shared {
		s.Notes = append(s.Notes, "it is evidence of class shared: the host may have been busy")
	}
	for _, b := range summary.Benchmarks {
		s.append(fromSummary(b))
	}
	return s, nil
}

func fromSummary(b evidence.Benchmark) result {
	var params []bench.Param
	for key, value := range b.Params {
		params = append(params, bench.Param{Key: key, Value: value})
	}
	benchmark := bench.Benchmark{Package: b.Package, Name: b.Name, Params: bench.MakeParams(params...), Procs: b.Procs}
	metric := bench.Metric{Name: b.Metric, Unit: b.Unit, Better: b.Better}
	return result{id{b.Suite, benchmark, b.Metric}, metric, b.Runs}
}

// isCriterion reports whether this is a target/criterion directory.
func isCriterion(dir fs.FS) bool {
	found, _ := fs.Glob(dir, "*/*/estimates.json")
	deeper, _ := fs.Glob(dir, "*/*/*/estimates.json")
	return len(found)+len(deeper) > 0
}

// readTree reads the samples of one run of a criterion suite.
func readTree(dir fs.FS, name string) (*Source, error) {
	f, err := format.Lookup("criterion")
	if err != nil {
		return nil, err
	}
	set := new(bench.Set)
	if err := f.ReadTree(dir, time.Time{}, set); err != nil {
		return nil, err
	}
	s := &Source{Name: name}
	s.add("", name, set, false)
	return s, nil
}

// repeats are the formats in which a file with repetitions holds something like
// runs: processes of their own, or repetitions that a person asked for. What the
// other tools repeat are the iterations of one measurement.
var repeats = []string{"gobench", "googlebenchmark", "hyperfine", "llamabench", "generic"}

func readFile(fsys fs.FS, name, formatName string, rules []bench.MetricRule) (*Source, error) {
	s := &Source{Name: name}
	set, used, err := s.parse(fsys, name, formatName, rules)
	if err != nil {
		return nil, err
	}
	asRuns := slices.Contains(repeats, used)
	s.add("", name, set, asRuns)
	if asRuns && used != "hyperfine" && s.repeated() {
		s.Notes = append(s.Notes, "its repetitions come from one process and stand for runs: what they all share is in no interval (better a directory with a file for each run)")
	}
	return s, nil
}

// repeated reports whether any benchmark has more than one value.
func (s *Source) repeated() bool {
	return slices.ContainsFunc(s.results, func(r result) bool { return len(r.runs) > 1 })
}

// runName is what official and others call the output of one run of a suite.
var runName = regexp.MustCompile(`^(.+)_run[0-9]+\.[a-z]+$`)

// readRuns reads a directory in which every file is what one process printed.
func readRuns(dir fs.FS, name, formatName string, rules []bench.MetricRule) (*Source, error) {
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return nil, err
	}
	s := &Source{Name: name}
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		set, _, err := s.parse(dir, e.Name(), formatName, rules)
		if errors.Is(err, errUnknownFormat) {
			s.Notes = append(s.Notes, "left out: "+err.Error())
			continue
		}
		if err != nil {
			return nil, err
		}
		suite := ""
		if m := runName.FindStringSubmatch(e.Name()); m != nil {
			suite = m[1]
		}
		s.add(suite, e.Name(), set, false)
	}
	if len(s.results) == 0 && len(s.Failures) == 0 {
		return nil, fmt.Errorf("%s: no evidence, no results of criterion and no file of a known format", name)
	}
	return s, nil
}

var errUnknownFormat = errors.New("its format is not recognised")

// parse reads one file and remembers what machine it names.
func (s *Source) parse(fsys fs.FS, name, formatName string, rules []bench.MetricRule) (*bench.Set, string, error) {
	file, err := fsys.Open(name)
	if err != nil {
		return nil, "", err
	}
	defer file.Close()
	r := bufio.NewReaderSize(file, format.RecogniseBytes)
	start, err := r.Peek(format.RecogniseBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, "", fmt.Errorf("read %s: %w", name, err)
	}
	if formatName == "" {
		formatName = format.Recognise(start)
	}
	if formatName == "" {
		return nil, "", fmt.Errorf("%s: %w: name it with -format=FORMAT", path.Base(name), errUnknownFormat)
	}
	f, err := format.Lookup(formatName)
	if err != nil {
		return nil, "", err
	}
	if m := machine(start); s.Machine == "" {
		s.Machine = m
	} else if m != s.Machine {
		s.Failures = append(s.Failures, fmt.Sprintf("%s was measured on another machine than the files before it", name))
	}
	set := new(bench.Set)
	if err := f.Read(r, bench.Known{Metrics: rules}, set); err != nil {
		return nil, "", err
	}
	set.Apply(rules)
	return set, formatName, nil
}

// add takes what one file says: its values as runs, or their median as one run.
func (s *Source) add(suite, file string, set *bench.Set, asRuns bool) {
	for _, reason := range set.Failures() {
		s.Failures = append(s.Failures, file+": "+reason)
	}
	for _, name := range set.Missing {
		s.Failures = append(s.Failures, file+": "+name+" was announced and not measured")
	}
	for _, r := range set.Results {
		median, ok := stats.Median(r.Values)
		if !ok || r.Err != "" {
			continue
		}
		runs := []float64{median}
		if asRuns {
			runs = r.Values
		}
		s.append(result{id{suite, r.Benchmark, r.Metric.Name}, r.Metric, runs})
	}
}

// suites are the names of the suites that were measured, "" among them where a
// result names none.
func (s *Source) suites() []string {
	var names []string
	for _, r := range s.results {
		if !slices.Contains(names, r.id.suite) {
			names = append(names, r.id.suite)
		}
	}
	return names
}

// call makes all results those of one suite.
func (s *Source) call(suite string) {
	s.index = make(map[id]int)
	for i := range s.results {
		s.results[i].id.suite = suite
		s.index[s.results[i].id] = i
	}
}

// append joins the runs of one benchmark. Runs in another unit are a failure.
func (s *Source) append(r result) {
	i, ok := s.index[r.id]
	if !ok {
		if s.index == nil {
			s.index = make(map[id]int)
		}
		s.index[r.id] = len(s.results)
		s.results = append(s.results, r)
		return
	}
	old := &s.results[i]
	if old.metric.Unit != r.metric.Unit {
		s.Failures = append(s.Failures, fmt.Sprintf("%s %s is in %s and in %s", r.id.benchmark, r.metric.Name, old.metric.Unit, r.metric.Unit))
		return
	}
	old.runs = append(old.runs, r.runs...)
}
