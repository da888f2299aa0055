package ci

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cupel-dev/cupel/internal/config"
)

// A cargoAuditReport is what cargo audit --json writes (crate rustsec, module
// report).
type cargoAuditReport struct {
	Database *struct {
		Count int `json:"advisory-count"`
	} `json:"database"`
	Lockfile *struct {
		Count int `json:"dependency-count"`
	} `json:"lockfile"`
	Vulnerabilities *struct {
		Count int `json:"count"`
		List  []struct {
			Advisory struct {
				ID      string   `json:"id"`
				Aliases []string `json:"aliases"`
				Title   string   `json:"title"`
			} `json:"advisory"`
			Versions struct {
				Patched []string `json:"patched"`
			} `json:"versions"`
			Package struct {
				Name    string `json:"name"`
				Version string `json:"version"`
			} `json:"package"`
		} `json:"list"`
	} `json:"vulnerabilities"`
}

// judgeCargoAudit fails for each vulnerability without a valid waiver. The exit
// code is no help: 1 stands for findings and for most failures alike.
func judgeCargoAudit(waivers []config.AuditWaiver, today time.Time) func([]byte, int) error {
	return judged(readCargoAudit, waivers, today)
}

// readCargoAudit finds the vulnerabilities of a report. One that was made from
// an empty database, or that does not count what it lists, is an error.
func readCargoAudit(stdout []byte) ([]vulnerability, error) {
	if len(stdout) == 0 {
		return nil, errors.New("cargo-audit printed no report")
	}
	var r cargoAuditReport
	if err := json.Unmarshal(stdout, &r); err != nil {
		return nil, fmt.Errorf("cargo-audit's report cannot be read: %w", err)
	}
	if r.Database == nil || r.Database.Count == 0 || r.Lockfile == nil || r.Vulnerabilities == nil {
		return nil, errors.New("cargo-audit's report does not say what was scanned, and against which database")
	}
	if r.Vulnerabilities.Count != len(r.Vulnerabilities.List) {
		return nil, fmt.Errorf("cargo-audit counts %d vulnerabilities and lists %d", r.Vulnerabilities.Count, len(r.Vulnerabilities.List))
	}
	var found []vulnerability
	for _, v := range r.Vulnerabilities.List {
		found = append(found, vulnerability{
			ID: v.Advisory.ID, Aliases: v.Advisory.Aliases, Module: v.Package.Name + "@" + v.Package.Version,
			Summary: v.Advisory.Title, Fixed: strings.Join(v.Versions.Patched, " or "),
		})
	}
	return found, nil
}
