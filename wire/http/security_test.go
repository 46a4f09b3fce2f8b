package http_test

import (
	"fmt"
	nethttp "net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/wire/http"
)

// guarded is an operation with schemes of all kinds and the given security.
func guarded(t *testing.T, tokenURL, security string) *openapi.Operation {
	t.Helper()
	return load(t, fmt.Sprintf(`
openapi: 3.1.0
info: {title: t, version: '1'}
components:
  securitySchemes:
    head: {type: apiKey, in: header, name: X-Key}
    other: {type: apiKey, in: header, name: x-key}
    query: {type: apiKey, in: query, name: k}
    jar: {type: apiKey, in: cookie, name: k}
    basic: {type: http, scheme: Basic}
    token: {type: http, scheme: bearer}
    digest: {type: http, scheme: digest}
    oidc: {type: openIdConnect, openIdConnectUrl: 'https://id.example.com/.well-known/openid-configuration'}
    tls: {type: mutualTLS}
    machine: {type: oauth2, flows: {clientCredentials: {tokenUrl: '%s', scopes: {read: r, write: w}}}}
    person: {type: oauth2, flows: {implicit: {authorizationUrl: 'https://id.example.com', scopes: {}}}}
paths:
  /x: {get: {operationId: get, security: %s}}
`, tokenURL, security)).Operations[0]
}

func secretly(text string) http.Credential {
	return http.Credential{Secret: func() (string, error) { return text, nil }}
}

func asClient(id, text string) http.Credential {
	c := secretly(text)
	c.User = id
	return c
}

// authority grants tokens and counts them.
func authority(t *testing.T) (*httptest.Server, *atomic.Int32) {
	t.Helper()
	var asked atomic.Int32
	server := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		id, password, _ := r.BasicAuth()
		w.Header().Set("Content-Type", "application/json")
		if id != "shop" || password != "s3cret" {
			w.WriteHeader(nethttp.StatusUnauthorized)
			fmt.Fprint(w, `{"error":"invalid_client"}`)
			return
		}
		fmt.Fprintf(w, `{"access_token":"t%d-%s","token_type":"Bearer","expires_in":3600}`, asked.Add(1), r.FormValue("scope"))
	}))
	t.Cleanup(server.Close)
	return server, &asked
}

func TestTokensOfClientsAreAskedForOnce(t *testing.T) {
	t.Parallel()
	tokens, asked := authority(t)
	op := guarded(t, tokens.URL, "[{machine: [read]}]")
	server, got := echo(t)
	c := http.New(http.Options{Tokens: tokens.Client()})
	t.Cleanup(c.Close)
	for range 3 {
		_, record, err := c.Call(t.Context(), http.Request{
			Operation: op, BaseURL: server.URL, Credentials: map[string]http.Credential{"machine": asClient("shop", "s3cret")},
		})
		if err != nil {
			t.Fatal(err)
		}
		if got.Header.Get("Authorization") != "Bearer t1-read" || record.Header["authorization"] != "***" {
			t.Errorf("sent %q, recorded %v", got.Header.Get("Authorization"), record.Header["authorization"])
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("a token was asked for %d times", n)
	}
	_, _, err := c.Call(t.Context(), http.Request{
		Operation: op, BaseURL: server.URL, Credentials: map[string]http.Credential{"machine": asClient("thief", "wr0ng")},
	})
	if err == nil || !strings.Contains(err.Error(), "invalid_client") || strings.Contains(err.Error(), "wr0ng") {
		t.Errorf("got %v", err)
	}
}

func TestRequirementsAreMetTogetherOrInstead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		security string
		given    map[string]http.Credential
		want     string // the credentials that came
	}{
		{"[{head: [], query: [], jar: [], token: []}]", map[string]http.Credential{"head": secretly("a"), "query": secretly("b c"), "jar": secretly("d=="), "token": secretly("e")}, "key=a uri=/x?k=b%20c cookie=k=d== auth=Bearer e"},
		{"[{head: []}, {basic: []}]", map[string]http.Credential{"basic": asClient("u", "p")}, "key= uri=/x cookie= auth=Basic dTpw"},
		{"[{digest: []}, {token: []}]", map[string]http.Credential{"digest": asClient("u", "p"), "token": secretly("e")}, "key= uri=/x cookie= auth=Bearer e"},
		{"[{}, {token: []}]", map[string]http.Credential{"token": secretly("e")}, "key= uri=/x cookie= auth=Bearer e"},
		{"[{token: []}, {}]", nil, "key= uri=/x cookie= auth="},
		{"[]", map[string]http.Credential{"token": secretly("e")}, "key= uri=/x cookie= auth="},
		{"[{oidc: []}]", map[string]http.Credential{"oidc": secretly("e")}, "key= uri=/x cookie= auth=Bearer e"},
		{"[{person: []}]", map[string]http.Credential{"person": secretly("e")}, "key= uri=/x cookie= auth=Bearer e"},
	} {
		server, got := echo(t)
		op := guarded(t, "https://id.example.com", c.security)
		if err := http.CanAuthorize(op, c.given); err != nil {
			t.Errorf("%s: %v", c.security, err)
		}
		_, _, err := client(t).Call(t.Context(), http.Request{Operation: op, BaseURL: server.URL, Credentials: c.given})
		if err != nil {
			t.Errorf("%s: %v", c.security, err)
			continue
		}
		came := fmt.Sprintf("key=%s uri=%s cookie=%s auth=%s", got.Header.Get("X-Key"), got.RequestURI, got.Header.Get("Cookie"), got.Header.Get("Authorization"))
		if came != c.want {
			t.Errorf("%s: got %s\nwant %s", c.security, came, c.want)
		}
	}
}

func TestRequirementsThatCannotBeMetSayWhy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		security string
		given    map[string]http.Credential
		want     string
	}{
		{"[{head: [], query: []}, {token: []}]", map[string]http.Credential{"head": secretly("a")}, "needs credentials for head and query, or token: give them by reference"},
		{"[{digest: []}, {token: []}]", map[string]http.Credential{"digest": asClient("u", "p")}, "security scheme digest: digest authentication is not supported yet"},
		{"[{token: [], basic: []}]", map[string]http.Credential{"token": secretly("a"), "basic": asClient("u", "p")}, "token and basic must both be met, and both write the header authorization"},
		{"[{head: [], other: []}]", map[string]http.Credential{"head": secretly("a"), "other": secretly("b")}, "both write the header x-key"},
		{"[{person: []}]", map[string]http.Credential{"person": asClient("id", "s")}, "no flow clientCredentials but implicit"},
		{"[{oidc: []}]", map[string]http.Credential{"oidc": asClient("id", "s")}, "give it without a user"},
		{"[{tls: []}]", map[string]http.Credential{"tls": secretly("s")}, "mutualTLS"},
		{"[{token: []}]", map[string]http.Credential{"token": asClient("u", "s")}, "a bearer token has no user"},
	} {
		op := guarded(t, "https://id.example.com", c.security)
		if err := http.CanAuthorize(op, c.given); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: before, got %v, want %q", c.security, err, c.want)
		}
		_, _, err := client(t).Call(t.Context(), http.Request{Operation: op, BaseURL: "http://127.0.0.1:1", Credentials: c.given})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.security, err, c.want)
		}
	}
}

func TestSecretsThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		tokenURL, security string
		given              map[string]http.Credential
		want               string
	}{
		{"https://id.example.com", "[{token: []}]", map[string]http.Credential{"token": secretly("")}, "its secret is empty"},
		{"https://id.example.com", "[{machine: []}]", map[string]http.Credential{"machine": asClient("shop", "s")}, "nobody may be asked for a token here"},
	} {
		_, _, err := client(t).Call(t.Context(), http.Request{
			Operation: guarded(t, c.tokenURL, c.security), BaseURL: "http://127.0.0.1:1", Credentials: c.given,
		})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.security, err, c.want)
		}
	}
	c := http.New(http.Options{Tokens: nethttp.DefaultClient})
	t.Cleanup(c.Close)
	_, _, err := c.Call(t.Context(), http.Request{
		Operation: guarded(t, "/token", "[{machine: []}]"), BaseURL: "http://127.0.0.1:1",
		Credentials: map[string]http.Credential{"machine": asClient("shop", "s")},
	})
	if err == nil || !strings.Contains(err.Error(), "its token URL is no address") {
		t.Errorf("got %v", err)
	}
}
