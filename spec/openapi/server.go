package openapi

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Expand puts values in place of the variables of the server's URL, or their
// defaults where none is given, and resolves the result against the URI of the
// document. A value that is not of a variable, or not allowed for it, is an
// error.
func (s *Server) Expand(values map[string]string, documentURI string) (string, error) {
	for name := range values {
		if s.variable(name) == nil {
			return "", fmt.Errorf("the server %s has no variable %q%s", s.URL, name, among(s.names()))
		}
	}
	var b strings.Builder
	rest := s.URL
	for {
		before, after, ok := strings.Cut(rest, "{")
		b.WriteString(before)
		if !ok {
			break
		}
		name, next, ok := strings.Cut(after, "}")
		if !ok {
			return "", fmt.Errorf("the server %s has a brace that is not closed", s.URL)
		}
		value, err := s.value(name, values)
		if err != nil {
			return "", err
		}
		b.WriteString(value)
		rest = next
	}
	return resolveURI(documentURI, b.String())
}

func (s *Server) value(name string, values map[string]string) (string, error) {
	v := s.variable(name)
	if v == nil {
		return "", fmt.Errorf("the server %s does not describe its variable %q", s.URL, name)
	}
	value, given := values[name]
	if !given {
		value = v.Default
	}
	if given && len(v.Enum) > 0 && !slices.Contains(v.Enum, value) {
		return "", fmt.Errorf("the variable %q of the server %s cannot be %q%s", name, s.URL, value, among(v.Enum))
	}
	return value, nil
}

func (s *Server) variable(name string) *ServerVariable {
	i := slices.IndexFunc(s.Variables, func(v *ServerVariable) bool { return v.Name == name })
	if i < 0 {
		return nil
	}
	return s.Variables[i]
}

func (s *Server) names() []string {
	names := make([]string, len(s.Variables))
	for i, v := range s.Variables {
		names[i] = v.Name
	}
	return names
}

func among(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "; there is " + strings.Join(names, ", ")
}

func resolveURI(base, reference string) (string, error) {
	ref, err := url.Parse(reference)
	if err != nil {
		return "", fmt.Errorf("the server's URL %q cannot be read: %w", reference, err)
	}
	if ref.IsAbs() {
		return reference, nil
	}
	b, err := url.Parse(base)
	if err != nil {
		return "", fmt.Errorf("the document's URI %q cannot be read: %w", base, err)
	}
	return b.ResolveReference(ref).String(), nil
}
