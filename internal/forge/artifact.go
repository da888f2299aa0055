package forge

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/google/go-github/v89/github"
)

// An Artifact is a file that a workflow run has left, a zip archive.
type Artifact struct {
	ID      int64
	Name    string
	Size    int64 // bytes of the archive, as GitHub says
	Expired bool
}

// Artifacts lists the artifacts of a run.
func (c *Client) Artifacts(ctx context.Context, run int64) ([]Artifact, error) {
	var artifacts []Artifact
	err := pages(func(page github.ListOptions) (*github.Response, error) {
		var list *github.ArtifactList
		var response *github.Response
		err := c.call(ctx, fmt.Sprintf("list artifacts of run %d", run), again, func(ctx context.Context) error {
			var err error
			list, response, err = c.api.Actions.ListWorkflowRunArtifacts(ctx, c.owner, c.name, run, &page)
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, a := range list.Artifacts {
			artifacts = append(artifacts, Artifact{ID: a.GetID(), Name: a.GetName(), Size: a.GetSizeInBytes(), Expired: a.GetExpired()})
		}
		return response, nil
	})
	return artifacts, err
}

// ReadArtifact downloads an artifact and returns the one file of that name in
// it. Neither the archive nor the file may be larger than limit bytes, whatever
// GitHub or the archive say of their size. Nothing is written to disk, and no
// other file is opened.
func (c *Client) ReadArtifact(ctx context.Context, a Artifact, file string, limit int64) ([]byte, error) {
	op := fmt.Sprintf("read artifact %q", a.Name)
	if a.Expired {
		return nil, fmt.Errorf("%s: it has expired", op)
	}
	if a.Size > limit {
		return nil, fmt.Errorf("%s: %d bytes, more than %d", op, a.Size, limit)
	}
	var archive []byte
	err := c.call(ctx, op, again, func(ctx context.Context) error {
		var err error
		archive, err = c.download(ctx, a.ID, limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	data, err := unzip(archive, file, limit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	return data, nil
}

// download asks the API where the archive lies and reads it from there. That
// place is given by a signed URL: it needs no token, and is a secret itself.
func (c *Client) download(ctx context.Context, id int64, limit int64) ([]byte, error) {
	where, err := c.location(ctx, id)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, where.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("%w: the storage has no valid address", errUnusable)
	}
	resp, err := c.storage.Do(req)
	if err != nil {
		return nil, withoutURL(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		resp.Request = nil // its URL stays out of the error
		return nil, &github.ErrorResponse{Response: resp, Message: "from the storage of artifacts"}
	}
	return readLimited(resp.Body, limit)
}

// location asks the API for the signed URL.
func (c *Client) location(ctx context.Context, id int64) (*url.URL, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	where, response, err := c.api.Actions.DownloadArtifact(ctx, c.owner, c.name, id, 2)
	switch {
	case err != nil && response != nil:
		return nil, &github.ErrorResponse{Response: response.Response, Message: http.StatusText(response.StatusCode)}
	case err != nil:
		return nil, withoutURL(err)
	case where.Scheme != "https" && where.Scheme != response.Request.URL.Scheme:
		return nil, fmt.Errorf("%w: the storage has an address without https", errUnusable)
	}
	return where, nil
}

func readLimited(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%w: larger than %d bytes", errUnusable, limit)
	}
	return data, nil
}

// unzip returns the one file of that name, which has to lie at the top of the
// archive. It trusts no size that the archive states.
func unzip(archive []byte, name string, limit int64) ([]byte, error) {
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return nil, fmt.Errorf("open archive: %w", err)
	}
	var found *zip.File
	for _, f := range z.File {
		if f.Name != name {
			continue
		}
		if found != nil {
			return nil, fmt.Errorf("two files named %s", name)
		}
		found = f
	}
	if found == nil {
		return nil, fmt.Errorf("no file named %s", name)
	}
	r, err := found.Open()
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	defer r.Close()
	data, err := readLimited(r, limit)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return data, nil
}
