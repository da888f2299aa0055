package sigstore

import (
	"crypto/x509"
	"encoding/hex"

	"github.com/cupel-dev/cupel/internal/dsse"
)

// MediaType is the media type of a bundle.
const MediaType = "application/vnd.dev.sigstore.bundle.v0.3+json"

// The bundle in JSON, as protobuf-specs' sigstore_bundle.proto and
// sigstore_rekor.proto are spelled in it: bytes in base64, 64-bit numbers as
// strings.
type (
	bundle struct {
		MediaType string         `json:"mediaType"`
		Material  material       `json:"verificationMaterial"`
		Envelope  *dsse.Envelope `json:"dsseEnvelope"`
	}
	material struct {
		Certificate rawBytes   `json:"certificate"` // the signer's alone: a verifier has the others
		Entries     []logEntry `json:"tlogEntries"`
	}
	rawBytes struct {
		RawBytes []byte `json:"rawBytes"`
	}
	logEntry struct {
		LogIndex       int64       `json:"logIndex,string"`
		LogID          keyID       `json:"logId"`
		KindVersion    kindVersion `json:"kindVersion"`
		IntegratedTime int64       `json:"integratedTime,string"`
		Promise        promise     `json:"inclusionPromise"`
		Proof          proof       `json:"inclusionProof"`
		Body           []byte      `json:"canonicalizedBody"`
	}
	keyID struct {
		KeyID []byte `json:"keyId"`
	}
	kindVersion struct {
		Kind    string `json:"kind"`
		Version string `json:"version"`
	}
	promise struct {
		SignedEntryTimestamp []byte `json:"signedEntryTimestamp"`
	}
	proof struct {
		LogIndex   int64      `json:"logIndex,string"` // in its part of the log
		RootHash   []byte     `json:"rootHash"`
		TreeSize   int64      `json:"treeSize,string"`
		Hashes     [][]byte   `json:"hashes"`
		Checkpoint checkpoint `json:"checkpoint"`
	}
	checkpoint struct {
		Envelope string `json:"envelope"`
	}
)

func newBundle(e *dsse.Envelope, leaf *x509.Certificate, l *entry) bundle {
	p := l.Verification.InclusionProof
	hashes := [][]byte{}
	for _, text := range p.Hashes {
		hashes = append(hashes, fromHex(text))
	}
	return bundle{MediaType: MediaType, Envelope: e, Material: material{
		Certificate: rawBytes{leaf.Raw},
		Entries: []logEntry{{
			LogIndex: l.LogIndex, LogID: keyID{fromHex(l.LogID)}, KindVersion: kindVersion{entryKind, entryVersion},
			IntegratedTime: l.IntegratedTime, Promise: promise{l.Verification.SignedEntryTimestamp}, Body: l.Body,
			Proof: proof{p.LogIndex, fromHex(p.RootHash), p.TreeSize, hashes, checkpoint{p.Checkpoint}},
		}},
	}}
}

// fromHex decodes what [entry.check] has seen.
func fromHex(text string) []byte {
	b, _ := hex.DecodeString(text)
	return b
}
