// Package subjects makes of a contract what a schema registry is to be given:
// for each message on each channel the text of its payload's schema, which
// stands alone.
//
// It must not know any registry, nor how subjects are named: that is a choice
// of who registers.
package subjects

import (
	"context"
	"fmt"
	"strings"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/alone"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// Codes of findings.
const (
	CodeNoTopic  diag.Code = "subjects/no-topic"
	CodeLanguage diag.Code = "subjects/schema-language"
	CodeUnread   diag.Code = "subjects/schema-unread"
)

// Rules describes what Of finds, for explanations.
func Rules() []diag.Rule {
	return []diag.Rule{
		{
			Code: CodeNoTopic, Severity: diag.Error, Summary: "a channel has no address that could name a subject",
			Why: "subjects are named by topics; an address that is not known, or has parameters, names none",
		},
		{
			Code: CodeLanguage, Severity: diag.Error, Summary: "a payload's schema is in a language that schema registries do not keep",
			Why: "registries keep Avro, JSON Schema and Protobuf",
		},
		{
			Code: CodeUnread, Severity: diag.Error, Summary: "a payload's schema could not be read with all that it refers to",
			Why: "what is registered must stand alone, since a registry does not follow references into files",
		},
	}
}

// Payload is the schema of one message as a registry keeps it.
type Payload struct {
	// Topic is the address of the channel.
	Topic string
	// Channel and Message are their keys in the contract.
	Channel, Message string
	Family           schema.Family
	// Text is the schema, alone.
	Text string
	// Place is where the contract has it.
	Place *tree.Node
}

// Of returns the payloads of a contract, in the order written. Messages without
// a schema are left out. Findings say which could not be made to stand alone.
func Of(ctx context.Context, ws *ref.Workspace, doc *asyncapi.Document) ([]Payload, []diag.Diagnostic) {
	c := &collector{ctx: ctx, ws: ws}
	for _, channel := range doc.Channels {
		for _, message := range channel.Messages {
			c.message(channel, message)
		}
	}
	return c.list, c.findings
}

type collector struct {
	ctx      context.Context //nolint:containedctx // it lives as long as one call
	ws       *ref.Workspace
	list     []Payload
	findings []diag.Diagnostic
}

func (c *collector) report(code diag.Code, at *tree.Node, help, format string, args ...any) {
	d := diag.Diagnostic{Code: code, Severity: diag.Error, Message: fmt.Sprintf(format, args...), Help: help}
	if at != nil {
		d.Span, d.Path = at.Span, at.Path()
	}
	c.findings = append(c.findings, d)
}

func (c *collector) message(channel *asyncapi.Channel, message *asyncapi.Message) {
	if message.Payload == nil {
		return
	}
	topic := topicOf(channel)
	if topic == "" {
		c.report(CodeNoTopic, channel.Node, "give the channel an address, or register the schema by a file and --subject",
			"the channel %q has no address, or one with parameters, so it names no topic", channel.Name)
		return
	}
	format, err := schema.ParseFormat(message.Payload.Format)
	if err != nil {
		c.report(CodeLanguage, message.Payload.Place, "", "%v", err)
		return
	}
	text, err := alone.Text(c.ctx, c.ws, message.Payload.Node, format)
	if err != nil {
		c.report(CodeUnread, message.Payload.Place, "", "the schema of the message %q cannot be registered: %v", message.Key, err)
		return
	}
	if text == "" {
		c.report(CodeLanguage, message.Payload.Place, "describe it in Avro, JSON Schema or Protobuf",
			"the schema of the message %q is in %s, which schema registries do not keep", message.Key, format.Family)
		return
	}
	c.list = append(c.list, Payload{
		Topic: topic, Channel: channel.Name, Message: message.Key, Family: format.Family, Text: text, Place: message.Payload.Place,
	})
}

// topicOf is the topic behind a channel: what the Kafka binding says, else the
// address.
func topicOf(channel *asyncapi.Channel) string {
	if topic := channel.Bindings.For("kafka").Get("topic").Str(); topic != "" {
		return topic
	}
	if !channel.HasAddress || strings.ContainsAny(channel.Address, "{}") {
		return ""
	}
	return channel.Address
}
