package pack

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/cupel-dev/cupel/internal/sigstore"
)

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
	left, err := replace(ctx, dir, func(fresh string) (err error) {
		result, err = assemble(ctx, in, fresh)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("assemble packages: %w", err)
	}
	if left != nil {
		result.Left = append(result.Left, *left)
	}
	return result, nil
}

// An assembly is the work of one call.
type assembly struct {
	Inputs
	dir    string
	extra  []entry // of every archive
	left   []Omission
	goUsed string // the version of Go that the programs tell
	bundle *sigstore.Bundle
	files  written
}

// A share is what belongs to one platform.
type share struct {
	platform Platform
	programs []program
	image    v1.Image // nil where there is none
}

func assemble(ctx context.Context, in Inputs, dir string) (*Result, error) {
	a := &assembly{Inputs: in, dir: dir, left: in.Project.omissions()}
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
	return &Result{Files: a.files.sorted(), Image: image, Left: a.left, Bundle: a.bundle}, nil
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

// shares reads the programs, several at once, and says which platforms get no
// image.
func (a *assembly) shares(ctx context.Context) ([]*share, error) {
	platforms := a.platforms()
	shares := make([]*share, len(platforms))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, platform := range platforms {
		g.Go(func() error {
			programs, err := readPrograms(ctx, a.Binaries[platform], platform)
			shares[i] = &share{platform: platform, programs: programs}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	for _, s := range shares {
		if err := a.look(s); err != nil {
			return nil, err
		}
	}
	return shares, nil
}

// look notes what the programs of a platform say of themselves.
func (a *assembly) look(s *share) error {
	for _, p := range s.programs {
		if a.Project.Kind != Rust && p.info == nil {
			return fmt.Errorf("%s for %s: it does not say which modules are in it", p.name, s.platform)
		}
		if p.info != nil {
			a.goUsed = p.info.GoVersion
		}
		if s.platform.OS == "linux" && !p.static {
			a.left = append(a.left, Omission{"image for " + s.platform.String(), p.name + " needs the system's libraries, and an image has none: link it statically"})
		}
	}
	return nil
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
		g.Go(func() error { return a.packPrograms(ctx, s, base) })
		g.Go(func() error { return a.writeParts(ctx, a.Project.on(a.Version, s.platform)+".cdx.json", s) })
	}
	return g.Wait()
}

// packPrograms writes the archive of a platform, and makes its image. What is in
// both is compressed once.
func (a *assembly) packPrograms(ctx context.Context, s *share, base *layer) (err error) {
	programs := slices.Clone(s.programs) // the parts are read from s beside this
	if !s.hasImage() {
		return a.writeArchive(ctx, s.platform, programs)
	}
	for i := range programs {
		if programs[i].deflated, err = deflate(ctx, programs[i].data); err != nil {
			return err
		}
	}
	if err := a.writeArchive(ctx, s.platform, programs); err != nil {
		return err
	}
	s.image, err = a.makeImage(ctx, s.platform, programs, base)
	return err
}

func (a *assembly) writeArchive(ctx context.Context, platform Platform, programs []program) error {
	entries := slices.Clone(a.extra)
	for _, p := range programs {
		entries = append(entries, entry{name: p.name, mode: 0o755, data: p.data, deflated: p.deflated})
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	return a.create(ctx, a.Project.Archive(a.Version, platform), func(w io.Writer) error {
		if platform.OS == "windows" {
			return writeZip(w, a.Time, entries)
		}
		return writeTarGz(w, io.Discard, a.Time, entries)
	})
}

func (a *assembly) writeParts(ctx context.Context, name string, s *share) error {
	parts, err := a.parts(s)
	if err != nil {
		return err
	}
	return a.create(ctx, name, func(w io.Writer) error { return writeSBOM(w, parts) })
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
	doc, err := a.attest(ctx, digest)
	if err != nil {
		return "", err
	}
	if index != nil {
		if err := a.writeImage(ctx, index, doc); err != nil {
			return "", err
		}
	}
	return digest, a.writeSums(ctx)
}

// attest writes the provenance of all that was made so far, and returns it as
// it goes with the image.
func (a *assembly) attest(ctx context.Context, image string) (document, error) {
	if a.Key == nil && a.Keyless == nil {
		a.left = append(a.left, Omission{"signatures", "there is no key, and no identity of a workflow"})
	}
	statement, err := a.statement(a.files.sorted(), image, a.goUsed)
	if err != nil {
		return document{}, err
	}
	doc, err := a.document(statement)
	if err != nil {
		return document{}, err
	}
	if err := a.write(ctx, doc.name, doc.text); err != nil || a.Key != nil || a.Keyless == nil {
		return doc, err
	}
	if doc, err = a.signKeyless(ctx, statement); err != nil {
		return document{}, err
	}
	return doc, a.write(ctx, doc.name, doc.text)
}

func (a *assembly) write(ctx context.Context, name string, text []byte) error {
	return a.create(ctx, name, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}
