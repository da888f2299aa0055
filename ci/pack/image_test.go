package pack_test

import (
	"archive/tar"
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/cupel-dev/cupel/ci/pack"
)

func checkImage(t *testing.T, dist string, result *pack.Result) {
	dir := filepath.Join(dist, pack.ImageDir)
	all, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := all.IndexManifest()
	if err != nil || len(manifest.Manifests) != 2 {
		t.Fatalf("the layout has %+v, %v", manifest, err)
	}
	named, referrer := manifest.Manifests[0], manifest.Manifests[1]
	if named.Digest.String() != result.Image || named.Annotations["org.opencontainers.image.ref.name"] != "1.2.3" {
		t.Errorf("the first is %+v, want the image %s with its version", named, result.Image)
	}
	index, err := all.ImageIndex(named.Digest)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(index); err != nil {
		t.Errorf("go-containerregistry: %v", err)
	}
	t.Run("config", func(t *testing.T) { checkConfigs(t, index) })
	t.Run("referrer", func(t *testing.T) {
		checkReferrer(t, dir, referrer, named.Digest, "application/vnd.dsse.envelope.v1+json")
	})
	t.Run("registry", func(t *testing.T) { checkPushed(t, index) })
	t.Run("tarball is the layout", func(t *testing.T) {
		text, err := os.ReadFile(filepath.Join(dist, "tiny_1.2.3_image.tar"))
		if err != nil {
			t.Fatal(err)
		}
		checkSame(t, read(t, dir), untar(t, bytes.NewReader(text)))
	})
	t.Run("skopeo", func(t *testing.T) {
		tool(t, "skopeo", "copy", "--multi-arch=all", "--preserve-digests", "oci:"+dir+":1.2.3", "oci:"+filepath.Join(t.TempDir(), "copy")+":x")
		tool(t, "skopeo", "copy", "--multi-arch=all", "--preserve-digests", "oci-archive:"+filepath.Join(dist, "tiny_1.2.3_image.tar")+":1.2.3", "oci:"+filepath.Join(t.TempDir(), "copy")+":x")
		tool(t, "skopeo", "inspect", "--override-os=linux", "--override-arch=arm64", "oci:"+dir+":1.2.3")
	})
	t.Run("umoci", func(t *testing.T) { checkUmoci(t, index) })
}

func checkConfigs(t *testing.T, index v1.ImageIndex) {
	manifest, err := index.IndexManifest()
	if err != nil || len(manifest.Manifests) != 2 || manifest.Annotations["org.opencontainers.image.version"] != "1.2.3" {
		t.Fatalf("index is %+v, %v", manifest, err)
	}
	for _, d := range manifest.Manifests {
		image, err := index.Image(d.Digest)
		if err != nil {
			t.Fatal(err)
		}
		config, err := image.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		if d.ArtifactType != "" {
			t.Errorf("artifact type of an image is %s: a copy by skopeo would have another digest", d.ArtifactType)
		}
		if config.OS != "linux" || config.Architecture != d.Platform.Architecture || config.Created.UTC().String() != "2024-02-29 23:59:59 +0000 UTC" {
			t.Errorf("config is for %s/%s, created %v", config.OS, config.Architecture, config.Created)
		}
		if config.Config.User != "65532:65532" || strings.Join(config.Config.Entrypoint, " ") != "/usr/bin/tiny" {
			t.Errorf("user %s, entry point %q", config.Config.User, config.Config.Entrypoint)
		}
		for key, want := range map[string]string{
			"title": "tiny", "version": "1.2.3", "revision": strings.Repeat("ab", 20), "created": "2024-02-29T23:59:59Z",
			"source": "https://example.com/tiny", "licenses": "Apache-2.0", "description": "Says its version.",
		} {
			if got := config.Config.Labels["org.opencontainers.image."+key]; got != want {
				t.Errorf("label %s is %q, want %q", key, got, want)
			}
		}
		checkLayers(t, image)
	}
}

func checkLayers(t *testing.T, image v1.Image) {
	t.Helper()
	layers, err := image.Layers()
	if err != nil || len(layers) != 2 {
		t.Fatalf("%d layers, %v", len(layers), err)
	}
	base := untarLayer(t, layers[0])
	if !strings.Contains(base["etc/passwd"], "nonroot:x:65532:65532:") || !strings.Contains(base["etc/group"], "nonroot:x:65532:") {
		t.Errorf("passwd is %q, group is %q", base["etc/passwd"], base["etc/group"])
	}
	certificates := 0
	for rest := []byte(base["etc/ssl/certs/ca-certificates.crt"]); ; certificates++ {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if c, err := x509.ParseCertificate(block.Bytes); err != nil || !c.IsCA {
			t.Errorf("certificate %d is none of an authority: %v", certificates, err)
		}
	}
	if certificates < 50 {
		t.Errorf("%d root certificates, want what browsers have", certificates)
	}
	if top := untarLayer(t, layers[1]); len(top) != 1 || len(top["usr/bin/tiny"]) == 0 {
		t.Errorf("the upper layer has %d files", len(top))
	}
}

func untarLayer(t *testing.T, l v1.Layer) map[string]string {
	t.Helper()
	r, err := l.Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	return untar(t, r)
}

func untar(t *testing.T, r io.Reader) map[string]string {
	t.Helper()
	found := make(map[string]string)
	files := tar.NewReader(r)
	for {
		h, err := files.Next()
		if err == io.EOF {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(files)
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			found[h.Name] = string(text)
		}
	}
}

// checkReferrer looks at what refers to the image, by the specification of
// artifacts (image-spec 1.1, manifest.md), and returns the document in it.
func checkReferrer(t *testing.T, dir string, d v1.Descriptor, subject v1.Hash, artifactType string) string {
	t.Helper()
	blobs := read(t, filepath.Join(dir, "blobs", "sha256"))
	manifest, err := v1.ParseManifest(strings.NewReader(blobs[d.Digest.Hex]))
	if err != nil || len(manifest.Layers) != 1 {
		t.Fatalf("manifest is %+v, %v", manifest, err)
	}
	if d.ArtifactType != artifactType || manifest.ArtifactType != artifactType || manifest.Subject == nil || manifest.Subject.Digest != subject {
		t.Errorf("descriptor is %+v, manifest %+v", d, manifest)
	}
	if blobs[manifest.Config.Digest.Hex] != "{}" || manifest.Config.MediaType != "application/vnd.oci.empty.v1+json" {
		t.Errorf("config is %+v", manifest.Config)
	}
	content := manifest.Layers[0]
	if text := blobs[content.Digest.Hex]; string(content.MediaType) != artifactType || int64(len(text)) != content.Size {
		t.Errorf("content is %+v", content)
	}
	return blobs[content.Digest.Hex]
}

// checkPushed sends the image to a registry and asks crane's validation there.
func checkPushed(t *testing.T, index v1.ImageIndex) {
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	ref, err := name.ParseReference(strings.TrimPrefix(server.URL, "http://") + "/tiny:1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.WriteIndex(ref, index); err != nil {
		t.Fatal(err)
	}
	pushed, err := remote.Index(ref)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(pushed); err != nil {
		t.Error(err)
	}
}

// checkUmoci unpacks one platform's image. Umoci knows images alone and no
// index in an index, so it gets a layout of its own.
func checkUmoci(t *testing.T, index v1.ImageIndex) {
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	image, err := index.Image(manifest.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	dir, bundle := t.TempDir(), filepath.Join(t.TempDir(), "bundle")
	to, err := layout.Write(dir, empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	if err := to.AppendImage(image, layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": "x"})); err != nil {
		t.Fatal(err)
	}
	tool(t, "umoci", "unpack", "--rootless", "--image", dir+":x", bundle)
	if _, err := os.Stat(filepath.Join(bundle, "rootfs", "usr", "bin", "tiny")); err != nil {
		t.Error(err)
	}
}

// tool runs a program. Where it is not installed the test is skipped, or fails
// with CUPEL_REQUIRE_TOOLS=1.
func tool(t *testing.T, program string, args ...string) {
	t.Helper()
	_, err := exec.LookPath(program)
	if err != nil && os.Getenv("CUPEL_REQUIRE_TOOLS") == "1" {
		t.Fatal(err)
	}
	if err != nil {
		t.Skipf("%s is not installed", program)
	}
	if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, out)
	}
}
