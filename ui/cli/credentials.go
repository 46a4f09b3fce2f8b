package cli

import (
	"slices"
	"strings"

	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/endpoint"
	"github.com/weft-dev/weft/wire/http"
)

const credentialForm = "write SOURCE=USER@env:NAME for a broker, SOURCE.registry=USER@env:NAME (or env:NAME for a token) for its schema registry, SOURCE.SCHEME=env:NAME or SOURCE.SCHEME=USER@file:PATH for an HTTP API"

// registryScheme stands in a credential for the schema registry of a source.
const registryScheme = "registry"

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
	switch {
	case scheme == registryScheme && user == "":
		choice.Registry.Token = ref
	case scheme == registryScheme:
		choice.Registry.User, choice.Registry.Password = user, ref
	default:
		choice.Credentials = endpoint.Credentials{User: user, Password: ref}
	}
	s.brokers[source] = choice
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
