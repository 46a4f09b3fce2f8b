package cli

import (
	"slices"
	"strings"

	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/endpoint"
	"github.com/weft-dev/weft/wire/http"
)

const credentialForm = "write SOURCE=USER@env:NAME (or env:NAME for a token) for a broker, SOURCE.SCHEME=USER@file:PATH for one of its security schemes or one of an HTTP API, SOURCE.ca=file:PATH, SOURCE.cert=file:PATH and SOURCE.key=file:PATH for TLS, SOURCE.registry=USER@env:NAME for its schema registry"

// addCredentials reads --credential flags. They name where a secret is, never
// the secret itself, and a journal does not keep them.
func (s *servers) addCredentials(p *plan.Plan, flags []string) error {
	for _, flag := range flags {
		if err := s.addCredential(p, flag); err != nil {
			return err
		}
	}
	return nil
}

func (s *servers) addCredential(p *plan.Plan, flag string) error {
	name, value, ok := strings.Cut(flag, "=")
	if !ok {
		return usage("--credential names no secret: %s", credentialForm)
	}
	user, ref, err := reference(value)
	if err != nil {
		return err
	}
	source, scheme, _ := strings.Cut(name, ".")
	i := slices.IndexFunc(p.Uses, func(u *plan.Use) bool { return u.Name == source })
	if i < 0 {
		return usage("--credential: the workflow uses no source %q%s", source, didYouMean(source, useNames(p)))
	}
	if document := p.Uses[i].Source.OpenAPI; document != nil {
		return s.addSecret(source, scheme, document, http.Credential{User: user, Secret: ref.Resolve})
	}
	choice := s.brokers[source]
	if err := brokerCredential(&choice, p.Uses[i].Source.AsyncAPI, scheme, user, ref); err != nil {
		return err
	}
	s.brokers[source] = choice
	return nil
}

// brokerCredential puts a credential where its name says: that of a security
// scheme of the document, or one of a few that every source has.
func brokerCredential(choice *endpoint.Choice, doc *asyncapi.Document, name, user string, ref broker.Ref) error {
	var schemes []string
	for _, scheme := range doc.Components.Security {
		schemes = append(schemes, scheme.Name)
	}
	c := &choice.Credentials
	switch {
	case name == "":
		c.User, c.Password = user, ref
	case slices.Contains(schemes, name):
		if c.Schemes == nil {
			c.Schemes = map[string]endpoint.Credential{}
		}
		c.Schemes[name] = endpoint.Credential{User: user, Secret: ref}
	case name == "registry" && user == "":
		choice.Registry.Token = ref
	case name == "registry":
		choice.Registry.User, choice.Registry.Password = user, ref
	default:
		return certificate(c, schemes, name, user, ref)
	}
	return nil
}

// certificate is what TLS needs, by reference as all else.
func certificate(c *endpoint.Credentials, schemes []string, name, user string, ref broker.Ref) error {
	own := []string{"ca", "cert", "key"}
	if !slices.Contains(own, name) {
		return usage("--credential: there is no security scheme %q%s", name, orThese(name, slices.Concat(schemes, own, []string{"registry"})))
	}
	if user != "" {
		return usage("--credential: a certificate has no user: write .%s=file:PATH", name)
	}
	if c.TLS == nil {
		c.TLS = &broker.TLS{}
	}
	switch name {
	case "ca":
		c.TLS.CA = ref
	case "cert":
		c.TLS.Cert = ref
	case "key":
		c.TLS.Key = ref
	}
	return nil
}

func (s *servers) addSecret(source, scheme string, document *openapi.Document, credential http.Credential) error {
	var names []string
	for _, known := range document.SecuritySchemes {
		names = append(names, known.Name)
	}
	if !slices.Contains(names, scheme) {
		return usage("--credential: %s has no security scheme %q%s", source, scheme, didYouMean(scheme, names))
	}
	if s.secrets[source] == nil {
		s.secrets[source] = map[string]http.Credential{}
	}
	s.secrets[source][scheme] = credential
	return nil
}

// reference splits "USER@env:NAME". What is no reference is not repeated, since
// it may be the secret.
func reference(value string) (user string, ref broker.Ref, err error) {
	for _, kind := range []string{"env:", "file:"} {
		if strings.HasPrefix(value, kind) {
			return "", broker.Ref(value), nil
		}
		if at := strings.Index(value, "@"+kind); at >= 0 {
			return value[:at], broker.Ref(value[at+1:]), nil
		}
	}
	return "", "", usage("--credential takes a reference to a secret, not the secret: %s", credentialForm)
}
