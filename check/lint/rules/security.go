package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

func securityRequirement() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/security-scheme", Severity: diag.Error,
		Summary: "security requirements name security schemes of the document",
		Why:     "A requirement that names nothing cannot be met, and clients would connect without it.",
		Good: `asyncapi: 2.6.0
info: {title: Users, version: 1.0.0}
servers:
  main: {url: localhost, protocol: kafka, security: [{login: []}]}
channels: {}
components: {securitySchemes: {login: {type: userPassword}}}
`,
		Bad: `asyncapi: 2.6.0
info: {title: Users, version: 1.0.0}
servers:
  main: {url: localhost, protocol: kafka, security: [{logon: []}]}
channels: {}
components: {securitySchemes: {login: {type: userPassword}}}
`,
		Run: func(p *lint.Pass) {
			schemes := p.Root.At("/components/securitySchemes")
			eachRequirement2(p, func(name string, scopes *tree.Node) {
				if schemes.Has(name) {
					return
				}
				d := p.ReportKey(scopes, "there is no security scheme %q", name)
				d.Help = "define it in \"components.securitySchemes\""
				if near := p.Nearest(name, names(schemes)); near != "" {
					d.Help = fmt.Sprintf("did you mean %q?", near)
					d.Fixes = instead(scopes.Key.Span, inStyleOf(scopes.Key, near))
				}
			})
		},
	}
}

func securityScope() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/security-scope", Severity: diag.Error,
		Summary: "the scopes that are asked for are among those of the security scheme",
		Why:     "An authorization server refuses a scope that it does not have.",
		Good: `asyncapi: 3.0.0
info: {title: Users, version: 1.0.0}
servers:
  main: {host: localhost, protocol: kafka, security: [{$ref: '#/components/securitySchemes/login'}]}
components:
  securitySchemes:
    login:
      type: oauth2
      scopes: [users:read]
      flows: {clientCredentials: {tokenUrl: 'https://example.com/', availableScopes: {users:read: read users}}}
`,
		Bad: `asyncapi: 3.0.0
info: {title: Users, version: 1.0.0}
servers:
  main: {host: localhost, protocol: kafka, security: [{$ref: '#/components/securitySchemes/login'}]}
components:
  securitySchemes:
    login:
      type: oauth2
      scopes: [users:write]
      flows: {clientCredentials: {tokenUrl: 'https://example.com/', availableScopes: {users:read: read users}}}
`,
		Run: runSecurityScope,
	}
}

func runSecurityScope(p *lint.Pass) {
	if p.AsyncAPI.Major() == 2 {
		schemes := p.Root.At("/components/securitySchemes")
		eachRequirement2(p, func(name string, scopes *tree.Node) {
			scopesExist(p, p.Resolve(schemes.Get(name)), scopes)
		})
		return
	}
	for _, s := range schemes3(p.AsyncAPI) {
		scopesExist(p, s.Node, s.Node.Get("scopes"))
	}
}

// schemes3 are the security schemes of a 3.x document: those in components,
// and those written where they are asked for.
func schemes3(d *asyncapi.Document) []*asyncapi.SecurityScheme {
	var inPlace []*asyncapi.SecurityScheme
	add := func(list []asyncapi.SecurityRequirement) {
		for _, r := range list {
			for _, use := range r.Schemes {
				inPlace = append(inPlace, use.Scheme)
			}
		}
	}
	for _, s := range allServers(d) {
		add(s.Security)
	}
	for _, o := range allOperations(d) {
		add(o.Security)
	}
	return inEither(d.Components.Security, inPlace)
}

// oauthFlows are the flows that there are.
var oauthFlows = []string{"implicit", "password", "clientCredentials", "authorizationCode"}

func scopesExist(p *lint.Pass, scheme, scopes *tree.Node) {
	if !scopes.Is(tree.Sequence) {
		return
	}
	switch kind := scheme.Get("type").Str(); kind {
	case "oauth2":
	case "", "openIdConnect":
		return // which scopes there are, only the server knows
	default:
		for _, scope := range scopes.Items {
			p.Report(scope, "a security scheme of the type %q has no scopes", kind).Help = "leave the list empty: \"[]\""
		}
		return
	}
	var known []string
	for _, flow := range oauthFlows {
		f := scheme.Get("flows").Get(flow)
		known = append(known, names(f.Get("scopes"))...)
		known = append(known, names(f.Get("availableScopes"))...)
	}
	for _, scope := range scopes.Items {
		if !scope.Is(tree.String) || slices.Contains(known, scope.Text) {
			continue
		}
		d := p.Report(scope, "the security scheme has no scope %q", scope.Text)
		if len(known) > 0 {
			d.Help = "it has " + strings.Join(known, ", ")
		}
		if near := p.Nearest(scope.Text, known); near != "" {
			d.Help = fmt.Sprintf("did you mean %q?", near)
			d.Fixes = instead(scope.Span, inStyleOf(scope, near))
		}
	}
}

// eachRequirement2 visits the security requirements of servers, operations and
// traits of a 2.x document.
func eachRequirement2(p *lint.Pass, visit func(name string, scopes *tree.Node)) {
	if p.AsyncAPI.Major() != 2 {
		return
	}
	var owners []*tree.Node
	for _, s := range allServers(p.AsyncAPI) {
		owners = append(owners, s.Node)
	}
	for _, o := range allOperations(p.AsyncAPI) {
		owners = append(append(owners, o.Node), o.Traits...)
	}
	for _, trait := range entries(p.Root.At("/components/operationTraits")) {
		owners = append(owners, p.Resolve(trait))
	}
	seen := map[*tree.Node]bool{}
	for _, n := range owners {
		list := n.Get("security")
		if !list.Is(tree.Sequence) || seen[list] {
			continue
		}
		seen[list] = true
		for _, item := range list.Items {
			if item.Is(tree.Mapping) {
				for i := range item.Members {
					visit(item.Members[i].Key.Text, item.Members[i].Value)
				}
			}
		}
	}
}
