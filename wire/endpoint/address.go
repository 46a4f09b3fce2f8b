package endpoint

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/asyncapi"
)

// addressing is the address of a channel with what is known of its parameters.
// Those that a message itself holds are filled in message by message.
type addressing struct {
	channel  string // its name, for people
	template string
	given    map[string]string
	located  map[string]*location
}

// addressing finds out where a target's messages are. The override is an
// address that only the run knows, such as that of a reply.
func (t *Target) addressing(protocol string, given map[string]string, override string) (*addressing, error) {
	if override != "" {
		return &addressing{template: override}, nil
	}
	if t.Channel == nil {
		return nil, fmt.Errorf("%s goes to the address that the request names in %s: it must be given", t.Name(), t.AddressFrom)
	}
	a := &addressing{channel: t.Channel.Name, template: t.Channel.Address, given: maps.Clone(given), located: map[string]*location{}}
	if bound := protocolOf(protocol).addressOf(t.Channel); bound != "" {
		a.template = bound
	} else if !t.Channel.HasAddress {
		return nil, fmt.Errorf("channel %s has no address in the document: it must be given", t.Channel.Name)
	}
	if a.given == nil {
		a.given = map[string]string{}
	}
	if err := a.parameters(t.Channel); err != nil {
		return nil, fmt.Errorf("channel %s: %w", t.Channel.Name, err)
	}
	return a, nil
}

// parameters checks what was given and adds what the contract says.
func (a *addressing) parameters(c *asyncapi.Channel) error {
	var names []string
	for _, p := range c.Parameters {
		names = append(names, p.Name)
		value, ok := a.given[p.Name]
		switch {
		case ok:
		case p.Location != "":
			l, err := parseLocation(p.Location)
			if err != nil {
				return fmt.Errorf("parameter %s: %w", p.Name, err)
			}
			a.located[p.Name] = l
			continue
		case p.HasDefault:
			a.given[p.Name] = p.Default
			continue
		default:
			continue // missing: said when the address is needed
		}
		if len(p.Enum) > 0 && !slices.Contains(p.Enum, value) {
			return fmt.Errorf("parameter %s must be one of %s, is %q", p.Name, listed(p.Enum), value)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(a.given)) {
		if !slices.Contains(names, name) && !strings.Contains(a.template, "{"+name+"}") {
			return fmt.Errorf("there is no parameter %q%s", name, meant(name, names))
		}
	}
	return nil
}

// fixed returns the address, which must not depend on a message.
func (a *addressing) fixed() (string, error) { return a.pattern("") }

// pattern returns the address to receive from, where a wildcard, if there is
// one, stands for parameters without a value.
func (a *addressing) pattern(wildcard string) (string, error) {
	return expand(a.template, func(name string) (string, error) {
		if value, ok := a.given[name]; ok {
			return value, nil
		}
		if wildcard != "" {
			return wildcard, nil
		}
		return "", fmt.Errorf("the address %s of channel %s needs a value for the parameter %s", a.template, a.channel, name)
	})
}

// of returns the address of one message.
func (a *addressing) of(m *Message) (string, error) {
	return expand(a.template, func(name string) (string, error) {
		if value, ok := a.given[name]; ok {
			return value, nil
		}
		l, ok := a.located[name]
		if !ok {
			return "", fmt.Errorf("the address %s of channel %s needs a value for the parameter %s", a.template, a.channel, name)
		}
		value, found := l.get(m.Headers, m.Payload)
		text, scalar := scalarText(value)
		if !found || !scalar || text == "" {
			return "", fmt.Errorf("the address %s of channel %s takes the parameter %s from %s, where the message has nothing", a.template, a.channel, name, l.text)
		}
		return text, nil
	})
}

// expand replaces each "{name}" of a template.
func expand(template string, value func(string) (string, error)) (string, error) {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(template, "{")
		b.WriteString(before)
		if !ok {
			return b.String(), nil
		}
		name, after, ok := strings.Cut(rest, "}")
		if !ok {
			return "", fmt.Errorf("the address %q has a { without its }", template)
		}
		text, err := value(name)
		if err != nil {
			return "", err
		}
		b.WriteString(text)
		template = after
	}
}
