package forge_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/forge"
	"github.com/cupel-dev/cupel/internal/forge/forgetest"
)

// only is the one artifact of run 7.
func only(t *testing.T, client *forge.Client) forge.Artifact {
	t.Helper()
	list, err := client.Artifacts(t.Context(), 7)
	if err != nil || len(list) != 1 {
		t.Fatalf("artifacts are %+v, %v", list, err)
	}
	return list[0]
}

func TestTheNamedFileOfAnArtifactIsRead(t *testing.T) {
	s, repo := start(t)
	repo.Artifact(7, "smoke", forgetest.File{Name: "other.json", Data: "no"}, forgetest.File{Name: "smoke.json", Data: "yes"})
	repo.Artifact(8, "of another run", forgetest.File{Name: "smoke.json", Data: "no"})
	client, _ := open(t, s, token)
	got, err := client.ReadArtifact(t.Context(), only(t, client), "smoke.json", 1000)
	if string(got) != "yes" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestManyArtifactsAreAllListed(t *testing.T) {
	s, repo := start(t)
	for n := range 205 {
		repo.Artifact(7, fmt.Sprint(n))
	}
	client, _ := open(t, s, token)
	if list, err := client.Artifacts(t.Context(), 7); err != nil || len(list) != 205 {
		t.Errorf("%d artifacts, %v", len(list), err)
	}
}

func TestAnArtifactThatCannotBeTrustedIsRefused(t *testing.T) {
	const limit = 10_000
	for name, c := range map[string]struct {
		files []forgetest.File
		raw   []byte
		err   string
	}{
		"no such file":             {files: []forgetest.File{{Name: "other.json", Data: "{}"}}, err: "no file named smoke.json"},
		"only in a folder":         {files: []forgetest.File{{Name: "a/smoke.json", Data: "{}"}}, err: "no file named"},
		"outside of the archive":   {files: []forgetest.File{{Name: "../smoke.json", Data: "{}"}, {Name: "/smoke.json", Data: "{}"}}, err: "no file named"},
		"two of the name":          {files: []forgetest.File{{Name: "smoke.json", Data: "1"}, {Name: "smoke.json", Data: "2"}}, err: "two files named"},
		"a bomb":                   {files: []forgetest.File{{Name: "smoke.json", Data: strings.Repeat("0", 1<<20)}}, err: "larger than"},
		"an archive above limit":   {raw: bytes.Repeat([]byte("x"), limit+1), err: "more than"},
		"no archive":               {raw: []byte("PK but not really"), err: "open archive"},
		"nothing":                  {raw: nil, err: "open archive"},
		"a directory of that name": {files: []forgetest.File{{Name: "smoke.json/"}}, err: "no file named"},
		"a wrong checksum":         {raw: spoilt(), err: "checksum"},
	} {
		t.Run(name, func(t *testing.T) {
			s, repo := start(t)
			if c.files != nil {
				repo.Artifact(7, "smoke", c.files...)
			} else {
				repo.Archive(7, "smoke", c.raw)
			}
			client, waits := open(t, s, token)
			_, err := client.ReadArtifact(t.Context(), only(t, client), "smoke.json", limit)
			if err == nil || !strings.Contains(err.Error(), c.err) || !strings.HasPrefix(err.Error(), `read artifact "smoke": `) {
				t.Errorf("error is %v", err)
			}
			if len(waits.list) > 0 {
				t.Errorf("waited %v for an answer that stays the same", waits.list)
			}
			clean(t, s, err)
		})
	}
}

// spoilt is an archive of which the stored checksum is not that of the data.
func spoilt() []byte {
	data := []byte("{}")
	header := func(signature uint32, rest ...uint16) []byte {
		b := binary.LittleEndian.AppendUint32(nil, signature)
		for _, v := range rest {
			b = binary.LittleEndian.AppendUint16(b, v)
		}
		return b
	}
	name := []byte("smoke.json")
	n, size := uint16(len(name)), uint16(len(data))
	local := header(0x04034b50, 20, 0, 0, 0, 0, 0xdead, 0xbeef, size, 0, size, 0, n, 0)
	local = append(append(local, name...), data...)
	central := header(0x02014b50, 20, 20, 0, 0, 0, 0, 0xdead, 0xbeef, size, 0, size, 0, n, 0, 0, 0, 0, 0, 0, 0, 0)
	central = append(central, name...)
	end := header(0x06054b50, 0, 0, 1, 1, uint16(len(central)), 0, uint16(len(local)), 0, 0)
	return append(append(local, central...), end...)
}

func TestTheSizeThatGitHubStatesIsNotBelieved(t *testing.T) {
	s, repo := start(t)
	repo.Archive(7, "smoke", bytes.Repeat([]byte("x"), 2000))
	client, _ := open(t, s, token)
	a := only(t, client)
	a.Size = 10
	if _, err := client.ReadArtifact(t.Context(), a, "smoke.json", 1000); err == nil || !strings.Contains(err.Error(), "larger than 1000 bytes") {
		t.Errorf("error is %v", err)
	}
}

func TestAnExpiredArtifactIsAnError(t *testing.T) {
	s, repo := start(t)
	repo.Artifact(7, "smoke", forgetest.File{Name: "smoke.json", Data: "{}"})
	client, _ := open(t, s, token)
	before := only(t, client)
	repo.Expire(7)
	if _, err := client.ReadArtifact(t.Context(), before, "smoke.json", 1000); !errors.Is(err, forge.ErrNotFound) {
		t.Errorf("error is %v", err)
	}
	if _, err := client.ReadArtifact(t.Context(), only(t, client), "smoke.json", 1000); err == nil || !strings.Contains(err.Error(), "expired") {
		t.Errorf("error is %v", err)
	}
}

func TestADownloadSurvivesFaultsAndNeverTellsItsAddress(t *testing.T) {
	for name, fault := range map[string]forgetest.Fault{
		"storage 500":         {Path: "/storage/", Status: 500, Times: 1},
		"storage breaks":      {Path: "/storage/", Refuse: true, Times: 1},
		"API 502":             {Path: "/zip", Status: 502, Times: 1},
		"API 429":             {Path: "/zip", Status: 429, Header: "Retry-After: 1", Times: 1},
		"storage always 500":  {Path: "/storage/", Status: 500},
		"storage always 403":  {Path: "/storage/", Status: 403},
		"storage breaks ever": {Path: "/storage/", Refuse: true},
		"API always 403":      {Path: "/zip", Status: 403},
		"no address":          {Path: "/zip", Status: 302},
		"another scheme":      {Path: "/zip", Status: 302, Header: "Location: ftp://x/?sig=storage-signature"},
	} {
		t.Run(name, func(t *testing.T) {
			s, repo := start(t)
			repo.Artifact(7, "smoke", forgetest.File{Name: "smoke.json", Data: "yes"})
			client, _ := open(t, s, token)
			a := only(t, client)
			s.Fail(fault)
			got, err := client.ReadArtifact(t.Context(), a, "smoke.json", 1000)
			if fault.Times > 0 && (err != nil || string(got) != "yes") {
				t.Errorf("got %q, %v", got, err)
			}
			if fault.Times == 0 && err == nil {
				t.Error("no error")
			}
			clean(t, s, err)
		})
	}
}
