package official

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
)

// inspect measures a set of evidence and looks for what names the machine or
// its owner. What a run printed is evidence and stays as it is; the person is
// told before they publish it.
func inspect(dir string) (size int64, leaks []string, err error) {
	words := privateWords()
	err = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		size += info.Size()
		what, err := find(name, words)
		if what != "" {
			leaks = append(leaks, fmt.Sprintf("%s contains %s", filepath.Base(name), what))
		}
		return err
	})
	if err != nil {
		return 0, nil, fmt.Errorf("inspect evidence: %w", err)
	}
	return size, leaks, nil
}

// privateWords are the texts to look for and what each is. Short or common
// words would be found everywhere and are left out.
func privateWords() map[string]string {
	words := make(map[string]string)
	add := func(word, what string) {
		if len(word) >= 5 && word != "/root" && word != "localhost" {
			words[word] = what
		}
	}
	if name, err := os.Hostname(); err == nil {
		add(name, "the host name")
	}
	if home, err := os.UserHomeDir(); err == nil {
		add(home, "the home directory")
	}
	if u, err := user.Current(); err == nil {
		add(u.Username, "the user name")
	}
	return words
}

// window is how much of a file is searched at a time.
const window = 1 << 16

func find(name string, words map[string]string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	buf := make([]byte, 0, 2*window)
	for {
		keep := min(len(buf), 256) // a word may lie across two windows
		copy(buf[:keep], buf[len(buf)-keep:])
		n, err := io.ReadFull(f, buf[keep:keep+window])
		buf = buf[:keep+n]
		for word, what := range words {
			if bytes.Contains(buf, []byte(word)) {
				return what, nil
			}
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return "", nil
		}
		if err != nil {
			return "", err
		}
	}
}
