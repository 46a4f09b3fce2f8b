package diagram

import (
	"slices"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/spec/asyncapi"
)

// stream is a channel as several documents see it.
type stream struct {
	node *Node
	// places are the "protocol host" of its servers; none means that nothing
	// is known.
	places []string
}

// flow draws who sends to whom.
type flow struct{ *Graph }

// AddEvents draws who sends to whom: each document is an application. A channel
// of two documents is one where the address is the same and a server is, too,
// or one of the documents names none.
func (g *Graph) AddEvents(documents ...*asyncapi.Document) {
	f := &flow{g}
	for _, d := range documents {
		f.document(d)
	}
}

func (f *flow) document(d *asyncapi.Document) {
	title := either(d.Info.Title, "untitled")
	app := f.node(title, Node{Kind: Application, Label: title, Details: lines(d.Info.Version)})
	for _, c := range d.Channels {
		f.channel(d, c)
	}
	for _, o := range d.Operations {
		at := f.channel(d, o.Channel)
		if o.Action == asyncapi.Send {
			f.flows(app, at, Sends, o.ID, o.Messages)
		} else {
			f.flows(at, app, Receives, o.ID, o.Messages)
		}
		f.reply(d, app, o)
	}
}

func (f *flow) reply(d *asyncapi.Document, app *Node, o *asyncapi.Operation) {
	if o.Reply == nil {
		return
	}
	var at *Node
	if c := o.Reply.Channel; c != nil {
		at = f.channel(d, c)
	} else {
		at = f.dynamic(app, o)
	}
	if o.Action == asyncapi.Send {
		f.flows(at, app, Replies, o.ID, o.Reply.Messages)
	} else {
		f.flows(app, at, Replies, o.ID, o.Reply.Messages)
	}
}

// dynamic is the channel that only a request names.
func (f *flow) dynamic(app *Node, o *asyncapi.Operation) *Node {
	where := ""
	if o.Reply.Address != nil {
		where = o.Reply.Address.Location
	}
	return f.node(app.ID+"/"+o.ID+"/reply", Node{Kind: Channel, Label: "where the request says", Details: lines(where)})
}

// channel finds or makes the node of a channel.
func (f *flow) channel(d *asyncapi.Document, c *asyncapi.Channel) *Node {
	if n := f.channels[c]; n != nil {
		return n
	}
	places := placesOf(d, c)
	var n *Node
	if c.HasAddress {
		n = f.at(c.Address, places)
	} else {
		n = f.node(c.Name, Node{Kind: Channel, Label: c.Name, Details: append([]string{"address known at run time"}, places...)})
	}
	f.channels[c] = n
	return n
}

// at finds or makes the node of an address.
func (f *flow) at(address string, places []string) *Node {
	for _, known := range f.streams[address] {
		if !known.meets(places) {
			continue
		}
		for _, p := range places {
			if !slices.Contains(known.places, p) {
				known.places = append(known.places, p)
			}
		}
		known.node.Details = known.places
		return known.node
	}
	n := f.node(address, Node{Kind: Channel, Label: address, Details: places})
	f.streams[address] = append(f.streams[address], &stream{node: n, places: places})
	return n
}

func (s *stream) meets(places []string) bool {
	if len(s.places) == 0 || len(places) == 0 {
		return true
	}
	return slices.ContainsFunc(places, func(p string) bool { return slices.Contains(s.places, p) })
}

func placesOf(d *asyncapi.Document, c *asyncapi.Channel) []string {
	var list []string
	for _, s := range d.ServersOf(c) {
		if p := strings.TrimSpace(s.Protocol + " " + s.Host); !slices.Contains(list, p) {
			list = append(list, p)
		}
	}
	return list
}

// flows draws messages from one node to another; what several operations send
// the same way is one edge.
func (f *flow) flows(from, to *Node, kind Link, operation string, messages []*asyncapi.Message) {
	e := f.edge(from.ID, to.ID, kind, "")
	e.Operations = append(e.Operations, operation)
	for _, m := range messages {
		if name := either(m.Name, m.Key); !slices.Contains(e.Messages, name) {
			e.Messages = append(e.Messages, name)
		}
	}
}

// written is an edge's label as it is drawn.
func (e *Edge) written() string {
	const most = 3
	label := e.Label
	if len(e.Messages) > 0 {
		label = strings.Join(e.Messages[:min(most, len(e.Messages))], ", ")
	}
	label = short(label)
	if more := len(e.Messages) - most; more > 0 {
		label += " and " + strconv.Itoa(more) + " more"
	}
	return label
}
