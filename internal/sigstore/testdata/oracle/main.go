// Oracle verifies a bundle with Sigstore's own library, for the tests of
// internal/sigstore. It is a module of its own, so that the library and what it
// needs stay out of Cupel's.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/verify"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 5 {
		return errors.New("want ROOT BUNDLE ARTIFACT IDENTITY ISSUER")
	}
	trusted, err := root.NewTrustedRootFromPath(args[0])
	if err != nil {
		return fmt.Errorf("trust root: %w", err)
	}
	signed, err := bundle.LoadJSONFromPath(args[1])
	if err != nil {
		return fmt.Errorf("bundle: %w", err)
	}
	artifact, err := os.Open(args[2])
	if err != nil {
		return err
	}
	defer artifact.Close()
	identity, err := verify.NewShortCertificateIdentity(args[4], "", args[3], "")
	if err != nil {
		return err
	}
	verifier, err := verify.NewVerifier(trusted, verify.WithTransparencyLog(1), verify.WithIntegratedTimestamps(1))
	if err != nil {
		return err
	}
	result, err := verifier.Verify(signed, verify.NewPolicy(verify.WithArtifact(artifact), verify.WithCertificateIdentity(identity)))
	if err != nil {
		return err
	}
	fmt.Println(result.Statement.GetPredicateType())
	return nil
}
