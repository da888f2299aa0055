// Package sigstore signs without a key that anybody keeps. A certificate
// authority, Fulcio, certifies a fresh key for the identity in an OIDC token;
// the key signs one envelope and is forgotten; a public log, Rekor, says when.
// What comes out is a Sigstore bundle v0.3, which every Sigstore client verifies.
//
// It speaks the two documented interfaces itself (Fulcio's API v2, Rekor's API
// v1), because Sigstore's own client would double the size of Cupel. It sees
// that the answers fit together, and leaves all that needs Sigstore's trust root
// to whoever verifies; in the tests that is Sigstore's own library.
package sigstore

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/cupel-dev/cupel/internal/dsse"
	"github.com/cupel-dev/cupel/internal/redact"
	"github.com/cupel-dev/cupel/internal/retry"
)

// The public instance, which signs for everybody.
const (
	publicFulcio = "https://fulcio.sigstore.dev"
	publicRekor  = "https://rekor.sigstore.dev"
)

// A Signer signs for the identity of an OIDC token.
type Signer struct {
	fulcio, rekor string
	source        tokenSource
	client        *http.Client
	wait          func(context.Context, time.Duration) error
	redactor      *redact.Redactor
}

// FromEnvironment is who signs where the environment has an OIDC token: in
// SIGSTORE_ID_TOKEN, or as GitHub Actions gives it to a job with the permission
// id-token: write. It is nil where there is none, or CUPEL_KEYLESS is "off".
// CUPEL_FULCIO_URL and CUPEL_REKOR_URL name another instance than the public one.
func FromEnvironment(lookup func(name string) (string, bool)) (*Signer, error) {
	get := func(name string) string {
		value, _ := lookup(name)
		return strings.TrimSpace(value)
	}
	source, said := sourceFrom(get), get("CUPEL_KEYLESS")
	switch {
	case said != "" && said != "off":
		return nil, errors.New(`CUPEL_KEYLESS: want "off", or no such variable`)
	case said == "off", source == tokenSource{}:
		return nil, nil
	}
	s := &Signer{
		fulcio: strings.TrimSuffix(cmp.Or(get("CUPEL_FULCIO_URL"), publicFulcio), "/"),
		rekor:  strings.TrimSuffix(cmp.Or(get("CUPEL_REKOR_URL"), publicRekor), "/"),
		source: source, client: newClient(), wait: retry.Wait,
		redactor: redact.New(source.token, source.bearer),
	}
	for name, address := range map[string]string{
		"CUPEL_FULCIO_URL": s.fulcio, "CUPEL_REKOR_URL": s.rekor, "ACTIONS_ID_TOKEN_REQUEST_URL": source.url,
	} {
		if address != "" && !private(address) {
			return nil, fmt.Errorf("%s: want an https URL, since a token goes there", name)
		}
	}
	return s, nil
}

// private reports whether nobody on the way can read what is sent to a URL.
func private(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

// A Bundle is a signed envelope with what its verification needs besides the
// trust root.
type Bundle struct {
	JSON     []byte
	Identity string // of the signer, in the certificate: a URI or an e-mail address
	Issuer   string // of the token
	LogIndex int64  // of the log's entry
}

// Sign puts a payload into an envelope and signs it. The log is public and
// forgets nothing: everybody can read who signed which digests, and when.
func (s *Signer) Sign(ctx context.Context, payloadType string, payload []byte) (*Bundle, error) {
	b, err := s.sign(ctx, payloadType, payload)
	if err != nil {
		return nil, fmt.Errorf("sign without a key: %w", err)
	}
	return b, nil
}

func (s *Signer) sign(ctx context.Context, payloadType string, payload []byte) (*Bundle, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	envelope, err := dsse.Sign(key, payloadType, payload)
	if err != nil {
		return nil, err
	}
	envelope.Signatures[0].KeyID = "" // the certificate says who signed
	token, err := s.token(ctx)
	if err != nil {
		return nil, err
	}
	leaf, err := s.certify(ctx, key, token)
	if err != nil {
		return nil, err
	}
	logged, err := s.record(ctx, envelope, leaf)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(newBundle(envelope, leaf, logged))
	if err != nil {
		return nil, err
	}
	return &Bundle{JSON: append(text, '\n'), Identity: identity(leaf), Issuer: issuer(leaf), LogIndex: logged.LogIndex}, nil
}
