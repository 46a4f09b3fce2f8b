package http

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/weft-dev/weft/spec/openapi"
)

// Credential is how to meet one security scheme. Secrets are functions, so
// that nothing holds them longer than one request.
type Credential struct {
	// User goes with HTTP basic authentication. For oauth2 it is the client's
	// id: with it Secret is the client's secret, and a token is asked for by
	// the flow clientCredentials; without it Secret is the token.
	User string
	// Secret returns the password, the token, the API key or the client's
	// secret.
	Secret func() (string, error)
}

// CanAuthorize says why none of the operation's alternatives can be met by the
// given credentials, or nil. It reads no secret and asks nobody.
func CanAuthorize(op *openapi.Operation, given map[string]Credential) error {
	_, err := choose(op, given)
	return err
}

// authorize meets the first of the operation's alternatives that the given
// credentials can meet.
func (b *built) authorize(op *openapi.Operation, given map[string]Credential, from *tokens) error {
	requirement, err := choose(op, given)
	if err != nil || requirement == nil {
		return err
	}
	for _, s := range requirement.Schemes {
		if err := b.apply(s, given[s.Name], from); err != nil {
			return fmt.Errorf("security scheme %s: %w", s.Name, err)
		}
	}
	return nil
}

// choose picks an alternative (§ Security Requirement Object: all schemes of
// one, any of several): the first for which there are all credentials, else no
// credentials where those are optional. It prefers one that is supported to one
// that is not.
func choose(op *openapi.Operation, given map[string]Credential) (*openapi.SecurityRequirement, error) {
	if len(op.Security) == 0 {
		return nil, nil
	}
	anonymous := false
	var wanted []string
	var refused error
	for _, requirement := range op.Security {
		if len(requirement.Schemes) == 0 {
			anonymous = true
			continue
		}
		names, lacks := namesOf(requirement), false
		for _, name := range names {
			_, ok := given[name]
			lacks = lacks || !ok
		}
		if lacks {
			wanted = append(wanted, strings.Join(names, " and "))
			continue
		}
		err := supported(requirement, given)
		if err == nil {
			return requirement, nil
		}
		if refused == nil {
			refused = err
		}
	}
	switch {
	case refused != nil:
		return nil, refused
	case anonymous:
		return nil, nil
	}
	return nil, fmt.Errorf("the operation needs credentials for %s: give them by reference, as env:NAME or file:PATH", strings.Join(wanted, ", or "))
}

func namesOf(requirement *openapi.SecurityRequirement) []string {
	names := make([]string, len(requirement.Schemes))
	for i, s := range requirement.Schemes {
		names[i] = s.Name
	}
	return names
}

// supported says why a requirement cannot be met by credentials that are there.
func supported(requirement *openapi.SecurityRequirement, given map[string]Credential) error {
	writes := map[string]string{} // by place, the scheme that writes there
	for _, s := range requirement.Schemes {
		if s.Scheme == nil {
			return fmt.Errorf("the document declares no security scheme %s", s.Name)
		}
		if err := meets(s.Scheme, given[s.Name]); err != nil {
			return fmt.Errorf("security scheme %s: %w", s.Name, err)
		}
		place := placeOf(s.Scheme)
		if other, taken := writes[place]; taken {
			return fmt.Errorf("the security schemes %s and %s must both be met, and both write the %s", other, s.Name, place)
		}
		writes[place] = s.Name
	}
	return nil
}

// placeOf is where a scheme's credential goes.
func placeOf(scheme *openapi.SecurityScheme) string {
	if scheme.Type == openapi.SchemeAPIKey {
		name := scheme.ParameterName
		if scheme.In == openapi.InHeader {
			name = strings.ToLower(name)
		}
		return scheme.In.String() + " " + name
	}
	return "header authorization"
}

func meets(scheme *openapi.SecurityScheme, c Credential) error {
	if c.Secret == nil {
		return errors.New("its credential has no secret")
	}
	switch scheme.Type {
	case openapi.SchemeAPIKey:
		return meetsKey(scheme)
	case openapi.SchemeOAuth2:
		return meetsFlow(scheme, c)
	case openapi.SchemeOpenIDConnect:
		if c.User != "" {
			return errors.New("providers of OpenID Connect are not asked for tokens yet: get one, and give it without a user")
		}
		return nil
	case openapi.SchemeHTTP:
		return meetsHTTP(scheme, c.User)
	case openapi.SchemeMutualTLS:
		return errors.New("certificates of clients (mutualTLS) are not supported yet for HTTP: put a proxy in front that has one, and name it with --server")
	}
	return fmt.Errorf("its type %s is not supported yet", scheme.Type)
}

func meetsKey(scheme *openapi.SecurityScheme) error {
	switch {
	case scheme.In != openapi.InHeader && scheme.In != openapi.InQuery && scheme.In != openapi.InCookie:
		return errors.New("it does not say where the API key goes: \"in\" is header, query or cookie")
	case scheme.ParameterName == "":
		return errors.New("it has no name for the API key")
	}
	return nil
}

func meetsHTTP(scheme *openapi.SecurityScheme, user string) error {
	switch scheme.Scheme {
	case "bearer":
		if user != "" {
			return errors.New("a bearer token has no user: leave it out")
		}
		return nil
	case "basic":
		if user == "" || strings.Contains(user, ":") {
			return errors.New("basic authentication needs a user, without a colon")
		}
		return nil
	case "digest":
		return errors.New("digest authentication is not supported yet, since it needs a second request for each: basic (over https), bearer and apiKey are")
	}
	return fmt.Errorf("the HTTP scheme %s is not supported yet: bearer and basic are", scheme.Scheme)
}

// apply writes the credential of one scheme, which meets it.
func (b *built) apply(s *openapi.RequiredScheme, c Credential, from *tokens) error {
	scheme := s.Scheme
	if scheme.Type == openapi.SchemeOAuth2 && c.User != "" {
		token, err := from.get(s, c)
		if err == nil {
			b.setSecretHeader("Authorization", "Bearer "+token)
		}
		return err
	}
	value, err := c.Secret()
	switch {
	case err != nil:
		return err
	case value == "":
		return errors.New("its secret is empty")
	case scheme.Type == openapi.SchemeAPIKey:
		b.apiKey(scheme, value)
	case scheme.Type == openapi.SchemeHTTP && scheme.Scheme == "basic":
		b.setSecretHeader("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(c.User+":"+value)))
	default:
		b.setSecretHeader("Authorization", "Bearer "+value)
	}
	return nil
}

func (b *built) apiKey(scheme *openapi.SecurityScheme, value string) {
	name := scheme.ParameterName
	switch scheme.In {
	case openapi.InHeader:
		b.setSecretHeader(name, value)
	case openapi.InQuery:
		b.query = append(b.query, pair{escapeAll(name), escapeAll(value)})
		b.masked = append(b.masked, pair{escapeAll(name), secret})
		b.record.Query[name] = secret
	case openapi.InCookie:
		// Servers do not unescape a cookie: a key goes as it is.
		b.cookies = append(b.cookies, pair{escapeCookie(name), escapeCookie(value)})
	}
}

func (b *built) setSecretHeader(name, value string) {
	b.header.Set(name, value)
	b.record.Header[strings.ToLower(name)] = secret
}
