package diff

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

func (d *differ) servers() {
	pairs, gone, more := match(d.old.doc.Servers, d.new.doc.Servers,
		byKey(func(s *asyncapi.Server) string { return "key " + s.Name }),
		byKey(func(s *asyncapi.Server) string { return s.Protocol + "://" + s.Host + s.Pathname }),
	)
	everybody := []Party{Receivers, Senders}
	for _, s := range gone {
		c := change(codeServerRemoved, diag.Error, Binary, serverName(s), s.Node, nil)
		c.What, c.Breaks, c.Order = "the server is gone", everybody, NewAddress
		c.Why = "whoever is connected to it is cut off from the application; keep it until nobody uses it"
		d.add(c)
	}
	for _, s := range more {
		c := change(codeServerAdded, diag.Info, Source, serverName(s), nil, s.Node)
		c.What, c.Why = "the server is new", "nobody is connected to it yet"
		d.add(c)
	}
	for _, pair := range pairs {
		d.server(pair.old, pair.new)
	}
}

func serverName(s *asyncapi.Server) string { return fmt.Sprintf("server %q", s.Name) }

func (d *differ) server(a, b *asyncapi.Server) {
	subject := serverName(b)
	if a.Name != b.Name {
		c := change(codeServerHost, diag.Info, Source, subject, a.Node, b.Node)
		c.What, c.Breaks = fmt.Sprintf("the server's key %q is now %q", a.Name, b.Name), []Party{Referrers}
		c.Why = "connections are not touched; code and commands that name the server must change with it"
		d.add(c)
	}
	if !strings.EqualFold(a.Protocol, b.Protocol) {
		c := change(codeServerProtocol, diag.Error, Binary, subject, a.Node.Get("protocol"), b.Node.Get("protocol"))
		c.What, c.Breaks, c.Order = fmt.Sprintf("the protocol %s is now %s", a.Protocol, b.Protocol), []Party{Receivers, Senders}, NewAddress
		c.Why = "clients of the old protocol cannot connect; offer the new one as another server, beside the old"
		d.add(c)
	}
	if a.Host+a.Pathname != b.Host+b.Pathname {
		c := change(codeServerHost, diag.Info, Binary, subject, cmpNode(a.Node.Get("host"), a.Node.Get("url")), cmpNode(b.Node.Get("host"), b.Node.Get("url")))
		c.What = fmt.Sprintf("the host %q is now %q", a.Host+a.Pathname, b.Host+b.Pathname)
		c.Why = "clients must be configured anew, unless the old name still leads there"
		d.add(c)
	}
	for _, v := range b.Variables {
		if i := slices.IndexFunc(a.Variables, func(u *asyncapi.ServerVariable) bool { return u.Name == v.Name }); i >= 0 {
			d.serverVariable(subject, a.Variables[i], v)
		}
	}
	if a.ProtocolVersion != b.ProtocolVersion {
		c := change(codeServerProtocol, diag.Warning, Binary, subject, cmpNode(a.Node.Get("protocolVersion"), a.Node), cmpNode(b.Node.Get("protocolVersion"), b.Node))
		c.What = fmt.Sprintf("the version of the protocol was %s and is %s", or(a.ProtocolVersion, "not said"), or(b.ProtocolVersion, "not said"))
		c.Why = "old clients may not be able to connect; check that the server still speaks the old version"
		d.add(c)
	}
	d.security(subject, a.Security, b.Security, both, a.Node, b.Node)
	d.bindings("server", subject, a.Bindings, b.Bindings, both, a.Node, b.Node)
}

// serverVariable compares what may stand in the host or the path of a server.
func (d *differ) serverVariable(subject string, a, b *asyncapi.ServerVariable) {
	gone, more := values(a.Enum, b.Enum)
	if gone != "" {
		c := change(codeServerVariable, diag.Warning, Binary, subject, a.Node, b.Node)
		c.What = fmt.Sprintf("the variable %q can no longer be %s", b.Name, gone)
		c.Why = "whoever is connected to one of those hosts is cut off; keep them until nobody uses them"
		d.add(c)
	}
	if more != "" {
		c := change(codeServerVariable, diag.Info, Binary, subject, a.Node, b.Node)
		c.What, c.Why = fmt.Sprintf("the variable %q can also be %s", b.Name, more), "nobody is connected there yet"
		d.add(c)
	}
	if a.HasDefault && a.Default != b.Default {
		c := change(codeServerVariable, diag.Info, Binary, subject, cmpNode(a.Node.Get("default"), a.Node), cmpNode(b.Node.Get("default"), b.Node))
		c.What = fmt.Sprintf("the variable %q was %s by default and is %s", b.Name, or(a.Default, "empty"), or(b.Default, "not said"))
		c.Why = "clients that choose no value go to another host, or no longer know to which"
		d.add(c)
	}
}

// security compares alternatives: each way in that was open must still be.
func (d *differ) security(subject string, from, to []asyncapi.SecurityRequirement, r Role, before, after *tree.Node) {
	old, new := ways(from), ways(to)
	if maps.Equal(old, new) {
		return
	}
	var lost []string
	for way := range old {
		if !new[way] {
			lost = append(lost, way)
		}
	}
	slices.Sort(lost)
	c := change(codeSecurity, diag.Error, Binary, subject, cmpNode(before.Get("security"), before), cmpNode(after.Get("security"), after))
	c.Breaks, c.Order = others(r), NewAddress
	switch {
	case len(old) == 0:
		c.What = "security is asked for that was not before"
		c.Why = "clients without credentials are turned away; hand them out and let both in for a while"
	case len(new) == 0:
		c.What = "no security is asked for any more"
		c.Why = "clients that insist on it cannot connect"
	case len(lost) == 0:
		c.Severity, c.Breaks, c.Order = diag.Info, nil, ""
		c.What, c.Why = "there is one more way to authenticate", "the ways that there were still work"
	default:
		c.What = fmt.Sprintf("clients can no longer authenticate by %s", strings.Join(lost, " or "))
		c.Why = "clients that do are turned away; accept the old way beside the new until all have changed"
	}
	d.add(c)
}

// ways are the alternatives of a list of requirements, as text: what a client
// needs, not what the scheme is called.
func ways(list []asyncapi.SecurityRequirement) map[string]bool {
	set := map[string]bool{}
	for _, requirement := range list {
		var all []string
		for _, use := range requirement.Schemes {
			s := use.Scheme
			text := strings.Join(nonEmpty(s.Type, s.In, s.ParameterName, s.Scheme, s.OpenIDURL), " ")
			if scopes := slices.Sorted(slices.Values(use.Scopes)); len(scopes) > 0 {
				text += " with " + strings.Join(scopes, ", ")
			}
			all = append(all, text)
		}
		slices.Sort(all)
		set[strings.Join(all, " and ")] = true
	}
	return set
}

func nonEmpty(list ...string) []string {
	return slices.DeleteFunc(list, func(s string) bool { return s == "" })
}
