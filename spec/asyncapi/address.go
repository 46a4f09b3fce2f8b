package asyncapi

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/text/diag"
)

// Variables returns the names in braces in a server's host and pathname, or in
// a channel's address, each once, in order. Braces that are not closed, or
// empty, are text.
func Variables(template string) []string {
	var names []string
	seen := map[string]bool{"": true}
	for _, p := range split(template) {
		if !seen[p.name] {
			seen[p.name] = true
			names = append(names, p.name)
		}
	}
	return names
}

type piece struct {
	text string // as written
	name string // what is between the braces, or ""
}

func split(template string) []piece {
	var list []piece
	for template != "" {
		open := strings.IndexByte(template, '{')
		if open < 0 {
			return append(list, piece{text: template})
		}
		length := strings.IndexByte(template[open:], '}')
		if length < 0 {
			return append(list, piece{text: template})
		}
		if open > 0 {
			list = append(list, piece{text: template[:open]})
		}
		list = append(list, piece{text: template[open : open+length+1], name: template[open+1 : open+length]})
		template = template[open+length+1:]
	}
	return list
}

// variable is what a server variable and a parameter have in common.
type variable struct {
	enum       []string
	fallback   string
	hasDefault bool
}

// expand puts values into a template. A value that is given must be one of the
// variable's, where it lists them; one that is not given is the default.
func expand(what, template string, values map[string]string, known map[string]variable) (string, error) {
	var b strings.Builder
	for _, p := range split(template) {
		if p.name == "" {
			b.WriteString(p.text)
			continue
		}
		value, err := valueOf(what, p.name, values, known[p.name])
		if err != nil {
			return "", err
		}
		b.WriteString(value)
	}
	return b.String(), nil
}

func valueOf(what, name string, values map[string]string, v variable) (string, error) {
	value, given := values[name]
	switch {
	case !given && !v.hasDefault:
		return "", fmt.Errorf("the %s %q has no value and no default", what, name)
	case !given:
		return v.fallback, nil
	case len(v.enum) > 0 && !slices.Contains(v.enum, value):
		message := fmt.Sprintf("the %s %q cannot be %q: it is one of %s", what, name, value, strings.Join(v.enum, ", "))
		if near := diag.Nearest(value, v.enum); near != "" {
			message += fmt.Sprintf("; did you mean %q?", near)
		}
		return "", fmt.Errorf("%s", message)
	}
	return value, nil
}

// URL returns the address of the server, "kafka://host:9092/path", with values
// for its variables; those not given take their default.
func (s *Server) URL(values map[string]string) (string, error) {
	known := make(map[string]variable, len(s.Variables))
	for _, v := range s.Variables {
		known[v.Name] = variable{enum: v.Enum, fallback: v.Default, hasDefault: v.HasDefault}
	}
	rest, err := expand("server variable", s.Host+s.Pathname, values, known)
	if err != nil {
		return "", fmt.Errorf("server %q: %w", s.Name, err)
	}
	return s.Protocol + "://" + rest, nil
}

// Expand returns the channel's address with values for its parameters; those
// not given take their default.
func (c *Channel) Expand(values map[string]string) (string, error) {
	known := make(map[string]variable, len(c.Parameters))
	for _, p := range c.Parameters {
		known[p.Name] = variable{enum: p.Enum, fallback: p.Default, hasDefault: p.HasDefault}
	}
	address, err := expand("parameter", c.Address, values, known)
	if err != nil {
		return "", fmt.Errorf("channel %q: %w", c.Name, err)
	}
	return address, nil
}
