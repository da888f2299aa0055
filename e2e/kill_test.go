package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cupel-dev/cupel/internal/evidence"
)

const (
	killers        = 5  // measurements side by side
	killsPerKiller = 10 // of each
)

// TestKilledMeasurementIsWholeOrResumable ends official with SIGKILL at 50
// random moments. After each, every directory is whole or can be resumed, and in
// the end one resumed measurement is complete.
func TestKilledMeasurementIsWholeOrResumable(t *testing.T) {
	cupel := filepath.Join(compileCupel(t, repositoryRoot(t)), "cupel")
	for k := range killers {
		t.Run(fmt.Sprintf("seed=%d", k), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(uint64(k), 0))
			p := newProject(t, cupel, t.TempDir())
			resume := ""
			for range killsPerKiller {
				args := []string{"official", "-quick", "-cooldown=0s", "-runs=4"}
				if resume != "" {
					args = []string{"official", "-resume=" + resume}
				}
				p.killAfter(time.Duration(random.Int64N(int64(4*time.Second))), args...)
				resume = p.checkResults()
			}
			p.complete(resume)
		})
	}
}

// A project is a repository with one fast suite, and a home of its own.
type project struct {
	t          *testing.T
	cupel, dir string
}

func newProject(t *testing.T, cupel, dir string) *project {
	t.Helper()
	p := &project{t, cupel, dir}
	config := "[[suite]]\nname = \"a\"\nformat = \"gobench\"\n" +
		"run = [\"sh\", \"-c\", \"echo 'BenchmarkA 100 12.5 ns/op'; sleep 0.1; echo PASS\"]\n"
	if err := os.WriteFile(filepath.Join(p.dir, "cupel.toml"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"init", "-q"}, {"add", "-A"}, {"commit", "-q", "-m", "first"}} {
		if out, err := p.command("git", args...).CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	return p
}

func (p *project) command(name string, args ...string) *exec.Cmd {
	home := filepath.Join(p.dir, ".git", "home")
	cmd := exec.Command(name, args...)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CACHE_HOME="+filepath.Join(home, "cache"), "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
	return cmd
}

// killAfter runs cupel and ends it with SIGKILL after d, if it lasts so long.
func (p *project) killAfter(d time.Duration, args ...string) {
	p.t.Helper()
	cmd := p.command(p.cupel, args...)
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	timer := time.AfterFunc(d, func() { cmd.Process.Kill() })
	defer timer.Stop()
	cmd.Wait() // killed or done: what it left is what counts
}

// checkResults verifies every directory of evidence that has its name, and
// returns the incomplete one, "" where there is none.
func (p *project) checkResults() string {
	p.t.Helper()
	dirs, err := filepath.Glob(filepath.Join(p.dir, "benchmark_results", "2*"))
	if err != nil {
		p.t.Fatal(err)
	}
	incomplete := ""
	for _, dir := range dirs {
		if !strings.HasSuffix(dir, ".incomplete") {
			if _, err := evidence.Verify(os.DirFS(dir)); err != nil {
				p.t.Errorf("%s has its name, and is not whole: %v", dir, err)
			}
			continue
		}
		if _, err := evidence.ReadManifest(os.DirFS(dir)); err != nil {
			p.t.Errorf("%s cannot be resumed: %v", dir, err)
		}
		incomplete = dir
	}
	return incomplete
}

// complete lets the measurement go on to its end.
func (p *project) complete(resume string) {
	p.t.Helper()
	if resume == "" {
		return
	}
	out, err := p.command(p.cupel, "official", "-resume="+resume).CombinedOutput()
	if err != nil {
		p.t.Fatalf("resume: %v\n%s", err, out)
	}
	if left := p.checkResults(); left == resume {
		p.t.Errorf("%s is still there", left)
	}
}

// TestGigabyteOfLogIsKeptInBoundedMemory checks that output streams through.
func TestGigabyteOfLogIsKeptInBoundedMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("writes a gigabyte")
	}
	p := newProject(t, filepath.Join(compileCupel(t, repositoryRoot(t)), "cupel"), memoryDir(t))
	config := "[[suite]]\nname = \"a\"\nformat = \"gobench\"\n" +
		"run = [\"sh\", \"-c\", \"echo 'BenchmarkA 100 12.5 ns/op'; yes 'a line of log' | head -c 1000000000; echo; echo PASS\"]\n"
	if err := os.WriteFile(filepath.Join(p.dir, "cupel.toml"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := p.command(p.cupel, "official", "-quick", "-runs=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("official: %v\n%s", err, out)
	}
	if !strings.Contains(string(out), "over the budget of 1 MB") {
		t.Errorf("nothing said of the size:\n%s", out)
	}
	const bound = 200 << 20
	if rss, ok := maxRSS(cmd.ProcessState); ok && rss > bound {
		t.Errorf("cupel took %d MB for a run that printed a gigabyte", rss>>20)
	}
}

// memoryDir is a directory in memory where there is such a disk with room for it:
// a gigabyte takes minutes to reach a slow one, and a container has 64 MB.
func memoryDir(t *testing.T) string {
	t.Helper()
	const disk, room = "/dev/shm", 3 << 30
	if free, err := freeBytes(disk); err != nil || free < room {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp(disk, "cupel-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}
