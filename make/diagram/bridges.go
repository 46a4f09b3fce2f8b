package diagram

import (
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/asyncapi"
)

// Carrier is what carries messages from one channel to another: a bridge, or a
// pipeline of other software.
type Carrier struct {
	Label    string
	Details  []string
	From, To []Side
}

// Side is where a carrier reads or writes: an operation of a document, or what a
// pipeline says of a place.
type Side struct {
	Document  *asyncapi.Document
	Operation *asyncapi.Operation

	// Address and Protocol are of a place that no document is named for; Servers
	// are its hosts, as far as they are told.
	Address  string
	Protocol string
	Servers  []string
}

// AddCarriers draws who carries messages from one channel to another. It comes
// after AddEvents: a place of a pipeline is the channel of that address which is
// on one of its servers or, as hosts have other names elsewhere, the only one of
// that address and protocol.
func (g *Graph) AddCarriers(carriers ...Carrier) {
	f := &flow{g}
	for _, c := range carriers {
		n := f.node(either(c.Label, "bridge"), Node{Kind: Bridge, Label: either(c.Label, "bridge"), Details: c.Details})
		for _, end := range c.From {
			f.carries(f.end(end), n, end)
		}
		for _, end := range c.To {
			f.carries(n, f.end(end), end)
		}
	}
}

func (f *flow) carries(from, to *Node, end Side) {
	if end.Operation != nil {
		f.flows(from, to, Carries, end.Operation.ID, end.Operation.Messages)
		return
	}
	f.edge(from.ID, to.ID, Carries, "")
}

// end is the channel of an end.
func (f *flow) end(e Side) *Node {
	if e.Operation != nil {
		return f.channel(e.Document, e.Operation.Channel)
	}
	places := make([]string, 0, len(e.Servers))
	for _, server := range e.Servers {
		places = append(places, strings.TrimSpace(e.Protocol+" "+server))
	}
	if len(places) == 0 && e.Protocol != "" {
		places = []string{e.Protocol}
	}
	var alike []*stream
	for _, s := range f.streams[e.Address] {
		if len(s.places) > 0 && s.meets(places) {
			return s.node
		}
		if len(s.places) == 0 || slices.ContainsFunc(s.places, func(p string) bool { return speaks(p, e.Protocol) }) {
			alike = append(alike, s)
		}
	}
	if len(alike) == 1 {
		return alike[0].node
	}
	return f.at(either(e.Address, "somewhere"), places)
}

// speaks reports whether a place, "protocol host", is of a protocol; variants with
// TLS and the like are the same to a picture.
func speaks(place, protocol string) bool {
	of, _, _ := strings.Cut(place, " ")
	family := func(name string) string {
		name, _, _ = strings.Cut(strings.ToLower(name), "-")
		switch name {
		case "jetstream":
			return "nats"
		case "amqps", "mqtts", "kafkas", "rediss", "https", "wss":
			return strings.TrimSuffix(name, "s")
		}
		return name
	}
	return family(of) == family(protocol)
}
