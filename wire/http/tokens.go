package http

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/wire/oauth"
)

// maxIssuers bounds the issuers that are kept; beyond it they begin anew.
const maxIssuers = 1000

// tokens are the issuers of tokens, one for each scheme, client and scopes, so
// that a token is asked for once and used for as long as it is good.
type tokens struct {
	client oauth.Client

	mu      sync.Mutex
	issuers map[issuerKey]*oauth.Issuer
}

type issuerKey struct {
	scheme       *openapi.SecurityScheme
	user, scopes string
}

const clientCredentials = "clientCredentials"

// meetsFlow says why a client of a scheme cannot get a token by its id and
// secret.
func meetsFlow(scheme *openapi.SecurityScheme, c Credential) error {
	if c.User == "" || flowOf(scheme) != nil {
		return nil
	}
	names := make([]string, len(scheme.Flows))
	for i, f := range scheme.Flows {
		names[i] = f.Name
	}
	return fmt.Errorf("it has no flow %s but %s, which are not supported: get a token, and give it without a user", clientCredentials, strings.Join(names, ", "))
}

func flowOf(scheme *openapi.SecurityScheme) *openapi.OAuthFlow {
	i := slices.IndexFunc(scheme.Flows, func(f *openapi.OAuthFlow) bool { return f.Name == clientCredentials })
	if i < 0 {
		return nil
	}
	return scheme.Flows[i]
}

// get returns a token that is good now.
func (t *tokens) get(s *openapi.RequiredScheme, c Credential) (string, error) {
	issuer, err := t.issuer(s, c)
	if err != nil {
		return "", err
	}
	return issuer.Secret()
}

func (t *tokens) issuer(s *openapi.RequiredScheme, c Credential) (*oauth.Issuer, error) {
	if t.client == nil {
		return nil, errors.New("nobody may be asked for a token here: get one, and give it without a user")
	}
	key := issuerKey{s.Scheme, c.User, strings.Join(s.Scopes, " ")}
	t.mu.Lock()
	defer t.mu.Unlock()
	if issuer := t.issuers[key]; issuer != nil {
		return issuer, nil
	}
	issuer, err := oauth.New(oauth.Options{
		TokenURL: flowOf(s.Scheme).TokenURL, ClientID: c.User, SecretFrom: c.Secret, Scopes: s.Scopes, Client: t.client,
	})
	if err != nil {
		return nil, err
	}
	if t.issuers == nil || len(t.issuers) >= maxIssuers {
		t.issuers = map[issuerKey]*oauth.Issuer{}
	}
	t.issuers[key] = issuer
	return issuer, nil
}
