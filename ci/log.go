package ci

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
)

// A stepLog keeps what a step prints: all of it in a file, the last lines for
// a report, and the standard output where somebody judges it.
type stepLog struct {
	path     string
	mu       sync.Mutex
	file     *os.File
	tail     tail
	capture  bool
	captured bytes.Buffer
}

func openLog(path string, capture bool) (*stepLog, error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("keep the log: %w", err)
	}
	return &stepLog{path: path, file: file, capture: capture}, nil
}

// Write implements [io.Writer] for both streams.
func (l *stepLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tail.add(p)
	return l.file.Write(p)
}

// stdout is where the standard output goes.
func (l *stepLog) stdout() io.Writer {
	if l.capture {
		return io.MultiWriter(&l.captured, l)
	}
	return l
}

func (l *stepLog) close() error {
	if err := l.file.Close(); err != nil {
		return fmt.Errorf("keep the log: %w", err)
	}
	return nil
}

// tailSize and tailLines bound what a report shows of a step.
const (
	tailSize  = 8 << 10
	tailLines = 20
)

// A tail is the end of a stream.
type tail struct{ text []byte }

func (t *tail) add(p []byte) {
	t.text = append(t.text, p...)
	if len(t.text) > 2*tailSize {
		t.text = append(t.text[:0], t.text[len(t.text)-tailSize:]...)
	}
}

func (t *tail) lines() []string {
	text := strings.TrimRight(string(t.text[max(0, len(t.text)-tailSize):]), "\n")
	if text == "" {
		return nil
	}
	lines := strings.Split(text, "\n")
	lines = lines[max(0, len(lines)-tailLines):]
	for i, line := range lines { // as a terminal shows it: a carriage return begins the line again
		line = strings.TrimRight(line, "\r")
		lines[i] = line[strings.LastIndexByte(line, '\r')+1:]
	}
	return lines
}

// diskFull reports whether the stream ends in the system's words for a disk
// without space (ENOSPC).
func (t *tail) diskFull() bool {
	return bytes.Contains(bytes.ToLower(t.text), []byte("no space left on device"))
}
