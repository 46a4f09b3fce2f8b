package practice

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/shape"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// describable are the kinds of object that the rule of descriptions may be about.
var describable = []string{"servers", "channels", "operations", "messages", "parameters", "schemas", "properties"}

func description() *lint.Rule {
	channel := func(words string) string {
		return head + "channels:\n  placed: {address: shop.order.placed" + words + "}\n"
	}
	return &lint.Rule{
		Code: "practice/description", Severity: diag.Info,
		Summary: "channels, operations and messages say what they are for",
		Why:     "A name says what something is called. What it means, when it is sent and what to do with it is known to its authors only, until they write it down. A title or a summary will do.",
		Good:    channel(", description: An order was placed."), Bad: channel(""),
		Options: []lint.Option{{
			Name: "objects", Default: []string{"channels", "operations", "messages"},
			Type: func() *shape.Type { return shape.List(shape.String().Enum(describable...)).MinItems(1).Unique() },
			Doc:  "which kinds of object are looked at",
		}},
		Run: runDescription,
	}
}

func runDescription(p *lint.Pass) {
	for _, kind := range p.OptionStrings("objects") {
		all := objectsOf(p, kind)
		var faults []fault
		for _, o := range all {
			if !said(o.node, "description", "summary", "title") {
				faults = append(faults, fault{o.name, o.written})
			}
		}
		tellTogether(p, faults, len(all), kind, "description")
	}
}

// object is something that may have a description.
type object struct {
	name    string
	node    *tree.Node // with traits
	written *tree.Node
}

func objectsOf(p *lint.Pass, kind string) []object {
	var list []object
	all := p.Objects()
	switch kind {
	case "servers":
		for _, s := range all.Servers {
			list = append(list, object{s.Name, s.Node, s.Node})
		}
	case "channels":
		for _, c := range all.Channels {
			list = append(list, object{c.Name, c.Node, c.Node})
		}
	case "operations":
		for _, o := range all.Operations {
			list = append(list, object{o.ID, o.Merged, o.Node})
		}
	case "messages":
		for _, m := range all.Messages {
			list = append(list, object{m.Key, m.Merged, m.Node})
		}
	case "parameters":
		for _, x := range all.Parameters {
			list = append(list, object{x.Name, x.Node, x.Node})
		}
	case "schemas":
		for _, s := range p.AsyncAPI.Components.Schemas {
			list = append(list, object{s.Name, s.Node, s.Node})
		}
	case "properties":
		for _, n := range p.Properties() {
			list = append(list, object{n.Name(), p.Resolve(n), n})
		}
	}
	return slices.DeleteFunc(list, func(o object) bool { return !o.node.Is(tree.Mapping) })
}

func messageExample() *lint.Rule {
	message := func(examples string) string {
		return head + "channels:\n  orders:\n    description: Orders.\n    messages:\n      placed:\n        name: placed\n        description: An order was placed.\n        payload: {type: object, properties: {id: {type: string}}}\n" + examples
	}
	return &lint.Rule{
		Code: "practice/message-example", Severity: diag.Info,
		Summary: "messages have an example",
		Why:     "An example says in one look what a schema says in forty lines, and mocks and tests begin with it.",
		Good:    message("        examples: [{name: small, payload: {id: o-1}}]\n"), Bad: message(""),
		Run: func(p *lint.Pass) {
			var faults []fault
			all := p.Objects().Messages
			for _, m := range all {
				if m.Payload == nil || len(m.Examples) > 0 || m.Payload.Node.Has("examples") || m.Payload.Node.Has("example") {
					continue
				}
				faults = append(faults, fault{m.Key, m.Node})
			}
			tellTogether(p, faults, len(all), "messages", "example")
		},
	}
}

func owner() *lint.Rule {
	channel := func(words string) string {
		return head + "channels:\n  placed: {address: shop.order.placed, description: An order was placed." + words + "}\n"
	}
	return &lint.Rule{
		Code: "practice/owner", Severity: diag.Info, Optional: true,
		Summary: "it is said who owns a channel, or the whole document",
		Why:     "Whoever finds something odd on a channel at night must know whom to ask.",
		Good:    channel(", x-owner: shop"), Bad: channel(""),
		Options: []lint.Option{
			{Name: "field", Default: "x-owner", Type: func() *shape.Type { return shape.String().Pattern(`^x-`, "an extension such as x-owner") }, Doc: "the field that names the owner"},
			{Name: "contact", Default: false, Type: shape.Boolean, Doc: "whether \"info.contact\" will do"},
		},
		Run: runOwner,
	}
}

func runOwner(p *lint.Pass) {
	field := p.OptionString("field")
	if p.Root.Has(field) || p.Root.Get("info").Has(field) {
		return
	}
	if contact := p.Root.Get("info").Get("contact"); p.OptionBool("contact") && said(contact, "name", "email", "url") {
		return
	}
	var faults []fault
	all := p.Objects().Channels
	for _, c := range all {
		if !c.Node.Has(field) {
			faults = append(faults, fault{c.Name, c.Node})
		}
	}
	if d := tellTogether(p, faults, len(all), "channels", "owner"); d != nil {
		d.Help = fmt.Sprintf("add %q to the channel, or to \"info\" for all", field)
	}
}

func visibility() *lint.Rule {
	channel := func(value string) string {
		return head + "channels:\n  placed: {address: shop.order.placed, description: An order was placed., x-visibility: " + value + "}\n"
	}
	return &lint.Rule{
		Code: "practice/visibility", Severity: diag.Warning,
		Summary: "a visibility is one that is known",
		Why:     "Catalogs and pages show to others only what is public. A word that they do not know hides it, or shows it.",
		Good:    channel("internal"), Bad: channel("intern"),
		Options: []lint.Option{
			{Name: "values", Default: []string{"public", "partner", "internal", "private"}, Type: func() *shape.Type { return shape.List(shape.String().NonEmpty()).MinItems(1).Unique() }, Doc: "the words that are known"},
			{Name: "required", Default: false, Type: shape.Boolean, Doc: "whether each channel, or the document, must say it"},
		},
		Run: runVisibility,
	}
}

func runVisibility(p *lint.Pass) {
	const field = asyncapi.VisibilityField
	known := p.OptionStrings("values")
	check := func(n *tree.Node) {
		value := n.Get(field)
		if value == nil || (value.Is(tree.String) && slices.Contains(known, value.Text)) {
			return
		}
		d := p.Report(value, "%q is no visibility that is known", short(value.Text))
		if d.Help = p.Nearest(value.Text, known); d.Help != "" {
			d.Help = fmt.Sprintf("did you mean %q?", d.Help)
		} else {
			d.Help = "choose one of " + strings.Join(known, ", ")
		}
	}
	check(p.Root)
	check(p.AsyncAPI.Info.Node)
	var faults []fault
	all := p.Objects().Channels
	for _, kind := range []string{"servers", "channels", "operations", "messages"} {
		for _, o := range objectsOf(p, kind) {
			check(o.node)
			if kind == "channels" && !o.node.Has(field) {
				faults = append(faults, fault{o.name, o.written})
			}
		}
	}
	if p.OptionBool("required") && !p.Root.Has(field) && !p.AsyncAPI.Info.Node.Has(field) {
		tellTogether(p, faults, len(all), "channels", "visibility")
	}
}
