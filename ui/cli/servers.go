package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/endpoint"
	"github.com/weft-dev/weft/wire/http"
)

// servers are the user's choices of where sources are.
type servers struct {
	brokers map[string]endpoint.Choice
	http    map[string]http.Choice
	said    map[string]string                     // as written, by source
	secrets map[string]map[string]http.Credential // by source and scheme
}

// parseServers reads --server flags for the sources of a plan.
func parseServers(p *plan.Plan, flags []string) (*servers, error) {
	s := &servers{
		brokers: map[string]endpoint.Choice{}, http: map[string]http.Choice{}, said: map[string]string{},
		secrets: map[string]map[string]http.Credential{},
	}
	for _, flag := range flags {
		if err := s.add(p, flag); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *servers) add(p *plan.Plan, flag string) error {
	name, choice, err := endpoint.ParseChoice(flag)
	if err != nil {
		return usage("--server: %w", err)
	}
	if _, twice := s.said[name]; twice {
		return usage("--server: %s is given twice", name)
	}
	i := slices.IndexFunc(p.Uses, func(u *plan.Use) bool { return u.Name == name })
	if i < 0 {
		return usage("--server: the workflow uses no source %q%s", name, didYouMean(name, useNames(p)))
	}
	s.said[name] = strings.TrimPrefix(flag, name+"=")
	if p.Uses[i].Source.OpenAPI == nil {
		s.brokers[name] = choice
		return nil
	}
	if choice.URL != "" && !strings.HasPrefix(choice.URL, "http://") && !strings.HasPrefix(choice.URL, "https://") {
		return usage("--server: %s is an HTTP API, so its URL begins with http:// or https://", name)
	}
	s.http[name] = http.Choice{Name: choice.Name, URL: choice.URL}
	return nil
}

// create allows brokers to be given the topics and queues that they lack.
func (s *servers) create(p *plan.Plan, allowed bool) {
	for _, use := range p.Uses {
		if use.Source.AsyncAPI == nil {
			continue
		}
		choice := s.brokers[use.Name]
		choice.Create = allowed
		s.brokers[use.Name] = choice
	}
}

func (s *servers) texts() map[string]string { return s.said }

// given reports whether the user said where a source is.
func (s *servers) given(name string) bool {
	_, ok := s.said[name]
	return ok
}

func useNames(p *plan.Plan) []string {
	names := make([]string, len(p.Uses))
	for i, use := range p.Uses {
		names[i] = use.Name
	}
	return names
}

func didYouMean(name string, candidates []string) string {
	if near := diag.Nearest(name, candidates); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	if len(candidates) == 0 {
		return ""
	}
	return "; it uses " + strings.Join(candidates, ", ")
}

// reach says why an HTTP source has no server, or nil.
func (s *servers) reach(use *plan.Use) error {
	source := use.Source
	if source.OpenAPI == nil || !use.Calls {
		return nil // a broker's server depends on the channel; opening it tells
	}
	for _, op := range source.OpenAPI.Operations {
		_, err := http.BaseURL(use.Name, source.OpenAPI, op, s.http[use.Name])
		return err
	}
	return nil
}
