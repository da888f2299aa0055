package dsse

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func privatePEM(t *testing.T, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func publicPEM(t *testing.T, key crypto.PublicKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func TestKeysAreReadFromPEM(t *testing.T) {
	for name, key := range keys(t) {
		private, err := ParsePrivateKey(bytes.ReplaceAll(privatePEM(t, key), []byte("\n"), []byte("\r\n")))
		if err != nil || !private.(interface{ Equal(crypto.PrivateKey) bool }).Equal(key) {
			t.Errorf("%s: private key: %v", name, err)
		}
		public, err := ParsePublicKey(publicPEM(t, key.Public()))
		if err != nil || !public.(interface{ Equal(crypto.PublicKey) bool }).Equal(key.Public()) {
			t.Errorf("%s: public key: %v", name, err)
		}
	}
}

func TestOtherKeysAreRefused(t *testing.T) {
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]crypto.Signer{"P-384": p384, "RSA": rsaKey} {
		if _, err := ParsePrivateKey(privatePEM(t, key)); !errors.Is(err, ErrKeyKind) {
			t.Errorf("%s: private key: %v", name, err)
		}
		if _, err := ParsePublicKey(publicPEM(t, key.Public())); !errors.Is(err, ErrKeyKind) {
			t.Errorf("%s: public key: %v", name, err)
		}
		if _, err := Sign(key, "t", nil); !errors.Is(err, ErrKeyKind) {
			t.Errorf("%s: sign: %v", name, err)
		}
		if VerifyBlob(key.Public(), nil, nil) {
			t.Errorf("%s: verified", name)
		}
	}
	if VerifyBlob(ed25519.PublicKey("short"), nil, nil) || VerifyBlob(nil, nil, nil) {
		t.Error("verified by no key")
	}
}

func TestTextThatIsNoKey(t *testing.T) {
	key := keys(t)["ed25519"]
	text := privatePEM(t, key)
	sec1 := &pem.Block{Type: "EC PRIVATE KEY", Bytes: []byte("secret")}
	locked := &pem.Block{Type: sec1.Type, Bytes: sec1.Bytes, Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-256-CBC,00"}}
	for _, test := range []struct {
		text []byte
		want string
	}{
		{nil, "not in PEM"},
		{bytes.ReplaceAll(text, []byte("\n"), []byte(`\n`)), "every line has an end of its own"},
		{bytes.ReplaceAll(text, []byte("\n"), []byte(" ")), "every line has an end of its own"},
		{append(text, privatePEM(t, keys(t)["ECDSA P-256"])...), "more than one key"},
		{pem.EncodeToMemory(sec1), `it is "EC PRIVATE KEY", want "PRIVATE KEY" (openssl pkcs8 -topk8 -nocrypt)`},
		{append(pem.EncodeToMemory(&pem.Block{Type: "EC PARAMETERS"}), pem.EncodeToMemory(sec1)...), "openssl pkcs8"},
		{pem.EncodeToMemory(locked), "it is encrypted"},
		{pem.EncodeToMemory(&pem.Block{Type: "OPENSSH PRIVATE KEY", Bytes: []byte("secret")}), `it is "OPENSSH PRIVATE KEY", want "PRIVATE KEY"`},
		{[]byte("secret"), "not in PEM"},
		{publicPEM(t, key.Public()), `"PUBLIC KEY", want "PRIVATE KEY"`},
		{pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("x")}), "encrypted"},
		{pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("secret")}), "asn1"},
	} {
		_, err := ParsePrivateKey(test.text)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error is %v, want %q", err, test.want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the error shows the text: %v", err)
		}
	}
}

func TestPrivateKeyComesFromFileOrEnvironment(t *testing.T) {
	key := keys(t)["ed25519"]
	file := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(file, privatePEM(t, key), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		env  map[string]string
		want bool
		err  string
	}{
		"file":           {map[string]string{"K_FILE": file}, true, ""},
		"value":          {map[string]string{"K": string(privatePEM(t, key))}, true, ""},
		"file first":     {map[string]string{"K_FILE": file, "K": "nonsense"}, true, ""},
		"neither":        {nil, false, ""},
		"empty":          {map[string]string{"K": "", "K_FILE": ""}, false, ""},
		"no such file":   {map[string]string{"K_FILE": file + "x"}, false, "K_FILE: open"},
		"no key":         {map[string]string{"K": "nonsense"}, false, "K: read signing key"},
		"file as value":  {map[string]string{"K": file}, false, "K: it names a file, for which there is K_FILE"},
		"no key in file": {map[string]string{"K_FILE": "key_test.go"}, false, "K_FILE: key_test.go: read signing key"},
	} {
		got, err := ReadPrivateKey(func(name string) (string, bool) { v, ok := test.env[name]; return v, ok }, "K")
		if (got != nil) != test.want || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s: key %v, error %v", name, got != nil, err)
		}
		if err != nil && strings.Contains(err.Error(), "nonsense") {
			t.Errorf("%s: the error shows the value: %v", name, err)
		}
	}
}

// The oracle is OpenSSL: it reads what Cupel signed, and Cupel what it signed.
func TestOpenSSLAgrees(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not installed")
	}
	for name, key := range keys(t) {
		dir := t.TempDir()
		blob := PAE(PayloadType, []byte("{}"))
		sig, err := SignBlob(key, blob)
		if err != nil {
			t.Fatal(err)
		}
		write := func(name string, text []byte) {
			if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		write("blob", blob)
		write("sig", sig)
		write("private.pem", privatePEM(t, key))
		write("public.pem", publicPEM(t, key.Public()))
		verify := []string{"pkeyutl", "-verify", "-pubin", "-inkey", "public.pem", "-rawin", "-in", "blob", "-sigfile", "sig"}
		sign := []string{"pkeyutl", "-sign", "-inkey", "private.pem", "-rawin", "-in", "blob", "-out", "theirs"}
		if name != "ed25519" {
			verify, sign = append(verify, "-digest", "sha256"), append(sign, "-digest", "sha256")
		}
		for _, args := range [][]string{verify, sign} {
			cmd := exec.Command("openssl", args...)
			cmd.Dir = dir
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%s: openssl %s: %v\n%s", name, strings.Join(args, " "), err, out)
			}
		}
		theirs, err := os.ReadFile(filepath.Join(dir, "theirs"))
		if err != nil {
			t.Fatal(err)
		}
		if !VerifyBlob(key.Public(), blob, theirs) {
			t.Errorf("%s: OpenSSL's signature is not accepted", name)
		}
		if name == "ed25519" && !bytes.Equal(sig, theirs) {
			t.Errorf("%s: signatures differ", name)
		}
	}
}
