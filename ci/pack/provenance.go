package pack

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/cupel-dev/cupel/internal/dsse"
	"github.com/cupel-dev/cupel/internal/sigstore"
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

// A document is the provenance as it is kept.
type document struct {
	name        string
	text        []byte
	mediaType   types.MediaType
	annotations map[string]string // where it refers to an image
}

// document is the statement in an envelope signed by the key, or bare where
// there is none.
func (in Inputs) document(s *dsse.Statement) (document, error) {
	base := in.prefix() + ".intoto"
	if in.Key == nil {
		text, err := json.Marshal(s)
		return document{name: base + ".json", text: append(text, '\n'), mediaType: dsse.PayloadType}, err
	}
	e, err := s.Sign(in.Key)
	if err != nil {
		return document{}, err
	}
	text, err := json.Marshal(e)
	return document{name: base + ".jsonl", text: append(text, '\n'), mediaType: envelopeType}, err
}

// signKeyless puts the statement into a bundle, annotated as cosign's
// BUNDLE_SPEC.md has it.
func (a *assembly) signKeyless(ctx context.Context, s *dsse.Statement) (document, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return document{}, err
	}
	if a.bundle, err = a.Keyless.Sign(ctx, dsse.PayloadType, text); err != nil {
		return document{}, err
	}
	return document{
		name: a.prefix() + ".intoto.sigstore.json", text: a.bundle.JSON, mediaType: sigstore.MediaType,
		annotations: map[string]string{
			"dev.sigstore.bundle.content":       "dsse-envelope",
			"dev.sigstore.bundle.predicateType": s.PredicateType,
			"org.opencontainers.image.created":  a.created(),
		},
	}, nil
}
