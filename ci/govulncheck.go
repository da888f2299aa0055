package ci

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/cupel-dev/cupel/internal/config"
)

// A govulncheckMessage is one object of the stream that govulncheck -format
// json writes (golang.org/x/vuln, internal/govulncheck: protocol v1.0.0).
type govulncheckMessage struct {
	Config *struct {
		ProtocolVersion string `json:"protocol_version"`
		DB              string `json:"db"`
	} `json:"config"`
	SBOM *struct {
		Roots []string `json:"roots"`
	} `json:"SBOM"`
	OSV *struct {
		ID      string   `json:"id"`
		Aliases []string `json:"aliases"`
		Summary string   `json:"summary"`
	} `json:"osv"`
	Finding *struct {
		OSV   string `json:"osv"`
		Fixed string `json:"fixed_version"`
		Trace []struct {
			Module   string `json:"module"`
			Version  string `json:"version"`
			Function string `json:"function"`
		} `json:"trace"`
	} `json:"finding"`
}

// judgeGovulncheck fails for each vulnerability whose code the project calls.
// One that is only required or imported is in the log. govulncheck exits with
// 0 in JSON mode whatever it finds, so an exit code that is not 0 says that it
// could not tell.
func judgeGovulncheck(waivers []config.AuditWaiver, today time.Time) func([]byte, int) error {
	judge := judged(readGovulncheck, waivers, today)
	return func(stdout []byte, exit int) error {
		if exit != 0 {
			return &Unable{Msg: fmt.Sprintf("could not audit: govulncheck exited with code %d (no database, or packages that do not load)", exit)}
		}
		return judge(stdout, exit)
	}
}

// readGovulncheck finds the vulnerabilities that are called. A stream that has
// no config, no list of what was scanned, or that ends in the middle is an
// error.
func readGovulncheck(stdout []byte) ([]vulnerability, error) {
	var configured, scanned bool
	known := make(map[string]vulnerability)
	called := make(map[string]vulnerability)
	stream := json.NewDecoder(bytes.NewReader(stdout))
	for {
		var m govulncheckMessage
		err := stream.Decode(&m)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("govulncheck's report cannot be read: %w", err)
		}
		configured = configured || m.Config != nil && m.Config.ProtocolVersion != "" && m.Config.DB != ""
		scanned = scanned || m.SBOM != nil
		if m.OSV != nil {
			known[m.OSV.ID] = vulnerability{ID: m.OSV.ID, Aliases: m.OSV.Aliases, Summary: m.OSV.Summary}
		}
		if f := m.Finding; f != nil && len(f.Trace) > 0 && f.Trace[0].Function != "" {
			called[f.OSV] = vulnerability{ID: f.OSV, Module: f.Trace[0].Module + "@" + f.Trace[0].Version, Fixed: f.Fixed}
		}
	}
	if !configured || !scanned {
		return nil, errors.New("govulncheck's report does not say what was scanned, and against which database")
	}
	var found []vulnerability
	for _, id := range slices.Sorted(maps.Keys(called)) {
		v := called[id]
		v.Aliases, v.Summary = known[id].Aliases, known[id].Summary
		found = append(found, v)
	}
	return found, nil
}
