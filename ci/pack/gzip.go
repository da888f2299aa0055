package pack

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"time"

	"github.com/klauspost/compress/flate"
)

// level is that of all compression. The compressor is a module of go.mod and
// not the standard library's, so that the bytes do not hang on the Go version
// that compiled Cupel; and it takes half the time.
const level = flate.DefaultCompression

// deflate compresses what several streams hold, once for all of them.
func deflate(ctx context.Context, data []byte) ([]byte, error) {
	var blocks bytes.Buffer
	z, err := flate.NewWriter(untilDone{ctx, &blocks}, level)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(data); err != nil {
		return nil, err
	}
	if err := z.Flush(); err != nil {
		return nil, err
	}
	return blocks.Bytes(), nil
}

// A gzipWriter writes one gzip stream (RFC 1952) without name, time and system.
// Of an entry that is deflated already it takes the blocks as they are: after a
// flush they end with a byte, and refer to nothing outside of themselves.
type gzipWriter struct {
	w     io.Writer
	z     *flate.Writer
	plain io.Writer // gets what is written, uncompressed
	crc   uint32
	size  uint32
}

func newGzip(w, plain io.Writer) (*gzipWriter, error) {
	z, err := flate.NewWriter(w, level)
	if err != nil {
		return nil, err
	}
	header := []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255} // deflate, no flags, no time, unknown system
	if _, err := w.Write(header); err != nil {
		return nil, err
	}
	return &gzipWriter{w: w, z: z, plain: plain}, nil
}

func (g *gzipWriter) Write(p []byte) (int, error) {
	if err := g.note(p); err != nil {
		return 0, err
	}
	return g.z.Write(p)
}

func (g *gzipWriter) note(p []byte) error {
	g.crc = crc32.Update(g.crc, crc32.IEEETable, p)
	g.size += uint32(len(p))
	_, err := g.plain.Write(p)
	return err
}

func (g *gzipWriter) writeData(e entry) error {
	if e.deflated == nil {
		_, err := g.Write(e.data)
		return err
	}
	if err := g.note(e.data); err != nil {
		return err
	}
	if err := g.z.Flush(); err != nil {
		return err
	}
	g.z.Reset(g.w)
	_, err := g.w.Write(e.deflated)
	return err
}

// Close ends the stream, and not what it is written to.
func (g *gzipWriter) Close() error {
	if err := g.z.Close(); err != nil {
		return err
	}
	trailer := binary.LittleEndian.AppendUint32(nil, g.crc)
	_, err := g.w.Write(binary.LittleEndian.AppendUint32(trailer, g.size))
	return err
}

const tarBlock = 512

// writeTarGz writes entries in their order (POSIX.1-1988 ustar where the names
// allow it, PAX otherwise), without the names of users. The tar archive as it
// is goes to plain.
func writeTarGz(w, plain io.Writer, date time.Time, entries []entry) error {
	z, err := newGzip(w, plain)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := writeTarEntry(z, date, e); err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
	}
	if _, err := z.Write(make([]byte, 2*tarBlock)); err != nil { // the end of an archive
		return err
	}
	return z.Close()
}

func writeTarEntry(z *gzipWriter, date time.Time, e entry) error {
	if err := tar.NewWriter(z).WriteHeader(e.header(date)); err != nil {
		return err
	}
	if err := z.writeData(e); err != nil {
		return err
	}
	_, err := z.Write(make([]byte, -len(e.data)&(tarBlock-1)))
	return err
}
