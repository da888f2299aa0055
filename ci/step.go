// Package ci holds the pipelines lint, test, audit and package: which steps a
// project needs, each described once, and the runner that gives them to an
// executor. A step knows no executor; an executor knows no pipeline.
//
// The host executor is part of the package; others register themselves, as
// database drivers do (package ci/dagger). It is no build system: it keeps no
// state between runs besides the caches that a step names, and it decides
// nothing about releases.
package ci

// A Step is one command of a pipeline, with everything that it may see.
type Step struct {
	Name    string            // unique in its pipeline, and part of a file name
	Image   string            // the name of an image: "go", "rust", "shellcheck"
	Run     []string          // the program and its arguments; no shell is added
	Dir     string            // where it runs, below the project, with slashes; "" is the top
	Inputs  []string          // patterns over the project's files, "**" crosses directories; none means all
	Outputs []string          // directories that it leaves, relative to the project
	Caches  []Cache           // directories that outlive it
	Env     map[string]string // besides what every step gets
	Secrets []Secret          // given as environment variables
	Needs   []string          // names of steps that must have passed
	Fresh   bool              // its answer depends on more than its inputs: never take it from a cache

	// Judge decides from the standard output and the exit code whether the step
	// passed, where an exit code alone does not say. It returns nil, a
	// [*Finding] or an [*Unable].
	Judge func(stdout []byte, exit int) error
}

// A Cache is a directory that steps share and that outlives them: modules,
// compiled packages.
type Cache struct {
	Name  string // the volume's name
	Path  string // where a container sees it
	Env   string // the variable that names it; "" where the tool looks at Path by itself
	Local string // where the host keeps it, below {home} or {cache}; "" is a directory of Cupel's own
}

// A Secret is a value that no argument, log or report may show.
type Secret struct {
	Name  string // of the environment variable
	Value string
}

// A Pipeline is steps that belong together, and what was left out of it.
type Pipeline struct {
	Name  string // "lint", "test", "audit" or "package"
	Steps []Step
	Left  []Omission
}

// Secrets are those of all steps.
func (p Pipeline) Secrets() []Secret {
	var all []Secret
	for _, s := range p.Steps {
		all = append(all, s.Secrets...)
	}
	return all
}

// An Omission is a check that the project cannot have, and why.
type Omission struct {
	Name string
	Why  string
}

// A Finding says that a step did its work and that the result is bad: exit 1.
type Finding struct{ Msg string }

func (f *Finding) Error() string { return f.Msg }

// An Unable says that a step could not do its work, so that nothing is known:
// exit 2, never a pass.
type Unable struct{ Msg string }

func (u *Unable) Error() string { return u.Msg }
