package sigstoretest

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/url"
	"testing"
	"time"
)

// An authority issues certificates for ten minutes.
type authority struct {
	root, intermediate *x509.Certificate
	key                *ecdsa.PrivateKey // the intermediate's
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	rootKey, key := newKey(t), newKey(t)
	root := issue(t, "root", nil, rootKey, rootKey)
	return &authority{root: root, intermediate: issue(t, "intermediate", root, key, rootKey), key: key}
}

func issue(t testing.TB, name string, parent *x509.Certificate, key, by *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(int64(len(name))), Subject: pkix.Name{Organization: []string{"test"}, CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	if parent == nil {
		parent = template
	} else {
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, by)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (a *authority) sign(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer "+Token {
		problem(w, http.StatusUnauthorized, "There was an error processing the identity token")
		return
	}
	var asked struct{ CertificateSigningRequest []byte }
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		problem(w, http.StatusBadRequest, err.Error())
		return
	}
	block, _ := pem.Decode(asked.CertificateSigningRequest)
	if block == nil {
		problem(w, http.StatusBadRequest, "The certificate signing request is not in PEM")
		return
	}
	csr, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil || csr.CheckSignature() != nil {
		problem(w, http.StatusBadRequest, "The signature supplied in the request could not be verified")
		return
	}
	der, err := a.certificate(csr)
	if err != nil {
		problem(w, http.StatusInternalServerError, err.Error())
		return
	}
	chain := []string{inPEM(der), inPEM(a.intermediate.Raw), inPEM(a.root.Raw)}
	write(w, http.StatusOK, map[string]any{"signedCertificateEmbeddedSct": map[string]any{"chain": map[string]any{"certificates": chain}}})
}

func (a *authority) certificate(csr *x509.CertificateRequest) ([]byte, error) {
	name, err := url.Parse(Identity)
	if err != nil {
		return nil, err
	}
	issuer, err := asn1.MarshalWithParams(Issuer, "utf8")
	if err != nil {
		return nil, err
	}
	fulcio := asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1}
	return x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), URIs: []*url.URL{name},
		NotBefore: time.Now().Add(-time.Second), NotAfter: time.Now().Add(10 * time.Minute),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
		ExtraExtensions: []pkix.Extension{
			{Id: append(fulcio, 1), Value: []byte(Issuer)}, {Id: append(fulcio, 8), Value: issuer},
		},
	}, a.intermediate, csr.PublicKey, a.key)
}

func inPEM(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}
