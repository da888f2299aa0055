package images

import (
	"bufio"
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// libraries finds the shared libraries of programs as the dynamic linker does
// (ld.so(8)): the program's own run path, then the directories of ld.so.conf,
// then the usual ones.
type libraries struct{ dirs []string }

func hostLibraries() *libraries {
	l := &libraries{}
	l.read("/etc/ld.so.conf")
	l.dirs = append(l.dirs, "/lib", "/usr/lib", "/lib64", "/usr/lib64")
	for _, pattern := range []string{"/lib/*-linux-gnu*", "/usr/lib/*-linux-gnu*"} { // Debian's linker knows its own
		dirs, _ := filepath.Glob(pattern) // the pattern is well formed
		l.dirs = append(l.dirs, dirs...)
	}
	return l
}

// read takes the directories of a configuration file and of those that it
// includes. A file that is not there adds none.
func (l *libraries) read(conf string) {
	text, err := os.ReadFile(conf)
	if err != nil {
		return
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		line, _, _ := strings.Cut(lines.Text(), "#")
		line = strings.TrimSpace(line)
		if pattern, ok := strings.CutPrefix(line, "include "); ok {
			files, _ := filepath.Glob(strings.TrimSpace(pattern)) // the pattern is the system's own
			for _, file := range files {
				l.read(file)
			}
			continue
		}
		if path.IsAbs(line) {
			l.dirs = append(l.dirs, line)
		}
	}
}

// neededBy names what a program needs besides itself: its interpreter and its
// libraries, absolute. A file that is no program needs nothing. The error names
// the libraries that are not here; the others are returned.
func (l *libraries) neededBy(file string) ([]string, error) {
	f, err := elf.Open(file)
	var format *elf.FormatError
	if errors.As(err, &format) || isShort(file, err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if f.Type != elf.ET_EXEC && f.Type != elf.ET_DYN {
		return nil, nil
	}
	var needed []string
	if interpreter := interpreterOf(f); interpreter != "" {
		needed = append(needed, interpreter)
	}
	names, err := f.ImportedLibraries()
	if err != nil {
		return nil, nil // statically linked
	}
	dirs := append(runPath(f, file), l.dirs...)
	var missing []error
	for _, name := range names {
		lib, err := find(name, dirs, f.Machine)
		if err != nil {
			missing = append(missing, err)
			continue
		}
		needed = append(needed, lib)
	}
	return needed, errors.Join(missing...)
}

// isShort reports whether a file cannot be read as a program because it is
// shorter than any.
func isShort(file string, err error) bool {
	if err == nil {
		return false
	}
	info, statErr := os.Stat(file)
	return statErr == nil && info.Size() < 64
}

func interpreterOf(f *elf.File) string {
	for _, p := range f.Progs {
		if p.Type != elf.PT_INTERP {
			continue
		}
		text := make([]byte, p.Filesz)
		if _, err := p.ReadAt(text, 0); err == nil {
			return string(bytes.TrimRight(text, "\x00"))
		}
	}
	return ""
}

// runPath is the program's own list of directories; $ORIGIN is where it lies.
func runPath(f *elf.File, file string) []string {
	var dirs []string
	for _, tag := range []elf.DynTag{elf.DT_RUNPATH, elf.DT_RPATH} {
		lists, _ := f.DynString(tag) // a program without one has none
		for _, list := range lists {
			for _, dir := range strings.Split(list, ":") {
				origin := filepath.Dir(file)
				dir = strings.NewReplacer("$ORIGIN", origin, "${ORIGIN}", origin).Replace(dir)
				if path.IsAbs(dir) {
					dirs = append(dirs, path.Clean(dir))
				}
			}
		}
	}
	return dirs
}

// find looks for a library of the program's own machine.
func find(name string, dirs []string, machine elf.Machine) (string, error) {
	if path.IsAbs(name) {
		return name, nil
	}
	for _, dir := range dirs {
		file := path.Join(dir, name)
		f, err := elf.Open(file)
		if err != nil {
			continue
		}
		same := f.Machine == machine
		if err := f.Close(); err == nil && same {
			return file, nil
		}
	}
	return "", fmt.Errorf("its library %s is in none of the linker's directories", name)
}
