package ci

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/cupel-dev/cupel/internal/config"
)

const (
	vulnHead = `{"config":{"protocol_version":"v1.0.0","db":"https://vuln.example"}}
{"SBOM":{"roots":["example.com/x"]}}
{"progress":{"message":"Scanning your code"}}
`
	vulnKnown    = `{"osv":{"id":"GO-2026-0001","aliases":["CVE-2026-1"],"summary":"reads too much"}}` + "\n"
	vulnRequired = `{"finding":{"osv":"GO-2026-0001","fixed_version":"v1.2.3","trace":[{"module":"example.com/dep","version":"v1.0.0"}]}}` + "\n"
	vulnCalled   = `{"finding":{"osv":"GO-2026-0001","fixed_version":"v1.2.3","trace":[{"module":"example.com/dep","version":"v1.0.0","package":"example.com/dep","function":"Read"}]}}` + "\n"
)

var auditDay = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func waiver(id string, year, month, day int) config.AuditWaiver {
	return config.AuditWaiver{ID: id, Reason: "not reached", Expires: config.LocalDate{Year: year, Month: month, Day: day}}
}

func TestGovulncheckIsJudgedByItsReport(t *testing.T) {
	for _, tt := range []struct {
		name, stdout string
		exit         int
		waivers      []config.AuditWaiver
		want         string // "" passes; "could not audit" is no finding
	}{
		{"nothing found", vulnHead, 0, nil, ""},
		{"required but not called", vulnHead + vulnKnown + vulnRequired, 0, nil, ""},
		{"called", vulnHead + vulnKnown + vulnRequired + vulnCalled, 0, nil, "GO-2026-0001 in example.com/dep@v1.0.0: reads too much (fixed in v1.2.3)"},
		{"waived", vulnHead + vulnKnown + vulnCalled, 0, []config.AuditWaiver{waiver("GO-2026-0001", 2027, 1, 1)}, ""},
		{"waived by its alias", vulnHead + vulnKnown + vulnCalled, 0, []config.AuditWaiver{waiver("CVE-2026-1", 2027, 1, 1)}, ""},
		{"waived until today", vulnHead + vulnKnown + vulnCalled, 0, []config.AuditWaiver{waiver("GO-2026-0001", 2026, 11, 25)}, ""},
		{"waiver of another", vulnHead + vulnKnown + vulnCalled, 0, []config.AuditWaiver{waiver("GO-2026-0009", 2027, 1, 1)}, "GO-2026-0001 in"},
		{"waiver that expired", vulnHead + vulnKnown + vulnCalled, 0, []config.AuditWaiver{waiver("GO-2026-0001", 2026, 11, 24)}, "the waiver of GO-2026-0001 expired on 2026-11-24"},
		{"waiver that expired and waives nothing", vulnHead, 0, []config.AuditWaiver{waiver("GO-2026-0009", 2026, 1, 1)}, "expired on 2026-01-01"},
		{"database that cannot be reached", `{"config":{"protocol_version":"v1.0.0","db":"https://vuln.example"}}`, 1, nil, "could not audit"},
		{"report that is empty", "", 0, nil, "could not audit"},
		{"report that ends in the middle", vulnHead + `{"finding":{"osv":"GO-2026`, 0, nil, "could not audit"},
		{"report without what was scanned", `{"config":{"protocol_version":"v1.0.0","db":"https://vuln.example"}}`, 0, nil, "could not audit"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			checkJudge(t, judgeGovulncheck(tt.waivers, auditDay)([]byte(tt.stdout), tt.exit), tt.want)
		})
	}
}

func checkJudge(t *testing.T, err error, want string) {
	t.Helper()
	var finding *Finding
	var unable *Unable
	switch {
	case want == "":
		if err != nil {
			t.Errorf("got %v, want a pass", err)
		}
	case strings.HasPrefix(want, "could not"):
		if !errors.As(err, &unable) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want that it could not tell", err)
		}
	case !errors.As(err, &finding) || !strings.Contains(err.Error(), want):
		t.Errorf("got %v, want %q", err, want)
	}
}

const (
	rustHead = `{"database":{"advisory-count":700},"lockfile":{"dependency-count":3},`
	rustNone = rustHead + `"vulnerabilities":{"found":false,"count":0,"list":[]},"warnings":{}}`
	rustOne  = rustHead + `"vulnerabilities":{"found":true,"count":1,"list":[{"advisory":{"id":"RUSTSEC-2026-0001","aliases":["CVE-2026-2"],"title":"writes too much"},"versions":{"patched":[">=1.2"]},"package":{"name":"dep","version":"1.0.0"}}]}}`
)

func TestCargoAuditIsJudgedByItsReport(t *testing.T) {
	for _, tt := range []struct {
		name, stdout string
		exit         int
		waivers      []config.AuditWaiver
		want         string
	}{
		{"nothing found", rustNone, 0, nil, ""},
		{"found", rustOne, 1, nil, "RUSTSEC-2026-0001 in dep@1.0.0: writes too much (fixed in >=1.2)"},
		{"waived", rustOne, 1, []config.AuditWaiver{waiver("CVE-2026-2", 2027, 1, 1)}, ""},
		{"database that cannot be reached", "", 1, nil, "could not audit"},
		{"empty database", strings.Replace(rustNone, "700", "0", 1), 0, nil, "could not audit"},
		{"count that does not agree", strings.Replace(rustOne, `"count":1`, `"count":2`, 1), 1, nil, "could not audit"},
		{"no report", "error: not found", 1, nil, "could not audit"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			checkJudge(t, judgeCargoAudit(tt.waivers, auditDay)([]byte(tt.stdout), tt.exit), tt.want)
		})
	}
}

func FuzzGovulncheck(f *testing.F) {
	f.Add([]byte(vulnHead + vulnKnown + vulnCalled))
	f.Add([]byte(vulnHead))
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, report []byte) { checkFound(t, report, readGovulncheck) })
}

func FuzzCargoAudit(f *testing.F) {
	f.Add([]byte(rustNone))
	f.Add([]byte(rustOne))
	f.Add([]byte("null"))
	f.Fuzz(func(t *testing.T, report []byte) { checkFound(t, report, readCargoAudit) })
}

// checkFound holds that an error comes with no findings, and that a report
// that is cut off anywhere finds nothing that the whole one does not.
func checkFound(t *testing.T, report []byte, read func([]byte) ([]vulnerability, error)) {
	found, err := read(report)
	if err != nil {
		if len(found) > 0 {
			t.Errorf("%v, and yet %v", err, found)
		}
		return
	}
	part, err := read(report[:len(report)/2])
	if err == nil && len(part) > len(found) {
		t.Errorf("half of the report finds more: %v and %v", part, found)
	}
}
