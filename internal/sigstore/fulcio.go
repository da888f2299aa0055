package sigstore

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"slices"
)

// certify asks Fulcio for a certificate of key. The token says who asks, and
// the signature of the request that the key is there (fulcio.proto,
// CreateSigningCertificate).
func (s *Signer) certify(ctx context.Context, key *ecdsa.PrivateKey, token string) (*x509.Certificate, error) {
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(map[string][]byte{
		"certificateSigningRequest": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: csr}),
	})
	if err != nil {
		return nil, err
	}
	r := request{method: http.MethodPost, url: s.fulcio + "/api/v2/signingCert", bearer: token, body: body}
	answer, err := s.ask(ctx, r, http.StatusOK, http.StatusCreated)
	if err != nil {
		return nil, fmt.Errorf("ask for a certificate: %w", err)
	}
	chain, err := readChain(answer.body)
	if err == nil {
		err = checkChain(chain, &key.PublicKey)
	}
	if err != nil {
		return nil, fmt.Errorf("ask for a certificate: the answer of Fulcio: %w", err)
	}
	return chain[0], nil
}

// readChain reads the certificates, that of the signer first. The log of
// certificates may be named in it or beside it.
func readChain(text []byte) ([]*x509.Certificate, error) {
	type signed struct {
		Chain struct{ Certificates []string }
	}
	var answer struct {
		Embedded signed `json:"signedCertificateEmbeddedSct"`
		Detached signed `json:"signedCertificateDetachedSct"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return nil, errors.New("it is no JSON of the documented kind")
	}
	var chain []*x509.Certificate
	for _, text := range slices.Concat(answer.Embedded.Chain.Certificates, answer.Detached.Chain.Certificates) {
		block, _ := pem.Decode([]byte(text))
		if block == nil {
			return nil, errors.New("a certificate is not in PEM")
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("a certificate cannot be read: %w", err)
		}
		chain = append(chain, c)
	}
	return chain, nil
}

// checkChain is nil where the first certificate is one of key for signing, and
// each of the others has signed the one before.
func checkChain(chain []*x509.Certificate, key *ecdsa.PublicKey) error {
	if len(chain) < 2 {
		return fmt.Errorf("%d certificates, want that of the signer and of who issued it", len(chain))
	}
	leaf := chain[0]
	if !key.Equal(leaf.PublicKey) {
		return errors.New("the certificate is of another key")
	}
	if !slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageCodeSigning) {
		return errors.New("the certificate is not for signing code")
	}
	for i, c := range chain[1:] {
		if err := chain[i].CheckSignatureFrom(c); err != nil {
			return fmt.Errorf("certificate %d is not issued by certificate %d: %w", i+1, i+2, err)
		}
	}
	return nil
}

// identity is whom a certificate is for, "" where it says so in another way
// than by a URI or an e-mail address.
func identity(c *x509.Certificate) string {
	switch {
	case len(c.URIs) > 0:
		return c.URIs[0].String()
	case len(c.EmailAddresses) > 0:
		return c.EmailAddresses[0]
	}
	return ""
}

// issuerID is the extension that names the issuer of the token (fulcio,
// oid-info.md).
var issuerID = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 8}

func issuer(c *x509.Certificate) string {
	for _, e := range c.Extensions {
		if !e.Id.Equal(issuerID) {
			continue
		}
		var name string
		if _, err := asn1.UnmarshalWithParams(e.Value, &name, "utf8"); err == nil {
			return name
		}
	}
	return ""
}
