package sigstore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"path"
	"regexp"
	"time"

	"github.com/cupel-dev/cupel/internal/dsse"
)

// The kind of entry that holds the digests of an envelope (rekor,
// pkg/types/dsse/v0.0.1).
const (
	entryKind    = "dsse"
	entryVersion = "0.0.1"
)

// An entry is what Rekor says of an entry of its log (openapi.yaml, LogEntry).
type entry struct {
	Body           []byte // JSON
	IntegratedTime int64
	LogID          string // in hex
	LogIndex       int64
	Verification   struct {
		SignedEntryTimestamp []byte
		InclusionProof       *struct {
			Checkpoint string
			Hashes     []string // in hex
			LogIndex   int64
			RootHash   string // in hex
			TreeSize   int64
		}
	}
}

// record writes the envelope's digests and signature into the log.
func (s *Signer) record(ctx context.Context, e *dsse.Envelope, leaf *x509.Certificate) (*entry, error) {
	body, err := proposal(e, leaf)
	if err != nil {
		return nil, err
	}
	const entries = "/api/v1/log/entries"
	answer, err := s.ask(ctx, request{method: http.MethodPost, url: s.rekor + entries, body: body}, http.StatusCreated, http.StatusConflict)
	if err != nil {
		return nil, fmt.Errorf("write to the log: %w", err)
	}
	if answer.status == http.StatusConflict { // an answer was lost: the entry is there
		id := path.Base(answer.header.Get("Location"))
		if !entryID.MatchString(id) {
			return nil, errors.New("write to the log: it has the entry, and does not say where")
		}
		if answer, err = s.ask(ctx, request{method: http.MethodGet, url: s.rekor + entries + "/" + id}, http.StatusOK); err != nil {
			return nil, fmt.Errorf("read the log: %w", err)
		}
	}
	logged, err := readEntry(answer.body)
	if err == nil {
		err = logged.check(e, leaf)
	}
	if err != nil {
		return nil, fmt.Errorf("write to the log: the answer of Rekor: %w", err)
	}
	return logged, nil
}

var entryID = regexp.MustCompile(`^([0-9a-fA-F]{64}|[0-9a-fA-F]{80})$`)

func proposal(e *dsse.Envelope, leaf *x509.Certificate) ([]byte, error) {
	text, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	type content struct {
		Envelope  string   `json:"envelope"`
		Verifiers [][]byte `json:"verifiers"`
	}
	return json.Marshal(map[string]any{
		"kind": entryKind, "apiVersion": entryVersion,
		"spec": map[string]any{"proposedContent": content{string(text), [][]byte{inPEM(leaf)}}},
	})
}

func inPEM(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

func isPEM(text []byte, c *x509.Certificate) bool {
	block, _ := pem.Decode(text)
	return block != nil && bytes.Equal(block.Bytes, c.Raw)
}

func readEntry(text []byte) (*entry, error) {
	var entries map[string]*entry
	if err := json.Unmarshal(text, &entries); err != nil {
		return nil, errors.New("it is no JSON of the documented kind")
	}
	for _, e := range entries {
		if len(entries) == 1 && e != nil {
			return e, nil
		}
	}
	return nil, fmt.Errorf("%d entries, want one", len(entries))
}

// check is nil where the entry is of this envelope and this certificate, and
// has what a verification asks for.
func (l *entry) check(e *dsse.Envelope, leaf *x509.Certificate) error {
	proof := l.Verification.InclusionProof
	if proof == nil || proof.Checkpoint == "" || len(l.Verification.SignedEntryTimestamp) == 0 {
		return errors.New("the entry has no proof")
	}
	for _, text := range append([]string{l.LogID, proof.RootHash}, proof.Hashes...) {
		if b, err := hex.DecodeString(text); err != nil || len(b) != sha256.Size {
			return errors.New("a digest is none")
		}
	}
	var body struct {
		Kind, APIVersion string
		Spec             struct {
			PayloadHash struct{ Value string }
			Signatures  []struct{ Signature, Verifier []byte }
		}
	}
	if err := json.Unmarshal(l.Body, &body); err != nil {
		return errors.New("the entry cannot be read")
	}
	sum := sha256.Sum256(e.Payload)
	signatures := body.Spec.Signatures
	if body.Kind != entryKind || body.APIVersion != entryVersion || body.Spec.PayloadHash.Value != hex.EncodeToString(sum[:]) ||
		len(signatures) != 1 || !bytes.Equal(signatures[0].Signature, e.Signatures[0].Sig) || !isPEM(signatures[0].Verifier, leaf) {
		return errors.New("the entry is of something else")
	}
	if at := time.Unix(l.IntegratedTime, 0); at.Before(leaf.NotBefore) || at.After(leaf.NotAfter) {
		return errors.New("the certificate was not valid at the entry's time")
	}
	return nil
}
