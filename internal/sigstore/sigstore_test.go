package sigstore_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cupel-dev/cupel/internal/dsse"
	"github.com/cupel-dev/cupel/internal/sigstore"
	"github.com/cupel-dev/cupel/internal/sigstore/sigstoretest"
)

const artifact = "what is signed\n"

// payload is a statement about artifact.
func payload(t *testing.T) []byte {
	t.Helper()
	sum := sha256.Sum256([]byte(artifact))
	digest := map[string]string{"sha256": hex.EncodeToString(sum[:])}
	s, err := dsse.NewStatement("https://slsa.dev/provenance/v1", map[string]string{}, dsse.Subject{Name: "artifact", Digest: digest})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// open is a signer for a server, and how long it waited, without waiting.
func open(t *testing.T, env map[string]string) (*sigstore.Signer, *[]time.Duration) {
	t.Helper()
	s, err := sigstore.FromEnvironment(func(name string) (string, bool) { value, ok := env[name]; return value, ok })
	if err != nil || s == nil {
		t.Fatalf("signer is %v, %v", s, err)
	}
	waits := new([]time.Duration)
	s.OnWait(func(d time.Duration) { *waits = append(*waits, d) })
	return s, waits
}

// Sigstore's own library verifies what is signed, for this artifact, identity
// and trust root, and for no other.
func TestSigstoreItselfVerifiesABundle(t *testing.T) {
	oracle := buildOracle(t)
	server, other := sigstoretest.New(t), sigstoretest.New(t)
	signer, _ := open(t, server.Environment())
	b, err := signer.Sign(t.Context(), dsse.PayloadType, payload(t))
	if err != nil {
		t.Fatal(err)
	}
	if b.Identity != sigstoretest.Identity || b.Issuer != sigstoretest.Issuer || b.LogIndex != 1005 {
		t.Errorf("signed by %q of %q, entry %d", b.Identity, b.Issuer, b.LogIndex)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"bundle": string(b.JSON), "root": string(server.TrustedRoot()), "foreign": string(other.TrustedRoot()),
		"artifact": artifact, "changed": artifact + "x", "resigned": strings.Replace(string(b.JSON), `"sig":"M`, `"sig":"N`, 1),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name, root, bundle, artifact, identity string
		verified                               bool
	}{
		{"as signed", "root", "bundle", "artifact", sigstoretest.Identity, true},
		{"another trust root", "foreign", "bundle", "artifact", sigstoretest.Identity, false},
		{"another signature", "root", "resigned", "artifact", sigstoretest.Identity, false},
		{"another artifact", "root", "bundle", "changed", sigstoretest.Identity, false},
		{"another identity", "root", "bundle", "artifact", sigstoretest.Identity + "x", false},
	} {
		cmd := exec.Command(oracle, test.root, test.bundle, test.artifact, test.identity, sigstoretest.Issuer)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if verified := err == nil && string(out) == "https://slsa.dev/provenance/v1\n"; verified != test.verified {
			t.Errorf("%s: verified is %v, want %v: %v\n%s", test.name, verified, test.verified, err, out)
		}
	}
}

func buildOracle(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "oracle")
	cmd := exec.Command("go", "build", "-o", name, ".")
	cmd.Dir = filepath.Join("testdata", "oracle")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the oracle: %v\n%s", err, out)
	}
	return name
}

func TestWhoSigns(t *testing.T) {
	actions := map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": "https://example.com/x", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "x"}
	with := func(env map[string]string, name, value string) map[string]string {
		env = maps.Clone(env)
		env[name] = value
		return env
	}
	for _, test := range []struct {
		name  string
		env   map[string]string
		signs bool
		err   string
	}{
		{"nobody without a token", map[string]string{"CUPEL_FULCIO_URL": "https://example.com"}, false, ""},
		{"a job of GitHub Actions that may have a token", actions, true, ""},
		{"a token that is given", map[string]string{"SIGSTORE_ID_TOKEN": "a.b.c"}, true, ""},
		{"nobody with half of what Actions gives", map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": "https://example.com"}, false, ""},
		{"nobody where it is switched off", with(actions, "CUPEL_KEYLESS", "off"), false, ""},
		{"nobody knows where it is half switched off", with(actions, "CUPEL_KEYLESS", "no"), false, "CUPEL_KEYLESS"},
		{"a token never goes in the clear to Fulcio", with(actions, "CUPEL_FULCIO_URL", "http://example.com"), false, "CUPEL_FULCIO_URL"},
		{"nor to Actions", with(actions, "ACTIONS_ID_TOKEN_REQUEST_URL", "http://example.com"), false, "ACTIONS_ID_TOKEN_REQUEST_URL"},
		{"nor is the log asked so", with(actions, "CUPEL_REKOR_URL", "ftp://example.com"), false, "CUPEL_REKOR_URL"},
		{"but on this machine it may", with(actions, "CUPEL_FULCIO_URL", "http://127.0.0.1:1"), true, ""},
	} {
		s, err := sigstore.FromEnvironment(func(name string) (string, bool) { value, ok := test.env[name]; return value, ok })
		if (s != nil) != test.signs || (err != nil) != (test.err != "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s: signer is %v, error %v", test.name, s != nil, err)
		}
	}
}

// What a service gets wrong for a moment does no harm, and costs no second
// entry in the log.
func TestServicesThatFailForAMoment(t *testing.T) {
	for _, path := range []string{sigstoretest.TokenPath, sigstoretest.CertificatePath, sigstoretest.EntriesPath} {
		for _, test := range []struct {
			name  string
			fault sigstoretest.Fault
			waits []time.Duration
		}{
			{"429 with Retry-After", sigstoretest.Fault{Status: 429, Header: "Retry-After: 7", Times: 2}, []time.Duration{7 * time.Second, 7 * time.Second}},
			{"503 with a date that is over", sigstoretest.Fault{Status: 503, Header: "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT"}, []time.Duration{time.Second}},
			{"500 three times", sigstoretest.Fault{Status: 500, Times: 3}, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}},
			{"a lost answer", sigstoretest.Fault{Lost: true}, []time.Duration{time.Second}},
		} {
			server := sigstoretest.New(t)
			test.fault.Path = path
			server.Fail(test.fault)
			signer, waits := open(t, server.Environment())
			b, err := signer.Sign(t.Context(), dsse.PayloadType, payload(t))
			if err != nil || !slices.Equal(*waits, test.waits) {
				t.Errorf("%s, %s: error is %v, waited %v, want %v", path, test.name, err, *waits, test.waits)
				continue
			}
			if b.LogIndex != 1005 || server.Entries() != 6 {
				t.Errorf("%s, %s: entry %d of %d", path, test.name, b.LogIndex, server.Entries())
			}
		}
	}
}

// What stays wrong is an error that says who answered what, and holds no token.
func TestServicesThatFail(t *testing.T) {
	const token, certificate, entries = sigstoretest.TokenPath, sigstoretest.CertificatePath, sigstoretest.EntriesPath
	answer := func(text string) func([]byte) []byte { return func([]byte) []byte { return []byte(text) } }
	replace := func(old, with string) func([]byte) []byte {
		return func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(old), []byte(with)) }
	}
	for _, test := range []struct {
		name  string
		fault sigstoretest.Fault
		want  string
		waits int
	}{
		{"Actions refuses", sigstoretest.Fault{Path: token, Status: 401}, "ask for an OIDC token: 127.0.0.1", 0},
		{"Actions gives no token", sigstoretest.Fault{Path: token, Change: answer(`{"value":""}`)}, "there is none in the answer", 0},
		{"Fulcio refuses", sigstoretest.Fault{Path: certificate, Status: 401}, `answers 401 Unauthorized: "not with ***"`, 0},
		{"Fulcio fails", sigstoretest.Fault{Path: certificate, Status: 500, Times: 9}, "answers 500 Internal Server Error", 3},
		{"Fulcio is away", sigstoretest.Fault{Path: certificate, Lost: true, Times: 9}, "does not answer", 3},
		{"Fulcio asks for an hour", sigstoretest.Fault{Path: certificate, Status: 429, Header: "Retry-After: 3600"}, "asks to wait for 1h0m0s", 0},
		{"Fulcio sends the token elsewhere", sigstoretest.Fault{Path: certificate, Status: 307, Header: "Location: https://example.com"}, "answers 307", 0},
		{"Fulcio sends a page", sigstoretest.Fault{Path: certificate, Change: answer("<html>")}, "no JSON of the documented kind", 0},
		{"no certificate", sigstoretest.Fault{Path: certificate, Change: answer("{}")}, "0 certificates", 0},
		{"a certificate that is none", sigstoretest.Fault{Path: certificate, Change: replace("BEGIN CERTIFICATE", "BEGIN")}, "not in PEM", 0},
		{"a certificate that cannot be read", sigstoretest.Fault{Path: certificate, Change: replace(`-----\nM`, `-----\nN`)}, "cannot be read", 0},
		{"the signer's certificate alone", sigstoretest.Fault{Path: certificate, Change: chain(func(c []string) []string { return c[:1] })}, "1 certificates", 0},
		{"a chain with a gap", sigstoretest.Fault{Path: certificate, Change: chain(func(c []string) []string { return []string{c[0], c[2]} })}, "certificate 1 is not issued by certificate 2", 0},
		{"a chain upside down", sigstoretest.Fault{Path: certificate, Change: chain(func(c []string) []string { slices.Reverse(c); return c })}, "of another key", 0},
		{"Rekor refuses", sigstoretest.Fault{Path: entries, Status: 400}, "write to the log: 127.0.0.1", 0},
		{"Rekor fails", sigstoretest.Fault{Path: entries, Status: 502, Times: 9}, "answers 502 Bad Gateway", 3},
		{"Rekor says conflict and not where", sigstoretest.Fault{Path: entries, Status: 409}, "does not say where", 0},
		{"Rekor names a place elsewhere", sigstoretest.Fault{Path: entries, Status: 409, Header: "Location: https://example.com/x"}, "does not say where", 0},
		{"an entry of nothing", sigstoretest.Fault{Path: entries, Change: answer("{}")}, "0 entries", 0},
		{"an entry without proof", sigstoretest.Fault{Path: entries, Change: replace("inclusionProof", "x")}, "has no proof", 0},
		{"an entry without a time that is signed", sigstoretest.Fault{Path: entries, Change: replace("signedEntryTimestamp", "x")}, "has no proof", 0},
		{"a digest that is none", sigstoretest.Fault{Path: entries, Change: replace(`rootHash":"`, `rootHash":"zz`)}, "a digest is none", 0},
		{"an entry of something else", sigstoretest.Fault{Path: entries, Change: replace(`"body":"ey`, `"body":"e30=","x":"`)}, "of something else", 0},
		{"an entry of another year", sigstoretest.Fault{Path: entries, Change: replace(`"integratedTime":1`, `"integratedTime":2`)}, "not valid at the entry's time", 0},
	} {
		server := sigstoretest.New(t)
		server.Fail(test.fault)
		signer, waits := open(t, server.Environment())
		_, err := signer.Sign(t.Context(), dsse.PayloadType, payload(t))
		if err == nil || !strings.Contains(err.Error(), test.want) || len(*waits) != test.waits {
			t.Errorf("%s: error is %v, want %q; waited %d times, want %d", test.name, err, test.want, len(*waits), test.waits)
		}
		if err != nil && strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: the error holds a token: %v", test.name, err)
		}
	}
}

// chain changes the chain of certificates in an answer.
func chain(change func([]string) []string) func([]byte) []byte {
	return func(text []byte) []byte {
		var answer map[string]map[string]map[string][]string
		if err := json.Unmarshal(text, &answer); err != nil {
			return text
		}
		in := answer["signedCertificateEmbeddedSct"]["chain"]
		in["certificates"] = change(in["certificates"])
		text, _ = json.Marshal(answer) // it came out of JSON
		return text
	}
}

// A token that is given is used as it is, and a wrong one is refused by Fulcio.
func TestATokenFromTheEnvironment(t *testing.T) {
	server := sigstoretest.New(t)
	env := server.Environment()
	env["SIGSTORE_ID_TOKEN"] = sigstoretest.Token + "\n"
	signer, _ := open(t, env)
	if _, err := signer.Sign(t.Context(), dsse.PayloadType, payload(t)); err != nil {
		t.Error(err)
	}
	if slices.Contains(server.Requests(), "GET "+sigstoretest.TokenPath) {
		t.Error("another token was asked for")
	}
	env["SIGSTORE_ID_TOKEN"] = "s3cr3t.of.another"
	signer, _ = open(t, env)
	_, err := signer.Sign(t.Context(), dsse.PayloadType, payload(t))
	if err == nil || !strings.Contains(err.Error(), "401") || strings.Contains(err.Error(), "s3cr3t") {
		t.Errorf("error is %v", err)
	}
}

func TestSigningThatIsCancelled(t *testing.T) {
	server := sigstoretest.New(t)
	signer, _ := open(t, server.Environment())
	stopped := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stopped)
	if _, err := signer.Sign(ctx, dsse.PayloadType, payload(t)); !errors.Is(err, stopped) {
		t.Errorf("error is %v", err)
	}
}
