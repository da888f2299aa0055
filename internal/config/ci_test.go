package config

import (
	"strings"
	"testing"
)

const ciTable = `
[ci]
go_database = "https://example.com/vulndb"
[ci.images]
go = "./images/go"
[[ci.step]]
pipeline = "lint"
name = "generated"
image = "go"
run = ["go", "generate", "./..."]
secrets = ["TOKEN"]
[[ci.waiver]]
id = "GO-2026-0001"
reason = "the code is not reached"
expires = 2027-03-01
`

func TestPipelinesAreConfigured(t *testing.T) {
	c, err := Load(project("cupel.toml", oneSuite+ciTable))
	if err != nil {
		t.Fatal(err)
	}
	if c.CI.Images["go"] != "./images/go" || c.CI.Steps[0].Name != "generated" || c.CI.Waivers[0].Expires.Year != 2027 {
		t.Errorf("got %+v", c.CI)
	}
}

func TestPipelinesThatMakeNoSenseAreRefused(t *testing.T) {
	for _, tt := range []struct{ name, from, to, want string }{
		{"unknown pipeline", `"lint"`, `"lnit"`, "want one of lint, test, audit, package"},
		{"step without a command", `run = ["go", "generate", "./..."]`, ``, "name, image and run are needed"},
		{"waiver without a reason", `reason = "the code is not reached"`, ``, "id, reason and expires are needed"},
		{"waiver with a blank reason", `"the code is not reached"`, `" "`, "id, reason and expires are needed"},
		{"waiver without an end", `expires = 2027-03-01`, ``, "id, reason and expires are needed"},
		{"key that is misspelled", `pipeline = "lint"`, `pipline = "lint"`, "did you mean"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Load(project("cupel.toml", oneSuite+strings.Replace(ciTable, tt.from, tt.to, 1)))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
