package pack

import (
	"context"
	"crypto"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"golang.org/x/sync/errgroup"

	"github.com/cupel-dev/cupel/internal/dsse"
)

// Inputs are what packages are made of.
type Inputs struct {
	Project  Project
	Version  string              // SemVer, without a "v"
	Commit   string              // the full hash in hex
	Time     time.Time           // the commit's; the only time in the packages
	Builds   []Build             // what was run, for the provenance
	Binaries map[Platform]string // the directory that each build left, on this machine
	Files    []string            // go into every archive under their base names: LICENSE, README.md

	// CargoMetadata is what [CargoMetadata] printed, for a Rust project.
	CargoMetadata []byte
	// Key signs provenance and checksums; nil leaves them unsigned.
	Key crypto.Signer
	// Builder is the URI in the provenance of who ran the builds; "" is Cupel
	// itself. It is part of the bytes.
	Builder string
}

// A Result is what lies in the directory.
type Result struct {
	Files []File // sorted by name; the layout of the image is not among them
	Image string // the digest of the image's index, "sha256:..."; "" where there is none
	Left  []Omission
}

// An Omission is a package that could not be made, and why.
type Omission struct{ Name, Why string }

// Names in the directory besides those that begin with the project's.
const (
	SumsFile      = "SHA256SUMS"     // of all other files, for sha256sum -c
	SignatureFile = "SHA256SUMS.sig" // over SHA256SUMS in base64, for cosign verify-blob and openssl
	ImageDir      = "image"          // the OCI layout of the image and its provenance
)

// Assemble makes all packages in a fresh directory beside dir and then puts it
// in dir's place in one step. After an error, a cancellation or a full disk dir
// is what it was. A dir that is or contains the working directory or a
// repository is refused.
func Assemble(ctx context.Context, in Inputs, dir string) (*Result, error) {
	if err := in.check(); err != nil {
		return nil, fmt.Errorf("assemble packages: %w", err)
	}
	var result *Result
	err := replace(ctx, dir, func(fresh string) (err error) {
		result, err = assemble(ctx, in, fresh)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("assemble packages: %w", err)
	}
	return result, nil
}

var commitHash = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

func (in Inputs) check() error {
	if err := check(in.Project, in.Version); err != nil {
		return err
	}
	switch {
	case !commitHash.MatchString(in.Commit):
		return fmt.Errorf("commit %q: want the full hash", in.Commit)
	case in.Time.Unix() <= 0:
		return errors.New("the commit has no time")
	case len(in.Binaries) == 0:
		return errors.New("no platform has programs")
	}
	for platform := range in.Binaries {
		if !fileName.MatchString(platform.OS) || !fileName.MatchString(platform.Arch) {
			return fmt.Errorf("platform %q: want an operating system and an architecture", platform)
		}
	}
	return nil
}

// prefix begins the name of every package.
func (in Inputs) prefix() string { return in.Project.Name + "_" + in.Version }

// platforms are those with programs, in their order.
func (in Inputs) platforms() []Platform {
	return slices.SortedFunc(maps.Keys(in.Binaries), func(a, b Platform) int { return strings.Compare(a.String(), b.String()) })
}

// An assembly is the work of one call.
type assembly struct {
	Inputs
	dir    string
	extra  []entry // of every archive
	left   []Omission
	goUsed string // the version of Go that the programs tell
}

// A share is what belongs to one platform.
type share struct {
	platform Platform
	programs []program
	image    v1.Image // nil where there is none
}

func assemble(ctx context.Context, in Inputs, dir string) (*Result, error) {
	a := &assembly{Inputs: in, dir: dir}
	if err := a.readFiles(); err != nil {
		return nil, err
	}
	shares, err := a.shares(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.packEach(ctx, shares); err != nil {
		return nil, err
	}
	image, err := a.finish(ctx, shares)
	if err != nil {
		return nil, err
	}
	files, err := digestFiles(dir)
	if err != nil {
		return nil, err
	}
	return &Result{Files: files, Image: image, Left: a.left}, nil
}

// readFiles reads what goes into every archive besides the programs.
func (a *assembly) readFiles() error {
	for _, file := range a.Files {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		a.extra = append(a.extra, entry{name: filepath.Base(file), mode: 0o644, data: data})
	}
	return nil
}

// shares reads the programs, and says which platforms get no image.
func (a *assembly) shares(ctx context.Context) ([]*share, error) {
	var shares []*share
	for _, platform := range a.platforms() {
		programs, err := readPrograms(ctx, a.Binaries[platform], platform)
		if err != nil {
			return nil, err
		}
		for _, p := range programs {
			if a.Project.Kind != Rust && p.info == nil {
				return nil, fmt.Errorf("%s for %s: it does not say which modules are in it", p.name, platform)
			}
			if p.info != nil {
				a.goUsed = p.info.GoVersion
			}
			if platform.OS == "linux" && !p.static {
				a.left = append(a.left, Omission{"image for " + platform.String(), p.name + " needs the system's libraries, and an image has none: link it statically"})
			}
		}
		shares = append(shares, &share{platform: platform, programs: programs})
	}
	return shares, nil
}

func (s *share) hasImage() bool {
	return s.platform.OS == "linux" && !slices.ContainsFunc(s.programs, func(p program) bool { return !p.static })
}

// packEach makes what belongs to one platform, several at once.
func (a *assembly) packEach(ctx context.Context, shares []*share) error {
	base, err := makeLayer(ctx, a.Time, baseEntries())
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, s := range shares {
		name := filepath.Join(a.dir, a.prefix()+"_"+s.platform.OS+"_"+s.platform.Arch)
		g.Go(func() error { return a.writeArchive(ctx, name, s) })
		g.Go(func() error { return a.writeParts(ctx, name+".cdx.json", s) })
		if !s.hasImage() {
			continue
		}
		g.Go(func() (err error) {
			s.image, err = a.makeImage(ctx, s.platform, s.programs, base)
			return err
		})
	}
	return g.Wait()
}

func (a *assembly) writeArchive(ctx context.Context, name string, s *share) error {
	entries := slices.Clone(a.extra)
	for _, p := range s.programs {
		entries = append(entries, entry{name: p.name, mode: 0o755, data: p.data})
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	if s.platform.OS == "windows" {
		return create(ctx, name+".zip", func(w io.Writer) error { return writeZip(w, a.Time, entries) })
	}
	return create(ctx, name+".tar.gz", func(w io.Writer) error { return writeTarGz(w, a.Time, entries) })
}

func (a *assembly) writeParts(ctx context.Context, file string, s *share) error {
	parts, err := a.parts(s)
	if err != nil {
		return err
	}
	return create(ctx, file, func(w io.Writer) error { return writeSBOM(w, parts) })
}

func (a *assembly) parts(s *share) (partsList, error) {
	if a.Project.Kind == Rust {
		return rustParts(a.CargoMetadata)
	}
	return goParts(a.Project, a.Version, s.programs), nil
}

// finish makes what is over all platforms: image, provenance, checksums. It
// returns the digest of the image.
func (a *assembly) finish(ctx context.Context, shares []*share) (string, error) {
	index, digest, err := a.index(shares)
	if err != nil {
		return "", err
	}
	files, err := digestFiles(a.dir)
	if err != nil {
		return "", err
	}
	statement, err := a.statement(files, digest, a.goUsed)
	if err != nil {
		return "", err
	}
	doc, err := a.document(statement)
	if err != nil {
		return "", err
	}
	if err := a.write(ctx, doc.name, doc.text); err != nil {
		return "", err
	}
	if index != nil {
		if err := a.writeImage(ctx, index, doc); err != nil {
			return "", err
		}
	}
	return digest, a.writeSums(ctx)
}

// index is nil, and the reason noted, where no platform has an image.
func (a *assembly) index(shares []*share) (v1.ImageIndex, string, error) {
	var platforms []Platform
	var images []v1.Image
	for _, s := range shares {
		if s.image != nil {
			platforms, images = append(platforms, s.platform), append(images, s.image)
		}
	}
	if len(images) == 0 {
		a.left = append(a.left, Omission{"image", "no platform has static programs for Linux"})
		return nil, "", nil
	}
	index := a.makeIndex(platforms, images)
	digest, err := index.Digest()
	return index, digest.String(), err
}

// writeImage writes the image and the provenance that refers to it, as an OCI
// layout and as a tarball of the layout.
func (a *assembly) writeImage(ctx context.Context, index v1.ImageIndex, doc document) error {
	subject, err := describe(index)
	if err != nil {
		return err
	}
	referrer, err := makeReferrer(subject, doc.text, doc.mediaType)
	if err != nil {
		return err
	}
	dir := filepath.Join(a.dir, ImageDir)
	to, err := layout.Write(dir, empty.Index)
	if err != nil {
		return fmt.Errorf("write image: %w", err)
	}
	named := layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": a.Version})
	if err := to.AppendIndex(index, named); err != nil {
		return fmt.Errorf("write image: %w", err)
	}
	if err := to.AppendImage(referrer); err != nil {
		return fmt.Errorf("write image: %w", err)
	}
	file := filepath.Join(a.dir, a.prefix()+"_image.tar")
	return create(ctx, file, func(w io.Writer) error { return tarTree(w, dir, a.Time) })
}

func describe(index v1.ImageIndex) (v1.Descriptor, error) {
	mediaType, err := index.MediaType()
	if err != nil {
		return v1.Descriptor{}, err
	}
	size, err := index.Size()
	if err != nil {
		return v1.Descriptor{}, err
	}
	digest, err := index.Digest()
	return v1.Descriptor{MediaType: mediaType, Size: size, Digest: digest}, err
}

// writeSums writes the checksums of all files, and the signature over them.
func (a *assembly) writeSums(ctx context.Context) error {
	files, err := digestFiles(a.dir)
	if err != nil {
		return err
	}
	var sums []byte
	for _, f := range files {
		sums = fmt.Appendf(sums, "%s  %s\n", f.SHA256, f.Name)
	}
	if err := a.write(ctx, SumsFile, sums); err != nil || a.Key == nil {
		return err
	}
	sig, err := dsse.SignBlob(a.Key, sums)
	if err != nil {
		return fmt.Errorf("sign checksums: %w", err)
	}
	return a.write(ctx, SignatureFile, []byte(base64.StdEncoding.EncodeToString(sig)))
}

func (a *assembly) write(ctx context.Context, name string, text []byte) error {
	return create(ctx, filepath.Join(a.dir, name), func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}
