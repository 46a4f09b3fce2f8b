package endpoint

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/oauth"
)

// CodeSecurity is the code of findings about security schemes that a contract
// asks for and nobody here can do.
const CodeSecurity diag.Code = "wire/security"

// Credentials are references to what proves who we are.
type Credentials struct {
	User     string     // a name, or a reference to one
	Password broker.Ref // env:NAME or file:PATH
	TLS      *broker.TLS
	// Schemes are those of security schemes by their names; schemes that are
	// not among them take the ones above.
	Schemes map[string]Credential
}

// Credential is what one security scheme asks for: a user with a password, a
// client of OAuth with its secret, or, without a user, a token or a key.
type Credential struct {
	User   string
	Secret broker.Ref
}

func (c Credentials) empty() bool {
	return c.User == "" && c.Password == "" && len(c.Schemes) == 0 && (c.TLS == nil || *c.TLS == broker.TLS{})
}

// forScheme returns what is given for a scheme.
func (c Credentials) forScheme(name string) Credential {
	if own, ok := c.Schemes[name]; ok {
		return own
	}
	return Credential{c.User, c.Password}
}

// guarded reports whether what the document says of security holds at the
// place: a server that somebody else named may be entered without.
func (p *place) guarded(choice Choice) bool {
	return p.server != nil && !choice.Embedded && (!p.given || !choice.Credentials.empty())
}

// securityFindings tells that no alternative of what is asked for can be met
// here, whatever credentials are given.
func (p *place) securityFindings(t *Target, choice Choice) []diag.Diagnostic {
	if !p.guarded(choice) {
		return nil
	}
	var list []diag.Diagnostic
	for _, asked := range p.asked(t) {
		var impossible *diag.Diagnostic
		for _, requirement := range asked {
			d := p.impossible(requirement)
			if d == nil {
				impossible = nil
				break
			}
			if impossible == nil {
				impossible = d
			}
		}
		if impossible != nil {
			list = append(list, *impossible)
		}
	}
	return list
}

// asked are the alternatives that the server asks for, and those that the
// operation asks for besides.
func (p *place) asked(t *Target) [][]asyncapi.SecurityRequirement {
	all := [][]asyncapi.SecurityRequirement{p.server.Security}
	if t != nil && t.Operation != nil {
		all = append(all, t.Operation.Security)
	}
	return slices.DeleteFunc(all, func(asked []asyncapi.SecurityRequirement) bool { return len(asked) == 0 })
}

// impossible tells which scheme of a requirement cannot be met here; nil where
// all can.
func (p *place) impossible(requirement asyncapi.SecurityRequirement) *diag.Diagnostic {
	for _, use := range requirement.Schemes {
		if use.Scheme == nil {
			continue // a finding of the document
		}
		if _, _, err := p.wayOf(use.Scheme); err != nil {
			return &diag.Diagnostic{
				Code: CodeSecurity, Severity: diag.Error, Message: p.name + ": " + err.Error(),
				Path: use.Scheme.Node.Path(), Span: use.Scheme.Node.Span,
			}
		}
	}
	return nil
}

// entry is how a server is entered for one target.
type entry struct {
	config broker.Config
	// by are the schemes that the operation asks for besides the server's.
	by string
}

// enter says how to enter a server for a target.
func (p *place) enter(base broker.Config, t *Target, choice Choice, web oauth.Client) (entry, error) {
	c := choice.Credentials
	base.User, base.Password, base.TLS = c.User, c.Password, c.TLS
	e := entry{config: base}
	if !p.guarded(choice) {
		return e, nil
	}
	for i, asked := range p.asked(t) {
		m := &meeting{place: p, config: e.config, given: c, web: web}
		schemes, err := m.any(asked)
		if err != nil {
			return e, fmt.Errorf("%s: %w", p.name, err)
		}
		if e.config = m.config; i > 0 || len(p.server.Security) == 0 {
			e.by = strings.Join(schemes, " ")
		}
	}
	return e, nil
}

// meeting is a configuration that comes to meet what is asked for.
type meeting struct {
	place  *place
	config broker.Config
	given  Credentials
	web    oauth.Client
	login  string // the scheme that the login was made for
}

// any meets the first of the alternatives that can be met, and returns the names
// of its schemes.
func (m *meeting) any(asked []asyncapi.SecurityRequirement) ([]string, error) {
	before, why := *m, []error(nil)
	for _, requirement := range asked {
		err := m.all(requirement)
		if err == nil {
			return namesOf(requirement), nil
		}
		*m = before
		why = append(why, err)
	}
	if len(why) == 1 {
		return nil, why[0]
	}
	texts := make([]string, len(why))
	for i, err := range why {
		texts[i] = err.Error()
	}
	return nil, errors.New(strings.Join(texts, "; or "))
}

// all meets every scheme of one requirement.
func (m *meeting) all(requirement asyncapi.SecurityRequirement) error {
	for _, use := range requirement.Schemes {
		if use.Scheme == nil {
			continue
		}
		if err := m.meet(use); err != nil {
			return err
		}
	}
	return nil
}

func (m *meeting) meet(use asyncapi.SecurityUse) error {
	by, way, err := m.place.wayOf(use.Scheme)
	if err != nil {
		return err
	}
	switch by {
	case byCertificate:
		return m.certificate(use.Scheme)
	case byHTTPKey:
		return m.httpKey(use.Scheme)
	}
	if m.login != "" && m.login != use.Scheme.Name {
		return fmt.Errorf("its security schemes %s and %s are both a login, and there is one for a connection: keep one, or make them alternatives", m.login, use.Scheme.Name)
	}
	m.login, m.config.SASL = use.Scheme.Name, way.sasl
	given := m.given.forScheme(use.Scheme.Name)
	if use.Scheme.Type == "oauth2" && given.User != "" {
		return m.oauth(use, given)
	}
	return m.secret(use.Scheme, way, given)
}

// secret puts a user and a secret where the protocol wants them.
func (m *meeting) secret(scheme *asyncapi.SecurityScheme, w way, given Credential) error {
	switch {
	case given.Secret == "" || w.who == withUser && given.User == "" || w.who == alone && given.User != "":
		return lacking(scheme, w)
	case w.who == asUser && given.User == "":
		given = Credential{User: string(given.Secret)} // a reference to a name
	}
	m.config.User, m.config.Password = given.User, given.Secret
	return nil
}

// lacking says what has to be given.
func lacking(scheme *asyncapi.SecurityScheme, w way) error {
	what, how := "a user and a password", "give the password by reference, as env:NAME or file:PATH"
	switch {
	case scheme.Type == "oauth2" && w.who != withUser:
		what, how = "a token", "give it as a password without a user, by reference, as env:NAME or file:PATH, or give the id and the secret of a client"
	case scheme.Type == "apiKey" && w.who == withUser:
		what, how = "an API key and what goes with it", "give them as user and password, the password by reference, as env:NAME or file:PATH"
	case scheme.Type == "apiKey":
		what, how = "an API key", "give it as a password without a user, by reference, as env:NAME or file:PATH"
	case w.who != withUser:
		what, how = "a token", "give it as a password without a user, by reference, as env:NAME or file:PATH"
	}
	return fmt.Errorf("it needs %s (security scheme %s): %s", what, scheme.Name, how)
}

func (m *meeting) certificate(scheme *asyncapi.SecurityScheme) error {
	if tls := m.config.TLS; tls == nil || tls.Cert == "" || tls.Key == "" {
		return fmt.Errorf("it needs a client certificate (security scheme %s): give certificate and key by reference, as file:PATH", scheme.Name)
	}
	return nil
}

func (m *meeting) httpKey(scheme *asyncapi.SecurityScheme) error {
	given := m.given.forScheme(scheme.Name)
	if given.Secret == "" || given.User != "" {
		return fmt.Errorf("it needs an API key (security scheme %s): give it as a password without a user, by reference, as env:NAME or file:PATH", scheme.Name)
	}
	if _, own := m.given.Schemes[scheme.Name]; !own && m.login == "" {
		m.config.Password = "" // it is the key, and no token besides
	}
	key := broker.APIKey{In: scheme.In, Name: scheme.ParameterName, Value: given.Secret}
	m.config.APIKeys = append(slices.Clone(m.config.APIKeys), key)
	return nil
}

// oauth gets tokens for a client that has an id and a secret. Other flows need
// a person before a browser.
func (m *meeting) oauth(use asyncapi.SecurityUse, given Credential) error {
	scheme := use.Scheme
	i := slices.IndexFunc(scheme.Flows, func(f asyncapi.OAuthFlow) bool { return f.Name == "clientCredentials" })
	switch {
	case i < 0:
		return fmt.Errorf("its security scheme %s has no flow clientCredentials, and others are not supported: get a token, and give it without a user", scheme.Name)
	case given.Secret == "":
		return fmt.Errorf("it needs the secret of a client (security scheme %s): give it as the password of the client's id, by reference, as env:NAME or file:PATH", scheme.Name)
	case m.web == nil:
		return fmt.Errorf("it needs a token (security scheme %s), and nobody may be asked for one here: give it as a password without a user, by reference, as env:NAME or file:PATH", scheme.Name)
	}
	issuer, err := oauth.New(oauth.Options{
		TokenURL: scheme.Flows[i].TokenURL, ClientID: given.User, Secret: given.Secret, Scopes: use.Scopes, Client: m.web,
	})
	if err != nil {
		return fmt.Errorf("its security scheme %s: %w", scheme.Name, err)
	}
	m.config.User, m.config.Password, m.config.Issuer = "", "", issuer
	return nil
}

func namesOf(requirement asyncapi.SecurityRequirement) []string {
	var names []string
	for _, use := range requirement.Schemes {
		if use.Scheme != nil {
			names = append(names, use.Scheme.Name)
		}
	}
	return names
}
