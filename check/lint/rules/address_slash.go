package rules

import (
	"strings"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/text/diag"
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
	two := p.AsyncAPI.Major() == 2
	const message = "the address ends in a slash"
	for _, c := range allChannels(p.AsyncAPI) {
		if !c.HasAddress || len(c.Address) < 2 || !strings.HasSuffix(c.Address, "/") {
			continue
		}
		if two {
			p.ReportKey(p.Root.Get("channels").Get(c.Name), message)
		} else {
			p.Report(c.Node.Get("address"), message)
		}
	}
	for _, s := range p.AsyncAPI.Servers {
		if !strings.HasSuffix(s.Host+s.Pathname, "/") {
			continue
		}
		if at := s.Node.Get("url"); at != nil {
			p.Report(at, message)
		} else if at := s.Node.Get("pathname"); at != nil {
			p.Report(at, message)
		}
	}
}
