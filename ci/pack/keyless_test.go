package pack_test

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/layout"

	"github.com/cupel-dev/cupel/ci/pack"
	"github.com/cupel-dev/cupel/internal/dsse"
	"github.com/cupel-dev/cupel/internal/sigstore"
	"github.com/cupel-dev/cupel/internal/sigstore/sigstoretest"
)

func keyless(t *testing.T, server *sigstoretest.Server) *sigstore.Signer {
	t.Helper()
	env := server.Environment()
	s, err := sigstore.FromEnvironment(func(name string) (string, bool) { value, ok := env[name]; return value, ok })
	if err != nil || s == nil {
		t.Fatalf("signer is %v, %v", s, err)
	}
	return s
}

// Without a key, and with the identity of a workflow, the provenance is there
// as a statement and as a bundle, and the bundle is the image's.
func TestProvenanceSignedWithoutAKey(t *testing.T) {
	in := inputs(t)
	in.Keyless = keyless(t, sigstoretest.New(t))
	dist := filepath.Join(t.TempDir(), "dist")
	result, err := pack.Assemble(t.Context(), in, dist)
	if err != nil {
		t.Fatal(err)
	}
	packed := read(t, dist)
	bundle := packed["tiny_1.2.3.intoto.sigstore.json"]
	if bundle == "" || bundle != string(result.Bundle.JSON) || result.Bundle.Identity != sigstoretest.Identity {
		t.Errorf("bundle is %q, result %+v", bundle, result.Bundle)
	}
	if got := payload(t, bundle); got+"\n" != packed["tiny_1.2.3.intoto.json"] {
		t.Errorf("the bundle is of another statement: %s", got)
	}
	if _, there := packed[pack.SignatureFile]; there || !strings.Contains(packed[pack.SumsFile], "tiny_1.2.3.intoto.sigstore.json\n") {
		t.Errorf("signature of the checksums is there: %v; checksums are\n%s", there, packed[pack.SumsFile])
	}
	for name, text := range packed {
		if strings.Contains(text, "s3cr3t") {
			t.Errorf("%s holds a token", name)
		}
	}
	t.Run("referrer", func(t *testing.T) { checkBundleReferrer(t, filepath.Join(dist, pack.ImageDir), bundle) })
	t.Run("the same inputs give the same bytes but for the signature", func(t *testing.T) { checkSameButSigned(t, in, packed) })
}

// payload is the statement in a bundle's envelope.
func payload(t *testing.T, bundle string) string {
	t.Helper()
	_, text, ok := strings.Cut(bundle, `"dsseEnvelope":`)
	if !ok {
		t.Fatalf("bundle is %q", bundle)
	}
	e, err := dsse.Parse([]byte(strings.TrimSuffix(text, "}\n")))
	if err != nil {
		t.Fatal(err)
	}
	return string(e.Payload)
}

func checkBundleReferrer(t *testing.T, dir, bundle string) {
	all, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := all.IndexManifest()
	if err != nil || len(manifest.Manifests) != 2 {
		t.Fatalf("the layout has %+v, %v", manifest, err)
	}
	image, referrer := manifest.Manifests[0], manifest.Manifests[1]
	if got := checkReferrer(t, dir, referrer, image.Digest, sigstore.MediaType); got != bundle {
		t.Error("it refers with something else than the bundle")
	}
	want := map[string]string{
		"dev.sigstore.bundle.content": "dsse-envelope", "dev.sigstore.bundle.predicateType": "https://slsa.dev/provenance/v1",
		"org.opencontainers.image.created": "2024-02-29T23:59:59Z",
	}
	if !maps.Equal(referrer.Annotations, want) {
		t.Errorf("annotations are %v", referrer.Annotations)
	}
}

// checkSameButSigned makes the packages again and looks which files differ.
func checkSameButSigned(t *testing.T, in pack.Inputs, packed map[string]string) {
	dist := filepath.Join(t.TempDir(), "dist")
	if _, err := pack.Assemble(t.Context(), in, dist); err != nil {
		t.Fatal(err)
	}
	again := read(t, dist)
	var differ []string
	for name, text := range packed {
		if again[name] != text && !strings.HasPrefix(name, pack.ImageDir+"/blobs/") {
			differ = append(differ, name)
		}
	}
	slices.Sort(differ)
	want := []string{pack.SumsFile, "image/index.json", "tiny_1.2.3.intoto.sigstore.json", "tiny_1.2.3_image.tar"}
	if !slices.Equal(differ, want) {
		t.Errorf("%q differ, want %q", differ, want)
	}
}

// Where the services refuse, there are no packages, rather than unsigned ones.
func TestProvenanceThatCannotBeSigned(t *testing.T) {
	server := sigstoretest.New(t)
	server.Fail(sigstoretest.Fault{Path: sigstoretest.CertificatePath, Status: 401})
	in := inputs(t)
	in.Keyless = keyless(t, server)
	parent := t.TempDir()
	dist := oldDist(t, parent)
	_, err := pack.Assemble(t.Context(), in, dist)
	if err == nil || !strings.Contains(err.Error(), "401") || strings.Contains(err.Error(), "s3cr3t") {
		t.Errorf("error is %v", err)
	}
	checkOld(t, parent)
}

// A key goes before the identity of a workflow, and then nothing is asked.
func TestAKeyGoesFirst(t *testing.T) {
	server := sigstoretest.New(t)
	in := inputs(t)
	in.Key, in.Keyless = signer(), keyless(t, server)
	result, err := pack.Assemble(t.Context(), in, filepath.Join(t.TempDir(), "dist"))
	if err != nil {
		t.Fatal(err)
	}
	if result.Bundle != nil || len(server.Requests()) > 0 {
		t.Errorf("bundle is %v, requests are %q", result.Bundle, server.Requests())
	}
}
