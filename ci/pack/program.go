package pack

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// A program is one executable file, read once, so that every package holds the
// same bytes of it.
type program struct {
	name   string
	data   []byte
	static bool                 // it starts where no other file is
	info   *buildinfo.BuildInfo // nil where Go has not built it

	deflated []byte // data as [deflate] makes it, where several packages hold it
}

// readPrograms reads the programs that a build has left in dir, by name.
func readPrograms(ctx context.Context, dir string, platform Platform) ([]program, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read the programs for %s: %w", platform, err)
	}
	var programs []program
	for _, e := range entries {
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		p, err := readProgram(filepath.Join(dir, e.Name()), platform)
		if err != nil {
			return nil, fmt.Errorf("read the programs for %s: %s: %w", platform, e.Name(), err)
		}
		programs = append(programs, p)
	}
	if len(programs) == 0 {
		return nil, fmt.Errorf("read the programs for %s: %s is empty", platform, dir)
	}
	return programs, nil
}

func readProgram(file string, platform Platform) (program, error) {
	info, err := os.Lstat(file)
	if err != nil {
		return program{}, err
	}
	if !info.Mode().IsRegular() {
		return program{}, errors.New("want a program, and nothing else in its directory")
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return program{}, err
	}
	is, static, err := identify(data)
	if err != nil {
		return program{}, err
	}
	if want := (executable{formatOf(platform.OS), platform.Arch}); is != want {
		return program{}, fmt.Errorf("it is %s for %s, want %s for %s", is.format, is.arch, want.format, want.arch)
	}
	p := program{name: filepath.Base(file), data: data, static: static}
	p.info, _ = buildinfo.Read(bytes.NewReader(data)) // an error is a program that is not Go's
	return p, nil
}

// An executable is what the header of a program says of it.
type executable struct{ format, arch string }

func formatOf(os string) string {
	switch os {
	case "windows":
		return "PE"
	case "darwin", "ios":
		return "Mach-O"
	}
	return "ELF"
}

// identify reads the header of a program, and whether it is static: an ELF file
// without an interpreter.
func identify(data []byte) (_ executable, static bool, _ error) {
	r := bytes.NewReader(data)
	if f, err := elf.NewFile(r); err == nil {
		return executable{"ELF", elfArch[f.Machine]}, !hasInterpreter(f), nil
	}
	if f, err := macho.NewFile(r); err == nil {
		return executable{"Mach-O", machoArch[f.Cpu]}, false, nil
	}
	if f, err := pe.NewFile(r); err == nil {
		return executable{"PE", peArch[f.Machine]}, false, nil
	}
	return executable{}, false, errors.New("it is no program: neither ELF nor Mach-O nor PE")
}

func hasInterpreter(f *elf.File) bool {
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return true
		}
	}
	return false
}

var (
	elfArch = map[elf.Machine]string{
		elf.EM_X86_64: "amd64", elf.EM_AARCH64: "arm64", elf.EM_386: "386", elf.EM_ARM: "arm", elf.EM_RISCV: "riscv64",
	}
	machoArch = map[macho.Cpu]string{macho.CpuAmd64: "amd64", macho.CpuArm64: "arm64"}
	peArch    = map[uint16]string{pe.IMAGE_FILE_MACHINE_AMD64: "amd64", pe.IMAGE_FILE_MACHINE_ARM64: "arm64", pe.IMAGE_FILE_MACHINE_I386: "386"}
)
