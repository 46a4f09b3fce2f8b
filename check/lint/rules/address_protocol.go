package rules

import (
	"bytes"
	"slices"
	"strings"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/topic"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

func addressProtocol() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/address-protocol", Severity: diag.Error,
		Summary: "addresses are such as the protocol of their servers allows",
		Why:     "A broker refuses a name that its protocol does not allow, so that the channel cannot be made.",
		Good:    head3 + "servers: {main: {host: localhost, protocol: kafka}}\nchannels: {joined: {address: users.joined}}\n",
		Bad:     head3 + "servers: {main: {host: localhost, protocol: kafka}}\nchannels: {joined: {address: users/joined}}\n",
		Run:     runAddressProtocol,
	}
}

func runAddressProtocol(p *lint.Pass) {
	sent := map[*asyncapi.Channel]bool{}
	received := map[*asyncapi.Channel]bool{}
	for _, o := range p.AsyncAPI.Operations {
		sent[o.Channel] = sent[o.Channel] || o.Action == asyncapi.Send
		received[o.Channel] = received[o.Channel] || o.Action == asyncapi.Receive
	}
	for _, c := range p.AsyncAPI.Channels {
		for _, protocol := range protocolsOf(p.AsyncAPI, c) {
			n := nameOn(c, protocol)
			if n == nil {
				n = addressNode(p, c)
			}
			nameFits(p, n, protocol, received[c] && !sent[c])
		}
	}
}

// protocolsOf are the protocols that a channel is certainly on: those of the
// servers it names, or of all if they are one, or those it has bindings for.
func protocolsOf(d *asyncapi.Document, c *asyncapi.Channel) []string {
	var list []string
	for _, s := range d.ServersOf(c) {
		list = append(list, protocolFamily(s.Protocol))
	}
	slices.Sort(list)
	list = slices.Compact(list)
	if len(c.Servers) > 0 || len(list) == 1 {
		return list
	}
	bound := func(protocol string) bool { return c.Bindings.For(protocol) != nil }
	if len(list) > 1 {
		return slices.DeleteFunc(list, func(protocol string) bool { return !bound(protocol) })
	}
	for _, b := range c.Bindings {
		list = append(list, b.Protocol)
	}
	return list
}

// protocolFamily is a protocol by its plain name: "kafka" for "kafka-secure".
func protocolFamily(name string) string {
	if known, ok := topic.ProtocolOf(name); ok {
		return known.Name
	}
	return strings.ToLower(name)
}

// nameOn is where a channel's bindings name what the address would name
// otherwise, or nil.
func nameOn(c *asyncapi.Channel, protocol string) *tree.Node {
	binding := c.Bindings.For(protocol)
	var n *tree.Node
	switch protocol {
	case "kafka":
		n = binding.Get("topic")
	case "sqs":
		n = binding.Get("queue").Get("name")
	case "sns":
		n = binding.Get("name")
	case "amqp":
		if n = binding.Get("queue").Get("name"); n == nil {
			n = binding.Get("exchange").Get("name")
		}
	}
	if n.Is(tree.String) {
		return n
	}
	return nil
}

// addressNode is where the address of a channel is written: its key in 2.x
// documents. It is nil where the channel has none.
func addressNode(p *lint.Pass, c *asyncapi.Channel) *tree.Node {
	if !c.HasAddress {
		return nil
	}
	if p.AsyncAPI.Major() != 2 {
		return c.Node.Get("address")
	}
	if place := p.Root.Get("channels").Get(c.Name); place != nil {
		return place.Key
	}
	return nil
}

// nameFits reports what is wrong with an address on a protocol. One that is
// only received from may have wildcards.
func nameFits(p *lint.Pass, n *tree.Node, protocol string, subscribed bool) {
	if !n.Is(tree.String) || n.Text == "" {
		return
	}
	for _, problem := range topic.CheckAddress(protocol, n.Text) {
		if problem.Code == topic.CodeWildcard && subscribed && problem.Severity < diag.Error {
			continue
		}
		if strings.ContainsAny(n.Text[problem.Start:problem.End], "?#") {
			continue // that is said of every protocol
		}
		d := p.ReportSpan(ofKey(p, n), partOf(n, problem.Start, problem.End), "%s", problem.Message)
		d.Severity, d.Help = problem.Severity, problem.Help
	}
}

// ofKey is the value that a key belongs to, or the value itself.
func ofKey(p *lint.Pass, n *tree.Node) *tree.Node {
	if n.Key != nil {
		return n
	}
	if value := p.Root.Get("channels").Get(n.Text); value != nil && value.Key == n {
		return value
	}
	return n
}

// partOf is the span of some bytes of a string, or of all of it where it is
// written in another way than it reads.
func partOf(n *tree.Node, start, end int) source.Span {
	span := n.Span
	at := bytes.Index(span.Text(), []byte(n.Text))
	if at < 0 || start < 0 || start >= end {
		return span
	}
	return source.Span{File: span.File, Start: span.Start + at + start, End: span.Start + at + end}
}
