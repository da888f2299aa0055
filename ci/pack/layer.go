package pack

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/gzip"
)

// A layer is a compressed layer in memory, whose digests were taken while it
// was written. It implements v1.Layer.
type layer struct {
	compressed     []byte
	digest, diffID v1.Hash
}

func makeLayer(ctx context.Context, date time.Time, entries []entry) (*layer, error) {
	var compressed bytes.Buffer
	digest, diffID := sha256.New(), sha256.New()
	if err := writeTarGz(untilDone{ctx, io.MultiWriter(&compressed, digest)}, diffID, date, entries); err != nil {
		return nil, err
	}
	return &layer{compressed: compressed.Bytes(), digest: hashOf(digest), diffID: hashOf(diffID)}, nil
}

func hashOf(h hash.Hash) v1.Hash {
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(h.Sum(nil))}
}

func (l *layer) Digest() (v1.Hash, error)            { return l.digest, nil }
func (l *layer) DiffID() (v1.Hash, error)            { return l.diffID, nil }
func (l *layer) Size() (int64, error)                { return int64(len(l.compressed)), nil }
func (l *layer) MediaType() (types.MediaType, error) { return types.OCILayer, nil }
func (l *layer) Compressed() (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(l.compressed)), nil
}
func (l *layer) Uncompressed() (io.ReadCloser, error) {
	return gzip.NewReader(bytes.NewReader(l.compressed))
}
