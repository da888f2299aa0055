package pack

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/cupel-dev/cupel/internal/dsse"
)

// The types of the provenance (slsa.dev/spec/v1.0/provenance).
const (
	provenanceType = "https://slsa.dev/provenance/v1"
	buildType      = "https://github.com/cupel-dev/cupel/package@v1"
	defaultBuilder = "https://github.com/cupel-dev/cupel"
)

// envelopeType is the media type of a signed statement.
const envelopeType types.MediaType = "application/vnd.dsse.envelope.v1+json"

type provenance struct {
	BuildDefinition buildDefinition `json:"buildDefinition"`
	RunDetails      runDetails      `json:"runDetails"`
}

type buildDefinition struct {
	BuildType            string             `json:"buildType"`
	ExternalParameters   externalParameters `json:"externalParameters"`
	InternalParameters   internalParameters `json:"internalParameters"`
	ResolvedDependencies []resource         `json:"resolvedDependencies"`
}

type externalParameters struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Source  string `json:"source,omitempty"`
}

type internalParameters struct {
	Builds []Build `json:"builds"`
}

type resource struct {
	Name   string            `json:"name"`
	URI    string            `json:"uri,omitempty"`
	Digest map[string]string `json:"digest,omitempty"`
}

type runDetails struct {
	Builder struct {
		ID string `json:"id"`
	} `json:"builder"`
}

// statement says of all packages what they were made of, and how. It holds no
// time, which would differ between two builds; the commit's hash has one.
func (in Inputs) statement(files []File, image string, toolchain string) (*dsse.Statement, error) {
	var subjects []dsse.Subject
	for _, f := range files {
		subjects = append(subjects, dsse.Subject{Name: f.Name, Digest: map[string]string{"sha256": f.SHA256}})
	}
	if image != "" {
		subjects = append(subjects, dsse.Subject{
			Name:   "pkg:oci/" + strings.ToLower(in.Project.Name) + "@" + url.QueryEscape(image),
			Digest: map[string]string{"sha256": strings.TrimPrefix(image, "sha256:")},
		})
	}
	p := provenance{BuildDefinition: buildDefinition{
		BuildType:            buildType,
		ExternalParameters:   externalParameters{in.Project.Name, in.Version, in.Project.Source},
		InternalParameters:   internalParameters{in.Builds},
		ResolvedDependencies: in.dependencies(toolchain),
	}}
	p.RunDetails.Builder.ID = in.Builder
	if in.Builder == "" {
		p.RunDetails.Builder.ID = defaultBuilder
	}
	return dsse.NewStatement(provenanceType, p, subjects...)
}

// dependencies are the source and the toolchain; the SBOMs hold the rest.
func (in Inputs) dependencies(toolchain string) []resource {
	source := resource{Name: "source", Digest: map[string]string{"gitCommit": in.Commit}}
	if in.Project.Source != "" {
		source.URI = "git+" + in.Project.Source + "@" + in.Commit
	}
	resources := []resource{source}
	if toolchain != "" {
		resources = append(resources, resource{Name: "toolchain", URI: "pkg:golang/std@" + strings.TrimPrefix(toolchain, "go")})
	}
	return resources
}

// document is the statement as it is kept: in a signed envelope, or bare where
// there is no key.
type document struct {
	name      string
	text      []byte
	mediaType types.MediaType
}

func (in Inputs) document(s *dsse.Statement) (document, error) {
	base := in.prefix() + ".intoto"
	if in.Key == nil {
		text, err := json.Marshal(s)
		return document{base + ".json", append(text, '\n'), dsse.PayloadType}, err
	}
	e, err := s.Sign(in.Key)
	if err != nil {
		return document{}, err
	}
	text, err := json.Marshal(e)
	return document{base + ".jsonl", append(text, '\n'), envelopeType}, err
}
