package npm

import "testing"

const small = `{"name":"app","dist-tags":{"latest":"1.1.0"},"versions":{
	"1.0.0":{"version":"1.0.0","deprecated":"old","dist":{"integrity":"sha1-x sha512-abc==?opt"}},
	"1.0.1":{"version":"1.0.1","deprecated":true},
	"1.1.0":{"version":"1.1.0","deprecated":false,"dist":{"integrity":"sha1-x"}}}}`

func TestAPackument(t *testing.T) {
	p, err := parse("app", []byte(small))
	if err != nil {
		t.Fatal(err)
	}
	if p.Tags["latest"] != "1.1.0" || p.Versions["1.0.0"].Deprecated != "old" || p.Versions["1.0.1"].Deprecated == "" || p.Versions["1.1.0"].Deprecated != "" {
		t.Errorf("read %+v", p)
	}
	if got := p.Versions["1.0.0"].sha512(); got != "sha512-abc==" {
		t.Errorf("integrity %s", got)
	}
	if got := p.Versions["1.1.0"].sha512(); got != "" {
		t.Errorf("integrity %s, there is no SHA-512", got)
	}
	for _, bad := range []string{"", "<html>", `{"name":"other"}`, `{"name":"app","versions":{"1.0.0":{"version":"2.0.0"}}}`, `{"name":"app","versions":{"1.0.0":{"version":"1.0.0","deprecated":7}}}`} {
		if p, err := parse("app", []byte(bad)); err == nil {
			t.Errorf("%s is read as %+v", bad, p)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte(`{"name":"app","versions":null}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := parse("app", b)
		if err != nil {
			return
		}
		for number, r := range p.Versions {
			if r.Version != number || p.Name != "app" {
				t.Errorf("%s holds %s of %s", number, r.Version, p.Name)
			}
		}
	})
}

func TestOptionsThatMakeNoSense(t *testing.T) {
	for name, o := range map[string]Options{
		"a name that is an option": {Package: "--help"},
		"a name with a path":       {Package: "../app"},
		"a password in a URL":      {Package: "app", Registry: "https://me:secret@registry.example.org"},
		"an address without host":  {Package: "app", Registry: "registry"},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
