package npm

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/cupel-dev/cupel/internal/journal"
)

// A registry is an npm registry, read over HTTP.
type registry struct {
	url    *url.URL // ends in a slash
	token  string
	client *http.Client
}

// A packument is what a registry says of a package (npm's registry API,
// package metadata).
type packument struct {
	Name     string             `json:"name"`
	Tags     map[string]string  `json:"dist-tags"`
	Versions map[string]release `json:"versions"`
}

// A release is one version of a package.
type release struct {
	Version    string     `json:"version"`
	Deprecated deprecated `json:"deprecated"`
	Dist       struct {
		Integrity string `json:"integrity"` // Subresource Integrity: "sha512-BASE64"
		Tarball   string `json:"tarball"`   // URL
	} `json:"dist"`
}

// A deprecated is the message of a deprecated version; some registries hold
// true or false in its place.
type deprecated string

// UnmarshalJSON implements json.Unmarshaler.
func (d *deprecated) UnmarshalJSON(b []byte) error {
	var flag bool
	if json.Unmarshal(b, &flag) == nil {
		*d = ""
		if flag {
			*d = "deprecated"
		}
		return nil
	}
	return json.Unmarshal(b, (*string)(d))
}

func newRegistry(address, token string, client *http.Client) (registry, error) {
	u, err := url.Parse(strings.TrimSuffix(address, "/") + "/")
	if err != nil || u.Host == "" || u.User != nil {
		return registry{}, fmt.Errorf("the npm registry needs an address without a user: %q", address)
	}
	return registry{u, token, client}, nil
}

// read fetches what the registry knows of a package; one that was never
// published has no versions. "write" is how npm itself asks for a document that
// no cache has kept.
func (r registry) read(ctx context.Context, name string) (packument, error) {
	var p packument
	address := r.url.String() + strings.Replace(url.PathEscape(name), "%40", "@", 1) + "?write=true"
	b, status, err := r.get(ctx, address)
	switch {
	case err != nil:
		return p, fmt.Errorf("read %s: %w: %w", address, journal.ErrTemporary, err)
	case status == http.StatusNotFound && isRegistryError(b):
		return p, nil
	case status >= 500 || status == http.StatusTooManyRequests:
		return p, fmt.Errorf("read %s: %w: it answered %d", address, journal.ErrTemporary, status)
	case status != http.StatusOK:
		return p, fmt.Errorf("read %s: it answered %d, is it the address of a registry that this account may read?", address, status)
	}
	p, err = parse(name, b)
	if err != nil {
		return p, fmt.Errorf("read %s: %w", address, err)
	}
	return p, nil
}

// parse reads a packument and checks what it is about.
func parse(name string, b []byte) (packument, error) {
	var p packument
	if err := json.Unmarshal(b, &p); err != nil {
		return p, err
	}
	if p.Name != name {
		return p, fmt.Errorf("it is about %q", p.Name)
	}
	for number, r := range p.Versions {
		if r.Version != number {
			return p, fmt.Errorf("version %s calls itself %q", number, r.Version)
		}
	}
	return p, nil
}

// isRegistryError reports whether a body is a registry's own word: a 404
// without it may be another server's and proves nothing.
func isRegistryError(body []byte) bool {
	var e struct {
		Error string `json:"error"`
	}
	return json.Unmarshal(body, &e) == nil && e.Error != ""
}

// mostBytes is more than any document or package that a registry takes.
const mostBytes = 512 << 20

// get sends the token to the registry's own host alone.
func (r registry) get(ctx context.Context, address string) ([]byte, int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, 0, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Cache-Control", "no-cache")
	if r.token != "" && req.URL.Host == r.url.Host && req.URL.Scheme == r.url.Scheme {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return nil, 0, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(http.MaxBytesReader(nil, resp.Body, mostBytes))
	return b, resp.StatusCode, err
}

// sha512 is the SHA-512 part of a Subresource Integrity value, and "" without.
func (r release) sha512() string {
	for part := range strings.FieldsSeq(r.Dist.Integrity) {
		if strings.HasPrefix(part, "sha512-") {
			part, _, _ = strings.Cut(part, "?")
			return part
		}
	}
	return ""
}
