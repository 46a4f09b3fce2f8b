package fromopenapi

import (
	"github.com/weft-dev/weft/make/convert/rewrite"
	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

func (c *converter) securityScheme(n *tree.Node) *tree.Node {
	if !n.Is(tree.Mapping) || n.Has("$ref") {
		return c.Copy(n)
	}
	out := c.Bare(n)
	for _, m := range members(n) {
		switch m.Key.Text {
		case "type":
			kind := c.Copy(m.Value)
			switch m.Value.Str() {
			case "apiKey":
				kind.Text = "httpApiKey"
			case "mutualTLS":
				kind.Text = "X509"
			}
			rewrite.Put(out, m.Key, kind)
		case "flows":
			rewrite.Put(out, m.Key, c.flows(m.Value))
		case "deprecated", "oauth2MetadataUrl":
			c.Say(CodeLost, diag.Warning, m.Value, "say it in the description", "security schemes of AsyncAPI have no %q", m.Key.Text)
		default:
			rewrite.Put(out, m.Key, c.Copy(m.Value))
		}
	}
	return out
}

func (c *converter) flows(n *tree.Node) *tree.Node {
	if !n.Is(tree.Mapping) {
		return c.Copy(n)
	}
	out := c.Bare(n)
	for _, m := range members(n) {
		switch m.Key.Text {
		case "implicit", "password", "clientCredentials", "authorizationCode":
			rewrite.Put(out, m.Key, c.flow(m.Value))
		case "deviceAuthorization":
			c.Say(CodeLost, diag.Warning, m.Value, "describe it in words", "AsyncAPI has no device authorization flow")
		default:
			rewrite.Put(out, m.Key, c.Copy(m.Value))
		}
	}
	return out
}

func (c *converter) flow(n *tree.Node) *tree.Node {
	if !n.Is(tree.Mapping) {
		return c.Copy(n)
	}
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

// operationSecurity says what the operation, or else the document, asks for.
func (c *converter) operationSecurity(out *tree.Node, op *openapi.Operation) {
	list := tree.NewArray()
	for _, r := range op.Security {
		switch {
		case len(r.Schemes) == 0:
			c.Say(CodeSecurity, diag.Warning, r.Node, "say in a description that clients may come without",
				"AsyncAPI cannot say that no security is needed as an alternative; the requirement is left out")
		case len(r.Schemes) > 1:
			c.Say(CodeSecurity, diag.Warning, r.Node, "say in a description which schemes go together",
				"AsyncAPI cannot say that several schemes are needed together; they are alternatives now")
		}
		for _, s := range r.Schemes {
			if n := c.requirement(s); n != nil {
				list.Append(n)
			}
		}
	}
	if list.Len() > 0 {
		out.Set("security", list)
	}
}

// requirement refers to a scheme, or repeats it with the scopes it needs.
func (c *converter) requirement(s *openapi.RequiredScheme) *tree.Node {
	if s.Scheme == nil {
		return nil
	}
	place := c.source.Get("components").Get("securitySchemes").Get(s.Name)
	withScopes := s.Scheme.Type == openapi.SchemeOAuth2 || s.Scheme.Type == openapi.SchemeOpenIDConnect
	if len(s.Scopes) == 0 || !withScopes {
		return c.Ref(place)
	}
	n := c.Repeat(func() *tree.Node { return c.securityScheme(s.Scheme.Node) })
	scopes := tree.NewArray()
	for _, scope := range s.Scopes {
		scopes.Append(tree.NewString(scope))
	}
	n.Set("scopes", scopes)
	return n
}
