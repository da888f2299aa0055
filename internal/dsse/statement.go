package dsse

import (
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
)

// The types of in-toto (in-toto/attestation, spec v1).
const (
	// PayloadType is the payload type, and the media type, of a statement.
	PayloadType = "application/vnd.in-toto+json"
	// StatementType is the "_type" of a statement v1.
	StatementType = "https://in-toto.io/Statement/v1"
)

// A Statement says something, the predicate, about its subjects.
type Statement struct {
	Type          string          `json:"_type"`
	Subject       []Subject       `json:"subject"`
	PredicateType string          `json:"predicateType"`
	Predicate     json.RawMessage `json:"predicate"`
}

// A Subject is a file or an image, by its digests in hex.
type Subject struct {
	Name   string            `json:"name"`
	Digest map[string]string `json:"digest"` // algorithm, such as sha256, to hex
}

// NewStatement makes a statement v1; predicate is anything that JSON can hold.
func NewStatement(predicateType string, predicate any, subjects ...Subject) (*Statement, error) {
	b, err := json.Marshal(predicate)
	if err != nil {
		return nil, fmt.Errorf("make statement: %w", err)
	}
	return &Statement{Type: StatementType, Subject: subjects, PredicateType: predicateType, Predicate: b}, nil
}

// ParseStatement reads a statement v1. One without a subject, or with a subject
// without a digest, is an error: it says nothing about anything.
func ParseStatement(text []byte) (*Statement, error) {
	var s Statement
	if err := decodeOne(text, &s); err != nil {
		return nil, fmt.Errorf("read statement: %w", err)
	}
	if s.Type != StatementType {
		return nil, fmt.Errorf("read statement: type is %q, want %q", s.Type, StatementType)
	}
	if s.PredicateType == "" || len(s.Subject) == 0 {
		return nil, errors.New("read statement: it has no predicateType or no subject")
	}
	for _, subject := range s.Subject {
		if len(subject.Digest) == 0 {
			return nil, fmt.Errorf("read statement: subject %q has no digest", subject.Name)
		}
	}
	return &s, nil
}

// Sign puts the statement into an envelope signed by key.
func (s *Statement) Sign(key crypto.Signer) (*Envelope, error) {
	payload, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("sign statement: %w", err)
	}
	return Sign(key, PayloadType, payload)
}

// VerifyStatement reads the statement in an envelope that key has signed. The
// error wraps [ErrNotSigned] where it has not.
func VerifyStatement(text []byte, key crypto.PublicKey) (*Statement, error) {
	e, err := Parse(text)
	if err != nil {
		return nil, err
	}
	if err := e.Verify(key); err != nil {
		return nil, fmt.Errorf("verify envelope: %w", err)
	}
	if e.PayloadType != PayloadType {
		return nil, fmt.Errorf("verify envelope: the payload is %q, want %q", e.PayloadType, PayloadType)
	}
	return ParseStatement(e.Payload)
}
