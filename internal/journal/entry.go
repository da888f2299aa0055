package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// A Kind says what an entry records.
type Kind string

// The kinds of entries.
const (
	Began      Kind = "began"     // a run of a plan, from its first step
	Resumed    Kind = "resumed"   // the same run, in a new process
	Intent     Kind = "intent"    // a step is about to be done
	Result     Kind = "result"    // a step is done and verified
	UndoIntent Kind = "undoing"   // a step is about to be undone
	UndoResult Kind = "undone"    // a step is undone
	Failed     Kind = "failed"    // a step ended the run
	Finished   Kind = "finished"  // all steps are done
	Abandoned  Kind = "abandoned" // everything is undone
	Noted      Kind = "note"      // a warning
)

// An Entry is one line of a journal.
type Entry struct {
	Time    time.Time    `json:"time"`
	Kind    Kind         `json:"kind"`
	Plan    string       `json:"plan,omitempty"` // name and hash of the plan, of Began and Resumed
	Hash    string       `json:"hash,omitempty"`
	Step    string       `json:"step,omitempty"`
	Channel string       `json:"channel,omitempty"`
	Class   Class        `json:"class,omitempty"`
	Expect  string       `json:"expect,omitempty"`
	Seen    *Observation `json:"seen,omitempty"` // before an intent, after a result
	Text    string       `json:"text,omitempty"`
}

// A sealed entry is one line: the entry, and a digest over it and the digest
// of the line before.
type sealed struct {
	Sum   string          `json:"sum"`
	Entry json.RawMessage `json:"entry"`
}

func sum(previous string, entry []byte) string {
	h := sha256.New()
	h.Write([]byte(previous))
	h.Write(entry)
	return hex.EncodeToString(h.Sum(nil))
}

// seal encodes an entry as a line with its line end, and returns its digest.
func seal(previous string, e Entry) (line []byte, digest string, err error) {
	entry, err := json.Marshal(e)
	if err != nil {
		return nil, "", err
	}
	digest = sum(previous, entry)
	line, err = json.Marshal(sealed{digest, entry})
	return append(line, '\n'), digest, err
}

// A history is what can be believed of a journal file.
type history struct {
	entries []Entry
	digest  string // of the last entry
	length  int    // bytes up to the end of the last entry
	damage  string // why the rest is not believed; "" where there is none
}

// read takes entries up to the first that is damaged. A last line that is not
// whole is the trace of a process that died while writing, and no damage.
func read(b []byte) history {
	var h history
	for n := 1; h.length < len(b); n++ {
		rest := b[h.length:]
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			break
		}
		e, digest, err := open(h.digest, rest[:end])
		if err != nil {
			h.damage = fmt.Sprintf("line %d: %v", n, err)
			break
		}
		h.entries = append(h.entries, e)
		h.digest = digest
		h.length += end + 1
	}
	return h
}

func open(previous string, line []byte) (Entry, string, error) {
	var s sealed
	var e Entry
	if err := json.Unmarshal(line, &s); err != nil {
		return e, "", fmt.Errorf("not an entry: %w", err)
	}
	if again, err := json.Marshal(s); err != nil || !bytes.Equal(again, line) || s.Sum != sum(previous, s.Entry) {
		return e, "", errors.New("its digest does not follow from the line before")
	}
	if err := json.Unmarshal(s.Entry, &e); err != nil {
		return e, "", fmt.Errorf("not an entry: %w", err)
	}
	return e, s.Sum, nil
}
