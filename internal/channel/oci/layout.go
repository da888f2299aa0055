package oci

import (
	"bytes"
	"encoding/json"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// A staged is what an OCI image layout on disk holds: one image or index, with
// all below it, and the manifests that refer to it, such as attestations.
type staged struct {
	root      v1.Hash
	manifests []manifest // the root, what is below it, then referrers
	referrers []v1.Hash
	index     v1.ImageIndex // the layout's index.json
}

// A manifest is the descriptor of one, and of the blobs that it names.
type manifest struct {
	v1.Descriptor
	blobs []v1.Descriptor
}

// A document is what matters here of an image manifest or an image index (OCI
// image specification 1.1, manifest.md and image-index.md).
type document struct {
	Manifests []v1.Descriptor `json:"manifests"`
	Config    *v1.Descriptor  `json:"config"`
	Layers    []v1.Descriptor `json:"layers"`
	Subject   *v1.Descriptor  `json:"subject"`
}

// readLayout reads a layout and checks the digest of every manifest in it.
func readLayout(dir string) (*staged, error) {
	s, err := openLayout(dir)
	if err != nil {
		return nil, fmt.Errorf("read the staged image in %s: %w", dir, err)
	}
	return s, nil
}

func openLayout(dir string) (*staged, error) {
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		return nil, err
	}
	list, err := index.IndexManifest()
	if err != nil {
		return nil, err
	}
	s := &staged{index: index}
	r := reader{path: layout.Path(dir), seen: map[v1.Hash]bool{}}
	var roots, referrers []v1.Descriptor
	for _, d := range list.Manifests {
		doc, err := r.document(d)
		if err != nil {
			return nil, err
		}
		if doc.Subject != nil {
			referrers = append(referrers, d)
			s.referrers = append(s.referrers, d.Digest)
		} else {
			roots = append(roots, d)
		}
	}
	if len(roots) != 1 {
		return nil, fmt.Errorf("it holds %d images; one is released at a time", len(roots))
	}
	s.root = roots[0].Digest
	for _, d := range append(roots, referrers...) {
		if err := r.walk(d); err != nil {
			return nil, err
		}
	}
	s.manifests = r.manifests
	return s, nil
}

// A reader collects manifests, each once.
type reader struct {
	path      layout.Path
	manifests []manifest
	seen      map[v1.Hash]bool
}

func (r *reader) walk(d v1.Descriptor) error {
	if r.seen[d.Digest] {
		return nil
	}
	r.seen[d.Digest] = true
	doc, err := r.document(d)
	if err != nil {
		return err
	}
	m := manifest{Descriptor: d}
	if doc.Config != nil {
		m.blobs = append(m.blobs, *doc.Config)
	}
	for _, layer := range doc.Layers {
		if layer.MediaType.IsDistributable() {
			m.blobs = append(m.blobs, layer)
		}
	}
	r.manifests = append(r.manifests, m)
	for _, below := range doc.Manifests {
		if err := r.walk(below); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) document(d v1.Descriptor) (document, error) {
	var doc document
	b, err := r.path.Bytes(d.Digest)
	if err != nil {
		return doc, err
	}
	got, err := digestOf(b)
	if err != nil {
		return doc, err
	}
	if got != d.Digest {
		return doc, fmt.Errorf("the bytes of %s have the digest %s", d.Digest, got)
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		return doc, fmt.Errorf("manifest %s: %w", d.Digest, err)
	}
	return doc, nil
}

// pushable is the image or index h of the layout, as remote.Push wants it.
func (s *staged) pushable(h v1.Hash) (remote.Taggable, error) {
	for _, m := range s.manifests {
		if m.Digest == h && m.MediaType.IsIndex() {
			return s.index.ImageIndex(h)
		}
	}
	return s.index.Image(h)
}

func digestOf(b []byte) (v1.Hash, error) {
	h, _, err := v1.SHA256(bytes.NewReader(b))
	return h, err
}
