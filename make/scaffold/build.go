package scaffold

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/make/edit"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/topic"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// builder builds the nodes of a document.
type builder struct {
	*Plan
	addresses []string
}

func str(text string) *tree.Node { return tree.NewString(text) }

// object makes an object of keys and values, in turn.
func object(pairs ...any) *tree.Node {
	n := tree.NewObject()
	for i := 0; i+1 < len(pairs); i += 2 {
		key, _ := pairs[i].(string)
		switch v := pairs[i+1].(type) {
		case *tree.Node:
			n.Set(key, v)
		case string:
			n.Set(key, str(v))
		case bool:
			n.Set(key, &tree.Node{Kind: tree.Bool, Text: fmt.Sprint(v)})
		case int:
			n.Set(key, &tree.Node{Kind: tree.Number, Text: fmt.Sprint(v)})
		}
	}
	return n
}

func reference(pointer string) *tree.Node { return object("$ref", "#/"+pointer) }

// noted gives a value a comment above it.
func noted(n *tree.Node, comment string) *tree.Node {
	n.Comments = &tree.Comments{Head: comment}
	return n
}

func (b *builder) document() (*tree.Node, error) {
	channels, err := b.channels()
	if err != nil {
		return nil, err
	}
	root := object(
		"asyncapi", b.Version,
		"id", "urn:example:"+b.Domain,
		"info", b.info(),
		"servers", noted(b.servers(), "Where the messages go. Add one for each environment."),
		"defaultContentType", "application/json",
		"channels", noted(channels, "Where messages are, by names of ours; the address is the name on the broker."),
		"operations", noted(b.operations(), "What this application does: it sends, or it receives."),
		"components", b.components(),
	)
	return root, nil
}

// head is what stands above the document.
func (b *builder) head() string {
	usual, err := topic.ParseConvention("{domain}.{entity...}.{event}")
	if err != nil {
		return ""
	}
	for _, address := range b.addresses {
		problems := usual.Check(address, usual.Separator())
		if !strings.Contains(address, "/") && slices.ContainsFunc(problems, func(p topic.Problem) bool { return p.Severity >= diag.Warning }) {
			return "# weft-ignore-file practice/channel-name -- names keep to " + b.Naming + "\n\n"
		}
	}
	return ""
}

func (b *builder) info() *tree.Node {
	description := b.Description
	if description == "" {
		verb := "sends"
		if b.Role == asyncapi.Receive {
			verb = "receives"
		}
		var things []string
		for _, c := range b.Channels {
			if !c.failed {
				things = append(things, strings.ToLower(c.Entity)+" "+c.Event)
			}
		}
		description = fmt.Sprintf("%s %s events: %s.", b.Title, verb, strings.Join(things, ", "))
	}
	team := strings.Join(words(b.Owner), "-")
	info := object(
		"title", b.Title,
		"version", "0.1.0",
		"description", description,
		"contact", noted(object("name", b.Owner, "url", "https://example.com/teams/"+team, "email", team+"@example.com"), "Whom to ask. Put your own addresses here."),
		"license", object("name", "Apache-2.0", "url", "https://www.apache.org/licenses/LICENSE-2.0"),
		"tags", tree.NewArray(object("name", b.Domain, "description", "All that is about "+strings.ToLower(b.Title)+".")),
		"x-owner", b.Owner,
	)
	if len(b.Consumers) > 0 {
		list := tree.NewArray()
		for _, team := range b.Consumers {
			list.Append(str(team))
		}
		info.Set("x-consumers", list)
	}
	return info
}

// channels are the channels, each with its address by the convention.
func (b *builder) channels() (*tree.Node, error) {
	n := tree.NewObject()
	for _, c := range b.Channels {
		address, err := b.address(c)
		if err != nil {
			return nil, err
		}
		if slices.Contains(b.addresses, address) {
			return nil, fmt.Errorf("two channels have the address %s: give one another event, or a convention that tells them apart", address)
		}
		b.addresses = append(b.addresses, address)
		channel := object(
			"address", address,
			"messages", object(camel(words(c.Message)), reference("components/messages/"+c.Message)),
			"title", sentence(c.Entity+" "+c.Event),
			"description", b.about(c),
		)
		if bindings := channelBinding(b.family(), c, b); bindings != nil {
			channel.Set("bindings", bindings)
		}
		n.Set(b.channelKey(c), channel)
	}
	return n, nil
}

func (b *builder) channelKey(c Channel) string { return camel(words(c.Entity + " " + c.Event)) }

func (b *builder) about(c Channel) string {
	entity := strings.ToLower(c.Entity)
	if c.failed {
		return "What could not be done about " + article(entity) + ", and why."
	}
	return "Tells that " + article(entity) + " was " + c.Event + "."
}

// roles are the parts of names that a plan can fill.
func (b *builder) parts(c Channel, convention *topic.Convention) (map[string]string, error) {
	entity := strings.Join(words(c.Entity), "-")
	all := map[string]string{
		"domain": b.Domain, "system": b.Domain, "application": b.Domain, "app": b.Domain, "service": b.Domain,
		"organization": b.Domain, "organisation": b.Domain, "org": b.Domain, "company": b.Domain,
		"team": strings.Join(words(b.Owner), "-"), "owner": strings.Join(words(b.Owner), "-"),
		"entity": entity, "resource": entity, "object": entity, "aggregate": entity, "subject": entity,
		"event": c.Event, "name": c.Event, "action": c.Event, "verb": c.Event,
		"version": "1", "type": "event", "env": "dev", "environment": "dev", "stage": "dev",
		"message": strings.Join(words(c.Message), "-"),
	}
	parts := map[string]string{}
	for _, role := range convention.Roles() {
		value, ok := all[role]
		if !ok && role != topic.Status {
			return nil, fmt.Errorf("the part {%s} of the convention %s is not known here: use domain, team, entity, event, version, type, env or message", role, convention)
		}
		if ok {
			parts[role] = value
		}
	}
	return parts, nil
}

func (b *builder) address(c Channel) (string, error) {
	convention, err := topic.ParseConvention(b.Naming)
	if err != nil {
		return "", err
	}
	parts, err := b.parts(c, convention)
	if err != nil {
		return "", err
	}
	separator := separatorOf(b.family())
	if separator == "." && convention.Separator() != "" {
		separator = convention.Separator()
	}
	for role, text := range parts {
		switch {
		case b.Naming == topic.DefinitionName:
			parts[role] = strings.ReplaceAll(text, "-", "")
		case separator == "-":
			parts[role] = strings.ReplaceAll(text, "-", "_")
		}
	}
	name, err := convention.Format(parts, separator)
	if err != nil {
		return "", fmt.Errorf("the name of %q: %w", c.Entity, err)
	}
	if family := b.family(); family == "ws" || family == "http" {
		name = "/" + name
	}
	for _, p := range topic.CheckAddress(b.Protocol, name) {
		if p.Severity >= diag.Error {
			return "", fmt.Errorf("the address %s: %s; choose another convention", name, p.Message)
		}
	}
	return name, nil
}

// family is the protocol without what makes it secure.
func (b *builder) family() string {
	switch b.Protocol {
	case "kafka-secure":
		return "kafka"
	case "amqps", "mqtts", "wss", "https":
		return strings.TrimSuffix(b.Protocol, "s")
	}
	return b.Protocol
}

func (b *builder) secure() bool { return b.family() != b.Protocol }

// separatorOf is what stands between the parts of a name on a protocol.
func separatorOf(family string) string {
	switch family {
	case "mqtt", "ws", "http", "solace":
		return "/"
	case "sns", "sqs":
		return "-"
	}
	return "."
}

// action is what the application does with a channel: what fails with others
// comes back to who sent it, and what fails here is told.
func (b *builder) action(c Channel) asyncapi.Action {
	if !c.failed {
		return b.Role
	}
	if b.Role == asyncapi.Send {
		return asyncapi.Receive
	}
	return asyncapi.Send
}

func (b *builder) operations() *tree.Node {
	n := tree.NewObject()
	for _, c := range b.Channels {
		action := b.action(c)
		key := b.channelKey(c)
		operation := object(
			"action", string(action),
			"channel", reference("channels/"+key),
			"title", sentence(string(action)+" "+c.Entity+" "+c.Event),
			"description", b.doing(c, action),
			"tags", tree.NewArray(object("name", b.Domain)),
			"messages", tree.NewArray(reference("channels/"+key+"/messages/"+camel(words(c.Message)))),
		)
		if bindings := operationBinding(b.family(), action, b); bindings != nil {
			operation.Set("bindings", bindings)
		}
		n.Set(string(action)+pascal(words(c.Message)), operation)
	}
	return n
}

func (b *builder) doing(c Channel, action asyncapi.Action) string {
	what := strings.ToLower(c.Entity)
	switch {
	case c.failed && action == asyncapi.Send:
		return "Sent when something about " + article(what) + " could not be done."
	case c.failed:
		return "Received when others could not handle " + article(what) + "."
	case action == asyncapi.Send:
		return "Sent once " + article(what) + " was " + c.Event + "."
	}
	return "Received once " + article(what) + " was " + c.Event + "."
}

func (b *builder) components() *tree.Node {
	messages := tree.NewObject()
	for _, c := range b.Channels {
		messages.Set(c.Message, b.message(c))
	}
	n := object("messages", messages)
	if b.CloudEvents {
		n.Set("messageTraits", object(edit.CloudEventsName, edit.CloudEvents(b.Protocol)))
	}
	if b.secure() {
		n.Set("securitySchemes", object("credentials", securityScheme(b.family())))
	}
	return n
}

func (b *builder) message(c Channel) *tree.Node {
	properties, required := tree.NewObject(), tree.NewArray()
	for _, f := range c.Fields {
		properties.Set(f.Name, f.schema())
		if !f.Optional {
			required.Append(str(f.Name))
		}
	}
	payload := object("type", "object")
	if required.Len() > 0 {
		payload.Set("required", required)
	}
	payload.Set("properties", properties)
	n := object(
		"payload", payload,
		"name", c.Message,
		"title", sentence(c.Entity+" "+c.Event),
		"summary", b.about(c),
	)
	if b.CloudEvents {
		n.Set("traits", tree.NewArray(reference("components/messageTraits/"+edit.CloudEventsName)))
	}
	if bindings := messageBinding(b.family(), c); bindings != nil {
		n.Set("bindings", bindings)
	}
	return n
}

func article(what string) string {
	soundsLikeYou := strings.HasPrefix(what, "us") || strings.HasPrefix(what, "uni") || strings.HasPrefix(what, "eu")
	if strings.ContainsRune("aeiou", rune(what[0])) && !soundsLikeYou {
		return "an " + what
	}
	return "a " + what
}
