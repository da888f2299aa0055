package criterion

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/cupel-dev/cupel/internal/bench"
)

// The files of one measurement that are read.
const (
	benchmarkFile = "benchmark.json"
	estimatesFile = "estimates.json"
	sampleFile    = "sample.json"
)

var keptFiles = []string{benchmarkFile, estimatesFile, sampleFile}

// An entry is what the files of one directory say.
type entry struct {
	path       string
	fullID     string
	title      string // as the text shows it
	throughput *throughputKind
	median     float64 // ns of one iteration
	err        string  // why there is no median or no name
}

// A throughputKind is what one iteration processes; one of its fields is set
// (enum Throughput in src/lib.rs of criterion.rs).
type throughputKind struct {
	Bytes, BytesDecimal, Elements, Bits *float64
	ElementsAndBytes                    *struct{ Elements, Bytes float64 }
}

func (t *throughputKind) amounts() []amount {
	switch {
	case t == nil:
		return nil
	case t.Bytes != nil:
		return []amount{{*t.Bytes, "B"}}
	case t.BytesDecimal != nil:
		return []amount{{*t.BytesDecimal, "B"}}
	case t.Elements != nil:
		return []amount{{*t.Elements, "elem"}}
	case t.Bits != nil:
		return []amount{{*t.Bits, "b"}}
	case t.ElementsAndBytes != nil:
		return []amount{{t.ElementsAndBytes.Elements, "elem"}, {t.ElementsAndBytes.Bytes, "B"}}
	default:
		return nil
	}
}

func (e *entry) unknownThroughput() bool {
	return e.throughput != nil && e.throughput.amounts() == nil
}

// name is what people know the entry by.
func (e *entry) name() string {
	if e.fullID == "" {
		return e.path
	}
	return e.fullID
}

func (e *entry) benchmark() bench.Benchmark {
	return bench.Benchmark{Name: e.fullID, Params: bench.PathParams(e.fullID)}
}

// values are the median and the throughputs that follow from it.
func (e *entry) values() []value {
	values := []value{{bench.Time, e.median}}
	for i, a := range e.throughput.amounts() {
		values = append(values, a.perSecond(i, e.median))
	}
	return values
}

// readEntry reads the files of d. The error is that of fsys; what is wrong with
// their content is the entry's.
func readEntry(fsys fs.FS, d dir) (*entry, error) {
	e := &entry{path: d.path}
	content := make(map[string][]byte)
	for _, name := range d.files {
		data, err := fs.ReadFile(fsys, path.Join(d.path, name))
		if err != nil {
			return nil, err
		}
		content[name] = data
	}
	var err error
	if err = e.readName(content[benchmarkFile]); err != nil {
		e.err = path.Join(d.path, benchmarkFile) + ": " + err.Error()
		return e, nil
	}
	from := sampleFile
	if sample, ok := content[sampleFile]; ok {
		e.median, err = readSample(sample)
	} else {
		from = estimatesFile
		e.median, err = readEstimates(content[estimatesFile])
	}
	if err != nil {
		e.err = path.Join(d.path, from) + ": " + err.Error()
	}
	return e, nil
}

var errNoFile = errors.New("the file is missing")

func (e *entry) readName(data []byte) error {
	var b struct {
		FullID     string `json:"full_id"`
		Title      string
		Throughput *throughputKind
	}
	if data == nil {
		return errNoFile
	}
	if err := json.Unmarshal(data, &b); err != nil {
		return err
	}
	if b.FullID == "" {
		return errors.New("there is no full_id")
	}
	e.fullID, e.title, e.throughput = b.FullID, b.Title, b.Throughput
	if e.title == "" { // before 0.3
		e.title = e.fullID
	}
	return nil
}

// readSample returns the median of the times of one iteration. Before 0.3.3
// the file was a bare pair of lists, the numbers of iterations and the times.
func readSample(data []byte) (float64, error) {
	var pair [][]float64
	if err := json.Unmarshal(data, &pair); err == nil {
		if len(pair) != 2 {
			return 0, fmt.Errorf("there are %d lists instead of 2", len(pair))
		}
		return medianIteration(pair[0], pair[1])
	}
	var sample struct{ Iters, Times []float64 }
	if err := json.Unmarshal(data, &sample); err != nil {
		return 0, err
	}
	return medianIteration(sample.Iters, sample.Times)
}

// readEstimates returns the median. Its key is Median before 0.3.3 and median
// since, which are one to encoding/json.
func readEstimates(data []byte) (float64, error) {
	var estimates struct {
		Median *struct {
			PointEstimate float64 `json:"point_estimate"`
		}
	}
	if data == nil {
		return 0, errNoFile
	}
	if err := json.Unmarshal(data, &estimates); err != nil {
		return 0, err
	}
	if estimates.Median == nil {
		return 0, errors.New("there is no median")
	}
	return estimates.Median.PointEstimate, nil
}
