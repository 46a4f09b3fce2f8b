package http

import (
	"fmt"
	"strings"

	"github.com/weft-dev/weft/spec/openapi"
)

// Choice says which server of a document to use. The zero Choice is its only
// one. There is no fallback: a choice that does not fit is an error.
type Choice struct {
	// Name is a server's name (3.2), description, or URL as the document
	// writes it; URL is any server. At most one is set.
	Name string
	URL  string
	// Variables are values for the variables of the document's server.
	Variables map[string]string
}

// BaseURL returns the server at which an operation is called. source is the
// name by which the user knows the document, for errors.
func BaseURL(source string, doc *openapi.Document, op *openapi.Operation, choice Choice) (string, error) {
	if choice.URL != "" {
		if len(choice.Variables) > 0 {
			return "", fmt.Errorf("%s: server variables have no effect beside a URL: leave out one of them", source)
		}
		base, err := checkBase(choice.URL)
		if err != nil {
			return "", fmt.Errorf("%s: %w", source, err)
		}
		return base, nil
	}
	server, err := pick(source, op.Servers, choice.Name)
	if err != nil {
		return "", err
	}
	text, err := server.Expand(choice.Variables, doc.URI)
	if err != nil {
		return "", fmt.Errorf("%s: %w", source, err)
	}
	base, err := checkBase(text)
	if err != nil {
		return "", fmt.Errorf("%s: %w: choose a server with --server %s=URL", source, err, source)
	}
	return base, nil
}

func pick(source string, servers []*openapi.Server, name string) (*openapi.Server, error) {
	urls := make([]string, 0, len(servers))
	for _, s := range servers {
		if name != "" && (s.Name == name || s.Description == name || s.URL == name) {
			return s, nil
		}
		urls = append(urls, s.URL)
	}
	switch {
	case name != "":
		return nil, fmt.Errorf("%s has no server %q; there is %s", source, name, strings.Join(urls, ", "))
	case len(servers) == 0:
		return nil, fmt.Errorf("%s: the document names no server: choose one with --server %s=URL", source, source)
	case len(servers) > 1:
		return nil, fmt.Errorf("%s has several servers (%s): choose one with --server %s=URL", source, strings.Join(urls, ", "), source)
	}
	return servers[0], nil
}
