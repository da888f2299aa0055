package pack_test

import (
	"encoding/json"
	"strings"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/cupel-dev/cupel/ci/pack"
	"github.com/cupel-dev/cupel/internal/dsse"
)

func checkProvenance(t *testing.T, packed map[string]string, result *pack.Result) {
	s, err := dsse.VerifyStatement([]byte(packed["tiny_1.2.3.intoto.jsonl"]), signer().Public())
	if err != nil {
		t.Fatal(err)
	}
	if s.PredicateType != "https://slsa.dev/provenance/v1" {
		t.Errorf("predicate is %s", s.PredicateType)
	}
	digests := make(map[string]string)
	for _, subject := range s.Subject {
		digests[subject.Name] = subject.Digest["sha256"]
	}
	for _, f := range result.Files {
		isArtifact := strings.HasSuffix(f.Name, ".gz") || strings.HasSuffix(f.Name, ".zip") || strings.HasSuffix(f.Name, ".cdx.json")
		if isArtifact && digests[f.Name] != f.SHA256 {
			t.Errorf("%s is not a subject with its digest", f.Name)
		}
	}
	hash := strings.TrimPrefix(result.Image, "sha256:")
	if digests["pkg:oci/tiny@sha256%3A"+hash] != hash || hash == "" || len(digests) != 9 {
		t.Errorf("subjects are %v", digests)
	}
	var p struct {
		BuildDefinition struct {
			BuildType          string
			ExternalParameters struct{ Name, Version, Source string }
			InternalParameters struct{ Builds []pack.Build }

			ResolvedDependencies []struct {
				URI    string
				Digest map[string]string
			}
		}
		RunDetails struct{ Builder struct{ ID string } }
	}
	if err := json.Unmarshal(s.Predicate, &p); err != nil {
		t.Fatal(err)
	}
	d := p.BuildDefinition
	commit := strings.Repeat("ab", 20)
	if d.ExternalParameters.Version != "1.2.3" || len(d.InternalParameters.Builds) != len(platforms) || len(d.ResolvedDependencies) != 2 ||
		d.ResolvedDependencies[0].URI != "git+https://example.com/tiny@"+commit || d.ResolvedDependencies[0].Digest["gitCommit"] != commit ||
		!strings.HasPrefix(d.ResolvedDependencies[1].URI, "pkg:golang/std@1.") || !strings.HasPrefix(p.RunDetails.Builder.ID, "https://") {
		t.Errorf("provenance is %s", s.Predicate)
	}
}

func checkSBOM(t *testing.T, packed map[string]string) {
	for _, platform := range platforms {
		text := packed["tiny_1.2.3_"+platform.OS+"_"+platform.Arch+".cdx.json"]
		var bom cdx.BOM
		if err := cdx.NewBOMDecoder(strings.NewReader(text), cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
			t.Fatal(err)
		}
		if bom.SerialNumber != "" || bom.Metadata.Timestamp != "" || bom.SpecVersion != cdx.SpecVersion1_6 {
			t.Errorf("%s: serial number %q, time %q, version %s", platform, bom.SerialNumber, bom.Metadata.Timestamp, bom.SpecVersion)
		}
		main := bom.Metadata.Component
		if main.BOMRef != "pkg:golang/example.com/tiny@v1.2.3" || main.Name != "tiny" || main.Version != "1.2.3" || main.Type != cdx.ComponentTypeApplication {
			t.Errorf("%s: main component is %+v", platform, main)
		}
		mod, std := (*bom.Components)[0], (*bom.Components)[1]
		if len(*bom.Components) != 2 || mod.PackageURL != "pkg:golang/golang.org/x/mod@v0.39.0" || !strings.HasPrefix(std.PackageURL, "pkg:golang/std@1.") {
			t.Errorf("%s: components are %+v", platform, *bom.Components)
		}
		if mod.Hashes == nil || len((*mod.Hashes)[0].Value) != 64 {
			t.Errorf("%s: %s has no SHA-256", platform, mod.Name)
		}
		if deps := *(*bom.Dependencies)[0].Dependencies; len(deps) != 2 || deps[0] != mod.BOMRef {
			t.Errorf("%s: dependencies are %v", platform, deps)
		}
	}
}
