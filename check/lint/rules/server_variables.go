package rules

import (
	"slices"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

func serverVariables() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/server-variable", Severity: diag.Error,
		Summary: "the variables in a server's address and those described are the same",
		Why:     "A variable that nothing describes has no value, and one that the address does not have changes nothing.",
		Good: `asyncapi: 3.0.0
info: {title: Users, version: 1.0.0}
servers:
  main: {host: 'localhost:{port}', protocol: kafka, variables: {port: {default: '9092'}}}
`,
		Bad: `asyncapi: 3.0.0
info: {title: Users, version: 1.0.0}
servers:
  main: {host: 'localhost:{port}', protocol: kafka}
`,
		Run: runServerVariables,
	}
}

func runServerVariables(p *lint.Pass) {
	seen := map[*tree.Node]bool{}
	for _, s := range slices.Concat(p.AsyncAPI.Servers, p.AsyncAPI.Components.Servers) {
		if seen[s.Node] {
			continue
		}
		seen[s.Node] = true
		template, at := s.Host+s.Pathname, s.Node.Get("host")
		if p.AsyncAPI.Major() == 2 {
			at = s.Node.Get("url")
			template = at.Str()
		}
		if at == nil || !at.Is(tree.String) {
			continue
		}
		sameNames(p, both{
			what: "variable", template: template, at: at, also: s.Node.Get("pathname"),
			described: p.Resolve(s.Node.Get("variables")), missing: "describe it in \"variables\"",
		})
	}
}
