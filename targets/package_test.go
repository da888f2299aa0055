package targets

import (
	"testing"
)

func TestTheSourceIsTheRemotesAddressWithoutCredentials(t *testing.T) {
	for remote, want := range map[string]string{
		"https://example.com/team/app.git":                     "https://example.com/team/app",
		"https://example.com:8443/team/app/":                   "https://example.com:8443/team/app",
		"https://ann:s3cr3t@example.com/team/app.git?t=s3cr3t": "https://example.com/team/app",
		"https://s3cr3t@example.com/team/app#s3cr3t":           "https://example.com/team/app",
		"http://example.com/app":                               "http://example.com/app",
		"git@example.com:team/app.git":                         "https://example.com/team/app",
		"example.com:/team/app":                                "https://example.com/team/app",
		"ssh://git@example.com:2222/team/app.git":              "https://example.com/team/app",
		"git://example.com/team/app.git":                       "https://example.com/team/app",
		"/home/ann/app.git":                                    "",
		"../app":                                               "",
		`C:\ann\app`:                                           "",
		"file:///home/ann/app.git":                             "",
		"ext::sh -c s3cr3t":                                    "",
		"":                                                     "",
	} {
		if got := sourceOf(remote); got != want {
			t.Errorf("%q: %q, want %q", remote, got, want)
		}
	}
}
