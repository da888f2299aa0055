package cargo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/version"
)

// An index is a sparse index (The Cargo Book, registry index).
type index struct {
	url    string
	token  string // sent only where the index asks for it
	client *http.Client
}

// A release is one line of an index file: one version of a crate.
type release struct {
	Name     string `json:"name"`
	Version  string `json:"vers"`
	Checksum string `json:"cksum"` // SHA-256 of the .crate file in hexadecimal digits
	Yanked   bool   `json:"yanked"`
}

// crateName is what crates.io accepts.
var crateName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,63}$`)

// indexPath is where an index keeps a crate.
func indexPath(crate string) string {
	name := strings.ToLower(crate)
	switch len(name) {
	case 1, 2:
		return fmt.Sprintf("%d/%s", len(name), name)
	case 3:
		return fmt.Sprintf("3/%s/%s", name[:1], name)
	}
	return fmt.Sprintf("%s/%s/%s", name[:2], name[2:4], name)
}

// releases reads what an index file says of a crate.
func releases(crate string, file []byte) ([]release, error) {
	var all []release
	for n, line := range bytes.Split(file, []byte("\n")) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var r release
		if err := json.Unmarshal(line, &r); err != nil {
			return nil, fmt.Errorf("index of %s, line %d: %w", crate, n+1, err)
		}
		if r.Name != crate {
			return nil, fmt.Errorf("index of %s, line %d: it is about %q", crate, n+1, r.Name)
		}
		all = append(all, r)
	}
	return all, nil
}

// find returns the release of a version, and nil where there is none. Two that
// differ in build metadata alone are one: registries take no second.
func find(all []release, v version.Version) *release {
	for _, r := range all {
		if number, _, _ := strings.Cut(r.Version, "+"); number == v.String() {
			return &r
		}
	}
	return nil
}

// crate asks for all releases of a crate; one that was never published has
// none.
func (i index) crate(ctx context.Context, crate string) ([]release, error) {
	if _, err := i.config(ctx); err != nil {
		return nil, err
	}
	file, err := i.get(ctx, indexPath(crate))
	if err != nil {
		return nil, err
	}
	return releases(crate, file)
}

// A config is the config.json of an index.
type config struct {
	Download string `json:"dl"`
}

// config also proves that the address is an index: a crate that is not found
// anywhere else is not known to be absent.
func (i index) config(ctx context.Context) (config, error) {
	var c config
	b, err := i.get(ctx, "config.json")
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(b, &c); err != nil || c.Download == "" {
		return c, fmt.Errorf("%s is not the address of a sparse index: it has no config.json with \"dl\"", i.url)
	}
	return c, nil
}

// downloadURL fills in the address of a package (The Cargo Book, index
// configuration).
func (c config) downloadURL(r release) string {
	if !strings.Contains(c.Download, "{") {
		return fmt.Sprintf("%s/%s/%s/download", c.Download, r.Name, r.Version)
	}
	prefix := strings.TrimSuffix(indexPath(r.Name), "/"+strings.ToLower(r.Name))
	return strings.NewReplacer(
		"{crate}", r.Name, "{version}", r.Version, "{prefix}", prefix, "{lowerprefix}", prefix,
		"{sha256-checksum}", r.Checksum,
	).Replace(c.Download)
}

// get fetches a file of the index; nil is one that it does not have.
func (i index) get(ctx context.Context, file string) ([]byte, error) {
	address, err := url.JoinPath(i.url, file)
	if err != nil {
		return nil, fmt.Errorf("address of the index: %w", err)
	}
	b, status, err := i.fetch(ctx, address, "")
	if err == nil && status == http.StatusUnauthorized && i.token != "" {
		b, status, err = i.fetch(ctx, address, i.token)
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s: %w: %w", address, journal.ErrTemporary, err)
	case status == http.StatusOK:
		return b, nil
	case status == http.StatusNotFound || status == http.StatusGone || status == http.StatusUnavailableForLegalReasons:
		return nil, nil
	case status >= 500 || status == http.StatusTooManyRequests:
		return nil, fmt.Errorf("read %s: %w: it answered %d", address, journal.ErrTemporary, status)
	}
	return nil, fmt.Errorf("read %s: it answered %d", address, status)
}

// mostBytes is more than any index file or package on crates.io has.
const mostBytes = 256 << 20

func (i index) fetch(ctx context.Context, address, token string) ([]byte, int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, 0, err
	}
	req.Header.Set("Cache-Control", "no-cache")
	req.Header.Set("User-Agent", "cupel")
	if token != "" {
		req.Header.Set("Authorization", token)
	}
	resp, err := i.client.Do(req)
	if err != nil {
		return nil, 0, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(http.MaxBytesReader(nil, resp.Body, mostBytes))
	return b, resp.StatusCode, err
}
