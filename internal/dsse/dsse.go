// Package dsse signs and verifies DSSE envelopes (secure-systems-lab/dsse,
// protocol 1.0) and makes the in-toto statements v1 that Cupel puts into them.
//
// It knows two kinds of keys, ed25519 and ECDSA P-256, and no certificates,
// logs or key servers: who may sign is the caller's to know.
package dsse

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// ErrNotSigned says that no signature of an envelope is by one of the keys.
var ErrNotSigned = errors.New("not signed by this key")

// maxSize is the size in bytes of the largest envelope that is read. Cupel's
// own are below 100 KB.
const maxSize = 16 << 20

// An Envelope is a payload with the signatures over it.
type Envelope struct {
	PayloadType string
	Payload     []byte
	Signatures  []Signature
}

// A Signature is one key's.
type Signature struct {
	KeyID string // a hint, signed by nobody: see [KeyID]
	Sig   []byte
}

// wireEnvelope and wireSignature are the envelope in JSON; payload and sig are
// in base64.
type wireEnvelope struct {
	PayloadType string          `json:"payloadType"`
	Payload     string          `json:"payload"`
	Signatures  []wireSignature `json:"signatures"`
}

type wireSignature struct {
	KeyID string `json:"keyid"`
	Sig   string `json:"sig"`
}

// PAE is DSSE's pre-authentication encoding, the bytes that are signed.
func PAE(payloadType string, payload []byte) []byte {
	return fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(payloadType), payloadType, len(payload), payload)
}

// Sign puts a payload into an envelope signed by key. The same key and payload
// give the same envelope.
func Sign(key crypto.Signer, payloadType string, payload []byte) (*Envelope, error) {
	id, err := KeyID(key.Public())
	if err != nil {
		return nil, fmt.Errorf("sign envelope: %w", err)
	}
	sig, err := SignBlob(key, PAE(payloadType, payload))
	if err != nil {
		return nil, fmt.Errorf("sign envelope: %w", err)
	}
	return &Envelope{PayloadType: payloadType, Payload: payload, Signatures: []Signature{{KeyID: id, Sig: sig}}}, nil
}

// Verify is nil where one of the signatures is by key, and [ErrNotSigned]
// otherwise. Key ids are not looked at, since nobody signs them. What the
// payload says, and whether its type is the expected one, is for the caller.
func (e *Envelope) Verify(key crypto.PublicKey) error {
	signed := PAE(e.PayloadType, e.Payload)
	for _, s := range e.Signatures {
		if VerifyBlob(key, signed, s.Sig) {
			return nil
		}
	}
	return ErrNotSigned
}

// MarshalJSON writes the envelope with standard base64.
func (e *Envelope) MarshalJSON() ([]byte, error) {
	wire := wireEnvelope{
		PayloadType: e.PayloadType,
		Payload:     base64.StdEncoding.EncodeToString(e.Payload),
		Signatures:  []wireSignature{},
	}
	for _, s := range e.Signatures {
		wire.Signatures = append(wire.Signatures, wireSignature{s.KeyID, base64.StdEncoding.EncodeToString(s.Sig)})
	}
	return json.Marshal(wire)
}

// Parse reads one envelope in JSON, of 16 MiB at most. As the protocol demands,
// base64 may be the standard or the URL-safe one, and unknown fields are passed
// over. An envelope without a signature is an error.
func Parse(text []byte) (*Envelope, error) {
	if len(text) > maxSize {
		return nil, fmt.Errorf("read envelope: %d bytes are too many", len(text))
	}
	var wire wireEnvelope
	if err := decodeOne(text, &wire); err != nil {
		return nil, fmt.Errorf("read envelope: %w", err)
	}
	if wire.PayloadType == "" || len(wire.Signatures) == 0 {
		return nil, errors.New("read envelope: it has no payloadType or no signatures")
	}
	payload, err := decodeBase64(wire.Payload)
	if err != nil {
		return nil, fmt.Errorf("read envelope: payload: %w", err)
	}
	e := &Envelope{PayloadType: wire.PayloadType, Payload: payload}
	for i, s := range wire.Signatures {
		sig, err := decodeBase64(s.Sig)
		if err != nil {
			return nil, fmt.Errorf("read envelope: signature %d: %w", i+1, err)
		}
		e.Signatures = append(e.Signatures, Signature{KeyID: s.KeyID, Sig: sig})
	}
	return e, nil
}

// decodeOne reads exactly one JSON value.
func decodeOne(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows the JSON value")
	}
	return nil
}

func decodeBase64(text string) ([]byte, error) {
	if b, err := base64.StdEncoding.Strict().DecodeString(text); err == nil {
		return b, nil
	}
	b, err := base64.URLEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, errors.New("it is not in base64")
	}
	return b, nil
}
