package asyncapi3

import (
	"strings"

	"github.com/weft-dev/weft/make/convert/rewrite"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// server splits the URL and turns names of security schemes into references.
func (c *converter) server(n *tree.Node) *tree.Node {
	out := c.Bare(n)
	for _, m := range members(n) {
		switch m.Key.Text {
		case "url":
			c.url(out, n, m.Value)
		case "variables":
			rewrite.Put(out, m.Key, c.each(m.Value, c.Copy))
		case "security":
			c.security(out, m.Value)
		case "bindings":
			rewrite.Put(out, m.Key, c.place(m.Value, c.bindingsOf("server")))
		default:
			rewrite.Put(out, m.Key, c.Copy(m.Value))
		}
	}
	return out
}

func (c *converter) url(out, server, url *tree.Node) {
	if !url.Is(tree.String) {
		out.Set("host", c.Copy(url))
		return
	}
	host, pathname := asyncapi.SplitURL(url.Text)
	n := c.Bare(url)
	n.Text = host
	out.Set("host", n)
	if pathname != "" {
		out.Set("pathname", tree.NewString(pathname))
	}
	protocol := server.Get("protocol").Str()
	if scheme, _, ok := strings.Cut(url.Text, "://"); ok && !strings.EqualFold(scheme, protocol) {
		c.Say(CodeLost, diag.Warning, url, "see that clients still know how to connect; the protocol says it in 3.x",
			"the scheme %q of the URL is lost: the protocol of the server is %q", scheme, protocol)
	}
	if strings.Contains(host, ",") {
		c.Say(CodeGuessed, diag.Info, url, "describe each of the hosts as a server, if tools do not understand a list",
			"the host is a list, as in 2.x; the specification of 3.x speaks of one")
	}
}

// security converts requirements. One that asks for scopes cannot refer to a
// scheme: in 3.x the scopes stand in the scheme.
func (c *converter) security(out, list *tree.Node) {
	if !list.Is(tree.Sequence) {
		rewrite.Put(out, list.Key, c.Copy(list))
		return
	}
	schemes := c.Bare(list)
	for _, item := range list.Items {
		names := members(item)
		switch {
		case len(names) == 0:
			c.Say(CodeSecurity, diag.Warning, item, "say in a description that clients may come without",
				"3.x cannot say that no security is needed as an alternative; the requirement is left out")
		case len(names) > 1:
			c.Say(CodeSecurity, diag.Warning, item, "say in a description which schemes go together",
				"3.x cannot say that several schemes are needed together; they are alternatives now")
		}
		for _, m := range names {
			scheme := c.requirement(m)
			rewrite.Comment(scheme, item)
			schemes.Append(scheme)
		}
	}
	if len(schemes.Items) > 0 {
		rewrite.Put(out, list.Key, schemes)
	}
}

func (c *converter) requirement(m tree.Member) *tree.Node {
	components := c.source.At("/components/securitySchemes")
	place := components.Get(m.Key.Text)
	if place == nil {
		c.Say(CodeReference, diag.Warning, m.Value, "describe it in components, or correct the name",
			"there is no security scheme %q; the reference leads nowhere", m.Key.Text)
		n := tree.NewObject()
		n.Set("$ref", tree.NewString("#/components/securitySchemes/"+rewrite.Fragment(tree.EscapePointer(m.Key.Text))))
		return n
	}
	target, _ := c.Workspace.Resolve(c.Context, place)
	if m.Value.Len() == 0 || !target.Is(tree.Mapping) {
		return c.Ref(place)
	}
	switch target.Get("type").Str() {
	case "oauth2", "openIdConnect":
		scheme := c.Repeat(func() *tree.Node { return c.securityScheme(target) })
		scheme.Set("scopes", c.Copy(m.Value))
		return scheme
	}
	c.Say(CodeSecurity, diag.Warning, m.Value, "say it in a description",
		"only OAuth 2 and OpenID Connect have scopes in 3.x; those of %q are lost", m.Key.Text)
	return c.Ref(place)
}

// securityScheme renames the scopes of flows.
func (c *converter) securityScheme(n *tree.Node) *tree.Node {
	out := c.Bare(n)
	for _, m := range members(n) {
		if m.Key.Text == "flows" && m.Value.Is(tree.Mapping) {
			rewrite.Put(out, m.Key, c.each(m.Value, c.flow))
			continue
		}
		rewrite.Put(out, m.Key, c.Copy(m.Value))
	}
	return out
}

func (c *converter) flow(n *tree.Node) *tree.Node {
	out := c.Bare(n)
	for _, m := range members(n) {
		if m.Key.Text == "scopes" {
			out.Set("availableScopes", c.Copy(m.Value))
			continue
		}
		rewrite.Put(out, m.Key, c.Copy(m.Value))
	}
	return out
}
