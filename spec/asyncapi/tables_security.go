package asyncapi

import (
	"fmt"

	"github.com/weft-dev/weft/spec/shape"
	"github.com/weft-dev/weft/text/tree"
)

// securityScheme is a security scheme of any kind.
func securityScheme() *shape.Type {
	return schemeOf(append(schemes(), shape.When(shape.Is("SASL scheme"), "plain", "scramSha256", "scramSha512", "gssapi")))
}

// securityScheme20 is what 2.0 knew: no SASL.
func securityScheme20() *shape.Type { return schemeOf(schemes()) }

func schemeOf(cases []shape.Case) *shape.Type {
	return shape.Switch("type", cases...).Called("a security scheme").OrRef()
}

func schemes() []shape.Case {
	return []shape.Case{
		shape.When(shape.Is("user and password scheme"), "userPassword"),
		shape.When(shape.Is("API key scheme"), "apiKey"),
		shape.When(shape.Is("X.509 scheme"), "X509"),
		shape.When(shape.Is("encryption scheme"), "symmetricEncryption", "asymmetricEncryption"),
		shape.When(shape.Is("HTTP API key scheme"), "httpApiKey"),
		shape.When(shape.Is("HTTP scheme"), "http"),
		shape.When(shape.Is("OAuth scheme"), "oauth2"),
		shape.When(shape.Is("OpenID Connect scheme"), "openIdConnect"),
	}
}

func securityTables() []shape.Object {
	return append([]shape.Object{
		scheme("user and password scheme", "A user name and a password.", "userPassword"),
		scheme("API key scheme", "A key that goes where the user or the password goes.", "apiKey",
			required("in", text().Enum("user", "password"), "Where the key goes.")),
		scheme("X.509 scheme", "A client certificate.", "X509"),
		scheme("encryption scheme", "A key that messages are encrypted with.", "symmetricEncryption", "asymmetricEncryption"),
		scheme("HTTP API key scheme", "A key in a header, the query or a cookie.", "httpApiKey",
			required("name", text(), "The name of the header, query parameter or cookie."),
			required("in", text().Enum("header", "query", "cookie"), "Where the key goes.")),
		httpScheme(),
		oauthScheme(),
		scheme("OpenID Connect scheme", "OpenID Connect discovery.", "openIdConnect",
			required("openIdConnectUrl", uri(), "The address to discover the configuration at."),
			since("3.0", field("scopes", shape.List(text()), "The scopes that are needed."))),
		saslScheme(),
		{
			Name: "OAuth flows object", Title: "OAuth Flows Object", Link: spec3 + "oauthFlowsObject",
			Doc: "The OAuth flows that are supported.",
			Fields: []shape.Field{
				field("implicit", shape.Is("implicit flow"), "The implicit flow."),
				field("password", shape.Is("password flow"), "The flow with the resource owner's password."),
				field("clientCredentials", shape.Is("client credentials flow"), "The flow with the client's credentials."),
				field("authorizationCode", shape.Is("authorization code flow"), "The flow with an authorization code."),
			},
		},
		flow("implicit flow", true, false),
		flow("password flow", false, true),
		flow("client credentials flow", false, true),
		flow("authorization code flow", true, true),
	}, shape.Object{
		Name: "security requirement", Title: "Security Requirement Object", Link: spec2 + "securityRequirementObject", Until: "2.6",
		Doc:  "Security schemes that must all be met, by name, with the scopes that are needed.",
		Keys: []shape.Keys{{Words: "the name of a security scheme", Type: shape.List(text()).Unique(), Doc: "The scopes that are needed."}},
	})
}

// scheme is the table of a kind of security scheme.
func scheme(name, doc, kind string, fields ...any) shape.Object {
	kinds := []string{kind}
	o := shape.Object{Name: name, Title: "Security Scheme Object", Link: spec3 + "securitySchemeObject", Doc: doc, Extensions: true}
	for _, f := range fields {
		switch f := f.(type) {
		case string:
			kinds = append(kinds, f)
		case shape.Field:
			o.Fields = append(o.Fields, f)
		default:
			panic(fmt.Sprintf("asyncapi: %T in the table of %s", f, name))
		}
	}
	o.Fields = append(o.Fields,
		required("type", text().Enum(kinds...), "The kind of security scheme."),
		field("description", text(), "What it is, in CommonMark."))
	return o
}

func httpScheme() shape.Object {
	o := scheme("HTTP scheme", "An HTTP authorization scheme, such as basic or bearer.", "http",
		required("scheme", text(), "The name of the HTTP authorization scheme."),
		field("bearerFormat", text(), "How a bearer token is made: a hint."))
	o.Check = func(c *shape.Context, n *tree.Node) {
		if f := n.Get("bearerFormat"); f != nil && n.Get("scheme").Str() != "bearer" {
			c.ReportKey(shape.CodeFieldConflict, f, `"bearerFormat" is only for the scheme "bearer"`)
		}
	}
	return o
}

func oauthScheme() shape.Object {
	o := scheme("OAuth scheme", "OAuth 2.0.", "oauth2",
		required("flows", shape.Is("OAuth flows object"), "The flows that are supported."),
		since("3.0", field("scopes", shape.List(text()), "The scopes that are needed.")))
	o.Loose = true
	return o
}

func saslScheme() shape.Object {
	o := scheme("SASL scheme", "A SASL mechanism.", "plain", "scramSha256", "scramSha512", "gssapi")
	o.Since = "2.1"
	return o
}

// flow is the table of an OAuth flow, which has one or both of its addresses.
func flow(name string, authorization, token bool) shape.Object {
	o := shape.Object{Name: name, Title: "OAuth Flow Object", Link: spec3 + "oauthFlowObject", Doc: "An OAuth flow.", Extensions: true}
	if authorization {
		o.Fields = append(o.Fields, required("authorizationUrl", uri(), "The address where access is granted."))
	}
	if token {
		o.Fields = append(o.Fields, required("tokenUrl", uri(), "The address that gives tokens."))
	}
	scopes := shape.Map(text())
	o.Fields = append(o.Fields,
		field("refreshUrl", uri(), "The address that refreshes tokens."),
		until("2.6", required("scopes", scopes, "The scopes there are, with what each is for.")),
		since("3.0", required("availableScopes", scopes, "The scopes there are, with what each is for.")))
	return o
}
