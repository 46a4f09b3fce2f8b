package discover

import (
	"strings"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/wire/broker"
)

// Claim is a channel of a document, for the server that is looked at.
type Claim struct {
	Document string // as the user knows it
	Channel  string
	Address  string // with its parameters, as written
}

// Claims are the channels of a document that are on servers of a protocol. What
// has no address until somebody runs it claims nothing.
func Claims(name string, doc *asyncapi.Document, protocol string) []Claim {
	var list []Claim
	for _, c := range doc.Channels {
		if !speaks(doc.ServersOf(c), protocol) {
			continue
		}
		address := c.Address
		if family(protocol) == "kafka" {
			if topic := c.Bindings.For("kafka").Get("topic").Str(); topic != "" {
				address = topic
			}
		}
		if address != "" {
			list = append(list, Claim{Document: name, Channel: c.Name, Address: address})
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

// Compare sets what a server has against what is claimed.
func Compare(finds []*Find, claims []Claim) Comparison {
	var c Comparison
	met := make([]bool, len(claims))
	for _, f := range finds {
		p := Pairing{Find: f}
		for i, claim := range claims {
			if fits(claim.Address, f.Address) {
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
