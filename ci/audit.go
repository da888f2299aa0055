package ci

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cupel-dev/cupel/internal/config"
)

// The versions that audit where a project chooses none of its own.
const (
	govulncheckPackage = "golang.org/x/vuln/cmd/govulncheck@v1.9.0"
	cargoAuditVersion  = "0.22.0"
)

// audit looks for known vulnerabilities in what the project is built from.
func (p *Project) audit() (Pipeline, error) {
	var made Pipeline
	today := time.Now().UTC()
	if err := p.auditGo(&made, today); err != nil {
		return made, err
	}
	if p.has("Cargo.lock") {
		made.Steps = append(made.Steps, cargoAudit(p.Config.Waivers, today))
	} else {
		made.leave("cargo-audit", "%s", p.absent("Cargo.lock"))
	}
	return made, p.recognised()
}

// auditGo looks at the packages of the module at the top.
func (p *Project) auditGo(made *Pipeline, today time.Time) error {
	if !p.has("go.mod") {
		made.leave("govulncheck", "%s", p.absent("go.mod"))
		return nil
	}
	p.leaveGoModules(made)
	if len(p.goFiles()) == 0 {
		made.leave("govulncheck", noPackage)
		return nil
	}
	run, err := p.tool("govulncheck")
	if err != nil {
		return err
	}
	if run == nil {
		run = goRun(govulncheckPackage)
	}
	s := goStep("govulncheck", append(run, "-format=json", "./...")...)
	if p.Config.Database != "" { // in a variable, since it may be one of this host
		s.Run = append([]string{"sh", "-c", `exec "$@" -db="$GOVULNDB" -format=json ./...`, "sh"}, run...)
		s.Env, s.Secrets = split(map[string]string{"GOVULNDB": p.Config.Database})
	}
	s.Fresh, s.Judge = true, judgeGovulncheck(p.Config.Waivers, today)
	made.Steps = append(made.Steps, s)
	return nil
}

// cargoAudit builds cargo-audit once, into a cache, and runs it.
func cargoAudit(waivers []config.AuditWaiver, today time.Time) Step {
	install := `cargo install --quiet --locked cargo-audit@` + cargoAuditVersion + ` >&2 && exec "$CARGO_INSTALL_ROOT/bin/cargo-audit" audit --json`
	return Step{
		Name: "cargo-audit", Image: "rust", Run: []string{"sh", "-c", install}, Inputs: []string{"**/Cargo.toml", "**/Cargo.lock"},
		Caches: append(cargoCaches[:1:1], Cache{Name: "cargo-tools", Path: "/cache/cargo-tools", Env: "CARGO_INSTALL_ROOT"}),
		Fresh:  true, Judge: judgeCargoAudit(waivers, today),
	}
}

// A vulnerability is one known weakness that a project is exposed to.
type vulnerability struct {
	ID      string
	Aliases []string
	Module  string // "name@version"
	Summary string
	Fixed   string // the version that has it no more; "" where there is none
}

func (v vulnerability) String() string {
	s := fmt.Sprintf("%s in %s", v.ID, v.Module)
	if v.Summary != "" {
		s += ": " + v.Summary
	}
	if v.Fixed != "" {
		s += " (fixed in " + v.Fixed + ")"
	}
	return s
}

// rule decides about vulnerabilities: each needs a waiver that has not expired.
// A waiver lets its own last day pass. One that has expired fails even where
// nothing is found, so that it is looked at again.
func rule(found []vulnerability, waivers []config.AuditWaiver, today time.Time) error {
	var bad []string
	valid := make(map[string]bool)
	for _, w := range waivers {
		if w.Expires.AsTime(time.UTC).AddDate(0, 0, 1).After(today) {
			valid[w.ID] = true
			continue
		}
		bad = append(bad, fmt.Sprintf("the waiver of %s expired on %s (%s): fix it or decide again", w.ID, w.Expires, w.Reason))
	}
	for _, v := range found {
		if !slices.ContainsFunc(append([]string{v.ID}, v.Aliases...), func(id string) bool { return valid[id] }) {
			bad = append(bad, v.String())
		}
	}
	if len(bad) == 0 {
		return nil
	}
	return &Finding{Msg: strings.Join(bad, "\n")}
}

// judged applies the rule to what a reader found. A report that cannot be read
// is never one without findings.
func judged(read func(stdout []byte) ([]vulnerability, error), waivers []config.AuditWaiver, today time.Time) func([]byte, int) error {
	return func(stdout []byte, exit int) error {
		found, err := read(stdout)
		if err != nil {
			return &Unable{Msg: fmt.Sprintf("could not audit: %v; the tool exited with code %d", err, exit)}
		}
		return rule(found, waivers, today)
	}
}
