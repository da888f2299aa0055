// Package sigstoretest is a Sigstore in this process, for tests: an issuer of
// OIDC tokens as GitHub Actions has it, Fulcio and Rekor, with faults. It keeps
// to fulcio.proto and to Rekor's openapi.yaml, and what it signs verifies with
// Sigstore's own clients against [Server.TrustedRoot].
package sigstoretest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// Who signs, and what no client may show.
const (
	Identity     = "https://github.com/team/app/.github/workflows/release.yml@refs/heads/main"
	Issuer       = "https://token.actions.githubusercontent.com"
	Token        = "eyJhbGciOiJSUzI1NiJ9.s3cr3t-identity.s3cr3t-signature"
	RequestToken = "s3cr3t-request-token"
)

// Paths of the requests, for [Fault].
const (
	TokenPath       = "/token"
	CertificatePath = "/api/v2/signingCert"
	EntriesPath     = "/api/v1/log/entries"
)

// A Fault is how the server answers the next requests to a path.
type Fault struct {
	Path   string
	Times  int
	Status int    // instead of doing anything; its message repeats the token
	Header string // "Name: value", with Status
	Lost   bool   // does what was asked, and ends the connection without an answer
	Change func(body []byte) []byte
}

// A Server is a Sigstore.
type Server struct {
	URL string

	mu       sync.Mutex
	faults   []*Fault
	requests []string
	fulcio   *authority
	rekor    *log
}

// New starts a server that ends with the test.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{fulcio: newAuthority(t), rekor: newLog(t)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+TokenPath, giveToken)
	mux.HandleFunc("POST "+CertificatePath, s.fulcio.sign)
	mux.HandleFunc("POST "+EntriesPath, s.rekor.add)
	mux.HandleFunc("GET "+EntriesPath+"/{id}", s.rekor.get)
	server := httptest.NewServer(s.faulty(mux))
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// Environment is what a job of GitHub Actions has, for this server.
func (s *Server) Environment() map[string]string {
	return map[string]string{
		"ACTIONS_ID_TOKEN_REQUEST_URL":   s.URL + TokenPath + "?api-version=2.0",
		"ACTIONS_ID_TOKEN_REQUEST_TOKEN": RequestToken,
		"CUPEL_FULCIO_URL":               s.URL,
		"CUPEL_REKOR_URL":                s.URL,
	}
}

// Fail makes requests end in faults, in their order.
func (s *Server) Fail(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		f.Times = max(f.Times, 1)
		s.faults = append(s.faults, &f)
	}
}

// Requests are all that came so far, as "METHOD /path".
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.requests...)
}

// Entries is how many entries this part of the log has.
func (s *Server) Entries() int {
	s.rekor.mu.Lock()
	defer s.rekor.mu.Unlock()
	return len(s.rekor.entries)
}

func (s *Server) faulty(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f := s.note(r)
		if f == nil {
			next.ServeHTTP(w, r)
			return
		}
		if f.Status != 0 {
			if name, value, ok := strings.Cut(f.Header, ": "); ok {
				w.Header().Set(name, value)
			}
			problem(w, f.Status, "not with "+strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
			return
		}
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		if f.Lost {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(f.Change(answer.Body.Bytes())) // the client may be gone
	})
}

func (s *Server) note(r *http.Request) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r.Method+" "+r.URL.Path)
	for _, f := range s.faults {
		if f.Times > 0 && strings.HasPrefix(r.URL.Path, f.Path) {
			f.Times--
			return f
		}
	}
	return nil
}

func giveToken(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Header.Get("Authorization") != "Bearer "+RequestToken:
		problem(w, http.StatusUnauthorized, "Bad credentials")
	case r.URL.Query().Get("audience") != "sigstore" || r.URL.Query().Get("api-version") == "":
		problem(w, http.StatusBadRequest, "Wrong query")
	default:
		write(w, http.StatusOK, map[string]any{"count": len(Token), "value": Token})
	}
}

// problem is an error as both services write it, gRPC's status in JSON.
func problem(w http.ResponseWriter, status int, message string) {
	write(w, status, map[string]any{"code": status, "message": message})
}

func write(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client may be gone
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// TrustedRoot is the trust root of this server in JSON (protobuf-specs,
// sigstore_trustroot.proto), as cosign takes it with --trusted-root.
func (s *Server) TrustedRoot() []byte {
	type object = map[string]any
	always := object{"start": "2020-01-01T00:00:00Z"}
	var text bytes.Buffer
	_ = json.NewEncoder(&text).Encode(object{ // memory takes all
		"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
		"tlogs": []object{{
			"baseUrl": s.URL, "hashAlgorithm": "SHA2_256", "logId": object{"keyId": s.rekor.id[:]},
			"publicKey": object{"rawBytes": s.rekor.public, "keyDetails": "PKIX_ECDSA_P256_SHA_256", "validFor": always},
		}},
		"certificateAuthorities": []object{{
			"subject": object{"organization": "test", "commonName": "test"}, "uri": s.URL, "validFor": always,
			"certChain": object{"certificates": []object{{"rawBytes": s.fulcio.intermediate.Raw}, {"rawBytes": s.fulcio.root.Raw}}},
		}},
	})
	return text.Bytes()
}
