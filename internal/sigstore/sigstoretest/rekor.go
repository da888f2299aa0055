package sigstoretest

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/cupel-dev/cupel/internal/dsse"
)

// Where the log is, which is one of several parts: indexes count from the first.
const (
	logName   = "rekor.test"
	logTree   = 1193050959916656506
	logBefore = 1000 // entries in earlier parts
)

// A log is one part of Rekor: a Merkle tree of RFC 6962, which the go
// command's checksum database has too.
type log struct {
	key    *ecdsa.PrivateKey
	public []byte // in DER
	id     [sha256.Size]byte

	mu      sync.Mutex
	hashes  []tlog.Hash
	entries []logged
	number  map[string]int // by id
}

type logged struct {
	id, body string // body in JSON
	at       int64
}

func newLog(t testing.TB) *log {
	t.Helper()
	l := &log{key: newKey(t), number: make(map[string]int)}
	var err error
	if l.public, err = x509.MarshalPKIXPublicKey(&l.key.PublicKey); err != nil {
		t.Fatal(err)
	}
	l.id = sha256.Sum256(l.public)
	for i := range 5 {
		if _, err := l.append(fmt.Sprintf(`{"other":%d}`, i)); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func (l *log) append(body string) (int, error) {
	n := len(l.entries)
	hashes, err := tlog.StoredHashes(int64(n), []byte(body), tlog.HashReaderFunc(l.read))
	if err != nil {
		return 0, err
	}
	leaf := tlog.RecordHash([]byte(body))
	id := fmt.Sprintf("%016x%x", logTree, leaf[:])
	l.hashes = append(l.hashes, hashes...)
	l.entries = append(l.entries, logged{id, body, time.Now().Unix()})
	l.number[id] = n
	return n, nil
}

func (l *log) read(indexes []int64) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, i := range indexes {
		found = append(found, l.hashes[i])
	}
	return found, nil
}

func (l *log) add(w http.ResponseWriter, r *http.Request) {
	var p struct {
		Kind, APIVersion string
		Spec             struct {
			ProposedContent struct {
				Envelope  string
				Verifiers [][]byte
			}
		}
	}
	if r.Header.Get("Authorization") != "" {
		problem(w, http.StatusBadRequest, "a log wants no token")
		return
	}
	if err := json.NewDecoder(r.Body).Decode(&p); err != nil || p.Kind != "dsse" || p.APIVersion != "0.0.1" || len(p.Spec.ProposedContent.Verifiers) != 1 {
		problem(w, http.StatusBadRequest, "error processing entry")
		return
	}
	body, err := canonical(p.Spec.ProposedContent.Envelope, p.Spec.ProposedContent.Verifiers[0])
	if err != nil {
		problem(w, http.StatusBadRequest, "error processing entry: "+err.Error())
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.entries {
		if e.body == body {
			w.Header().Set("Location", EntriesPath+"/"+e.id)
			problem(w, http.StatusConflict, "an equivalent entry already exists in the transparency log with UUID "+e.id)
			return
		}
	}
	n, err := l.append(body)
	if err != nil {
		problem(w, http.StatusInternalServerError, err.Error())
		return
	}
	w.Header().Set("Location", EntriesPath+"/"+l.entries[n].id)
	w.Header().Set("ETag", l.entries[n].id)
	l.show(w, http.StatusCreated, n)
}

func (l *log) get(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, ok := l.number[r.PathValue("id")]
	if !ok {
		problem(w, http.StatusNotFound, "entry not found")
		return
	}
	l.show(w, http.StatusOK, n)
}

// canonical is the entry of an envelope that the verifier has signed.
func canonical(envelope string, verifier []byte) (string, error) {
	e, err := dsse.Parse([]byte(envelope))
	if err != nil {
		return "", err
	}
	block, _ := pem.Decode(verifier)
	if block == nil {
		return "", fmt.Errorf("the verifier is not in PEM")
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return "", err
	}
	if err := e.Verify(c.PublicKey); err != nil {
		return "", err
	}
	type object = map[string]any // JSON with its keys in order
	digest := func(b []byte) object {
		sum := sha256.Sum256(b)
		return object{"algorithm": "sha256", "value": hex.EncodeToString(sum[:])}
	}
	text, err := json.Marshal(object{"apiVersion": "0.0.1", "kind": "dsse", "spec": object{
		"envelopeHash": digest([]byte(envelope)), "payloadHash": digest(e.Payload),
		"signatures": []object{{"signature": e.Signatures[0].Sig, "verifier": verifier}},
	}})
	return string(text), err
}

// show answers with an entry and its proofs.
func (l *log) show(w http.ResponseWriter, status, n int) {
	e, size := l.entries[n], int64(len(l.entries))
	proof, err := tlog.ProveRecord(size, int64(n), tlog.HashReaderFunc(l.read))
	if err != nil {
		problem(w, http.StatusInternalServerError, err.Error())
		return
	}
	root, err := tlog.TreeHash(size, tlog.HashReaderFunc(l.read))
	if err != nil {
		problem(w, http.StatusInternalServerError, err.Error())
		return
	}
	hashes := []string{}
	for _, h := range proof {
		hashes = append(hashes, hex.EncodeToString(h[:]))
	}
	type object = map[string]any
	entry := object{
		"body": []byte(e.body), "integratedTime": e.at, "logID": hex.EncodeToString(l.id[:]), "logIndex": logBefore + n,
	}
	promised, _ := json.Marshal(entry) // these four, their keys in order, are what is signed
	entry["verification"] = object{
		"signedEntryTimestamp": l.sign(promised),
		"inclusionProof": object{
			"checkpoint": l.checkpoint(size, root), "hashes": hashes, "logIndex": n, "rootHash": hex.EncodeToString(root[:]), "treeSize": size,
		},
	}
	write(w, status, object{e.id: entry})
}

// checkpoint is the signed head of the tree, a signed note.
func (l *log) checkpoint(size int64, root tlog.Hash) string {
	text := fmt.Sprintf("%s - %d\n%d\n%s\n", logName, logTree, size, base64.StdEncoding.EncodeToString(root[:]))
	signature := append(append([]byte(nil), l.id[:4]...), l.sign([]byte(text))...)
	return fmt.Sprintf("%s\n— %s %s\n", text, logName, base64.StdEncoding.EncodeToString(signature))
}

func (l *log) sign(text []byte) []byte {
	sum := sha256.Sum256(text)
	sig, err := ecdsa.SignASN1(rand.Reader, l.key, sum[:])
	if err != nil {
		panic(err) // the system has no random numbers
	}
	return sig
}
