package run

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/cupel-dev/cupel/internal/bench"
)

// Unexpected says how a run's output fails the suite's expectation, "" where it
// meets it. A fast wrong answer is a failure. Output is what [Checkout.Once] was
// given.
func Unexpected(s bench.Suite, output string) (string, error) {
	if s.Expect == "" {
		return "", nil
	}
	f, err := os.Open(output + ".txt")
	if err != nil {
		return "", fmt.Errorf("check what is expected: %w", err)
	}
	defer f.Close()
	if want, ok := strings.CutPrefix(s.Expect, "sha256:"); ok {
		sum := sha256.New()
		if _, err := io.Copy(sum, f); err != nil {
			return "", fmt.Errorf("check what is expected: %w", err)
		}
		if got := hex.EncodeToString(sum.Sum(nil)); got != want {
			return fmt.Sprintf("the output is not what is expected: its SHA-256 is %s", got), nil
		}
		return "", nil
	}
	pattern, err := regexp.Compile("(?m)" + s.Expect)
	if err != nil {
		return "", fmt.Errorf("suite %s: expect: %w", s.Name, err)
	}
	if !pattern.MatchReader(bufio.NewReader(f)) {
		return fmt.Sprintf("the output is not what is expected: nothing matches %q", s.Expect), nil
	}
	return "", nil
}
