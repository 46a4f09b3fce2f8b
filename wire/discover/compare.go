package discover

import (
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/endpoint"
)

// Claim is a channel of a document, for the server that is looked at.
type Claim struct {
	Document string // as the user knows it
	Channel  string
	Address  string // with its parameters, as written
	// Exchange is set where the address is a routing key on it.
	Exchange string
	// Groups are those by which the document's operations receive.
	Groups []string
}

// Claims are the channels of a document that are on servers of a protocol. What
// has no address until somebody runs it claims nothing.
func Claims(name string, doc *asyncapi.Document, protocol string) []Claim {
	groups := map[*asyncapi.Channel][]string{}
	for _, op := range doc.Operations {
		group := endpoint.RequestOf(op, endpoint.Receive).GroupID()
		if op.Action == asyncapi.Receive && group != "" && !slices.Contains(groups[op.Channel], group) {
			groups[op.Channel] = append(groups[op.Channel], group)
		}
	}
	var list []Claim
	for _, c := range doc.Channels {
		if !speaks(doc.ServersOf(c), protocol) {
			continue
		}
		claim := Claim{Document: name, Channel: c.Name, Address: endpoint.AddressOn(c, protocol), Groups: groups[c]}
		if family(protocol) == "amqp" {
			claim.Exchange = endpoint.ExchangeOf(c)
		}
		if claim.Address != "" || claim.Exchange != "" {
			list = append(list, claim)
		}
	}
	return list
}

// speaks reports whether one of the servers is of a protocol; a document without
// servers says nothing against it.
func speaks(servers []*asyncapi.Server, protocol string) bool {
	for _, s := range servers {
		if family(s.Protocol) == family(protocol) {
			return true
		}
	}
	return len(servers) == 0
}

// family is the proper name of a protocol. Streams of NATS are described as NATS,
// and those of Redis as Redis.
func family(protocol string) string {
	protocol = strings.ToLower(protocol)
	if d, err := broker.Default.Driver(protocol); err == nil {
		protocol = d.Protocols()[0]
	}
	switch {
	case protocol == "jetstream":
		return "nats"
	case strings.HasPrefix(protocol, "redis"):
		return "redis"
	case protocol == "mqtt3":
		return "mqtt"
	}
	return protocol
}

// Comparison is a server against documents.
type Comparison struct {
	Documented   []Pairing
	Undocumented []*Find
	Absent       []Claim // nothing on the server has that address
}

// Pairing is an address and who describes it.
type Pairing struct {
	Find   *Find
	Claims []Claim
}

// Strangers are the groups that read an address and that no document tells of.
func (p Pairing) Strangers() []string {
	var list []string
	for _, g := range p.Find.Groups {
		if !slices.ContainsFunc(p.Claims, func(c Claim) bool { return c.declares(g) }) {
			list = append(list, g.Group)
		}
	}
	return list
}

// Missing are the groups that a document tells of and that do not read it.
func (p Pairing) Missing() []string {
	var list []string
	for _, claim := range p.Claims {
		for _, group := range claim.Groups {
			reads := slices.ContainsFunc(p.Find.Groups, func(g driver.Readership) bool { return g.Group == group || g.As == group })
			if !reads && !slices.Contains(list, group) {
				list = append(list, group)
			}
		}
	}
	return list
}

// Declared reports whether a document tells of any group: then it is held to it.
func (p Pairing) Declared() bool {
	return slices.ContainsFunc(p.Claims, func(c Claim) bool { return len(c.Groups) > 0 })
}

func (c Claim) declares(g driver.Readership) bool {
	return slices.Contains(c.Groups, g.Group) || g.As != "" && slices.Contains(c.Groups, g.As)
}

// Compare sets what a server has against what is claimed.
func Compare(finds []*Find, claims []Claim) Comparison {
	var c Comparison
	met := make([]bool, len(claims))
	for _, f := range finds {
		p := Pairing{Find: f}
		for i, claim := range claims {
			if claim.meets(f) {
				met[i] = true
				p.Claims = append(p.Claims, claim)
			}
		}
		if len(p.Claims) > 0 {
			c.Documented = append(c.Documented, p)
		} else {
			c.Undocumented = append(c.Undocumented, f)
		}
	}
	for i, claim := range claims {
		if !met[i] {
			c.Absent = append(c.Absent, claim)
		}
	}
	return c
}

// meets reports whether a find is what is claimed.
func (c Claim) meets(f *Find) bool {
	if exchange := f.Exchange(); exchange != "" || c.Exchange != "" {
		return exchange == c.Exchange
	}
	return fits(c.Address, f.Address)
}

// Exchange is the name of an exchange of AMQP; "" for all else.
func (f *Find) Exchange() string { return f.Params["exchange"] }

// fits reports whether an address is one of a template, in which each {name}
// stands for at least one character.
func fits(template, address string) bool {
	before, rest, ok := strings.Cut(template, "{")
	if !ok {
		return template == address
	}
	_, after, closed := strings.Cut(rest, "}")
	if !closed {
		return template == address
	}
	address, ok = strings.CutPrefix(address, before)
	if !ok || address == "" {
		return false
	}
	literal, _, more := strings.Cut(after, "{")
	if !more {
		return len(address) > len(after) && strings.HasSuffix(address, after)
	}
	if literal == "" {
		return fits(after, address[1:]) // two parameters side by side
	}
	// The shortest value is enough: what follows is looked for from there on.
	for from := 1; from < len(address); from++ {
		if strings.HasPrefix(address[from:], literal) {
			return fits(after, address[from:])
		}
	}
	return false
}
