package ci

import (
	"path"
	"strings"
)

// noPackage is why the Go tools have nothing to look at.
const noPackage = "go.mod has no package of its own"

// goFiles are the files of the packages that ./... stands for at the top: not
// those of modules below it, nor what the go command passes over.
func (p *Project) goFiles() []string {
	below := p.goModules()
	var own []string
	for _, file := range p.matching("*.go") {
		if !aside(file) && !within(file, below) {
			own = append(own, file)
		}
	}
	return own
}

// goModules are the directories of the modules below the top.
func (p *Project) goModules() []string {
	var dirs []string
	for _, file := range p.matching("go.mod") {
		if dir := path.Dir(file); dir != "." && !aside(file) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// leaveGoModules notes the modules below the top that hold code: the go command
// looks into one module at a time.
func (p *Project) leaveGoModules(made *Pipeline) {
	files := p.matching("*.go")
	for _, dir := range p.goModules() {
		for _, file := range files {
			if within(file, []string{dir}) && !aside(file) {
				made.leave(dir, "a Go module of its own: run Cupel there, or add a [[ci.step]] with this dir")
				break
			}
		}
	}
}

// within reports whether a file lies below one of the directories.
func within(file string, dirs []string) bool {
	for _, dir := range dirs {
		if strings.HasPrefix(file, dir+"/") {
			return true
		}
	}
	return false
}

// aside reports whether the go command passes a file over: what others wrote,
// what tests read, and names that begin with a dot or an underscore.
func aside(file string) bool {
	for _, name := range strings.Split(file, "/") {
		if name == "vendor" || name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
			return true
		}
	}
	return false
}
