// Package scaffold writes the first version of a contract from a few words: who
// we are, which broker, what flows. It exists because an empty file is where
// conventions are forgotten; what it writes has operations, messages, keys,
// examples and names by one convention, and nothing for the linter to say.
//
// It is offline, and the same words give the same text. It must not know
// commands, prompts or files.
package scaffold

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/make/examples"
	"github.com/weft-dev/weft/make/layout"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema/languages"
	"github.com/weft-dev/weft/spec/topic"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// Plan says what a document is to be. Only channels are needed; the rest has
// defaults.
type Plan struct {
	// Title is the name of the application, for people.
	Title string
	// Description says what it is about, or "".
	Description string
	// Domain is the first part of the names of channels; by default the title.
	Domain string
	// Owner is the team that answers for it.
	Owner string
	// Consumers are the teams that use what it sends.
	Consumers []string
	// Protocol is that of the server, as servers name it: "kafka", "amqps".
	Protocol string
	// Server is the address of the broker, with or without a scheme.
	Server string
	// Role is what the application does with the messages.
	Role asyncapi.Action
	// Naming is a convention for addresses, as package topic reads it.
	Naming   string
	Channels []Channel
	// ErrorChannels asks for a channel for what fails, beside each.
	ErrorChannels bool
	// CloudEvents asks for the headers of CloudEvents on every message.
	CloudEvents bool
	// Version is that of AsyncAPI: 3.0.0 or 3.1.0.
	Version string
}

// Channel is a channel with one kind of message.
type Channel struct {
	// Entity is what the messages are about, in words: "restaurant order".
	Entity string
	// Event is what happened to it: "placed".
	Event string
	// Message is the name of the message; "" makes it of the entity and event.
	Message string
	// Fields are those of the payload; none asks for some that are usual.
	Fields []Field
	// failed says that it tells of what could not be handled.
	failed bool
}

// Field is a field of a payload.
type Field struct {
	Name string
	// Type is a type or a format of JSON Schema, "money", values to choose from
	// ("open|paid"), or one of these behind "[]" for a list.
	Type     string
	Optional bool
}

// DefaultNaming is the convention where none is said.
const DefaultNaming = topic.SimplePattern

// Protocols are those that a document can be scaffolded for.
func Protocols() []string {
	return []string{"kafka", "kafka-secure", "amqp", "amqps", "mqtt", "mqtts", "nats", "ws", "wss", "http", "https", "redis", "pulsar", "stomp", "jms", "sns", "sqs", "googlepubsub", "solace"}
}

// Document returns the text of the document, in YAML.
func Document(ctx context.Context, p Plan) ([]byte, error) {
	if err := p.complete(); err != nil {
		return nil, err
	}
	b := &builder{Plan: &p}
	root, err := b.document()
	if err != nil {
		return nil, err
	}
	if err := b.addExamples(ctx, root); err != nil {
		return nil, err
	}
	text, err := tree.Print(root, tree.YAML)
	if err != nil {
		return nil, err
	}
	return layout.Format(source.NewFile("memory:///asyncapi.yaml", "asyncapi.yaml", append([]byte(b.head()), text...)))
}

// The bounds of a first document: beyond them it is not written by hand.
const (
	mostChannels = 200
	mostWords    = 8
)

// complete fills in what was not said, and refuses what cannot be.
func (p *Plan) complete() error {
	if len(p.Channels) == 0 {
		return fmt.Errorf("say what flows: at least one channel is needed")
	}
	if len(p.Channels) > mostChannels {
		return fmt.Errorf("%d channels are too many for one document: make several", len(p.Channels))
	}
	fill := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	fill(&p.Title, "My application")
	fill(&p.Domain, strings.Join(words(p.Title), "-"))
	p.Domain = strings.Join(words(p.Domain), "-")
	fill(&p.Owner, p.Domain+"-team")
	fill(&p.Protocol, "kafka")
	fill(&p.Naming, DefaultNaming)
	fill(&p.Version, asyncapi.Latest)
	if p.Naming == "topic" {
		p.Naming = topic.DefinitionName
	}
	if p.Role == "" {
		p.Role = asyncapi.Send
	}
	if !slices.Contains(Protocols(), p.Protocol) {
		return fmt.Errorf("the protocol %q is not known here: it is one of %s", p.Protocol, strings.Join(Protocols(), ", "))
	}
	if p.Version != "3.0.0" && p.Version != "3.1.0" {
		return fmt.Errorf("documents are written in AsyncAPI 3.0.0 or 3.1.0, not %q", p.Version)
	}
	return p.completeChannels()
}

func (p *Plan) completeChannels() error {
	seen := map[string]bool{}
	var failures []Channel
	for i := range p.Channels {
		c := &p.Channels[i]
		switch n := len(words(c.Entity)); {
		case n == 0:
			return fmt.Errorf("a channel has no name: say what its messages are about")
		case n > mostWords || len(c.Entity) > 20*mostWords:
			return fmt.Errorf("the name of a channel has more than %d words: write commas between the things that flow", mostWords)
		}
		if c.Event == "" {
			*c = withEvent(*c)
		}
		if c.Message == "" {
			c.Message = pascal(words(c.Entity + " " + c.Event))
		}
		if len(c.Fields) == 0 {
			c.Fields = usualFields(*c)
		}
		if seen[c.Message] {
			return fmt.Errorf("two messages are named %s: give them other names", c.Message)
		}
		seen[c.Message] = true
		failures = append(failures, failureOf(*c))
	}
	if !p.ErrorChannels {
		return nil
	}
	for _, c := range failures {
		if !seen[c.Message] {
			seen[c.Message] = true
			p.Channels = append(p.Channels, c)
		}
	}
	return nil
}

// failureOf is the channel for messages of another that could not be handled.
func failureOf(c Channel) Channel {
	entity := pascal(words(c.Entity))
	return Channel{
		Entity: c.Entity, Event: "failed", Message: entity + "Failed", failed: true,
		Fields: []Field{
			{Name: camel(words(c.Entity)) + "Id", Type: "uuid"},
			{Name: "reason", Type: "string"},
			{Name: "errorCode", Type: "string"},
			{Name: "retryable", Type: "boolean"},
			{Name: "failedAt", Type: "date-time"},
		},
	}
}

// addExamples gives each message of the document its examples.
func (b *builder) addExamples(ctx context.Context, root *tree.Node) error {
	text, err := tree.Print(root, tree.YAML)
	if err != nil {
		return err
	}
	ws := ref.New(source.Memory{}, ref.Options{})
	d := ws.Load(source.NewFile("memory:///asyncapi.yaml", "asyncapi.yaml", text))
	if d.Root == nil {
		return fmt.Errorf("what was made cannot be read: %s", d.Findings[0].Message)
	}
	model, _ := asyncapi.Load(ctx, ws, d)
	set := languages.In(ws)
	for _, m := range model.Components.Messages {
		list, err := examples.OfMessage(ctx, ws, set, m, examples.Options{Max: 2})
		if err != nil {
			return fmt.Errorf("examples of %s: %w", m.Key, err)
		}
		array := tree.NewArray()
		for _, e := range list {
			n := object("name", str(e.Name))
			if e.Summary != "" {
				n.Set("summary", str(e.Summary))
			}
			if e.Headers != nil {
				n.Set("headers", e.Headers)
			}
			n.Set("payload", e.Payload)
			array.Append(n)
		}
		root.At("/components/messages/"+tree.EscapePointer(m.Key)).Set("examples", array)
	}
	return nil
}
