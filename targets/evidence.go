package targets

import (
	"context"
	"errors"
	"os"
	"strings"

	"github.com/magefile/mage/mg"

	"github.com/cupel-dev/cupel/internal/evidence"
)

// Evidence looks after what official wrote.
type Evidence mg.Namespace

// Verify recomputes the digests, the summaries and the class of a directory of evidence.
//
// Exit codes: 0 all is as the manifest says, 2 the directory cannot be read,
// 5 something differs, and the first file that does is named.
func (Evidence) Verify(
	ctx context.Context,
	dir string, // benchmark_results/YYYYMMDD_HHMMSS
	key *string, // check the signature too, with this public key (ed25519, PEM)
) error {
	if err := positional("evidence:verify DIR", dir); err != nil {
		return err
	}
	m, err := verify(dir, given(key, ""))
	var difference *evidence.Difference
	switch {
	case errors.As(err, &difference):
		return fail(exitDiffers, "evidence differs: "+dir+"/"+difference.Error())
	case err != nil:
		return fail(exitRefused, dir+": "+err.Error())
	}
	out := newConsole(os.Stdout)
	out.Line("evidence verified: %s is as its manifest says", strings.TrimRight(dir, "/"))
	out.Table([][]string{
		{"status", m.Status},
		{"class", string(m.Class)},
		{"commit", m.Commit},
		{"subject", m.Subject.Digest},
		{"files", plural(len(m.Files), "file")},
		{"runs", plural(m.Plan.Runs, "run") + " of " + plural(len(m.Plan.Suites), "suite")},
	})
	return nil
}

func verify(dir, keyFile string) (*evidence.Manifest, error) {
	fsys := os.DirFS(dir)
	m, err := evidence.Verify(fsys)
	if err != nil || keyFile == "" {
		return m, err
	}
	text, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, err
	}
	key, err := evidence.ParsePublicKey(text)
	if err != nil {
		return nil, err
	}
	return m, evidence.VerifySignature(fsys, key)
}
