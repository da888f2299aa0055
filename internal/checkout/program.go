package checkout

import (
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cupel-dev/cupel/internal/bench"
)

// SameProgram reports whether building both versions gave the same programs,
// and nothing else could make them run differently: changed, from [Pair.Changed],
// names sources only, which programs do not read, and every one of the suites
// runs what its build left. There must be at least one program, and no file may
// be on one side alone.
//
// Every file that the builds left in {out} counts, byte for byte, but for what
// cannot be equal or does not run: the path of the copy, which both have in its
// length; of programs debug information, symbol tables, line tables and build ids,
// since only what is loaded and decides what is done is compared; and of cargo's
// target directory all but programs.
func (p *Pair) SameProgram(changed []string, suites ...bench.Suite) (bool, error) {
	if !all(changed, compiled) || !all(suites, runsItsBuild) {
		return false, nil
	}
	base, programs, errBase := p.Base.outputs()
	head, _, errHead := p.Head.outputs()
	if err := errors.Join(errBase, errHead); err != nil {
		return false, fmt.Errorf("compare what was built: %w", err)
	}
	return programs > 0 && len(suites) > 0 && maps.Equal(base, head), nil
}

func all[T any](list []T, holds func(T) bool) bool {
	return !slices.ContainsFunc(list, func(v T) bool { return !holds(v) })
}

// runsItsBuild reports whether a suite is built first and then runs what that
// left, in {out} or where cargo has it. What compiles or interprets sources as
// it runs leaves nothing to compare.
func runsItsBuild(s bench.Suite) bool {
	if len(s.Build) == 0 || len(s.Run) == 0 {
		return false
	}
	return s.Run[0] == "cargo" && s.Build[0] == "cargo" || strings.Contains(strings.Join(s.Run, " "), "{out}/")
}

// sourceEndings and sourceNames are of files that are read by compilers and not
// by the programs that they make.
var (
	sourceEndings = []string{
		".go", ".s", ".S", ".rs", ".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".hxx", ".m", ".mm", ".swift", ".zig", ".cmake",
	}
	sourceNames = []string{"go.mod", "go.sum", "go.work", "go.work.sum", "Cargo.toml", "Cargo.lock", "Makefile", "CMakeLists.txt"}
)

// compiled reports whether a file can only take effect through a build. What is
// called test data is read by whoever likes.
func compiled(name string) bool {
	if strings.Contains("/"+name, "/testdata/") {
		return false
	}
	base := name[strings.LastIndexByte(name, '/')+1:]
	return slices.Contains(sourceNames, base) ||
		slices.ContainsFunc(sourceEndings, func(ending string) bool { return strings.HasSuffix(base, ending) })
}

// outputs digests what the builds of this version left, by path, and counts
// the programs among them.
func (s Side) outputs() (digests map[string]string, programs int, err error) {
	digests = make(map[string]string)
	err = filepath.WalkDir(s.Out, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && s.notRun(name) {
			return fs.SkipDir
		}
		if !d.Type().IsRegular() {
			return nil
		}
		sum, program, err := s.digest(name)
		if err != nil {
			return err
		}
		if !program && strings.HasPrefix(name, s.CargoTarget()+string(filepath.Separator)) {
			return nil
		}
		if program {
			programs++
		}
		rel, err := filepath.Rel(s.Out, name)
		digests[filepath.ToSlash(rel)] = sum
		return err
	})
	if _, statErr := os.Stat(s.Out); os.IsNotExist(statErr) {
		return digests, 0, nil
	}
	return digests, programs, err
}

// notRun reports whether a directory holds debug information, or cargo's build
// scripts or notes for the next build.
func (s Side) notRun(dir string) bool {
	if strings.HasSuffix(dir, ".dSYM") {
		return true
	}
	rel, err := filepath.Rel(s.CargoTarget(), dir)
	if err != nil || !filepath.IsLocal(rel) {
		return false
	}
	switch filepath.Base(dir) {
	case "build", "incremental", ".fingerprint":
		return true
	}
	return false
}

// digest is that of what is loaded of a program, else of the whole file.
func (s Side) digest(name string) (sum string, program bool, err error) {
	file, err := os.Open(name)
	if err != nil {
		return "", false, err
	}
	defer file.Close()
	h := neutral{sha256.New(), []byte(filepath.Dir(s.root))}
	program, err = loaded(file, h)
	if err != nil {
		return "", false, fmt.Errorf("read program %s: %w", name, err)
	}
	if !program {
		content, err := io.ReadAll(file)
		if err != nil {
			return "", false, err
		}
		h.add("file", content)
	}
	return hex.EncodeToString(h.sum.Sum(nil)), program, nil
}

// neutral hashes content without what tells two copies apart.
type neutral struct {
	sum  hash.Hash
	path []byte
}

// The Go linker writes the id of a build between these into a program that is
// no ELF file (cmd/internal/buildid).
var idStart, idEnd = []byte("\xff Go build ID: \""), []byte("\"\n \xff")

func withoutBuildID(content []byte) []byte {
	before, rest, ok := bytes.Cut(content, idStart)
	if !ok {
		return content
	}
	_, after, ok := bytes.Cut(rest, idEnd)
	if !ok {
		return content
	}
	return slices.Concat(before, after)
}

func (n neutral) add(header string, content []byte) {
	content = bytes.ReplaceAll(content, n.path, bytes.Repeat([]byte{'.'}, len(n.path)))
	content = withoutBuildID(content)
	fmt.Fprintf(n.sum, "%s %d\n", header, len(content))
	n.sum.Write(content)
}

// loaded hashes the sections of an executable or library that are in memory
// when it runs. It reports false for any other file.
func loaded(file io.ReaderAt, h neutral) (program bool, err error) {
	if f, err := elf.NewFile(file); err == nil {
		return true, loadedELF(f, h)
	}
	if f, err := macho.NewFile(file); err == nil {
		return true, loadedMachO(f, h)
	}
	if f, err := pe.NewFile(file); err == nil && f.OptionalHeader != nil {
		return true, loadedPE(f, h)
	}
	return false, nil
}

// goLines reports whether a section has Go's table of functions and lines: where
// all code is the same, so is all of it but the numbers of lines.
func goLines(section string) bool { return strings.HasSuffix(section, "gopclntab") }

// loadedELF leaves out notes, which hold build ids.
func loadedELF(f *elf.File, h neutral) error {
	for _, s := range f.Sections {
		if s.Flags&elf.SHF_ALLOC == 0 || s.Type == elf.SHT_NOTE || goLines(s.Name) {
			continue
		}
		var content []byte
		if s.Type != elf.SHT_NOBITS {
			var err error
			if content, err = s.Data(); err != nil {
				return err
			}
		}
		h.add(fmt.Sprint(s.Name, s.Type, s.Flags, s.Addr, s.Size), content)
	}
	return nil
}

// loadedMachO reads sections only: the UUID and the signature are in none.
func loadedMachO(f *macho.File, h neutral) error {
	for _, s := range f.Sections {
		if s.Seg == "__DWARF" || goLines(s.Name) {
			continue
		}
		var content []byte
		if zeroFill := s.Flags & 0xff; zeroFill != 1 {
			var err error
			if content, err = s.Data(); err != nil {
				return err
			}
		}
		h.add(fmt.Sprint(s.Seg, s.Name, s.Addr, s.Size), content)
	}
	return nil
}

func loadedPE(f *pe.File, h neutral) error {
	for _, s := range f.Sections {
		if strings.HasPrefix(s.Name, ".debug") || strings.HasPrefix(s.Name, ".zdebug") || s.Name == ".buildid" || s.Name == ".symtab" {
			continue
		}
		content, err := s.Data()
		if err != nil {
			return err
		}
		h.add(fmt.Sprint(s.Name, s.VirtualAddress, s.VirtualSize, s.Characteristics), content)
	}
	return nil
}
