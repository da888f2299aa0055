package sigstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// audience is whom the token is for; Fulcio takes no other.
const audience = "sigstore"

// A tokenSource is where an OIDC token comes from: it is there, or it is asked
// for at a URL.
type tokenSource struct{ token, url, bearer string }

func sourceFrom(get func(name string) string) tokenSource {
	if token := get("SIGSTORE_ID_TOKEN"); token != "" {
		return tokenSource{token: token}
	}
	address, bearer := get("ACTIONS_ID_TOKEN_REQUEST_URL"), get("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
	if address == "" || bearer == "" {
		return tokenSource{}
	}
	return tokenSource{url: address, bearer: bearer}
}

// token is the OIDC token. It lives for minutes, and so it is asked for when it
// is needed.
func (s *Signer) token(ctx context.Context) (string, error) {
	if s.source.token != "" {
		return s.source.token, nil
	}
	u, err := url.Parse(s.source.url)
	if err != nil {
		return "", errors.New("ask for an OIDC token: ACTIONS_ID_TOKEN_REQUEST_URL is no URL")
	}
	query := u.Query()
	query.Set("audience", audience)
	u.RawQuery = query.Encode()
	answer, err := s.ask(ctx, request{method: http.MethodGet, url: u.String(), bearer: s.source.bearer}, http.StatusOK)
	if err != nil {
		return "", fmt.Errorf("ask for an OIDC token: %w", err)
	}
	var given struct{ Value string }
	if err := json.Unmarshal(answer.body, &given); err != nil || given.Value == "" {
		return "", errors.New("ask for an OIDC token: there is none in the answer")
	}
	return given.Value, nil
}
