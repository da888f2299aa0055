package pack

import (
	"bytes"
	"encoding/json"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// emptyType is the media type of a configuration that says nothing, "{}"
// (image-spec 1.1, manifest.md, "Guidance for an Empty Descriptor").
const emptyType types.MediaType = "application/vnd.oci.empty.v1+json"

// writeReferrer writes the artifact that ties a document to an image.
func writeReferrer(to layout.Path, subject v1.Descriptor, doc document) error {
	config, err := writeBlob(to, emptyType, []byte("{}"))
	if err != nil {
		return err
	}
	content, err := writeBlob(to, doc.mediaType, doc.text)
	if err != nil {
		return err
	}
	text, err := json.Marshal(v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1, ArtifactType: string(doc.mediaType),
		Config: config, Layers: []v1.Descriptor{content}, Annotations: doc.annotations, Subject: &subject,
	})
	if err != nil {
		return err
	}
	manifest, err := writeBlob(to, types.OCIManifestSchema1, text)
	if err != nil {
		return err
	}
	manifest.ArtifactType, manifest.Annotations = string(doc.mediaType), doc.annotations
	return to.AppendDescriptor(manifest)
}

func writeBlob(to layout.Path, mediaType types.MediaType, text []byte) (v1.Descriptor, error) {
	digest, size, err := v1.SHA256(bytes.NewReader(text))
	if err != nil {
		return v1.Descriptor{}, err
	}
	return v1.Descriptor{MediaType: mediaType, Size: size, Digest: digest}, to.WriteBlob(digest, io.NopCloser(bytes.NewReader(text)))
}
