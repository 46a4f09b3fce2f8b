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
	// User goes with HTTP basic authentication.
	User string
	// Secret returns the password, the token or the API key.
	Secret func() (string, error)
}

// authorize meets the first of the operation's alternatives that the given
// credentials can meet.
func (b *built) authorize(op *openapi.Operation, given map[string]Credential) error {
	if len(op.Security) == 0 {
		return nil
	}
	anonymous := false
	var wanted []string
	for _, requirement := range op.Security {
		if len(requirement.Schemes) == 0 {
			anonymous = true
			continue
		}
		names := make([]string, len(requirement.Schemes))
		all := true
		for i, s := range requirement.Schemes {
			names[i] = s.Name
			_, ok := given[s.Name]
			all = all && ok
		}
		if all {
			return b.meet(requirement, given)
		}
		wanted = append(wanted, strings.Join(names, " and "))
	}
	if anonymous {
		return nil
	}
	return fmt.Errorf("the operation needs credentials for %s: give them by reference, as env:NAME or file:PATH", strings.Join(wanted, ", or "))
}

func (b *built) meet(requirement *openapi.SecurityRequirement, given map[string]Credential) error {
	for _, s := range requirement.Schemes {
		if s.Scheme == nil {
			return fmt.Errorf("the document declares no security scheme %s", s.Name)
		}
		if err := b.apply(s.Scheme, given[s.Name]); err != nil {
			return fmt.Errorf("security scheme %s: %w", s.Name, err)
		}
	}
	return nil
}

func (b *built) apply(scheme *openapi.SecurityScheme, c Credential) error {
	if c.Secret == nil {
		return errors.New("its credential has no secret")
	}
	value, err := c.Secret()
	if err != nil {
		return err
	}
	switch scheme.Type {
	case openapi.SchemeAPIKey:
		return b.apiKey(scheme, value)
	case openapi.SchemeOAuth2, openapi.SchemeOpenIDConnect:
		b.setSecretHeader("Authorization", "Bearer "+value)
		return nil
	case openapi.SchemeHTTP:
		return b.http(scheme, c.User, value)
	}
	return fmt.Errorf("its type %s is not supported yet", scheme.Type)
}

func (b *built) http(scheme *openapi.SecurityScheme, user, value string) error {
	switch scheme.Scheme {
	case "bearer":
		b.setSecretHeader("Authorization", "Bearer "+value)
	case "basic":
		if user == "" || strings.Contains(user, ":") {
			return errors.New("basic authentication needs a user, without a colon")
		}
		b.setSecretHeader("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user+":"+value)))
	default:
		return fmt.Errorf("the HTTP scheme %s is not supported yet: bearer and basic are", scheme.Scheme)
	}
	return nil
}

func (b *built) apiKey(scheme *openapi.SecurityScheme, value string) error {
	switch scheme.In {
	case openapi.InHeader:
		b.setSecretHeader(scheme.ParameterName, value)
	case openapi.InQuery:
		b.query = append(b.query, pair{escapeAll(scheme.ParameterName), escapeAll(value)})
		b.masked = append(b.masked, pair{escapeAll(scheme.ParameterName), secret})
		b.record.Query[scheme.ParameterName] = secret
	case openapi.InCookie:
		b.cookies = append(b.cookies, pair{escapeAll(scheme.ParameterName), escapeAll(value)})
	default:
		return errors.New("it does not say where the API key goes")
	}
	return nil
}

func (b *built) setSecretHeader(name, value string) {
	b.header.Set(name, value)
	b.record.Header[strings.ToLower(name)] = secret
}
