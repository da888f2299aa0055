package smoke

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/host"
)

// SchemaCalibration is the schema of a [Calibration] in JSON.
const SchemaCalibration = "cupel/calibration/1"

// A Calibration is what comparing a project with itself said of a host.
type Calibration struct {
	Schema string `json:"schema"`
	Host   string `json:"host"` // its fingerprint
	Pairs  int    `json:"pairs"`

	// Floors are by suite, benchmark and metric.
	Floors Floors `json:"floors"`

	// Alarms are what the whole design raised on the recorded pairs, with the
	// arms of each swapped by chance, in that many comparisons.
	Alarms      int `json:"alarms"`
	Comparisons int `json:"comparisons"`
}

// Floors are what benchmarks differ by from themselves on this host, as a
// calibration measured it: 0.004 is 0.4 %.
type Floors map[string]float64

// of is the floor of a benchmark, 0 where none is known.
func (f Floors) of(suite, name, metric string) float64 {
	return f[floorKey(suite, name, metric)]
}

func floorKey(suite, name, metric string) string { return suite + ": " + name + " " + metric }

// ReadFloors reads what a calibration of these suites found on this host; nil
// where there was none.
func ReadFloors(ctx context.Context, cache string, suites []bench.Suite) (Floors, error) {
	name, _, err := calibrationFile(ctx, cache, suites)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read calibration: %w", err)
	}
	var c Calibration
	if err := json.Unmarshal(text, &c); err != nil || c.Schema != SchemaCalibration {
		return nil, fmt.Errorf("read calibration: %s is not one: remove it, or calibrate again", name)
	}
	return c.Floors, nil
}

// calibrationFile is where the calibration of these suites on this host lies:
// another host, or another way to run them, has another file.
func calibrationFile(ctx context.Context, cache string, suites []bench.Suite) (name, fingerprint string, err error) {
	fingerprint = host.Describe(ctx).Fingerprint()
	text, err := json.Marshal(suites)
	if err != nil {
		return "", "", fmt.Errorf("name the calibration: %w", err)
	}
	sum := sha256.Sum256(append([]byte(fingerprint+"\n"), text...))
	return filepath.Join(cache, "calibration", hex.EncodeToString(sum[:8])+".json"), fingerprint, nil
}

// write keeps the calibration where ReadFloors finds it.
func (c *Calibration) write(name string) error {
	text, err := json.MarshalIndent(c, "", "  ")
	if err == nil {
		err = os.MkdirAll(filepath.Dir(name), 0o755)
	}
	if err == nil {
		err = os.WriteFile(name, append(text, '\n'), 0o644)
	}
	if err != nil {
		return fmt.Errorf("write calibration: %w", err)
	}
	return nil
}
