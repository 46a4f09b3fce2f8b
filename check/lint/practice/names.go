package practice

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/check/lint/casing"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/shape"
	"github.com/weft-dev/weft/spec/topic"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// defaultConvention is "{domain}.{entity}.{event}", with as many words for the
// entity as it takes.
const defaultConvention = "{domain}.{entity...}.{event}"

func channelName() *lint.Rule {
	channel := func(address string) string {
		return head + "channels:\n  overdue: {address: " + address + ", description: An invoice was not paid in time.}\n"
	}
	return &lint.Rule{
		Code: "practice/channel-name", Severity: diag.Info,
		Summary: "the addresses of channels keep to one convention",
		Why: "People look for a channel by guessing its name. The usual convention is {domain}.{entity}.{event}; say another with the option \"convention\"." +
			" Addresses that are paths, as for MQTT and HTTP, are judged only by a convention that is one.",
		Good: channel("payments.invoice.overdue"), Bad: channel("topic-1"),
		Options: []lint.Option{{
			Name: "convention", Default: defaultConvention,
			Type: func() *shape.Type { return shape.String().NonEmpty().Then(checkConvention) },
			Doc:  "\"definition\" for the topic definition, or a pattern such as \"{team}.{entity}.{event}.v{version:number}\"",
		}},
		Run: runChannelName,
	}
}

func checkConvention(c *shape.Context, n *tree.Node) {
	if _, err := topic.ParseConvention(n.Text); err != nil {
		c.Report(shape.CodeBadValue, n, "%s", err.Error())
	}
}

// mostAlone is how many names are reported each by itself. Where more break a
// convention, it is not theirs.
const mostAlone = 2

func runChannelName(p *lint.Pass) {
	convention, err := topic.ParseConvention(p.OptionString("convention"))
	if err != nil {
		return // a finding about the ruleset
	}
	type broken struct {
		at      *tree.Node
		key     bool
		problem topic.Problem
		fault
	}
	var list []broken
	all := p.Objects().Channels
	for _, c := range all {
		at, key := c.Node.Get("address"), false
		if p.AsyncAPI.Major() == 2 {
			at, key = p.Root.Get("channels").Get(c.Name), true
		}
		if at == nil || !c.HasAddress || !judged(c, convention) {
			continue
		}
		problems := convention.Check(c.Address, convention.Separator())
		i := slices.IndexFunc(problems, func(x topic.Problem) bool { return x.Severity >= diag.Warning })
		if i >= 0 {
			list = append(list, broken{at: at, key: key, problem: problems[i], fault: fault{c.Address, at}})
		}
	}
	if len(list) > mostAlone {
		var faults []fault
		for _, b := range list {
			faults = append(faults, b.fault)
		}
		d := p.Report(list[0].at, "%d of %d addresses do not keep to %s: %s", len(list), len(all), convention, names(faults))
		d.Help = "set the convention of your own in weft.yaml, as an option of practice/channel-name"
		return
	}
	for _, b := range list {
		const message = "the address %q does not keep to %s: %s"
		var d *diag.Diagnostic
		if b.key {
			d = p.ReportKey(b.at, message, b.name, convention, b.problem.Message)
		} else {
			d = p.Report(b.at, message, b.name, convention, b.problem.Message)
		}
		d.Help = b.problem.Help
	}
}

// judged reports whether a convention is about addresses such as a channel's.
func judged(c *asyncapi.Channel, convention *topic.Convention) bool {
	path := strings.Contains(c.Address, "/")
	if convention.Separator() == "/" {
		return true
	}
	return !path && !slices.ContainsFunc(c.Servers, func(s *asyncapi.Server) bool {
		switch s.Protocol {
		case "mqtt", "mqtts", "secure-mqtt", "mqtt5", "ws", "wss", "http", "https", "sqs", "sns", "solace", "ibmmq":
			return true
		}
		return false
	})
}

func nameVersion() *lint.Rule {
	channel := func(version string) string {
		return strings.Replace(head, "version: 1.0.0", "version: "+version, 1) + "channels:\n  placed: {address: shop.order.placed.v2, description: An order was placed.}\n"
	}
	return &lint.Rule{
		Code: "practice/name-version", Severity: diag.Info,
		Summary: "a version in a name is not ahead of the document's own",
		Why:     "A second version of an address is a change that breaks its users, and the document's first number says that there was one.",
		Good:    channel("2.0.0"), Bad: channel("1.4.0"),
		Run: runNameVersion,
	}
}

func runNameVersion(p *lint.Pass) {
	major, ok := majorOf(p.AsyncAPI.Info.Version)
	if !ok || major == 0 {
		return // before 1.0 everything may change
	}
	for _, c := range p.Objects().Channels {
		version, ok := versionInName(c.Address)
		if !ok || version <= major {
			continue
		}
		at := c.Node.Get("address")
		const message = "the address is of version %d, but the document only of %s"
		var d *diag.Diagnostic
		if at != nil {
			d = p.Report(at, message, version, p.AsyncAPI.Info.Version)
		} else {
			d = p.ReportKey(c.Node, message, version, p.AsyncAPI.Info.Version)
		}
		d.Help = fmt.Sprintf("make \"info.version\" %d.0.0, or name the address by its first version", version)
		if n := p.Root.Get("info").Get("version"); n != nil {
			d.Related = []diag.Related{{Message: "the document's version is here", Span: n.Span}}
		}
	}
}

func majorOf(version string) (int, bool) {
	first, _, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	n, err := strconv.Atoi(first)
	return n, err == nil && n >= 0
}

// versionInName finds a part such as "v2" in a name.
func versionInName(name string) (int, bool) {
	for part := range strings.FieldsFuncSeq(name, func(c rune) bool { return strings.ContainsRune("./-_:", c) }) {
		if digits, ok := strings.CutPrefix(strings.ToLower(part), "v"); ok && len(digits) < 5 {
			if n, err := strconv.Atoi(digits); err == nil && n > 0 {
				return n, true
			}
		}
	}
	return 0, false
}

func semanticVersion() *lint.Rule {
	of := func(version string) string {
		return strings.Replace(head, "version: 1.0.0", "version: "+version, 1)
	}
	return &lint.Rule{
		Code: "practice/semantic-version", Severity: diag.Info,
		Summary: "the version of a document is a semantic one",
		Why:     "With major.minor.patch everybody knows which versions break them, and weft diff can say which number a change asks for.",
		Good:    of("1.0.0"), Bad: of("winter"),
		Run: func(p *lint.Pass) {
			n := p.Root.Get("info").Get("version")
			if n.Is(tree.String) && !isSemantic(n.Text) {
				p.Report(n, "%q is not a version such as 1.0.0", short(n.Text))
			}
		},
	}
}

// isSemantic reports whether a text is a version of Semantic Versioning 2.0.0.
func isSemantic(text string) bool {
	text, _, _ = strings.Cut(text, "+")
	core, _, _ := strings.Cut(text, "-")
	parts := strings.Split(core, ".")
	return len(parts) == 3 && !slices.ContainsFunc(parts, func(part string) bool {
		return part == "" || strings.Trim(part, "0123456789") != "" || (len(part) > 1 && part[0] == '0')
	})
}

const consistent = "consistent"

func styleOption(usual string, words ...string) lint.Option {
	return lint.Option{
		Name: "style", Default: usual,
		Type: func() *shape.Type { return shape.String().Enum(append(words, casing.Styles()...)...) },
		Doc:  "how names are written",
	}
}

func componentName() *lint.Rule {
	schemas := func(names ...string) string {
		text := head + "channels:\n  orders:\n    description: Orders.\n    messages:\n      placed: {name: placed, description: One was placed., examples: [{payload: {}}], payload: {type: object, properties: {"
		for i, name := range names {
			text += fmt.Sprintf("p%d: {$ref: '#/components/schemas/%s'}, ", i, name)
		}
		text = strings.TrimSuffix(text, ", ") + "}}}\ncomponents:\n  schemas:\n"
		for _, name := range names {
			text += "    " + name + ": {type: string}\n"
		}
		return text
	}
	return &lint.Rule{
		Code: "practice/component-name", Severity: diag.Hint,
		Summary: "the components of a kind are named in one style",
		Why:     "They become the names of types in code and of pages in documents. Who looks for orderItem does not find order_item.",
		Good:    schemas("OrderItem", "Customer", "PostalAddress"), Bad: schemas("OrderItem", "CustomerName", "PostalAddress", "phone_number"),
		Options: []lint.Option{styleOption(consistent, consistent)},
		Run:     runComponentName,
	}
}

func runComponentName(p *lint.Pass) {
	style := p.OptionString("style")
	for _, kind := range []string{"schemas", "messages", "channels", "operations", "servers"} {
		n := p.Root.Get("components").Get(kind)
		if !n.Is(tree.Mapping) {
			continue
		}
		wanted := style
		if style == consistent {
			wanted = styleOfMost(n)
		}
		if wanted == "" {
			continue
		}
		for i := range n.Members {
			name := n.Members[i].Key.Text
			if casing.Is(casing.Style(wanted), name, casing.Options{}) {
				continue
			}
			if style == consistent {
				p.ReportKey(n.Members[i].Value, "the others of these %s are named in %s case", kind, wanted)
			} else {
				p.ReportKey(n.Members[i].Value, "%q is not in %s case", short(name), wanted)
			}
			continue
		}
	}
}

// styleOfMost is the style in which at least two of three names are, where
// there are three or more, and some say more than one word.
func styleOfMost(n *tree.Node) string {
	best, count := "", 0
	for _, style := range casing.Styles() {
		fits, telling := 0, 0
		for i := range n.Members {
			name := n.Members[i].Key.Text
			if !casing.Is(casing.Style(style), name, casing.Options{}) {
				continue
			}
			fits++
			if style == string(casing.Pascal) || !casing.Is(casing.Flat, name, casing.Options{}) {
				telling++
			}
		}
		if telling > 0 && fits > count {
			best, count = style, fits
		}
	}
	if n.Len() < 3 || count*3 < n.Len()*2 {
		return ""
	}
	return best
}

func propertyName() *lint.Rule {
	payload := func(property string) string {
		return head + "channels:\n  orders:\n    description: Orders.\n    messages:\n      placed: {name: placed, description: One was placed., payload: {type: object, properties: {" + property + ": {type: string}}}, examples: [{payload: {}}]}\n"
	}
	return &lint.Rule{
		Code: "practice/property-name", Severity: diag.Hint, Optional: true,
		Summary: "properties are named in one style",
		Why:     "Whoever writes a message by hand, or maps it to code, should not have to look up how each name is written.",
		Good:    payload("orderId"), Bad: payload("order_id"),
		Options: []lint.Option{styleOption(string(casing.Camel))},
		Run: func(p *lint.Pass) {
			style := casing.Style(p.OptionString("style"))
			for _, n := range p.Properties() {
				name := n.Name()
				if !casing.Is(style, name, casing.Options{}) {
					p.ReportKey(n, "%q is not in %s case", short(name), style)
				}
			}
		},
	}
}
