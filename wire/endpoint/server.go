package endpoint

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/wire/broker"
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

// Credentials are references to what proves who we are.
type Credentials struct {
	User     string     // a name, or a reference to one
	Password broker.Ref // env:NAME or file:PATH
	TLS      *broker.TLS
}

func (c Credentials) empty() bool {
	return c.User == "" && c.Password == "" && (c.TLS == nil || *c.TLS == broker.TLS{})
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

// config says how to enter a server.
func (p *place) config(base broker.Config, c Credentials) (broker.Config, error) {
	base.User, base.Password, base.TLS = c.User, c.Password, c.TLS
	if p.server == nil || len(p.server.Security) == 0 {
		return base, nil
	}
	if p.given && c.empty() {
		return base, nil
	}
	var why error
	for _, requirement := range p.server.Security {
		config, err := meet(base, requirement)
		if err == nil {
			return config, nil
		}
		if why == nil {
			why = err
		}
	}
	return base, fmt.Errorf("%s: %w", p.name, why)
}

// meet fulfils all schemes of one requirement.
func meet(config broker.Config, requirement asyncapi.SecurityRequirement) (broker.Config, error) {
	for _, use := range requirement.Schemes {
		if use.Scheme == nil {
			continue // a finding of the document
		}
		switch use.Scheme.Type {
		case "userPassword", "plain":
			config.SASL = "PLAIN"
		case "scramSha256":
			config.SASL = "SCRAM-SHA-256"
		case "scramSha512":
			config.SASL = "SCRAM-SHA-512"
		case "X509":
			if config.TLS == nil || config.TLS.Cert == "" || config.TLS.Key == "" {
				return config, fmt.Errorf("it needs a client certificate (security scheme %s): give certificate and key by reference, as file:PATH", use.Scheme.Name)
			}
			continue
		case "http":
			if err := meetHTTP(config, use.Scheme); err != nil {
				return config, err
			}
			continue
		default:
			return config, fmt.Errorf("its security scheme %s has the type %s, which is not supported yet", use.Scheme.Name, use.Scheme.Type)
		}
		if config.User == "" || config.Password == "" {
			return config, fmt.Errorf("it needs a user and a password (security scheme %s): give the password by reference, as env:NAME or file:PATH", use.Scheme.Name)
		}
	}
	return config, nil
}

// meetHTTP fulfils the schemes of HTTP that drivers of its family know: a token
// is a password without a user.
func meetHTTP(config broker.Config, scheme *asyncapi.SecurityScheme) error {
	switch strings.ToLower(scheme.Scheme) {
	case "basic":
		if config.User != "" && config.Password != "" {
			return nil
		}
		return fmt.Errorf("it needs a user and a password (security scheme %s): give the password by reference, as env:NAME or file:PATH", scheme.Name)
	case "bearer":
		if config.User == "" && config.Password != "" {
			return nil
		}
		return fmt.Errorf("it needs a token (security scheme %s): give it as a password without a user, by reference, as env:NAME or file:PATH", scheme.Name)
	}
	return fmt.Errorf("its security scheme %s is %q of HTTP, which is not supported yet: there is basic, bearer", scheme.Name, scheme.Scheme)
}
