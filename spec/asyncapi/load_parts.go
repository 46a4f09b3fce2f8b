package asyncapi

import (
	"strings"

	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

func (l *loader) info(n *tree.Node) Info {
	i := Info{Meta: l.meta(n, n), Version: n.Get("version").Str(), TermsOfService: n.Get("termsOfService").Str()}
	if c := n.Get("contact"); c.Is(tree.Mapping) {
		i.Contact = &Contact{Name: c.Get("name").Str(), URL: c.Get("url").Str(), Email: c.Get("email").Str(), Node: c}
	}
	if c := n.Get("license"); c.Is(tree.Mapping) {
		i.License = &License{Name: c.Get("name").Str(), URL: c.Get("url").Str(), Node: c}
	}
	if l.doc.Major() == 2 { // there they belong to the document
		i.Tags, i.Docs = l.tags(l.root.Get("tags")), l.docs(l.root.Get("externalDocs"))
	}
	return i
}

func (l *loader) meta(n, merged *tree.Node) Meta {
	return Meta{
		Title:       merged.Get("title").Str(),
		Summary:     merged.Get("summary").Str(),
		Description: merged.Get("description").Str(),
		Tags:        l.tags(merged.Get("tags")),
		Docs:        l.docs(merged.Get("externalDocs")),
		Deprecated:  merged.Get("deprecated").True(),
		Node:        n,
		Merged:      merged,
	}
}

func (l *loader) tags(list *tree.Node) []Tag {
	var tags []Tag
	for _, item := range items(list) {
		if n := l.object(item); n != nil {
			tags = append(tags, Tag{Name: n.Get("name").Str(), Description: n.Get("description").Str(), Docs: l.docs(n.Get("externalDocs")), Node: n})
		}
	}
	return tags
}

func (l *loader) docs(place *tree.Node) *ExternalDocs {
	n := l.object(place)
	if n == nil {
		return nil
	}
	return &ExternalDocs{URL: n.Get("url").Str(), Description: n.Get("description").Str(), Node: n}
}

func items(list *tree.Node) []*tree.Node {
	if !list.Is(tree.Sequence) {
		return nil
	}
	return list.Items
}

// texts are the scalars of a list, as text.
func texts(list *tree.Node) []string {
	var out []string
	for _, item := range items(list) {
		if isScalar(item) {
			out = append(out, item.Text)
		}
	}
	return out
}

func isScalar(n *tree.Node) bool {
	return n.Is(tree.String) || n.Is(tree.Number) || n.Is(tree.Bool)
}

func (l *loader) server(name string, place *tree.Node) *Server {
	n := l.object(place)
	if n == nil {
		return nil
	}
	s := &Server{
		Meta:            l.meta(n, n),
		Name:            name,
		Host:            n.Get("host").Str(),
		Pathname:        n.Get("pathname").Str(),
		Protocol:        n.Get("protocol").Str(),
		ProtocolVersion: n.Get("protocolVersion").Str(),
		Security:        l.security(n.Get("security")),
		Bindings:        l.bindings("server", n.Get("bindings")),
	}
	if l.doc.Major() == 2 {
		s.Host, s.Pathname = SplitURL(n.Get("url").Str())
	}
	l.each(l.resolve(n.Get("variables")), func(name string, place *tree.Node) {
		if v := l.object(place); v != nil {
			s.Variables = append(s.Variables, &ServerVariable{
				Name: name, Enum: texts(v.Get("enum")), Default: v.Get("default").Str(), HasDefault: v.Has("default"),
				Description: v.Get("description").Str(), Examples: texts(v.Get("examples")), Node: v,
			})
		}
	})
	remember(l.servers, s, place, n)
	return s
}

// SplitURL takes the address of a 2.x server apart. The scheme says nothing
// that the protocol does not.
func SplitURL(url string) (host, pathname string) {
	if _, rest, ok := strings.Cut(url, "://"); ok {
		url = rest
	}
	slash := -1
	for i, depth := 0, 0; i < len(url) && slash < 0; i++ {
		switch url[i] {
		case '{':
			depth++
		case '}':
			depth--
		case '/':
			if depth == 0 {
				slash = i
			}
		}
	}
	if slash < 0 {
		return url, ""
	}
	return url[:slash], url[slash:]
}

// remember keeps what was made of some places, unless something was already.
func remember[K comparable, T any](made map[K]T, value T, places ...K) {
	for _, n := range places {
		if _, ok := made[n]; !ok {
			made[n] = value
		}
	}
}

func (l *loader) bindings(of string, place *tree.Node) Bindings {
	var list Bindings
	l.each(l.object(place), func(protocol string, place *tree.Node) {
		n := l.object(place)
		if n == nil {
			return
		}
		version := n.Get("bindingVersion").Str()
		if version == "" || version == "latest" {
			version = newest(of, protocol)
		}
		list = append(list, Binding{Protocol: protocol, Version: version, Node: n})
	})
	return list
}

func (l *loader) security(list *tree.Node) []SecurityRequirement {
	var out []SecurityRequirement
	for _, item := range items(list) {
		r := SecurityRequirement{Node: item}
		if l.doc.Major() == 2 {
			l.each(item, func(name string, scopes *tree.Node) {
				if s := l.scheme(l.root.At("/components/securitySchemes").Get(name)); s != nil {
					r.Schemes = append(r.Schemes, SecurityUse{Scheme: s, Scopes: texts(scopes)})
				}
			})
		} else if s := l.scheme(item); s != nil {
			r.Schemes = []SecurityUse{{Scheme: s, Scopes: s.Scopes}}
		}
		if len(r.Schemes) > 0 {
			out = append(out, r)
		}
	}
	return out
}

func (l *loader) scheme(place *tree.Node) *SecurityScheme {
	n := l.object(place)
	if n == nil {
		return nil
	}
	if s := l.schemes[n]; s != nil {
		return s
	}
	s := &SecurityScheme{
		Name: keyOf(n, "securitySchemes"), Description: n.Get("description").Str(), Type: n.Get("type").Str(),
		In: n.Get("in").Str(), ParameterName: n.Get("name").Str(), Scheme: n.Get("scheme").Str(),
		BearerFormat: n.Get("bearerFormat").Str(), OpenIDURL: n.Get("openIdConnectUrl").Str(),
		Scopes: texts(n.Get("scopes")), Node: n,
	}
	l.schemes[n] = s
	l.each(n.Get("flows"), func(name string, f *tree.Node) {
		s.Flows = append(s.Flows, oauthFlow(name, f))
	})
	return s
}

func oauthFlow(name string, n *tree.Node) OAuthFlow {
	f := OAuthFlow{
		Name: name, AuthorizationURL: n.Get("authorizationUrl").Str(), TokenURL: n.Get("tokenUrl").Str(),
		RefreshURL: n.Get("refreshUrl").Str(), Scopes: map[string]string{}, Node: n,
	}
	for _, key := range []string{"scopes", "availableScopes"} {
		if scopes := n.Get(key); scopes.Is(tree.Mapping) {
			for _, m := range scopes.Members {
				f.Scopes[m.Key.Text] = m.Value.Str()
			}
		}
	}
	return f
}

// schema reads a place where a schema is asked for. Format is the value of a
// 2.x message's "schemaFormat", or nil.
func (l *loader) schema(place, format *tree.Node) *Schema {
	if place == nil {
		return nil
	}
	s := &Schema{Place: place, Format: format.Str()}
	n := l.schemaNode(place)
	if n == nil {
		return nil
	}
	s.Name = keyOf(n, "schemas")
	if l.doc.Major() == 3 && n.Is(tree.Mapping) && n.Has("schema") {
		s.Format = n.Get("schemaFormat").Str()
		if n = l.schemaNode(n.Get("schema")); n == nil {
			return nil
		}
	}
	if s.Format == "" {
		s.Format = "application/vnd.aai.asyncapi;version=" + l.doc.Version
	}
	s.Node = n
	return s
}

// schemaNode resolves a schema. One in a text that is neither YAML nor JSON,
// such as a .proto, stays the reference: its language knows how to read it.
func (l *loader) schemaNode(place *tree.Node) *tree.Node {
	n, problem := l.ws.Resolve(l.ctx, place)
	if problem == nil {
		return n
	}
	if problem.Code == ref.CodeNotData {
		if f, _, other := l.ws.ResolveRaw(l.ctx, place); other == nil && l.ws.Document(f.URI()).Raw {
			return place
		}
	}
	l.report(problem)
	return nil
}

// message reads a message under a key.
func (l *loader) message(key string, place *tree.Node) *Message {
	n := l.object(place)
	if n == nil {
		return nil
	}
	merged, traits := l.applyTraits(n)
	m := &Message{
		Meta:        l.meta(n, merged),
		Key:         key,
		Name:        merged.Get("name").Str(),
		ContentType: merged.Get("contentType").Str(),
		Headers:     l.schema(merged.Get("headers"), nil),
		Payload:     l.schema(merged.Get("payload"), l.payloadFormat(merged)),
		Bindings:    l.bindings("message", merged.Get("bindings")),
		Traits:      traits,
	}
	if m.ContentType == "" {
		m.ContentType = l.doc.DefaultContentType
	}
	if c := l.object(merged.Get("correlationId")); c != nil {
		m.Correlation = &CorrelationID{Location: c.Get("location").Str(), Description: c.Get("description").Str(), Node: c}
	}
	for _, item := range items(merged.Get("examples")) {
		if e := l.object(item); e != nil {
			m.Examples = append(m.Examples, Example{
				Name: e.Get("name").Str(), Summary: e.Get("summary").Str(), Headers: e.Get("headers"), Payload: e.Get("payload"), Node: e,
			})
		}
	}
	return m
}

func (l *loader) payloadFormat(message *tree.Node) *tree.Node {
	if l.doc.Major() == 2 {
		return message.Get("schemaFormat")
	}
	return nil
}

func (l *loader) parameters(place *tree.Node) []*Parameter {
	var list []*Parameter
	l.each(l.resolve(place), func(name string, place *tree.Node) {
		n := l.object(place)
		if n == nil {
			return
		}
		p := &Parameter{
			Name: name, Enum: texts(n.Get("enum")), Default: n.Get("default").Str(), HasDefault: n.Has("default"),
			Description: n.Get("description").Str(), Examples: texts(n.Get("examples")), Location: n.Get("location").Str(), Node: n,
		}
		if l.doc.Major() == 2 {
			l.parameterSchema(p, n.Get("schema"))
		}
		list = append(list, p)
	})
	return list
}

// parameterSchema takes from the schema of a 2.x parameter what 3.x has
// fields for.
func (l *loader) parameterSchema(p *Parameter, place *tree.Node) {
	p.Schema = l.schema(place, nil)
	if p.Schema == nil || !p.Schema.Node.Is(tree.Mapping) {
		return
	}
	n := p.Schema.Node
	p.Enum, p.Examples = texts(n.Get("enum")), texts(n.Get("examples"))
	if c := n.Get("const"); isScalar(c) && len(p.Enum) == 0 {
		p.Enum = []string{c.Text}
	}
	if d := n.Get("default"); isScalar(d) {
		p.Default, p.HasDefault = d.Text, true
	}
	if p.Description == "" {
		p.Description = n.Get("description").Str()
	}
}

func (l *loader) components(n *tree.Node) {
	c := &l.doc.Components
	l.each(n.Get("servers"), func(name string, place *tree.Node) {
		s, _ := known(l, place, l.servers)
		if s == nil {
			s = l.server(name, place)
		}
		if s != nil {
			c.Servers = append(c.Servers, s)
		}
	})
	l.each(n.Get("channels"), func(name string, place *tree.Node) {
		ch, _ := known(l, place, l.channels)
		if ch == nil {
			ch = l.componentChannel(name, place)
			if ch != nil && l.doc.Major() == 2 {
				l.componentOperations2(ch)
			}
		}
		if ch != nil {
			c.Channels = append(c.Channels, ch)
		}
	})
	l.each(n.Get("operations"), func(name string, place *tree.Node) {
		if o := l.componentOperation(name, place); o != nil {
			c.Operations = append(c.Operations, o)
		}
	})
	l.each(n.Get("messages"), func(name string, place *tree.Node) {
		if m := l.message(name, place); m != nil && !m.Node.Has("oneOf") {
			c.Messages = append(c.Messages, m)
		}
	})
	l.each(n.Get("schemas"), func(name string, place *tree.Node) {
		if s := l.schema(place, nil); s != nil {
			s.Name = name
			c.Schemas = append(c.Schemas, s)
		}
	})
	l.each(n.Get("securitySchemes"), func(_ string, place *tree.Node) {
		if s := l.scheme(place); s != nil {
			c.Security = append(c.Security, s)
		}
	})
}
