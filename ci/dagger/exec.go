package dagger

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"dagger.io/dagger"

	"github.com/cupel-dev/cupel/ci"
)

// src is where a container sees the inputs.
const src = "/src"

// An executor is one session of an engine.
type executor struct {
	client  *dagger.Client
	version string
	session string // unlike every other session: it keeps fresh steps out of the engine's cache
	tmp     string // what is sent to the engine

	mu   sync.Mutex
	sent map[string]string // digest of a list of inputs to the directory that holds them
}

func newExecutor(client *dagger.Client, version string) (*executor, error) {
	tmp, err := os.MkdirTemp("", "cupel-dagger-")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("collect inputs: %w", err), client.Close())
	}
	return &executor{
		client: client, version: version, session: rand.Text(), tmp: tmp,
		sent: make(map[string]string),
	}, nil
}

// Exec implements [ci.Executor].
func (e *executor) Exec(ctx context.Context, job ci.Job) (int, error) {
	c, err := e.container(ctx, job)
	if err != nil {
		return -1, err
	}
	done, err := c.WithExec(job.Step.Run).Sync(ctx)
	var failed *dagger.ExecError
	if errors.As(err, &failed) && ctx.Err() == nil {
		return failed.ExitCode, writeBoth(job, failed.Stdout, failed.Stderr)
	}
	if err != nil {
		return -1, explain(ctx, job.Image, err)
	}
	stdout, err := done.Stdout(ctx)
	if err != nil {
		return -1, explain(ctx, job.Image, err)
	}
	stderr, err := done.Stderr(ctx)
	if err != nil {
		return -1, explain(ctx, job.Image, err)
	}
	if err := writeBoth(job, stdout, stderr); err != nil {
		return -1, err
	}
	return 0, e.export(ctx, done, job)
}

func writeBoth(job ci.Job, stdout, stderr string) error {
	_, outErr := io.WriteString(job.Stdout, stdout)
	_, errErr := io.WriteString(job.Stderr, stderr)
	return errors.Join(outErr, errErr)
}

// container is the image with all that the step may see.
func (e *executor) container(ctx context.Context, job ci.Job) (*dagger.Container, error) {
	c, err := e.base(job.Image)
	if err != nil {
		return nil, err
	}
	inputs, err := e.inputs(ctx, job.Source)
	if err != nil {
		return nil, err
	}
	c = c.WithMountedDirectory(src, e.client.Host().Directory(inputs)).WithWorkdir(path.Join(src, job.Step.Dir))
	for _, cache := range job.Step.Caches {
		c = c.WithMountedCache(cache.Path, e.client.CacheVolume("cupel-"+cache.Name))
		if cache.Env != "" {
			c = c.WithEnvVariable(cache.Env, cache.Path)
		}
	}
	return e.environment(c, job), nil
}

// environment gives a container the step's variables, in a fixed order so that
// the engine knows it again.
func (e *executor) environment(c *dagger.Container, job ci.Job) *dagger.Container {
	ports := make(map[int]bool)
	for _, name := range slices.Sorted(maps.Keys(job.Env)) {
		c = c.WithEnvVariable(name, viaHost(job.Env[name], ports))
	}
	for _, s := range job.Secrets {
		// The name is the engine's key, and two steps may hold two values.
		key := fmt.Sprintf("%s-%x", s.Name, sha256.Sum256([]byte(e.session+s.Value)))
		c = c.WithSecretVariable(s.Name, e.client.SetSecret(key, viaHost(s.Value, ports)))
	}
	if job.Step.Fresh {
		c = c.WithEnvVariable("CUPEL_SESSION", e.session)
	}
	if len(ports) > 0 {
		c = c.WithServiceBinding(hostAlias, e.hostService("localhost", slices.Sorted(maps.Keys(ports))...))
	}
	return c
}

// inputs copies the files into a directory that holds nothing else, which is
// then what is sent: no pattern has to be right, and nothing that git ignores
// can be among it. Steps with the same inputs share a directory.
func (e *executor) inputs(ctx context.Context, s *ci.Source) (string, error) {
	key := fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(s.Paths, "\x00"))))
	e.mu.Lock()
	defer e.mu.Unlock()
	if dir, ok := e.sent[key]; ok {
		return dir, nil
	}
	dir := filepath.Join(e.tmp, key[:16])
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", fmt.Errorf("collect inputs: %w", err)
	}
	if err := s.CopyTo(ctx, dir); err != nil {
		return "", err
	}
	e.sent[key] = dir
	return dir, nil
}

// export writes the step's outputs into the job's own directory, which is
// fresh: the engine merges into what is there and never wipes anything.
func (e *executor) export(ctx context.Context, c *dagger.Container, job ci.Job) error {
	for _, out := range job.Step.Outputs {
		to := filepath.Join(job.Outputs, filepath.FromSlash(out))
		if err := os.MkdirAll(to, 0o755); err != nil {
			return fmt.Errorf("output %s: %w", out, err)
		}
		if _, err := c.Directory(path.Join(src, out)).Export(ctx, to); err != nil {
			return fmt.Errorf("output %s: %w", out, explain(ctx, job.Image, err))
		}
	}
	return nil
}
