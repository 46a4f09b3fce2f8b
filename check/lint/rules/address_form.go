package rules

import (
	"strings"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/text/diag"
)

func addressForm() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/address-form", Severity: diag.Error,
		Summary: "addresses have no query and no fragment",
		Why:     "\"?\" and \"#\" end a path in a URL: a client would send to another address. Query parameters belong to the binding of the protocol.",
		Good: `asyncapi: 3.0.0
info: {title: Users, version: 1.0.0}
channels:
  users: {address: users}
`,
		Bad: `asyncapi: 3.0.0
info: {title: Users, version: 1.0.0}
channels:
  users: {address: 'users?active=true'}
`,
		Run: runAddressForm,
	}
}

func runAddressForm(p *lint.Pass) {
	two := p.AsyncAPI.Major() == 2
	for _, c := range allChannels(p.AsyncAPI) {
		// MQTT has topics such as "+/#" and AMQP keys such as "a.#", but they
		// are for subscribing, and never the address of a channel.
		i := strings.IndexAny(c.Address, "?#")
		if !c.HasAddress || i < 0 {
			continue
		}
		if two {
			p.ReportKey(p.Root.Get("channels").Get(c.Name), "an address may not have %q", c.Address[i:i+1]).
				Help = "describe query parameters in the channel's bindings"
			continue
		}
		p.Report(c.Node.Get("address"), "an address may not have %q", c.Address[i:i+1]).
			Help = "describe query parameters in the channel's bindings"
	}
}
