package evidence

import (
	"crypto"
	"errors"
	"fmt"
	"io/fs"

	"github.com/cupel-dev/cupel/internal/dsse"
)

// attestationFile holds the signature over the manifest, and so over every file
// that the manifest has the digest of: a DSSE envelope around an in-toto
// statement v1 with the predicate test-result.
const attestationFile = "attestation.json"

const predicateType = "https://in-toto.io/attestation/test-result/v0.1"

type testResult struct {
	Result        string   `json:"result"` // PASSED or FAILED
	Configuration []string `json:"configuration"`
}

// Sign writes the attestation of finished evidence. The key is ed25519 or ECDSA
// P-256.
func (d *Directory) Sign(key crypto.Signer) error {
	manifest, err := encode(d.Manifest)
	if err != nil {
		return fmt.Errorf("sign evidence: %w", err)
	}
	statement, err := d.Manifest.statement(manifest)
	if err != nil {
		return fmt.Errorf("sign evidence: %w", err)
	}
	envelope, err := statement.Sign(key)
	if err != nil {
		return fmt.Errorf("sign evidence: %w", err)
	}
	return d.writeJSON(attestationFile, envelope)
}

func (m *Manifest) statement(manifest []byte) (*dsse.Statement, error) {
	result := "PASSED"
	if m.Status != StatusComplete {
		result = "FAILED"
	}
	return dsse.NewStatement(predicateType,
		testResult{Result: result, Configuration: []string{"commit " + m.Commit, "subject " + m.Subject.Digest}},
		dsse.Subject{Name: "manifest.json", Digest: map[string]string{"sha256": hexSum(manifest)}})
}

// VerifySignature checks that key has signed the manifest as it is. The error
// is a [*Difference] where it has not. Whether the manifest is true to the other
// files is for [Verify].
func VerifySignature(fsys fs.FS, key crypto.PublicKey) error {
	text, err := fs.ReadFile(fsys, attestationFile)
	if err != nil {
		return &Difference{attestationFile, "missing: the evidence is not signed"}
	}
	statement, err := dsse.VerifyStatement(text, key)
	switch {
	case errors.Is(err, dsse.ErrNotSigned):
		return &Difference{attestationFile, dsse.ErrNotSigned.Error()}
	case err != nil:
		return &Difference{attestationFile, err.Error()}
	case len(statement.Subject) != 1:
		return &Difference{attestationFile, "not a statement about one manifest"}
	}
	sum, err := digest(fsys, "manifest.json")
	if err != nil {
		return err
	}
	if statement.Subject[0].Digest["sha256"] != sum {
		return &Difference{"manifest.json", "not the manifest that was signed"}
	}
	return nil
}
