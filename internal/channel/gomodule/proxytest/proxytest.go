// Package proxytest is a module proxy in a directory, for tests: versions are
// built from the tags of a repository, and a go command reads them with
// GOPROXY=file://.
//
// It knows the layout of a proxy (go.dev/ref/mod, GOPROXY protocol) and no
// checksum database; set GONOSUMDB or GOSUMDB=off.
package proxytest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/module"

	"github.com/cupel-dev/cupel/internal/channel/gomodule"
	"github.com/cupel-dev/cupel/internal/git"
)

// A Module is what a proxy serves and where it comes from.
type Module struct {
	Repo *git.Repo // its Root may be a bare repository
	Path string    // of the module
	Dir  string    // of the module in the repository, "" is the top
}

// Build adds every tag of the module that the directory does not have yet. What
// it has stays, as in every proxy, whatever happens to the tag.
func (m Module) Build(ctx context.Context, dir string) error {
	escaped, err := module.EscapePath(m.Path)
	if err != nil {
		return err
	}
	at := filepath.Join(dir, filepath.FromSlash(escaped), "@v")
	if err := os.MkdirAll(at, 0o755); err != nil {
		return err
	}
	prefix := gomodule.TagPrefix(m.Path, m.Dir)
	tags, err := m.Repo.Run(ctx, "tag", "--list", prefix+"v*")
	if err != nil {
		return err
	}
	for tag := range strings.Lines(tags) {
		tag = strings.TrimSpace(tag)
		v := strings.TrimPrefix(tag, prefix)
		if module.Check(m.Path, v) != nil {
			continue
		}
		if _, err := os.Stat(filepath.Join(at, v+".info")); err == nil {
			continue
		}
		if err := m.add(ctx, at, tag, v); err != nil {
			return fmt.Errorf("serve %s of %s: %w", v, m.Path, err)
		}
	}
	return nil
}

// add writes the files of one version; the one that makes it visible is last.
func (m Module) add(ctx context.Context, at, tag, v string) error {
	commit, err := m.Repo.Commit(ctx, tag)
	if err != nil {
		return err
	}
	file, err := os.Create(filepath.Join(at, v+".zip"))
	if err != nil {
		return err
	}
	goMod, err := gomodule.Zip(ctx, file, m.Repo, commit.ID, m.Dir, module.Version{Path: m.Path, Version: v})
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	info, err := json.Marshal(map[string]any{"Version": v, "Time": commit.Time})
	if err != nil {
		return err
	}
	list, err := os.ReadFile(filepath.Join(at, "list"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(at, v+".mod"), goMod, 0o644),
		os.WriteFile(filepath.Join(at, "list"), append(list, v+"\n"...), 0o644),
		os.WriteFile(filepath.Join(at, v+".info"), info, 0o644),
	)
}

// URL is the value of GOPROXY for a directory.
func URL(dir string) string {
	dir = filepath.ToSlash(dir)
	if !strings.HasPrefix(dir, "/") {
		dir = "/" + dir
	}
	return (&url.URL{Scheme: "file", Path: dir}).String()
}

// A Proxy serves a module over HTTP and looks for new tags at every request, as
// a public proxy does.
type Proxy struct {
	URL string

	mu       sync.Mutex
	requests []string
	answer   func(path string) int
}

// Serve starts a proxy that ends with the test.
func Serve(tb testing.TB, m Module) *Proxy {
	tb.Helper()
	p := &Proxy{}
	dir := tb.TempDir()
	files := http.FileServer(http.Dir(dir))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.requests = append(p.requests, r.URL.Path)
		if p.answer != nil {
			if status := p.answer(r.URL.Path); status != 0 {
				http.Error(w, http.StatusText(status), status)
				return
			}
		}
		if err := m.Build(r.Context(), dir); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		files.ServeHTTP(w, r)
	}))
	tb.Cleanup(server.Close)
	p.URL = server.URL
	return p
}

// Requests are the paths that were asked for.
func (p *Proxy) Requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.requests...)
}

// Answer makes status answer instead of the proxy, for the paths for which it
// is not 0. Nil is the proxy alone.
func (p *Proxy) Answer(status func(path string) int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = status
}
