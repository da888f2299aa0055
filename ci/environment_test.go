package ci

import "testing"

func TestCredentialsInURLsAreSecrets(t *testing.T) {
	env, secrets := split(map[string]string{
		"GOPROXY":     "https://user:s3cret@proxy.example.com,direct",
		"GOSUMDB":     "sum.example.com https://user:h1dden@sums.example.com",
		"HTTPS_PROXY": "http://token@proxy:3128",
		"HTTP_PROXY":  "http://proxy:3128",
		"GOFLAGS":     "-mod=mod -tags=a,b",
	})
	if len(secrets) != 3 || secrets[0].Name != "GOPROXY" || secrets[1].Name != "GOSUMDB" || secrets[2].Name != "HTTPS_PROXY" {
		t.Errorf("secrets: %+v", secrets)
	}
	if env["HTTP_PROXY"] == "" || env["GOFLAGS"] == "" {
		t.Errorf("environment: %v", env)
	}
	hidden := values(secrets)
	for _, want := range []string{"s3cret", "h1dden", "token"} {
		found := false
		for _, v := range hidden {
			found = found || v == want
		}
		if !found {
			t.Errorf("%q is not hidden by itself: %q", want, hidden)
		}
	}
}

func TestProxiesOfTheHostArePassedOn(t *testing.T) {
	env, _ := Inherited(t.Context(), func(name string) (string, bool) {
		return "http://proxy.example.com", name == "HTTP_PROXY"
	})
	if env["HTTP_PROXY"] != "http://proxy.example.com" || env["LANG"] != "C.UTF-8" {
		t.Errorf("got %v", env)
	}
	if _, ok := env["NO_PROXY"]; ok {
		t.Error("a variable that is not set is passed")
	}
}
