package evidence

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
)

// attestationFile holds the signature over the manifest, and so over every file
// that the manifest has the digest of.
const attestationFile = "attestation.json"

// The types of an attestation: a DSSE envelope (secure-systems-lab/dsse,
// protocol 1.0) around an in-toto statement v1 with the predicate test-result.
const (
	payloadType   = "application/vnd.in-toto+json"
	statementType = "https://in-toto.io/Statement/v1"
	predicateType = "https://in-toto.io/attestation/test-result/v0.1"
)

type envelope struct {
	PayloadType string      `json:"payloadType"`
	Payload     string      `json:"payload"` // base64
	Signatures  []signature `json:"signatures"`
}

type signature struct {
	KeyID string `json:"keyid"` // SHA-256 of the public key in DER, in hex
	Sig   string `json:"sig"`   // base64
}

type statement struct {
	Type          string     `json:"_type"`
	Subject       []artifact `json:"subject"`
	PredicateType string     `json:"predicateType"`
	Predicate     testResult `json:"predicate"`
}

type artifact struct {
	Name   string            `json:"name"`
	Digest map[string]string `json:"digest"`
}

type testResult struct {
	Result        string   `json:"result"` // PASSED or FAILED
	Configuration []string `json:"configuration"`
}

// ParsePrivateKey reads an ed25519 private key in PEM (PKCS #8).
func ParsePrivateKey(text []byte) (ed25519.PrivateKey, error) {
	key, err := parseKey(text, x509.ParsePKCS8PrivateKey)
	if err != nil {
		return nil, fmt.Errorf("read signing key: %w", err)
	}
	private, ok := key.(ed25519.PrivateKey)
	if !ok {
		return nil, errors.New("read signing key: want an ed25519 key (openssl genpkey -algorithm ed25519)")
	}
	return private, nil
}

// ParsePublicKey reads an ed25519 public key in PEM (PKIX).
func ParsePublicKey(text []byte) (ed25519.PublicKey, error) {
	key, err := parseKey(text, x509.ParsePKIXPublicKey)
	if err != nil {
		return nil, fmt.Errorf("read public key: %w", err)
	}
	public, ok := key.(ed25519.PublicKey)
	if !ok {
		return nil, errors.New("read public key: want an ed25519 key")
	}
	return public, nil
}

func parseKey(text []byte, parse func([]byte) (any, error)) (any, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("it is not in PEM")
	}
	return parse(block.Bytes)
}

// Sign writes the attestation of finished evidence.
func (d *Directory) Sign(key ed25519.PrivateKey) error {
	manifest, err := encode(d.Manifest)
	if err != nil {
		return fmt.Errorf("sign evidence: %w", err)
	}
	payload, err := json.Marshal(d.Manifest.statement(manifest))
	if err != nil {
		return fmt.Errorf("sign evidence: %w", err)
	}
	id, err := keyID(key.Public().(ed25519.PublicKey))
	if err != nil {
		return fmt.Errorf("sign evidence: %w", err)
	}
	return d.writeJSON(attestationFile, envelope{
		PayloadType: payloadType,
		Payload:     base64.StdEncoding.EncodeToString(payload),
		Signatures:  []signature{{KeyID: id, Sig: base64.StdEncoding.EncodeToString(ed25519.Sign(key, preAuth(payload)))}},
	})
}

func (m *Manifest) statement(manifest []byte) statement {
	result := "PASSED"
	if m.Status != StatusComplete {
		result = "FAILED"
	}
	return statement{
		Type:          statementType,
		Subject:       []artifact{{Name: "manifest.json", Digest: map[string]string{"sha256": hexSum(manifest)}}},
		PredicateType: predicateType,
		Predicate:     testResult{Result: result, Configuration: []string{"commit " + m.Commit, "subject " + m.Subject.Digest}},
	}
}

// preAuth is DSSE's pre-authentication encoding, which is what is signed.
func preAuth(payload []byte) []byte {
	return fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(payloadType), payloadType, len(payload), payload)
}

func keyID(key ed25519.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:]), nil
}

// VerifySignature checks that key has signed the manifest as it is. The error
// is a [*Difference] where it has not. Whether the manifest is true to the other
// files is for [Verify].
func VerifySignature(fsys fs.FS, key ed25519.PublicKey) error {
	b, err := fs.ReadFile(fsys, attestationFile)
	if err != nil {
		return &Difference{attestationFile, "missing: the evidence is not signed"}
	}
	var e envelope
	if err := json.Unmarshal(b, &e); err != nil {
		return &Difference{attestationFile, "not an envelope: " + err.Error()}
	}
	payload, err := base64.StdEncoding.DecodeString(e.Payload)
	if err != nil || e.PayloadType != payloadType || !signedBy(key, payload, e.Signatures) {
		return &Difference{attestationFile, "not signed by this key"}
	}
	var s statement
	if err := json.Unmarshal(payload, &s); err != nil || len(s.Subject) != 1 {
		return &Difference{attestationFile, "not a statement about one manifest"}
	}
	sum, err := digest(fsys, "manifest.json")
	if err != nil {
		return err
	}
	if s.Subject[0].Digest["sha256"] != sum {
		return &Difference{"manifest.json", "not the manifest that was signed"}
	}
	return nil
}

func signedBy(key ed25519.PublicKey, payload []byte, signatures []signature) bool {
	for _, s := range signatures {
		sig, err := base64.StdEncoding.DecodeString(s.Sig)
		if err == nil && ed25519.Verify(key, preAuth(payload), sig) {
			return true
		}
	}
	return false
}
