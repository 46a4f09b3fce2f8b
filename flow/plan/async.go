package plan

import (
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/expr"
	"github.com/weft-dev/weft/text/diag"
)

func (c *compiler) sends(s *Step, spec *asyncapi.Channel, messages []*asyncapi.Message) {
	s.Kind = Send
	s.Use.Sends = true
	if !spec.HasAddress {
		c.fail(CodeTarget, s.Spec.Target.Node, "give the channel an address in its document", "channel %s has no address to send to", spec.Name)
	}
	s.Channel = c.channel(s, spec, nil)
	s.Messages = c.messagesOf(messages)
	if s.Spec.Async != nil {
		c.placeForID(s)
		return
	}
	if s.Spec.CorrelationID != nil {
		c.fail(CodeCorrelation, s.Spec.CorrelationID.Node, "set the id with a parameter or in the payload",
			"only a step that receives has a correlationId")
	}
}

func (c *compiler) receives(s *Step, spec *asyncapi.Channel, messages []*asyncapi.Message) {
	if !spec.HasAddress {
		c.fail(CodeTarget, s.Spec.Target.Node, "give the channel an address in its document", "channel %s has no address to listen to", spec.Name)
	}
	c.listens(s, c.channel(s, spec, nil), messages)
}

// receivesReply listens for the reply of an operation (A3).
func (c *compiler) receivesReply(s *Step, op *asyncapi.Operation) {
	reply, node := op.Reply, s.Spec.Target.Node
	s.Kind = Receive
	if reply.Channel == nil {
		c.fail(CodeReply, node, "give the reply a channel in the AsyncAPI document", "the reply of operation %s names no channel, so nothing is known of its messages", op.ID)
		return
	}
	if reply.Channel.HasAddress {
		c.listens(s, c.channel(s, reply.Channel, nil), reply.Messages)
		return
	}
	if reply.Address == nil {
		c.fail(CodeReply, node, "give the reply's channel an address, or the reply an address with a location", "nothing says where the reply of operation %s comes", op.ID)
		return
	}
	place := c.place(reply.Address.Location)
	if place == nil {
		c.fail(CodeReply, node, "write $message.header#/NAME or $message.payload#/NAME there",
			"the reply address of operation %s is at %q, which is no place in a message", op.ID, reply.Address.Location)
		return
	}
	channel := c.channel(s, reply.Channel, place)
	channel.ReplyOf = op
	c.listens(s, channel, reply.Messages)
}

func (c *compiler) listens(s *Step, channel *Channel, messages []*asyncapi.Message) {
	s.Kind, s.Channel = Receive, channel
	s.Use.Receives = true
	s.Messages = c.messagesOf(messages)
	if len(s.Messages) == 0 {
		c.fail(CodeTarget, s.Spec.Target.Node, "add its messages in the AsyncAPI document", "channel %s has no messages that could be received", channel.Spec.Name)
	}
	for _, m := range s.Messages {
		if !slices.Contains(channel.Messages, m) {
			channel.Messages = append(channel.Messages, m)
		}
	}
	if s.Spec.CorrelationID != nil {
		c.correlation(s)
	}
	if s.Spec.RequestBody != nil {
		c.fail(CodeBody, s.Spec.RequestBody.Node, "remove it", "a step that receives sends no body")
	}
}

// correlation makes sure that each candidate message has a place for its
// correlation id (A5).
func (c *compiler) correlation(s *Step) {
	if s.At != nil || hasOwnField(s.Use.Source.AsyncAPI, s.Channel.Spec) {
		return
	}
	for _, m := range s.Messages {
		if m.Correlation == nil {
			c.fail(CodeCorrelation, s.Spec.CorrelationID.Node, "add a correlationId with a location to the message in the AsyncAPI document",
				"nothing says where message %s of channel %s has its correlation id", m.Name, s.Channel.Spec.Name)
		}
	}
}

// ownField are the protocols with a field of their own for correlation ids.
var ownField = []string{"amqp", "amqps", "amqp1", "kafka", "kafka-secure", "mqtt5", "nats", "sqs", "jms", "ibmmq", "solace"}

// hasOwnField reports whether the protocol of a channel has a field for the
// correlation id. A document without servers does not say.
func hasOwnField(doc *asyncapi.Document, channel *asyncapi.Channel) bool {
	servers := channel.Servers
	if len(servers) == 0 {
		servers = doc.Servers
	}
	for _, server := range servers {
		protocol := strings.ToLower(server.Protocol)
		if strings.HasPrefix(protocol, "mqtt") && strings.HasPrefix(server.ProtocolVersion, "5") {
			continue
		}
		if !slices.Contains(ownField, protocol) {
			return false
		}
	}
	return len(servers) > 0
}

// channel returns the plan's channel for one of a document. Steps that listen
// at the same place share it.
func (c *compiler) channel(s *Step, spec *asyncapi.Channel, replyTo *Place) *Channel {
	for _, ch := range c.channels {
		if ch.Use == s.Use && ch.Spec == spec && (ch.ReplyTo == nil) == (replyTo == nil) && (replyTo == nil || ch.ReplyOf == s.Does) {
			return ch
		}
	}
	ch := &Channel{Use: s.Use, Spec: spec, Address: spec.Address, ReplyTo: replyTo}
	ch.Parameters = addressParameters(spec.Address)
	c.channels = append(c.channels, ch)
	return ch
}

// addressParameters returns the names in braces, each once.
func addressParameters(address string) []string {
	var names []string
	for {
		_, rest, ok := strings.Cut(address, "{")
		if !ok {
			return names
		}
		name, after, ok := strings.Cut(rest, "}")
		if !ok {
			return names
		}
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
		address = after
	}
}

func (c *compiler) messagesOf(specs []*asyncapi.Message) []*Message {
	list := make([]*Message, 0, len(specs))
	for _, spec := range specs {
		m, ok := c.messages[spec]
		if !ok {
			m = &Message{Spec: spec, Name: spec.Key}
			if spec.Correlation != nil {
				m.Correlation = c.place(spec.Correlation.Location)
				if m.Correlation == nil {
					c.report(diag.Error, CodeCorrelation, spec.Correlation.Node, "write $message.header#/NAME or $message.payload#/NAME",
						"%q is no place in a message", spec.Correlation.Location)
				}
			}
			c.messages[spec] = m
		}
		list = append(list, m)
	}
	return list
}

// place reads a place in a message, or returns nil for what is none.
func (c *compiler) place(location string) *Place {
	e, problems := expr.Parse(location)
	if e == nil || expr.Worst(problems) == diag.Error {
		return nil
	}
	ref := e.Ref()
	switch {
	case ref.Root != expr.Message:
		return nil
	case ref.Part == expr.Body:
		return &Place{Expr: e, Path: e.Path()}
	case ref.Part == expr.Header && ref.Name != "":
		return &Place{Expr: e, Header: ref.Name, Path: e.Path()}
	}
	return nil
}
