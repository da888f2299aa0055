package dsse

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// keys are one of each kind, the same in every run.
func keys(tb testing.TB) map[string]crypto.Signer {
	tb.Helper()
	ec, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{7}, 32))
	if err != nil {
		tb.Fatal(err)
	}
	return map[string]crypto.Signer{
		"ed25519":     ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize)),
		"ECDSA P-256": ec,
	}
}

func TestPAEIsTheProtocolsExample(t *testing.T) {
	// protocol.md of secure-systems-lab/dsse, "Test Vectors"
	got := PAE("http://example.com/HelloWorld", []byte("hello world"))
	if want := "DSSEv1 29 http://example.com/HelloWorld 11 hello world"; string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := PAE("", nil), "DSSEv1 0  0 "; string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEnvelopeIsVerifiedByItsKeyAlone(t *testing.T) {
	for signer, key := range keys(t) {
		first, second := sign(t, key), sign(t, key)
		if !bytes.Equal(first, second) {
			t.Errorf("%s: two envelopes of the same payload differ", signer)
		}
		e, err := Parse(first)
		if err != nil {
			t.Fatal(err)
		}
		if string(e.Payload) != "hello" || e.PayloadType != "text/plain" {
			t.Errorf("%s: payload is %q of type %q", signer, e.Payload, e.PayloadType)
		}
		for verifier, other := range keys(t) {
			want := error(nil)
			if verifier != signer {
				want = ErrNotSigned
			}
			if err := e.Verify(other.Public()); !errors.Is(err, want) {
				t.Errorf("signed by %s, verified by %s: %v, want %v", signer, verifier, err, want)
			}
		}
	}
}

func sign(tb testing.TB, key crypto.Signer) []byte {
	tb.Helper()
	e, err := Sign(key, "text/plain", []byte("hello"))
	if err != nil {
		tb.Fatal(err)
	}
	text, err := json.Marshal(e)
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

func TestAnyChangeIsSeen(t *testing.T) {
	for name, key := range keys(t) {
		e, err := Sign(key, "text/plain", []byte("hello"))
		if err != nil {
			t.Fatal(err)
		}
		sig := e.Signatures[0].Sig
		for what, changed := range map[string]Envelope{
			"payload":         {"text/plain", []byte("hellO"), e.Signatures},
			"type":            {"text/html", e.Payload, e.Signatures},
			"moved boundary":  {"text/plain 5 hello", nil, e.Signatures},
			"signature":       {"text/plain", e.Payload, []Signature{{Sig: flipped(sig)}}},
			"short signature": {"text/plain", e.Payload, []Signature{{Sig: sig[:10]}}},
			"long signature":  {"text/plain", e.Payload, []Signature{{Sig: append(bytes.Clone(sig), 0)}}},
			"no signature":    {"text/plain", e.Payload, []Signature{{KeyID: e.Signatures[0].KeyID}}},
			"none at all":     {"text/plain", e.Payload, nil},
		} {
			if err := changed.Verify(key.Public()); !errors.Is(err, ErrNotSigned) {
				t.Errorf("%s, %s: error is %v, want %v", name, what, err, ErrNotSigned)
			}
		}
	}
}

func flipped(sig []byte) []byte {
	sig = bytes.Clone(sig)
	sig[len(sig)-1] ^= 1
	return sig
}

func TestOneGoodSignatureAmongOthersIsEnough(t *testing.T) {
	all := keys(t)
	e, err := Sign(all["ed25519"], "text/plain", []byte("hello"))
	if err != nil {
		t.Fatal(err)
	}
	e.Signatures = append([]Signature{{KeyID: e.Signatures[0].KeyID, Sig: []byte("bad")}}, e.Signatures...)
	e.Signatures[1].KeyID = "of nobody"
	if err := e.Verify(all["ed25519"].Public()); err != nil {
		t.Error(err)
	}
}

func TestHostileEnvelopes(t *testing.T) {
	const sig = `"signatures":[{"keyid":"","sig":"AAAA"}]`
	for _, test := range []struct{ text, want string }{
		{``, "EOF"},
		{`null`, "no payloadType"},
		{`[]`, "cannot unmarshal"},
		{`{"payloadType":"t","payload":"AAAA"}`, "no signatures"},
		{`{"payloadType":"t","payload":"AAAA","signatures":[]}`, "no signatures"},
		{`{"payload":"AAAA",` + sig + `}`, "no payloadType"},
		{`{"payloadType":"t","payload":"A",` + sig + `}`, "payload: it is not in base64"},
		{`{"payloadType":"t","payload":"AAB=",` + sig + `}`, "payload: it is not in base64"}, // bits beyond the last byte
		{`{"payloadType":"t","payload":7,` + sig + `}`, "cannot unmarshal"},
		{`{"payloadType":"t","payload":"AAAA","signatures":[{"sig":"%"}]}`, "signature 1: it is not in base64"},
		{`{"payloadType":"t","payload":"AAAA",` + sig + `} {}`, "something follows"},
		{strings.Repeat("[", 20_000), "exceeded max depth"},
		{strings.Repeat(" ", maxSize) + "{}", "too many"},
	} {
		if _, err := Parse([]byte(test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%.80s: error is %v, want %q", test.text, err, test.want)
		}
	}
}

func TestBothAlphabetsOfBase64AreRead(t *testing.T) {
	payload := []byte{0xfb, 0xff, 0xfe}
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		text := fmt.Sprintf(`{"payloadType":"t","payload":%q,"signatures":[{"sig":"AAAA"}],"unknown":1}`, encoding.EncodeToString(payload))
		e, err := Parse([]byte(text))
		if err != nil || !bytes.Equal(e.Payload, payload) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestStatementIsWhatWasSigned(t *testing.T) {
	key := keys(t)["ECDSA P-256"]
	s, err := NewStatement("https://example.com/p/v1", map[string]int{"a": 1}, Subject{"f", map[string]string{"sha256": "00"}})
	if err != nil {
		t.Fatal(err)
	}
	e, err := s.Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	got, err := VerifyStatement(text, key.Public())
	if err != nil {
		t.Fatal(err)
	}
	if got.Subject[0].Name != "f" || string(got.Predicate) != `{"a":1}` || got.PredicateType != s.PredicateType {
		t.Errorf("statement is %+v", got)
	}
	if _, err := VerifyStatement(text, keys(t)["ed25519"].Public()); !errors.Is(err, ErrNotSigned) {
		t.Errorf("by another key: error is %v", err)
	}
	if _, err := VerifyStatement(sign(t, key), key.Public()); err == nil || !strings.Contains(err.Error(), "text/plain") {
		t.Errorf("a payload of another type: error is %v", err)
	}
}

func TestHostileStatements(t *testing.T) {
	const subject = `"subject":[{"name":"f","digest":{"sha256":"00"}}]`
	for _, test := range []struct{ text, want string }{
		{`{`, "EOF"},
		{`{"_type":"https://in-toto.io/Statement/v0.1","predicateType":"p",` + subject + `}`, "Statement/v0.1"},
		{`{"_type":"https://in-toto.io/Statement/v1",` + subject + `}`, "no predicateType"},
		{`{"_type":"https://in-toto.io/Statement/v1","predicateType":"p","subject":[]}`, "no subject"},
		{`{"_type":"https://in-toto.io/Statement/v1","predicateType":"p","subject":[{"name":"f"}]}`, `"f" has no digest`},
		{`{"_type":"https://in-toto.io/Statement/v1","predicateType":"p",` + subject + `}x`, "something follows"},
	} {
		if _, err := ParseStatement([]byte(test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error is %v, want %q", test.text, err, test.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, key := range keys(f) {
		f.Add(sign(f, key))
	}
	f.Add([]byte(`{"payloadType":"t","payload":"-_8=","signatures":[{"sig":"AAAA"},{"keyid":"k","sig":""}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		e, err := Parse(text)
		if err != nil {
			return
		}
		written, err := json.Marshal(e)
		if err != nil {
			t.Fatalf("an envelope that was read cannot be written: %v", err)
		}
		again, err := Parse(written)
		if err != nil {
			t.Fatalf("an envelope that was written cannot be read: %v", err)
		}
		if !bytes.Equal(e.Payload, again.Payload) || len(e.Signatures) != len(again.Signatures) {
			t.Fatalf("it changed on the way: %s", written)
		}
		if again.Verify(keys(t)["ed25519"].Public()) == nil && string(again.Payload) != "hello" {
			t.Fatalf("a signature over something else was accepted: %s", written)
		}
	})
}
