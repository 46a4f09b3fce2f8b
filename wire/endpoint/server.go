package endpoint

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/wire/registry"
)

// Choice says which server a source is reached at. The zero Choice is the
// document's own server, where there is only one. There is no fallback: a
// choice that does not fit is an error.
type Choice struct {
	// Name is a server of the document; URL is any server. At most one is set.
	Name string
	URL  string
	// Variables are values for the variables of the document's server.
	Variables map[string]string
	// Create allows topics and queues to be made where they are missing.
	Create bool
	// Embedded says that the URL is that of a server inside this process: one
	// broker, where everything may be made and nothing is replicated.
	Embedded bool
	// Credentials are how to enter, by reference.
	Credentials Credentials
	// Registry is the schema registry to use, and how to enter it. Without a
	// URL it is the one that the document's server names.
	Registry registry.Options
}

// ParseChoice reads "source", "source=name" or "source=url", as a user writes
// it on a command line.
func ParseChoice(text string) (source string, c Choice, err error) {
	source, value, found := strings.Cut(text, "=")
	if source == "" || strings.Contains(source, "://") {
		return "", Choice{}, fmt.Errorf("%q does not say which source it is for: write SOURCE=URL or SOURCE=NAME", text)
	}
	switch {
	case !found:
	case value == "":
		return "", Choice{}, fmt.Errorf("%q names no server: write %s=URL or %s=NAME", text, source, source)
	case strings.Contains(value, "://"):
		c.URL = value
	default:
		c.Name = value
	}
	return source, c, nil
}

// place is a server that was decided on.
type place struct {
	server *asyncapi.Server // nil where a URL was given and the document has no server like it
	name   string           // for people: the server's name, or "the server"
	url    string
	given  bool // the URL was given, so that the document's security does not hold
	// protocol is how the bindings are honoured there.
	protocol *protocol
}

// decide finds the server of a channel, and how it is reached there.
func (s *Source) decide(c *asyncapi.Channel, choice Choice) (*place, error) {
	p, err := s.find(c, choice)
	if err != nil {
		return nil, err
	}
	p.url = p.protocol.schemed(p.url, p.server, c)
	if p.protocol.home != nil && p.server != nil && !choice.Embedded {
		p.url = p.protocol.home(p.url, p.server)
	}
	if p.protocol.url != nil && !choice.Embedded {
		p.url = p.protocol.url(p.url, c)
	}
	p.protocol = protocolOf(p.url)
	return p, nil
}

func (s *Source) find(c *asyncapi.Channel, choice Choice) (*place, error) {
	servers := s.Doc.Servers
	if c != nil && len(c.Servers) > 0 {
		servers = c.Servers
	}
	if choice.URL != "" {
		return s.givenPlace(servers, choice)
	}
	server, err := s.pickServer(servers, c, choice)
	if err != nil {
		return nil, err
	}
	url, err := serverURL(server, choice.Variables)
	if err != nil {
		return nil, fmt.Errorf("%s: server %s: %w", s.Name, server.Name, err)
	}
	return &place{server: server, name: "server " + server.Name, url: url, protocol: protocolOf(url)}, nil
}

func (s *Source) givenPlace(servers []*asyncapi.Server, choice Choice) (*place, error) {
	if len(choice.Variables) > 0 {
		return nil, fmt.Errorf("%s: server variables have no effect beside a URL: leave out one of them", s.Name)
	}
	p := &place{name: "the server", url: choice.URL, given: true, protocol: protocolOf(choice.URL)}
	protocol, _, _ := strings.Cut(choice.URL, "://")
	for _, server := range servers {
		if strings.EqualFold(server.Protocol, protocol) {
			p.server = server
			return p, nil
		}
	}
	// The same protocol under another name: with TLS, or of another version.
	for _, server := range servers {
		if p.protocol != none && protocolOf(server.Protocol+"://") == p.protocol {
			p.server = server
			break
		}
	}
	return p, nil
}

// applicationURL is the URL with what the bindings say of the application's
// connection. What the URL says already stays.
func (p *place) applicationURL() string {
	if p.server == nil || p.protocol.connection == nil {
		return p.url
	}
	base, query, _ := strings.Cut(p.url, "?")
	given, err := url.ParseQuery(query)
	if err != nil {
		return p.url // refused when it is opened
	}
	for name, value := range p.protocol.connection(p.server) {
		if !given.Has(name) {
			given.Set(name, value)
		}
	}
	if len(given) == 0 {
		return p.url
	}
	return base + "?" + given.Encode()
}

// groupOf is the group that the application belongs to, or "".
func (p *place) groupOf(t *Target) string {
	group := p.protocol.groupOf(t)
	if group == "" && p.server != nil && p.protocol.session != nil {
		group = p.protocol.session(p.server)
	}
	return group
}

func (s *Source) pickServer(servers []*asyncapi.Server, c *asyncapi.Channel, choice Choice) (*asyncapi.Server, error) {
	var names []string
	for _, server := range servers {
		if server.Name == choice.Name {
			return server, nil
		}
		names = append(names, server.Name)
	}
	switch {
	case choice.Name != "" && c != nil && slices.ContainsFunc(s.Doc.Servers, func(x *asyncapi.Server) bool { return x.Name == choice.Name }):
		return nil, fmt.Errorf("%s: channel %s is not on server %s, but on %s", s.Name, c.Name, choice.Name, listed(names))
	case choice.Name != "":
		return nil, fmt.Errorf("%s has no server %q%s", s.Name, choice.Name, meant(choice.Name, names))
	case len(servers) == 0:
		return nil, fmt.Errorf("%s: the document names no server: choose one with --server %s=URL", s.Name, s.Name)
	case len(servers) > 1:
		return nil, fmt.Errorf("%s has several servers (%s): choose one with --server %s=NAME", s.Name, listed(names), s.Name)
	}
	return servers[0], nil
}

// serverURL puts a server's URL together and fills its variables.
func serverURL(server *asyncapi.Server, given map[string]string) (string, error) {
	var names []string
	values := map[string]string{}
	for _, v := range server.Variables {
		names = append(names, v.Name)
		value, ok := given[v.Name]
		if !ok && v.HasDefault {
			value, ok = v.Default, true
		}
		if !ok {
			continue
		}
		if len(v.Enum) > 0 && !slices.Contains(v.Enum, value) {
			return "", fmt.Errorf("variable %s must be one of %s, is %q", v.Name, listed(v.Enum), value)
		}
		values[v.Name] = value
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !slices.Contains(names, name) {
			return "", fmt.Errorf("there is no variable %q%s", name, meant(name, names))
		}
	}
	return expand(server.Protocol+"://"+server.Host+server.Pathname, func(name string) (string, error) {
		if value, ok := values[name]; ok {
			return value, nil
		}
		return "", fmt.Errorf("the variable %s needs a value", name)
	})
}
