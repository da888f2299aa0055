package pack

import (
	"bytes"
	"context"
	"encoding/pem"
	"path"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// Where things lie in an image.
const (
	binDir   = "usr/bin/"
	rootsPEM = "etc/ssl/certs/ca-certificates.crt" // where Go, OpenSSL and rustls look on Debian
)

// nobody is the user and the group that an image runs as, by number, so that
// a cluster can see that it is not root.
const nobody = "65532"

const nobodyID = 65532

// baseEntries are the files that every image has below its programs.
func baseEntries() []entry {
	return []entry{
		{name: "etc/", mode: 0o755},
		{name: "etc/group", mode: 0o644, data: []byte("root:x:0:\nnonroot:x:65532:\n")},
		{name: "etc/passwd", mode: 0o644, data: []byte("root:x:0:0:root:/:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n")},
		{name: "etc/ssl/", mode: 0o755},
		{name: "etc/ssl/certs/", mode: 0o755},
		{name: rootsPEM, mode: 0o644, data: roots()},
		{name: "home/", mode: 0o755},
		{name: "home/nonroot/", mode: 0o750, owner: nobodyID},
		{name: "tmp/", mode: 0o1777},
		{name: "usr/", mode: 0o755},
		{name: binDir, mode: 0o755},
	}
}

// roots are Mozilla's root certificates in PEM, as of the module in go.mod, so
// that they are the same on every machine. A root that is trusted with a
// restriction, which PEM cannot say, is left out.
func roots() []byte {
	var text bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint == nil {
			_ = pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}) // a buffer takes all
		}
	}
	return text.Bytes()
}

// makeImage makes the image of one platform: a base that is the same for all,
// and the programs above it.
func (in Inputs) makeImage(ctx context.Context, platform Platform, programs []program, base *layer) (v1.Image, error) {
	var entries []entry
	for _, p := range programs {
		entries = append(entries, entry{name: binDir + p.name, mode: 0o755, data: p.data, deflated: p.deflated})
	}
	top, err := makeLayer(ctx, in.Time, entries)
	if err != nil {
		return nil, err
	}
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err = mutate.ConfigFile(image, in.config(platform, programs))
	if err != nil {
		return nil, err
	}
	image, err = mutate.Append(image,
		mutate.Addendum{Layer: base, History: in.history("users, certificates, directories")},
		mutate.Addendum{Layer: top, History: in.history("programs")})
	if err != nil {
		return nil, err
	}
	return mutate.Annotations(image, in.labels()).(v1.Image), nil
}

func (in Inputs) config(platform Platform, programs []program) *v1.ConfigFile {
	created := v1.Time{Time: in.Time.UTC()}
	return &v1.ConfigFile{
		OS: platform.OS, Architecture: platform.Arch, Created: created,
		RootFS: v1.RootFS{Type: "layers", DiffIDs: []v1.Hash{}},
		Config: v1.Config{
			User:       nobody + ":" + nobody,
			Entrypoint: []string{"/" + binDir + in.mainProgram(programs)},
			Env:        []string{"PATH=/" + path.Clean(binDir), "HOME=/home/nonroot", "SSL_CERT_FILE=/" + rootsPEM},
			WorkingDir: "/home/nonroot",
			Labels:     in.labels(),
		},
	}
}

func (in Inputs) history(what string) v1.History {
	return v1.History{Created: v1.Time{Time: in.Time.UTC()}, CreatedBy: "cupel: " + what}
}

// mainProgram is the program with the project's name, or the first.
func (in Inputs) mainProgram(programs []program) string {
	if slices.ContainsFunc(programs, func(p program) bool { return p.name == in.Project.Name }) {
		return in.Project.Name
	}
	return programs[0].name
}

// labels are the keys of the OCI image specification (annotations.md), for
// labels and annotations alike.
func (in Inputs) labels() map[string]string {
	const prefix = "org.opencontainers.image."
	labels := map[string]string{
		prefix + "title":    in.Project.Name,
		prefix + "version":  in.Version,
		prefix + "revision": in.Commit,
		prefix + "created":  in.created(),
	}
	for key, value := range map[string]string{
		"description": in.Project.Description, "licenses": in.Project.License, "source": in.Project.Source,
	} {
		if value != "" {
			labels[prefix+key] = value
		}
	}
	return labels
}

// created is the time of the packages as annotations spell it.
func (in Inputs) created() string { return in.Time.UTC().Format("2006-01-02T15:04:05Z") }

// makeIndex puts the images of all platforms together, in their order.
func (in Inputs) makeIndex(platforms []Platform, images []v1.Image) v1.ImageIndex {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for i, image := range images {
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add:        untyped{image},
			Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: platforms[i].OS, Architecture: platforms[i].Arch}},
		})
	}
	return mutate.Annotations(index, in.labels()).(v1.ImageIndex)
}

// An untyped image has no artifact type in an index. The one that would stand
// there otherwise, of its configuration, says nothing, and skopeo drops it from
// a copy, which then has another digest than the provenance names.
type untyped struct{ v1.Image }

// ArtifactType overrides what go-containerregistry works out.
func (untyped) ArtifactType() (string, error) { return "", nil }
