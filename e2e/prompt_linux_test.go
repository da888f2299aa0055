package e2e

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestOnATerminalNothingIsDoneWithoutAYes asks at a real terminal: a release and a
// rollback ask once, and whatever is no yes changes nothing, here and in the remote.
func TestOnATerminalNothingIsDoneWithoutAYes(t *testing.T) {
	j := terminalJob(t)
	release := []string{"release", "v1.0.0", "-waive=tests:x;lint:x;audit:x"}
	for _, answer := range []string{"n\n", "\n", "no\n", "yep\n", "y\x04\x04", "\x04", "\x03"} {
		j.refuses(answer, release...)
	}
	j.agrees("y\n", release...)
	j.change()
	release[1] = "v1.1.0"
	j.agrees("YES\n", release...)
	rollback := []string{"rollback", "v1.1.0", "-reason=it breaks"}
	for _, answer := range []string{"n\n", "\x04", "\x03"} {
		j.refuses(answer, rollback...)
	}
	j.agrees("y\n", rollback...)
	j.change()
	release[1] = "v1.2.0"
	if said, code := j.at(os.Stdout, "", append(release, "-yes")...); code != 0 || strings.Contains(said, "[y/N]") {
		t.Errorf("with -yes: exit %d\n%s", code, said)
	}
}

// TestAPipeBehindTheReleaseIsAsked: `release v1.0.0 | tee log` has a person before it.
func TestAPipeBehindTheReleaseIsAsked(t *testing.T) {
	j := terminalJob(t)
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	said, code := j.at(log, "n\n", "release", "v1.0.0", "-waive=tests:x;lint:x;audit:x")
	if code != 2 || !strings.Contains(said, "Release v1.0.0? [y/N]") {
		t.Errorf("exit %d, and on the terminal\n%s", code, said)
	}
	if plan := j.read(log.Name()); !strings.Contains(plan, "point of no return") {
		t.Errorf("the plan is not in the pipe:\n%s", plan)
	}
}

// atTerminal is a project whose person sits at a terminal.
type atTerminal struct{ job }

func terminalJob(t *testing.T) atTerminal {
	j := newJob(t, compileCupel(t, repositoryRoot(t)), t.TempDir(), "CI=", "TERM=dumb")
	j.origin(filepath.Join(t.TempDir(), "app.git"))
	j.write("cupel.toml", "")
	j.write("CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n\n- All.\n")
	j.git("add", "-A")
	j.git("commit", "-q", "-m", "first")
	j.git("push", "-q", "-u", "origin", "main")
	return atTerminal{j}
}

// change has something to release.
func (j atTerminal) change() {
	j.t.Helper()
	log := j.read(filepath.Join(j.dir, "CHANGELOG.md"))
	j.write("CHANGELOG.md", strings.Replace(log, "## [Unreleased]\n", "## [Unreleased]\n\n- More.\n", 1))
	j.git("commit", "-q", "-a", "-m", "more")
	j.git("push", "-q")
}

// refuses answers, and wants everything as it was.
func (j atTerminal) refuses(answer string, args ...string) {
	j.t.Helper()
	before := j.everything()
	said, code := j.at(os.Stdout, answer, args...)
	if code != 2 || strings.Count(said, "[y/N]") != 1 || !strings.Contains(said, "next: cupel "+args[0]+" "+args[1]) {
		j.t.Errorf("%q to %s: exit %d\n%s", answer, args[0], code, said)
	}
	if after := j.everything(); after != before {
		j.t.Errorf("%q to %s: it was\n%s\nand is\n%s", answer, args[0], before, after)
	}
}

// agrees answers, and wants it done.
func (j atTerminal) agrees(answer string, args ...string) {
	j.t.Helper()
	if said, code := j.at(os.Stdout, answer, args...); code != 0 || strings.Count(said, "[y/N]") != 1 {
		j.t.Fatalf("%q to %s: exit %d\n%s", answer, args[0], code, said)
	}
}

// everything is what a release would change.
func (j atTerminal) everything() string {
	j.t.Helper()
	begun, err := filepath.Glob(filepath.Join(j.dir, ".git", "cupel", "releases", "*", "*"))
	if err != nil {
		j.t.Fatal(err)
	}
	return strings.Join([]string{j.git("ls-remote", "origin"), j.git("for-each-ref"), j.git("status", "--porcelain"), strings.Join(begun, "\n")}, "\n")
}

// at runs a target whose terminal is a pseudo terminal, which standard output may
// lead away from, and answers its question. It returns what the terminal showed.
func (j atTerminal) at(stdout *os.File, answer string, args ...string) (string, int) {
	j.t.Helper()
	person, program := openTerminal(j.t)
	defer person.Close()
	cmd := exec.Command(filepath.Join(j.bin, "cupel"), args...)
	cmd.Dir, cmd.Env = j.dir, j.env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = program, program, program
	if stdout != os.Stdout {
		cmd.Stdout = stdout
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := errors.Join(cmd.Start(), program.Close()); err != nil {
		j.t.Fatal(err)
	}
	var said strings.Builder
	for b := make([]byte, 4096); ; {
		n, err := person.Read(b)
		said.Write(b[:n])
		if answer != "" && strings.Contains(said.String(), "[y/N] ") {
			if _, err := io.WriteString(person, answer); err != nil {
				j.t.Fatal(err)
			}
			answer = ""
		}
		if err != nil { // the last program has closed it
			break
		}
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		j.t.Fatal(err)
	}
	return said.String(), cmd.ProcessState.ExitCode()
}

// openTerminal opens both ends of a new pseudo terminal.
func openTerminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo terminal here: %v", err)
	}
	number, err := unix.IoctlGetInt(int(person.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(person.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	return person, program
}
