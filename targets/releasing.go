package targets

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/cupel-dev/cupel/internal/changelog"
	"github.com/cupel-dev/cupel/internal/channel/gomodule"
	"github.com/cupel-dev/cupel/internal/claim"
	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/redact"
	"github.com/cupel-dev/cupel/internal/release"
	versions "github.com/cupel-dev/cupel/internal/version"
)

// releasing is one version on its way, out or back.
type releasing struct {
	*place
	out      *console
	repo     *git.Repo
	path     string // of the project in the repository, with slashes; "." is its top
	remote   string
	version  versions.Version
	state    string // directory of this version's release
	finish   string // of a version that supersedes another: the command that ends with both
	redactor *redact.Redactor
	claims   []string // what backs each claim, once the gate was asked
	unlock   func() error

	dryRun, yes, takeOver, backport bool
	planFile                        string
}

// alone refuses words behind the version. Mage takes them for targets and runs them
// afterwards, so that "release v1.0.0 dryRun" would release.
func alone(target, version string) error {
	if err := positional(target+" VERSION", version); err != nil {
		return err
	}
	words := os.Args[1:]
	for i := range words[:max(0, len(words)-1)] {
		if !strings.HasSuffix(strings.ToLower(words[i]), target) || words[i+1] != version {
			continue
		}
		for _, word := range words[i+2:] {
			if !strings.HasPrefix(word, "-") {
				return fail(exitRefused, fmt.Sprintf("%q stands behind the version: nothing was done", word),
					"flags are written as -name or -name=value: "+command(target+" "+version)+" -dryRun")
			}
		}
	}
	return nil
}

// startReleasing finds everything that a release or a rollback of the version
// needs, and keeps other processes of this machine away until end.
func startReleasing(ctx context.Context, number string) (*releasing, error) {
	v, err := versions.Parse(number)
	if err != nil {
		return nil, fail(exitRefused, err.Error())
	}
	p, err := here()
	if err != nil {
		return nil, err
	}
	r := &releasing{place: p, out: newConsole(os.Stdout), version: v}
	r.redactor = redact.New(p.secrets(ctx)...)
	r.out.out = masked{r.out.out, r.redactor}
	if err := r.find(ctx); err != nil {
		return nil, r.fail(exitRefused, err.Error())
	}
	if warning := v.Warning(); warning != "" {
		r.out.Line("warning: %s", warning)
	}
	return r, nil
}

func (r *releasing) find(ctx context.Context) (err error) {
	if err := r.findRepository(ctx); err != nil {
		return err
	}
	if above := r.projectAbove(); above != "" {
		return fmt.Errorf("there is no %s in this directory, and one in %s: release from there, or write one here", release.Changelog, above)
	}
	if r.state, err = release.StateDir(ctx, r.repo, r.tag()); err != nil {
		return err
	}
	r.unlock, err = release.Exclusive(ctx, r.repo)
	return err
}

// projectAbove is the directory above this one that has the changelog which is missing
// here; "" where none is missing, or none is there.
func (r *releasing) projectAbove() string {
	dir := r.dir
	for at := r.path; ; at, dir = path.Dir(at), filepath.Dir(dir) {
		_, err := os.Stat(filepath.Join(dir, release.Changelog))
		switch {
		case err == nil && dir != r.dir:
			return dir
		case err == nil || at == ".":
			return ""
		}
	}
}

// findRepository finds the repository and the remote that releases go to.
func (r *releasing) findRepository(ctx context.Context) (err error) {
	if r.repo, err = git.Open(ctx, r.dir); err != nil {
		return err
	}
	r.path = relative(r.repo.Root, r.dir)
	if r.remote = r.config.Release.Remote; r.remote == "" {
		if r.remote, err = r.repo.Remote(ctx); err != nil {
			return err
		}
	}
	if r.remote != "" {
		return nil
	}
	names, err := r.repo.Run(ctx, "remote")
	if err == nil && strings.TrimSpace(names) != "" {
		return fmt.Errorf("the repository has several remotes and none is origin: say with remote = \"NAME\" in [release] which of %s a release goes to",
			strings.Join(strings.Fields(names), ", "))
	}
	return errors.Join(err, errors.New("the repository has no remote that a release could go to: git remote add origin URL"))
}

// tag is the tag of the version, with the path of a nested module before it.
func (r *releasing) tag() string { return r.prefix() + r.version.Tag() }

// origin is where releases go in git.
func (r *releasing) origin() release.Origin {
	return release.Origin{Repo: r.repo, Remote: r.remote, Branch: r.config.Release.Branch, Path: r.path, Prefix: r.prefix()}
}

// end lets other processes release, and removes what was only here.
func (r *releasing) end() {
	if err := errors.Join(os.RemoveAll(r.workspace()), r.unlock()); err != nil {
		r.out.Line("warning: %v", err)
	}
}

// fail ends a target with a code, and with no secret in what it says.
func (r *releasing) fail(code int, lines ...string) error {
	return fail(code, r.redactor.String(strings.Join(lines, "\n")))
}

// masked hides secrets in whole lines.
type masked struct {
	io.Writer
	redactor *redact.Redactor
}

// Write implements io.Writer.
func (m masked) Write(line []byte) (int, error) {
	_, err := io.WriteString(m.Writer, m.redactor.String(string(line)))
	return len(line), err
}

func (r *releasing) now() time.Time { return time.Now() }

// workspace is where the release commit is prepared.
func (r *releasing) workspace() string { return filepath.Join(r.cache, "release", r.version.Tag()) }

// draft is a new release of what is checked out.
func (r *releasing) draft(ctx context.Context) (release.Draft, error) {
	head, err := r.repo.Head(ctx)
	if err != nil {
		return release.Draft{}, err
	}
	return r.draftAt(ctx, head)
}

// draftAt is a new release on a commit. One that was begun and never came to its
// first step may still hold the lock, so its holder stays.
func (r *releasing) draftAt(ctx context.Context, head string) (release.Draft, error) {
	name, email, err := r.repo.Ident(ctx)
	if err != nil {
		return release.Draft{}, err
	}
	d := release.Draft{
		Version: r.version, Date: r.now().UTC().Format(time.DateOnly), Head: head, Path: r.path,
		Name: name, Email: email, Holder: rand.Text(),
	}
	if old, err := release.ReadDraft(r.state); err == nil {
		d.Holder = old.Holder
	}
	return d, nil
}

// A preparation is the release commit, or why there is none. What the changelog
// or the version files say is for their gates; anything else is fatal.
type preparation struct {
	prepared  *release.Prepared
	changelog error
	version   error
	fatal     error
}

func (p preparation) err() error { return errors.Join(p.changelog, p.version, p.fatal) }

func (r *releasing) prepare(ctx context.Context, d release.Draft) (p preparation) {
	rules, err := r.versionRules()
	if err != nil {
		return preparation{fatal: err}
	}
	prepared, err := release.Prepare(ctx, r.repo, r.changes(rules), d, r.workspace())
	var refusal *changelog.Refusal
	var disagreement *versions.Disagreement
	var file *versions.FileError
	switch {
	case err == nil:
		return preparation{prepared: prepared}
	case errors.As(err, &refusal):
		return preparation{changelog: err}
	case errors.As(err, &disagreement), errors.As(err, &file):
		return preparation{version: err}
	}
	return preparation{fatal: err}
}

// changes are the files that a release may edit, and how.
func (r *releasing) changes(rules []versions.Rule) release.Project {
	p := release.Project{Dir: r.path, VersionFiles: rules}
	p.WithdrawClaims = func(text []byte, version string) ([]byte, error) {
		text, _, err := claim.Withdraw(text, version)
		return text, err
	}
	if _, err := os.Stat(filepath.Join(r.dir, "go.mod")); err == nil {
		p.Retract = gomodule.Retract
	}
	return p
}

func (r *releasing) versionRules() ([]versions.Rule, error) {
	var rules []versions.Rule
	for _, text := range r.config.Release.VersionFiles {
		rule, err := versions.ParseRule(text)
		if err != nil {
			return nil, fmt.Errorf("release.version_files: %w", err)
		}
		rules = append(rules, rule)
	}
	return rules, nil
}

// options are a release of the prepared commit; without one they are good for
// asking what numbers are taken, and for nothing else.
func (r *releasing) options(ctx context.Context, d release.Draft, prepared *release.Prepared) (release.Options, error) {
	o := release.Options{
		Repo: r.repo, Remote: r.remote, State: r.state, Prefix: r.prefix(), Draft: d, Prepared: prepared, Redactor: r.redactor, Watch: r.watch(),
	}
	if prepared != nil && r.builds() {
		o.Build = r.build
	}
	var err error
	o.Channels, err = r.channels(ctx, o)
	return o, err
}

// showPlan prints every step, and writes the plan for programs.
func (r *releasing) showPlan(o release.Options) error {
	if o.Prepared == nil {
		return nil // a gate says why
	}
	plan, err := o.Plan()
	if err != nil {
		return err
	}
	d := release.Describe(plan, r.version.String(), o.Channels)
	r.out.Line("%s: %s onto %.12s of %s; %s", plan.Name, plural(len(d.Steps), "step"), o.Draft.Head, r.remote, "the release commit is "+o.Prepared.Commit[:12])
	r.showSteps(d)
	if r.planFile != "" {
		return writeJSON(r.planFile, d)
	}
	return nil
}

func (r *releasing) showSteps(d release.Document) {
	rows := [][]string{{"step", "channel", "class", "what", "undo"}}
	for _, s := range d.Steps {
		if s.ID == d.PointOfNoReturn {
			rows = append(rows, []string{"--", "--", "--", "point of no return", "--"})
		}
		class := s.Class
		if class == "" {
			class = "check"
		}
		rows = append(rows, []string{s.ID, s.Channel, class, s.Title, s.Undo})
	}
	if len(d.Steps) > 0 {
		r.out.Table(rows)
	}
	for _, line := range d.Residue {
		r.out.Line("nobody can take back: %s", line)
	}
	r.out.Line("plan %.16s", d.Hash)
}

// watch prints a line for each step.
func (r *releasing) watch() func(journal.Event) {
	return func(e journal.Event) {
		words := map[journal.Kind]string{
			journal.Intent: "begin", journal.Result: "done", journal.UndoIntent: "undo", journal.UndoResult: "undone", journal.Failed: "failed",
		}
		switch word, known := words[e.Entry.Kind]; {
		case !known || e.Written != (e.Entry.Kind == journal.Result || e.Entry.Kind == journal.UndoResult):
		case e.Entry.Kind == journal.Intent || e.Entry.Kind == journal.UndoIntent:
			r.out.Status("%-6s  %s", word, e.Entry.Step)
		default:
			r.out.Line("%-6s  %s", word, e.Entry.Step)
		}
	}
}

// confirmed asks once where a person can answer; elsewhere, and with -yes, nobody
// is asked. Everything but a yes is a no, also that the context ends.
func (r *releasing) confirmed(ctx context.Context, question string) bool {
	out := questions()
	if r.yes || out == nil {
		return true
	}
	r.out.clear()
	fmt.Fprintf(out, "%s [y/N] ", question)
	answer := make(chan string, 1)
	go func() { // nobody can end a read of a terminal; the process does
		text, err := bufio.NewReader(os.Stdin).ReadString('\n')
		if err != nil {
			text = ""
			fmt.Fprintln(out)
		}
		answer <- text
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(out)
		return false
	case text := <-answer:
		return slices.Contains([]string{"y", "yes"}, strings.ToLower(strings.TrimSpace(text)))
	}
}

// questions is the terminal that a person answers at; nil where there is none, as
// in CI. What is printed may go to a file or a pipe.
func questions() *os.File {
	if os.Getenv("CI") != "" || !term.IsTerminal(int(os.Stdin.Fd())) {
		return nil
	}
	for _, f := range []*os.File{os.Stdout, os.Stderr} {
		if term.IsTerminal(int(f.Fd())) {
			return f
		}
	}
	return nil
}
