package pack

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"time"
)

// A stream that was put together from pieces is one stream like any other: the
// standard library reads what went in, and nothing follows.
func TestAStreamOfPiecesHoldsWhatWentIn(t *testing.T) {
	noise := make([]byte, 1<<20)
	_, _ = rand.NewChaCha8([32]byte{7}).Read(noise) // it never fails
	var entries []entry
	for _, data := range [][]byte{nil, []byte("x"), noise[:511], noise[:512], noise[:513], bytes.Repeat([]byte("text "), 1<<17), noise} {
		deflated, err := deflate(t.Context(), data)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, entry{name: "deflated", mode: 0o644, data: data, deflated: deflated}, entry{name: "plain", mode: 0o755, data: data})
	}
	var packed, plain bytes.Buffer
	if err := writeTarGz(&packed, &plain, time.Unix(1e9, 0), entries); err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(&packed)
	if err != nil {
		t.Fatal(err)
	}
	z.Multistream(false)
	unpacked, err := io.ReadAll(z)
	if err != nil || !bytes.Equal(unpacked, plain.Bytes()) || packed.Len() > 0 {
		t.Errorf("%d bytes come out, want %d; %d follow; %v", len(unpacked), plain.Len(), packed.Len(), err)
	}
	files := tar.NewReader(bytes.NewReader(unpacked))
	for i, e := range entries {
		h, err := files.Next()
		if err != nil {
			t.Fatal(err)
		}
		if data, err := io.ReadAll(files); err != nil || h.Name != e.name || h.Mode != e.mode || !bytes.Equal(data, e.data) {
			t.Errorf("entry %d is %s %o with %d bytes, %v", i+1, h.Name, h.Mode, len(data), err)
		}
	}
	if _, err := files.Next(); err != io.EOF {
		t.Errorf("after the last entry: %v", err)
	}
}

func TestDeflateEndsWithItsContext(t *testing.T) {
	stopped := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stopped)
	if _, err := deflate(ctx, []byte("x")); !errors.Is(err, stopped) {
		t.Errorf("error is %v", err)
	}
}
