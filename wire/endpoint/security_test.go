package endpoint_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/weft-dev/weft/internal/golden"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/endpoint"
)

// planted is a secret that nobody may ever see.
const planted = "planted-s3cret-value"

// doorman is a driver of every protocol that notes who comes.
type doorman struct{ recorder }

func (d *doorman) Protocols() []string {
	return []string{"kafka", "mqtt", "amqp", "nats", "redis", "sqs", "sns", "ws", "http"}
}
func (*doorman) TakesAPIKeys() {}

// schemes are the security schemes of AsyncAPI, each with all its fields.
var schemes = []struct{ name, body string }{
	{"userPassword", "{type: userPassword}"},
	{"apiKey in user", "{type: apiKey, in: user}"},
	{"apiKey in password", "{type: apiKey, in: password}"},
	{"X509", "{type: X509}"},
	{"symmetricEncryption", "{type: symmetricEncryption}"},
	{"asymmetricEncryption", "{type: asymmetricEncryption}"},
	{"httpApiKey", "{type: httpApiKey, in: header, name: X-Key}"},
	{"http basic", "{type: http, scheme: basic}"},
	{"http bearer", "{type: http, scheme: bearer}"},
	{"http digest", "{type: http, scheme: digest}"},
	{"oauth2", "{type: oauth2, flows: {clientCredentials: {tokenUrl: 'TOKENS', availableScopes: {'orders:read': read}}}, scopes: ['orders:read']}"},
	{"oauth2 implicit", "{type: oauth2, flows: {implicit: {authorizationUrl: 'https://example.com/auth', availableScopes: {}}}}"},
	{"openIdConnect", "{type: openIdConnect, openIdConnectUrl: 'https://example.com/.well-known/openid-configuration'}"},
	{"plain", "{type: plain}"},
	{"scramSha256", "{type: scramSha256}"},
	{"scramSha512", "{type: scramSha512}"},
	{"gssapi", "{type: gssapi}"},
}

func secured(t *testing.T, protocol, scheme, tokens string) *endpoint.Source {
	t.Helper()
	return loadText(t, "secured.yaml", `
asyncapi: 3.0.0
info: {title: t, version: '1'}
servers: {live: {host: 'live.example.com:1', protocol: `+protocol+`, security: [{$ref: '#/components/securitySchemes/entry'}]}}
channels: {c: {address: a}}
operations: {any: {action: receive, channel: {$ref: '#/channels/c'}}}
components: {securitySchemes: {entry: `+strings.ReplaceAll(scheme, "TOKENS", tokens)+`}}
`)
}

// come tries to enter, and returns how the driver was called.
func come(t *testing.T, source *endpoint.Source, choice endpoint.Choice, web *http.Client) (driver.Server, []diag.Diagnostic, error) {
	t.Helper()
	d, mux := &doorman{}, &broker.Mux{}
	mux.Register(d)
	opt := endpoint.HubOptions{Mux: mux, Choices: map[string]endpoint.Choice{"Orders": choice}, Broker: broker.Config{Attempts: 1}}
	if web != nil {
		opt.Web = web
	}
	hub := endpoint.NewHub(opt)
	defer hub.Close(t.Context())
	where := target(t, source, "any", endpoint.Send)
	findings := hub.Check(source, where)
	_, err := hub.Sender(t.Context(), source, where, endpoint.SenderOptions{})
	if len(d.connects) == 0 {
		return driver.Server{}, findings, err
	}
	return d.connects[0], findings, err
}

// credentialsOf are all that a user can give.
func credentialsOf(t *testing.T) map[string]endpoint.Credentials {
	t.Helper()
	t.Setenv("WEFT_TEST_PLANTED", planted)
	certificate, key := pairOf(t)
	return map[string]endpoint.Credentials{
		"user":        {User: "ada", Password: "env:WEFT_TEST_PLANTED"},
		"secret":      {Password: "env:WEFT_TEST_PLANTED"},
		"certificate": {TLS: &broker.TLS{Cert: certificate, Key: key}},
		"nothing":     {},
	}
}

// TestEverySchemeIsMetOrToldWhy goes through types and protocols, and makes the
// table of the page on security of what it finds:
//
//	go test ./wire/endpoint -run EveryScheme -update
func TestEverySchemeIsMetOrToldWhy(t *testing.T) {
	tokens := httptest.NewServer(http.HandlerFunc(grant))
	defer tokens.Close()
	all := credentialsOf(t)
	protocols := (&doorman{}).Protocols()
	var table strings.Builder
	fmt.Fprintf(&table, "| type | %s |\n|---|%s\n", strings.Join(protocols, " | "), strings.Repeat("---|", len(protocols)))
	for _, scheme := range schemes {
		fmt.Fprintf(&table, "| `%s` |", scheme.name)
		for _, protocol := range protocols {
			source := secured(t, protocol, scheme.body, tokens.URL)
			var ways []string
			for _, given := range []string{"user", "secret", "certificate", "nothing"} {
				server, findings, err := come(t, source, endpoint.Choice{Credentials: all[given]}, tokens.Client())
				if err != nil {
					judgeRefusal(t, protocol+" "+scheme.name+" with "+given, err, findings)
					continue
				}
				if way := describe(t, server); given != "nothing" && way != "" {
					ways = append(ways, way)
				} else {
					t.Errorf("%s %s: entered with %s as nobody", protocol, scheme.name, given)
				}
			}
			if len(ways) == 0 {
				ways = []string{"-"}
			}
			fmt.Fprintf(&table, " %s |", strings.Join(ways, " or "))
		}
		table.WriteString("\n")
	}
	const page, begin, end = "../../docs/reference/security.md", "<!-- schemes: made by go test ./wire/endpoint -run EveryScheme -update -->\n", "<!-- end of schemes -->\n"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	_, after, ends := strings.Cut(rest, end)
	if !found || !ends {
		t.Fatalf("%s has lost the place of the table", page)
	}
	golden.Assert(t, []byte(before+begin+"\n"+table.String()+"\n"+end+after), page)
}

// judgeRefusal wants an error that says what to do, and a finding before where
// no credentials would help.
func judgeRefusal(t *testing.T, what string, err error, findings []diag.Diagnostic) {
	t.Helper()
	text := fmt.Sprintf("%v %+v", err, findings)
	if strings.Contains(text, planted) {
		t.Errorf("%s: the secret is told", what)
	}
	if !strings.Contains(err.Error(), "security scheme entry") {
		t.Errorf("%s: %q does not name the scheme", what, err)
	}
	if !strings.ContainsAny(strings.SplitAfterN(err.Error(), "scheme entry", 2)[1], ":,") {
		t.Errorf("%s: %q does not say what to do", what, err)
	}
	cannot := strings.Contains(err.Error(), "not supported yet") || strings.Contains(err.Error(), "cannot do")
	if told := len(findings) == 1 && findings[0].Code == endpoint.CodeSecurity; told != cannot {
		t.Errorf("%s: found %+v beforehand, the error is %q", what, findings, err)
	}
}

// describe says in words how a driver was told to enter.
func describe(t *testing.T, s driver.Server) string {
	t.Helper()
	way := ""
	switch {
	case len(s.APIKeys) > 0:
		key, err := s.APIKeys[0].Value()
		if err != nil || key != planted || s.Password != nil || s.APIKeys[0].Name != "X-Key" || s.APIKeys[0].In != "header" {
			t.Errorf("the key arrived as %+v, %v", s, err)
		}
		return "key"
	case s.TLS != nil && len(s.TLS.Certificates) > 0:
		way = "certificate"
	case s.User == planted && s.Password == nil:
		way = "key"
	case s.Password == nil:
		return ""
	default:
		password, err := s.Password()
		switch {
		case err != nil || password != planted && password != "a-fetched-token":
			t.Errorf("the password arrived as %q, %v", password, err)
		case password != planted && s.User == "":
			way = "client and secret"
		case s.User == "ada":
			way = "user and password"
		default:
			way = "token"
		}
	}
	if s.SASL != "" && s.SASL != "PLAIN" {
		way += " (" + s.SASL + ")"
	}
	return way
}

// grant is an authorization server that gives one token.
func grant(w http.ResponseWriter, r *http.Request) {
	user, secret, _ := r.BasicAuth()
	if user != "ada" || secret != planted || r.FormValue("grant_type") != "client_credentials" || r.FormValue("scope") != "orders:read" {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprintf(w, `{"error": "invalid_client", "error_description": "not %s"}`, secret)
		return
	}
	fmt.Fprint(w, `{"access_token": "a-fetched-token", "token_type": "Bearer", "expires_in": 3600}`)
}

func TestTokensAreNotFetchedFromWhomNobodyAllowed(t *testing.T) {
	credentials := credentialsOf(t)["user"]
	source := secured(t, "kafka", schemes[10].body, "https://tokens.example.com/token")
	_, _, err := come(t, source, endpoint.Choice{Credentials: credentials}, nil)
	if err == nil || !strings.Contains(err.Error(), "nobody may be asked") {
		t.Errorf("got %v", err)
	}
	source = secured(t, "kafka", schemes[10].body, "http://tokens.example.com/token")
	_, _, err = come(t, source, endpoint.Choice{Credentials: credentials}, http.DefaultClient)
	if err == nil || !strings.Contains(err.Error(), "write https://") {
		t.Errorf("got %v", err)
	}
}

func TestAlternativesAndConjunctionsOfSchemes(t *testing.T) {
	all := credentialsOf(t)
	document := func(security, operation string) *endpoint.Source {
		return loadText(t, "many.yaml", `
asyncapi: 2.6.0
info: {title: t, version: '1'}
servers: {live: {url: 'live.example.com:1', protocol: ws, security: `+security+`}}
channels: {a: {subscribe: {operationId: any, security: `+operation+`}}}
components: {securitySchemes: {user: {type: userPassword}, cert: {type: X509}, krb: {type: gssapi}, key: {type: httpApiKey, in: query, name: k}, token: {type: http, scheme: bearer}}}
`)
	}
	both := all["user"]
	both.TLS = all["certificate"].TLS
	own := endpoint.Credentials{Schemes: map[string]endpoint.Credential{
		"user": {User: "ada", Secret: "env:WEFT_TEST_PLANTED"}, "key": {Secret: "env:WEFT_TEST_PLANTED"},
	}}
	for _, c := range []struct {
		security, operation string
		with                endpoint.Credentials
		want                string
	}{
		{"[{krb: []}, {user: []}]", "[]", all["user"], ""},
		{"[{krb: []}, {user: []}]", "[]", all["nothing"], "needs a user and a password"},
		{"[{krb: []}]", "[]", all["user"], "gssapi"},
		{"[{user: [], cert: []}]", "[]", both, ""},
		{"[{user: [], cert: []}]", "[]", all["user"], "needs a client certificate"},
		{"[{user: [], cert: []}]", "[]", all["certificate"], "needs a user and a password"},
		{"[{user: [], key: []}]", "[]", own, ""},
		{"[{user: [], token: []}]", "[]", both, "both a login"},
		{"[{cert: []}]", "[{key: []}]", all["certificate"], "needs an API key"},
		{"[]", "[{user: []}]", all["nothing"], "needs a user and a password"},
		{"[]", "[{user: []}]", all["user"], ""},
	} {
		_, _, err := come(t, document(c.security, c.operation), endpoint.Choice{Credentials: c.with}, nil)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s, %s: got %v, want %q", c.security, c.operation, err, c.want)
		}
	}
}
