package dsse

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
)

// ErrKeyKind says that a key is neither ed25519 nor ECDSA P-256.
var ErrKeyKind = errors.New("want an ed25519 or ECDSA P-256 key (openssl genpkey -algorithm ed25519)")

// ReadPrivateKey reads the private key that the environment holds: in the file
// that the variable NAME_FILE names, or else in the variable NAME itself. Both
// are PEM (PKCS #8). It is nil where neither is set. No error shows the key.
func ReadPrivateKey(lookup func(name string) (string, bool), name string) (crypto.Signer, error) {
	if file, _ := lookup(name + "_FILE"); file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("%s_FILE: %w", name, err)
		}
		key, err := ParsePrivateKey(text)
		if err != nil {
			return nil, fmt.Errorf("%s_FILE: %s: %w", name, file, err)
		}
		return key, nil
	}
	text, _ := lookup(name)
	if text == "" {
		return nil, nil
	}
	key, err := ParsePrivateKey([]byte(text))
	if err == nil {
		return key, nil
	}
	if _, missing := os.Stat(text); missing == nil {
		return nil, fmt.Errorf("%s: it names a file, for which there is %s_FILE", name, name)
	}
	return nil, fmt.Errorf("%s: %w", name, err)
}

// ParsePrivateKey reads an ed25519 or ECDSA P-256 private key in PEM (PKCS #8).
func ParsePrivateKey(text []byte) (crypto.Signer, error) {
	der, err := decodePEM(text, "PRIVATE KEY")
	if err != nil {
		return nil, fmt.Errorf("read signing key: %w", err)
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("read signing key: %w", err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok || !known(signer.Public()) {
		return nil, fmt.Errorf("read signing key: %w", ErrKeyKind)
	}
	return signer, nil
}

// ParsePublicKey reads an ed25519 or ECDSA P-256 public key in PEM (PKIX).
func ParsePublicKey(text []byte) (crypto.PublicKey, error) {
	der, err := decodePEM(text, "PUBLIC KEY")
	if err != nil {
		return nil, fmt.Errorf("read public key: %w", err)
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, fmt.Errorf("read public key: %w", err)
	}
	if !known(key) {
		return nil, fmt.Errorf("read public key: %w", ErrKeyKind)
	}
	return key, nil
}

// decodePEM reads the one block of a text. No error shows any of it.
func decodePEM(text []byte, kind string) ([]byte, error) {
	block, rest := pem.Decode(text)
	if block == nil && bytes.Contains(text, []byte("-----BEGIN ")) {
		return nil, errors.New(`it is not in PEM: every line has an end of its own there, which is neither "\n" in letters nor a blank`)
	}
	if block == nil {
		return nil, errors.New("it is not in PEM")
	}
	if another, _ := pem.Decode(rest); another != nil && block.Type == kind {
		return nil, errors.New("it holds more than one key")
	}
	switch block.Type {
	case kind:
		return block.Bytes, nil
	case "ENCRYPTED PRIVATE KEY":
		return nil, errors.New("it is encrypted; want it without a passphrase")
	case "EC PRIVATE KEY", "EC PARAMETERS":
		if block.Headers["DEK-Info"] != "" {
			return nil, errors.New("it is encrypted; want it without a passphrase")
		}
		return nil, fmt.Errorf("it is %q, want %q (openssl pkcs8 -topk8 -nocrypt)", block.Type, kind)
	}
	return nil, fmt.Errorf("it is %q, want %q", block.Type, kind)
}

func known(key crypto.PublicKey) bool {
	switch key := key.(type) {
	case ed25519.PublicKey:
		return len(key) == ed25519.PublicKeySize
	case *ecdsa.PublicKey:
		return key.Curve == elliptic.P256()
	}
	return false
}

// KeyID is the SHA-256 of a public key in DER (PKIX), in hex.
func KeyID(key crypto.PublicKey) (string, error) {
	if !known(key) {
		return "", ErrKeyKind
	}
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:]), nil
}

// SignBlob signs bytes as they are, the way cosign sign-blob and openssl do:
// ed25519 over the bytes, ECDSA over their SHA-256 with an ASN.1 signature. An
// ECDSA signature is deterministic (RFC 6979), so that two builds are equal.
func SignBlob(key crypto.Signer, blob []byte) ([]byte, error) {
	switch key := key.(type) {
	case ed25519.PrivateKey:
		return ed25519.Sign(key, blob), nil
	case *ecdsa.PrivateKey:
		if known(key.Public()) {
			sum := sha256.Sum256(blob)
			return key.Sign(nil, sum[:], crypto.SHA256)
		}
	}
	return nil, ErrKeyKind
}

// VerifyBlob reports whether sig is key's signature over blob, made as
// [SignBlob] makes it. It is false for a key of another kind.
func VerifyBlob(key crypto.PublicKey, blob, sig []byte) bool {
	switch key := key.(type) {
	case ed25519.PublicKey:
		return known(key) && ed25519.Verify(key, blob, sig)
	case *ecdsa.PublicKey:
		sum := sha256.Sum256(blob)
		return known(key) && ecdsa.VerifyASN1(key, sum[:], sig)
	}
	return false
}
