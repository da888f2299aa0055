package evidence

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func newKey(t *testing.T, seed byte) ed25519.PrivateKey {
	t.Helper()
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

func TestSignedEvidence(t *testing.T) {
	mine, other := newKey(t, 1), newKey(t, 2)
	for _, test := range []struct {
		name   string
		change func(dir string) error
		key    ed25519.PrivateKey
		file   string // that differs; "" where all is well
	}{
		{"as it was signed", func(string) error { return nil }, mine, ""},
		{"by another key", func(string) error { return nil }, other, "attestation.json"},
		{"not signed", func(dir string) error { return os.Remove(filepath.Join(dir, "attestation.json")) }, mine, "attestation.json"},
		{"another manifest", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "manifest.json"), []byte("{}"), 0o644)
		}, mine, "manifest.json"},
		{"no envelope", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "attestation.json"), []byte("x"), 0o644)
		}, mine, "attestation.json"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := write(t, t.TempDir(), plan(), fast, slow)
			finish(t, d)
			if err := d.Sign(mine); err != nil {
				t.Fatal(err)
			}
			if _, err := Verify(os.DirFS(d.Path)); err != nil {
				t.Errorf("signing made the evidence differ: %v", err)
			}
			if err := test.change(d.Path); err != nil {
				t.Fatal(err)
			}
			err := VerifySignature(os.DirFS(d.Path), test.key.Public().(ed25519.PublicKey))
			var difference *Difference
			switch {
			case test.file == "" && err != nil:
				t.Errorf("error is %v", err)
			case test.file != "" && (!errors.As(err, &difference) || difference.File != test.file):
				t.Errorf("error is %v, want one that names %s", err, test.file)
			}
		})
	}
}
