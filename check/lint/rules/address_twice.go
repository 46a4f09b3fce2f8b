package rules

import (
	"strings"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
)

func duplicateAddress() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/duplicate-address", Severity: diag.Warning,
		Summary: "no two channels on one server have one address",
		Why:     "On the wire they are one: who listens on the one receives the messages of the other, and they are not described for it.",
		Good:    head3 + "channels: {joined: {address: users.joined}, left: {address: users.left}}\n",
		Bad:     head3 + "channels: {joined: {address: users}, left: {address: users}}\n",
		Run:     runDuplicateAddress,
	}
}

func runDuplicateAddress(p *lint.Pass) {
	byAddress := map[string][]*asyncapi.Channel{}
	for _, c := range p.AsyncAPI.Channels {
		if !c.HasAddress || c.Address == "" || isConversation(p.AsyncAPI, c) {
			continue
		}
		form := addressForms(c.Address)
		for _, other := range byAddress[form] {
			if shareServer(p.AsyncAPI, c, other) {
				d := p.ReportSpan(c.Node, addressSpan(p, c), "the channel %q has this address, too", other.Name)
				if c.Address != other.Address {
					d.Message = "the channel \"" + other.Name + "\" has this address, too, with other names for its parameters"
				}
				d.Help = "make them one channel with the messages of both, or give them different servers"
				d.Related = []diag.Related{{Message: "this is the other", Span: addressSpan(p, other)}}
				break
			}
		}
		if len(byAddress[form]) < mostAlike {
			byAddress[form] = append(byAddress[form], c)
		}
	}
}

// mostAlike is how many channels of one address are compared.
const mostAlike = 20

// addressForms is an address without the names of its parameters.
func addressForms(address string) string {
	for _, name := range asyncapi.Variables(address) {
		address = strings.ReplaceAll(address, "{"+name+"}", "{}")
	}
	return address
}

// isConversation reports whether a channel is on servers whose address is one
// for many: a WebSocket is opened once, and its channels tell what is said.
func isConversation(d *asyncapi.Document, c *asyncapi.Channel) bool {
	if c.Address == "/" {
		return true
	}
	for _, s := range d.ServersOf(c) {
		switch protocolFamily(s.Protocol) {
		case "ws", "http":
			return true
		}
	}
	return false
}

func shareServer(d *asyncapi.Document, a, b *asyncapi.Channel) bool {
	if len(d.Servers) == 0 || len(a.Servers) == 0 || len(b.Servers) == 0 {
		return true
	}
	for _, s := range a.Servers {
		for _, other := range b.Servers {
			if s == other {
				return true
			}
		}
	}
	return false
}

// addressSpan is where the address of a channel is written.
func addressSpan(p *lint.Pass, c *asyncapi.Channel) source.Span {
	if n := c.Node.Get("address"); n != nil && p.AsyncAPI.Major() != 2 {
		return n.Span
	}
	if n := p.Root.Get("channels").Get(c.Name); n != nil {
		return lint.Head(n)
	}
	return lint.Head(c.Node)
}
