package redact

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"
)

const token = "first-line-0123\nsecond line/+4567\nab\n"

func TestH05SecretsAreMaskedInEverySpelling(t *testing.T) {
	r := New("line1\nline 2", token, "s3cr")
	quoted, _ := json.Marshal(map[string]string{"t": token})
	for _, tt := range []struct{ name, in, want string }{
		{"the whole value", "x line1\nline 2 y", "x *** y"},
		{"a short line alone is ordinary text", "line1", "line1"},
		{"a long line alone", "got second line/+4567!", "got ***!"},
		{"with Windows line ends", strings.ReplaceAll(token, "\n", "\r\n"), "***"},
		{"in JSON", string(quoted), `{"t":"***"}`},
		{"in a Go string", fmt.Sprintf("%q", "a"+token), `"a***"`},
		{"in a URL", "https://u:" + url.QueryEscape(strings.TrimSpace(token)) + "@e.com/", "https://u:***@e.com/"},
		{"in a path", "/" + url.PathEscape("second line/+4567"), "/***"},
		{"as basic authentication", "Basic " + base64.StdEncoding.EncodeToString([]byte("s3cr")), "Basic ***"},
		{"without the last line end", strings.TrimSpace(token) + ".", "***."},
		{"twice in a row is one mask", "s3crs3cr", "***"},
		{"nothing to mask", "plain text", "plain text"},
	} {
		if got := r.String(tt.in); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestH05SplitWritesAreMasked(t *testing.T) {
	r := New("line1\nline 2", token, "abcabcab")
	in := "start line1\nline 2, " + token + " abcabcabcabcab lin end first-line-0123\nsecond"
	want := r.String(in)
	for size := 1; size < 20; size++ {
		var out strings.Builder
		w := r.Writer(&out)
		for rest := in; rest != ""; {
			n := min(size, len(rest))
			if _, err := io.WriteString(w, rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if err := w.Close(); err != nil || out.String() != want {
			t.Errorf("in pieces of %d: got %q, want %q (%v)", size, out.String(), want, err)
		}
	}
	if strings.Contains(want, "line 2") || strings.Contains(want, "first-line") || strings.Contains(want, "abcabc") {
		t.Errorf("a secret is left in %q", want)
	}
}

func TestAWholeSecretWinsOverItsLinesAlsoWhenSplit(t *testing.T) {
	var out strings.Builder
	w := New("long-line-1\nxy").Writer(&out)
	for _, piece := range []string{"long-line-1", "\nx", "y."} {
		if _, err := io.WriteString(w, piece); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil || out.String() != "***." {
		t.Errorf("got %q, %v; want ***.", out.String(), err)
	}
}

func TestOrdinaryTextIsNotHeldBack(t *testing.T) {
	var out strings.Builder
	w := New("secret-value").Writer(&out)
	if _, err := io.WriteString(w, "a line\n"); err != nil || out.String() != "a line\n" {
		t.Errorf("got %q, %v before Close", out.String(), err)
	}
}

func TestErrorKeepsWhatItWraps(t *testing.T) {
	r := New("hunter2hunter2")
	err := r.Error(fmt.Errorf("push to hunter2hunter2: %w", io.ErrUnexpectedEOF))
	if err.Error() != "push to ***: unexpected EOF" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v", err)
	}
	if plain := errors.New("plain"); r.Error(plain) != plain || r.Error(nil) != nil {
		t.Error("an error without a secret was changed")
	}
	var none *Redactor
	if none.String("x") != "x" || none.Error(io.EOF) != io.EOF {
		t.Error("the nil Redactor changed something")
	}
}

// FuzzWriter holds for any secret and text: no secret is left, and pieces give
// what the whole gives.
func FuzzWriter(f *testing.F) {
	f.Add("line1\nline 2", "x line1\nline 2 y", uint8(3))
	f.Add("aaaa", "aaaaaaaaa", uint8(1))
	f.Add("abab", "aababab", uint8(2))
	f.Fuzz(func(t *testing.T, secret, text string, size uint8) {
		r := New(secret)
		want := r.String(text)
		if len([]rune(secret)) >= Shortest && strings.Contains(strings.ReplaceAll(want, Mask, "\x00"), secret) && !strings.ContainsAny(secret, "*\x00") {
			t.Fatalf("secret %q is left in %q", secret, want)
		}
		var out strings.Builder
		w := r.Writer(&out)
		for rest := text; rest != ""; {
			n := min(int(size)+1, len(rest))
			if _, err := io.WriteString(w, rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if err := w.Close(); err != nil || out.String() != want {
			t.Fatalf("in pieces %q, whole %q (%v)", out.String(), want, err)
		}
	})
}
