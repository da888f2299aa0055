package forge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/google/go-github/v89/github"
)

// transferTimeout is what one upload or download may take; GitHub takes files
// of up to 2 GiB.
const transferTimeout = 30 * time.Minute

// An Asset is a file of a release.
type Asset struct {
	ID     int64
	Name   string
	Size   int64
	Digest string // "sha256:" and 64 hexadecimal digits; "" where GitHub does not say
	Whole  bool   // an upload that broke off leaves one that is not, and holds its name

	url string // where people download it
}

// Upload sends the file at path as an asset of a release, under the file's own
// name. A lost answer can leave an asset, whole or not: see [Temporary].
func (c *Client) Upload(ctx context.Context, r Release, path string) error {
	name := filepath.Base(path)
	if _, err := apiURL(r.upload); err != nil {
		return fmt.Errorf("upload %s: %w: GitHub names no address for assets of %s", name, errUnusable, r.Tag)
	}
	to := &github.RepositoryRelease{UploadURL: r.upload}
	options := &github.UploadOptions{Name: name, MediaType: "application/octet-stream"}
	return c.call(ctx, "upload "+name, once, func(ctx context.Context) error {
		file, err := os.Open(path)
		if err != nil {
			return fmt.Errorf("%w: %w", errUnusable, err)
		}
		defer file.Close()
		info, err := file.Stat()
		if err != nil {
			return fmt.Errorf("%w: %w", errUnusable, err)
		}
		_, _, err = c.transfer.Repositories.UploadReleaseAssetFromRelease(ctx, to, options, file, info.Size())
		return err
	})
}

// DeleteAsset deletes an asset; one that is gone is no error.
func (c *Client) DeleteAsset(ctx context.Context, a Asset) error {
	err := c.call(ctx, "delete the asset "+a.Name, again, func(ctx context.Context) error {
		_, err := c.api.Repositories.DeleteReleaseAsset(ctx, c.owner, c.name, a.ID)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// ReadAsset downloads an asset with the token, also one of a draft. What to
// returns is written to from the start, once an attempt.
func (c *Client) ReadAsset(ctx context.Context, a Asset, to func() io.Writer) error {
	return c.call(ctx, "download "+a.Name, again, func(ctx context.Context) error {
		body, where, err := c.transfer.Repositories.DownloadReleaseAsset(ctx, c.owner, c.name, a.ID, nil)
		if err != nil {
			return err
		}
		if body == nil {
			return c.readFrom(ctx, where, to())
		}
		defer body.Close()
		_, err = io.Copy(to(), body)
		return err
	})
}

// ReadPublicAsset downloads an asset as anybody does: without the token, from
// where its page links to.
func (c *Client) ReadPublicAsset(ctx context.Context, a Asset, to func() io.Writer) error {
	return c.call(ctx, "download "+a.Name+" as anybody", again, func(ctx context.Context) error {
		return c.readFrom(ctx, a.url, to())
	})
}

// readFrom reads an address without the token. The address can be a secret.
func (c *Client) readFrom(ctx context.Context, where string, w io.Writer) error {
	if _, err := apiURL(where); err != nil {
		return fmt.Errorf("%w: the asset has no address with https", errUnusable)
	}
	ctx, cancel := context.WithTimeout(ctx, transferTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, where, nil)
	if err != nil {
		return fmt.Errorf("%w: the asset has no valid address", errUnusable)
	}
	resp, err := c.outside.Do(req)
	if err != nil {
		return withoutURL(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		resp.Request = nil // its URL stays out of the error
		return &github.ErrorResponse{Response: resp, Message: "from the storage of assets"}
	}
	_, err = io.Copy(w, resp.Body)
	return err
}

func asset(a *github.ReleaseAsset) Asset {
	return Asset{
		ID: a.GetID(), Name: a.GetName(), Size: int64(a.GetSize()), Digest: a.GetDigest(),
		Whole: a.GetState() == "uploaded", url: a.GetBrowserDownloadURL(),
	}
}
