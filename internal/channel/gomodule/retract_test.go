package gomodule

import (
	"bytes"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/version"
)

var broken = version.Version{Major: 1, Minor: 4}

func TestRetractChangesNoOtherByte(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain", "module example.org/m\n\ngo 1.26\n", "module example.org/m\n\ngo 1.26\n\n// broken\nretract v1.4.0\n"},
		{"no final newline", "module example.org/m", "module example.org/m\n\n// broken\nretract v1.4.0\n"},
		{"CRLF", "module example.org/m\r\n", "module example.org/m\r\n\r\n// broken\r\nretract v1.4.0\r\n"},
		{"odd spacing", "module   example.org/m\n\n\nrequire (\n  example.org/x v1.0.0 // indirect\n)\n", "module   example.org/m\n\n\nrequire (\n  example.org/x v1.0.0 // indirect\n)\n\n// broken\nretract v1.4.0\n"},
		{"others", "module example.org/m\nretract v1.3.0 // old\n", "module example.org/m\nretract v1.3.0 // old\n\n// broken\nretract v1.4.0\n"},
		{"already", "module example.org/m\nretract v1.4.0\n", "module example.org/m\nretract v1.4.0\n"},
		{"in a range", "module example.org/m\nretract [v1.3.0, v1.5.0]\n", "module example.org/m\nretract [v1.3.0, v1.5.0]\n"},
	} {
		got, err := Retract([]byte(c.in), broken, "broken")
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.want)
		}
	}
	if _, err := Retract([]byte("module ("), broken, "broken"); err == nil {
		t.Error("a broken go.mod is edited")
	}
}

func TestTheReasonOfARetractionStaysInItsComment(t *testing.T) {
	in := []byte("module example.org/m\n")
	out, err := Retract(in, broken, "first line\nreplace example.org/x => ../x\r\n\n*/ last")
	if err != nil {
		t.Fatal(err)
	}
	retracted, err := parse(out)
	if err != nil || len(retracted) != 1 {
		t.Fatalf("%v, %v", retracted, err)
	}
	if want := "first line\nreplace example.org/x => ../x\n\n*/ last"; retracted[0].Rationale != want {
		t.Errorf("the reason is %q, want %q", retracted[0].Rationale, want)
	}
	if strings.Contains("\n"+string(out), "\nreplace") {
		t.Errorf("go.mod is\n%s", out)
	}
}

func FuzzRetract(f *testing.F) {
	f.Add([]byte("module example.org/m\n"), "reason")
	f.Add([]byte("module example.org/m\r\n\r\nretract (\r\n\tv1.0.0 // x\r\n)"), "two\nlines")
	f.Add([]byte("\xef\xbb\xbfmodule m"), "")
	f.Fuzz(func(t *testing.T, in []byte, reason string) {
		out, err := Retract(in, broken, reason)
		if err != nil {
			return
		}
		if !bytes.HasPrefix(out, in) {
			t.Fatalf("%q became %q", in, out)
		}
		again, err := Retract(out, broken, reason)
		if err != nil || !bytes.Equal(again, out) {
			t.Fatalf("retracted again: %q, %v", again, err)
		}
	})
}

func TestTheHighestReleaseSpeaksForTheModule(t *testing.T) {
	for _, c := range []struct {
		versions []string
		want     string
	}{
		{[]string{"v1.9.0", "v1.10.0", "v1.10.0-rc.1"}, "v1.10.0"},
		{[]string{"v2.0.0-rc.1", "v1.10.0"}, "v1.10.0"},
		{[]string{"v0.1.0-rc.2", "v0.1.0-rc.10"}, "v0.1.0-rc.10"},
	} {
		if got := highest(c.versions); got != c.want {
			t.Errorf("of %v it is %s, want %s", c.versions, got, c.want)
		}
	}
}
