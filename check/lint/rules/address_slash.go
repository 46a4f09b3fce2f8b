package rules

import (
	"strings"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

func addressSlash() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/address-slash", Severity: diag.Warning,
		Summary: "addresses do not end in a slash",
		Why:     "\"users\" and \"users/\" are two addresses to a broker and one to most people.",
		Good: `asyncapi: 3.0.0
info: {title: Users, version: 1.0.0}
channels:
  users: {address: users}
`,
		Bad: `asyncapi: 3.0.0
info: {title: Users, version: 1.0.0}
channels:
  users: {address: users/}
`,
		Run: runAddressSlash,
	}
}

func runAddressSlash(p *lint.Pass) {
	for _, c := range allChannels(p.AsyncAPI) {
		if c.HasAddress && len(c.Address) > 1 && strings.HasSuffix(c.Address, "/") {
			endsInSlash(p, addressNode(p, c))
		}
	}
	for _, s := range allServers(p.AsyncAPI) {
		if !strings.HasSuffix(s.Host+s.Pathname, "/") {
			continue
		}
		if at := s.Node.Get("url"); at != nil {
			endsInSlash(p, at)
		} else {
			endsInSlash(p, s.Node.Get("pathname"))
		}
	}
}

func endsInSlash(p *lint.Pass, n *tree.Node) {
	if !n.Is(tree.String) {
		return
	}
	d := p.ReportSpan(ofKey(p, n), n.Span, "the address ends in a slash")
	d.Help = "leave the slash out, unless the address has one on the wire, too"
	if at := partOf(n, len(n.Text)-1, len(n.Text)); at != n.Span {
		d.Fixes = []diag.Fix{{Title: "leave the slash out", Edits: []diag.Edit{{Span: at}}}}
	}
}
