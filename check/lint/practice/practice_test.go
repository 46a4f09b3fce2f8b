package practice_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/check/lint/practice"
	"github.com/weft-dev/weft/check/lint/rules"
	"github.com/weft-dev/weft/check/lint/ruleset"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

// judge gives the findings of practice in a document, a line each, by a ruleset.
func judge(t testing.TB, text, rulesText string) []string {
	t.Helper()
	linter := rules.Linter()
	ws := ref.New(source.Memory{"file:///p/common.yaml": "Address: {type: object, properties: {street: {type: string}, city: {type: string}}}\n"}, ref.Options{})
	rs := ruleset.For(linter).Load(t.Context(), ws, source.NewFile("file:///p/weft.yaml", "weft.yaml", []byte(rulesText)), "")
	if len(rs.Findings) > 0 {
		t.Fatalf("%s: %v", rulesText, rs.Findings[0].Message)
	}
	var out []string
	result := linter.LintBy(t.Context(), ws, source.NewFile("file:///p/d.yaml", "d.yaml", []byte(text)), rs)
	other := linter.LintBy(t.Context(), ws, source.NewFile("file:///p/other.yaml", "other.yaml", []byte(text)), rs)
	for _, d := range append(result.Findings, lint.Across([]lint.Result{other, result})...) {
		if code, ok := strings.CutPrefix(string(d.Code), "practice/"); ok {
			start, _ := d.Span.Range()
			out = append(out, fmt.Sprintf("%d %s: %s", start.Line, code, d.Message))
		}
	}
	return out
}

// What a rule shows as good is good by every rule that nobody turned off, so
// that whoever follows an example is not told off for it.
func TestGoodExamplesAreQuiet(t *testing.T) {
	t.Parallel()
	for _, r := range practice.Rules() {
		on := "rules: {practice/kafka-key: off, practice/equal-schemas: off}"
		if r.Optional || r.Code == "practice/kafka-key" || r.Compares {
			on = "rules: {" + string(r.Code) + ": on" + map[bool]string{false: ", practice/equal-schemas: off", true: ""}[r.Compares] + "}"
		}
		if got := judge(t, r.Good, on); len(got) > 0 {
			t.Errorf("%s: the good example has findings: %q", r.Code, got)
		}
		if got := judge(t, r.Bad, on); len(got) != 1 || !strings.Contains(got[0], strings.TrimPrefix(string(r.Code), "practice/")+":") {
			t.Errorf("%s: the bad example has the findings: %q", r.Code, got)
		}
	}
}

func TestNothingPracticalIsAnError(t *testing.T) {
	t.Parallel()
	for _, r := range practice.Rules() {
		if r.Severity >= diag.Error {
			t.Errorf("%s is an error", r.Code)
		}
	}
}

// document makes a document of channels; each is "address" or "address: more".
func document(servers string, channels ...string) string {
	text := "asyncapi: 3.0.0\ninfo: {title: t, version: 1.2.3, x-owner: me}\n" + servers + "channels:\n"
	for i, c := range channels {
		address, more, _ := strings.Cut(c, ": ")
		text += fmt.Sprintf("  c%d: {address: '%s', title: c%s}\n", i, address, more)
	}
	return text
}

const kafka = "servers: {k: {host: h, protocol: kafka}}\n"

func TestNamesOfChannels(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		convention, address string
		wrong               bool
	}{
		{"", "payments.invoice.overdue", false},
		{"", "payments.eu.invoice.overdue", false},
		{"", "payments.{region}.overdue", false},
		{"", "topic-1", true},
		{"", "orders-queue", true},
		{"", "payments..overdue", true},
		{"", "user/signedup", false}, // a path, of which the convention says nothing
		{"'{a}/{b}'", "user/signedup", false},
		{"'{a}/{b}'", "signedup", true},
		{"definition", "hitch.accounts.1.event.user.signedup", false},
		{"definition", "hitch.accounts.1.0.event.user.signup", true},
		{"'{team}.{event}.v{version:number}'", "shop.placed.v2", false},
		{"'{team}.{event}.v{version:number}'", "shop.placed", true},
	} {
		on := "rules: {'practice/*': off, practice/channel-name: on}"
		if c.convention != "" {
			on = "rules: {'practice/*': off, practice/channel-name: {options: {convention: " + c.convention + "}}}"
		}
		if got := judge(t, document("", c.address), on); (len(got) > 0) != c.wrong {
			t.Errorf("%s by %q: %q", c.address, c.convention, got)
		}
	}
	got := judge(t, document("", "a", "b", "c", "d.e.f"), "rules: {'practice/*': off, practice/channel-name: on}")
	if len(got) != 1 || !strings.Contains(got[0], `3 of 4 addresses do not keep to {domain}.{entity...}.{event}: "a", "b" and "c"`) {
		t.Errorf("many: %q", got)
	}
	if got := judge(t, document("servers: {m: {host: h, protocol: mqtt}}\n", "topic-1"), "rules: {'practice/*': off, practice/channel-name: on}"); len(got) > 1 {
		t.Errorf("mqtt: %q", got)
	}
}

func TestErrorChannels(t *testing.T) {
	t.Parallel()
	message := func(address string) string {
		return address + ": , messages: {m: {title: m, payload: {type: object}, examples: [{payload: {}}]}}"
	}
	receive := "operations:\n  on: {title: o, action: receive, channel: {$ref: '#/channels/c0'}}\n  also: {title: o, action: receive, channel: {$ref: '#/channels/c0'}}\n"
	for name, c := range map[string]struct {
		text, rules string
		want        []string
	}{
		"none":                {document("", message("a.b.c")) + receive, "on", []string{`6 error-channel: 2 of 2 operations that receive have no error channel: "on" and "also"`}},
		"one with a payload":  {document("", message("a.b.c"), message("a.b.failed")) + receive, "on", nil},
		"one without":         {document("", message("a.b.c"), "a.b.failed") + receive, "on", []string{`7 error-channel: 2 of 2 operations that receive have no error channel: "on" and "also"`}},
		"of another domain":   {document("", message("a.b.c"), message("x.b.failed")) + receive, "{options: {perDomain: true}}", []string{`7 error-channel: 2 of 2 operations that receive have no error channel: "on" and "also"`}},
		"in camel case":       {document("", message("a.b.c"), message("a.orderFailed")) + receive, "on", nil},
		"a word of one's own": {document("", message("a.b.c"), message("a.b.oops")) + receive, "{options: {words: [oops]}}", nil},
		"named":               {document("", message("a.b.c")) + strings.ReplaceAll(receive, "title: o", "title: o, x-error-channel: elsewhere"), "on", nil},
		"sending":             {document("", message("a.b.c")) + strings.ReplaceAll(receive, "receive", "send"), "on", nil},
		"no operations":       {document("", message("a.b.c"), message("a.b.d")), "on", []string{"3 error-channel: none of the 2 channels is for what fails"}},
		"no operations, one":  {document("", message("a.b.c"), message("a.b.failed")), "on", nil},
		"dead letters of SQS": {document("", message("a.b.c")+", bindings: {sqs: {queue: {name: q, fifoQueue: false, redrivePolicy: {deadLetterQueue: {name: d}}}}}") + receive, "on", nil},
	} {
		got := judge(t, c.text, "rules: {'practice/*': off, practice/error-channel: "+c.rules+"}")
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q\n%s", name, got, c.want, c.text)
		}
	}
}

func TestOtherPractice(t *testing.T) {
	t.Parallel()
	const message = ": , messages: {m: {payload: {type: object, properties: {a_b: {type: string}, cD: {title: x}}}}}"
	for name, c := range map[string]struct {
		text, rules string
		want        []string
	}{
		"names behind the version": {document("", "a.b.v1", "a.b.v2", "a/v3/b", "vendor.v.x"), "name-version: on", []string{
			"5 name-version: the address is of version 2, but the document only of 1.2.3", "6 name-version: the address is of version 3, but the document only of 1.2.3",
		}},
		"before 1.0 anything goes":   {strings.Replace(document("", "a.b.v2"), "1.2.3", "0.2.3", 1), "name-version: on", nil},
		"a version that is a word":   {strings.Replace(document("", "a"), "1.2.3", "'1.2'", 1), "semantic-version: on", []string{`2 semantic-version: "1.2" is not a version such as 1.0.0`}},
		"a version of a release":     {strings.Replace(document("", "a"), "1.2.3", "1.2.3-rc.1+build.5", 1), "semantic-version: on", nil},
		"keys":                       {document(kafka, "a"+message, "b: , bindings: {kafka: {partitions: 1}}, messages: {n: {payload: {}}}"), "kafka-key: on", []string{`5 kafka-key: the message "m" has no key`}},
		"no Kafka, no keys":          {document("", "a"+message), "kafka-key: on", nil},
		"properties":                 {document("", "a"+message), "property-name: on", []string{`4 property-name: "a_b" is not in camel case`}},
		"properties in another way":  {document("", "a"+message), "property-name: {options: {style: snake}}", []string{`4 property-name: "cD" is not in snake case`}},
		"descriptions":               {document("", "a"+message), "description: {options: {objects: [messages, properties]}}", []string{`4 description: the message "m" has no description`, `4 description: the property "a_b" has no description`}},
		"owner of all":               {document("", "a"), "owner: on", nil},
		"owner by another name":      {document("", "a", "b: , x-team: me"), "owner: {options: {field: x-team}}", []string{`4 owner: the channel "c0" has no owner`}},
		"visibility":                 {document("", "a: , x-visibility: pubic", "b: , x-visibility: private"), "visibility: on", []string{`4 visibility: "pubic" is no visibility that is known`}},
		"visibility is asked for":    {document("", "a", "b: , x-visibility: private"), "visibility: {options: {required: true}}", []string{`4 visibility: the channel "c0" has no visibility`}},
		"CloudEvents in the payload": {document("", "a: , messages: {m: {contentType: application/cloudevents+json, payload: {allOf: [{properties: {id: {}, source: {}}}, {properties: {specversion: {}, type: {}}}]}}}"), "cloudevents: on", nil},
		"CloudEvents in neither":     {document("", "a"+message), "cloudevents: on", []string{`4 cloudevents: the headers of "m" lack attributes of a CloudEvent: id, source, specversion, type`}},
		"components in another way":  {document("", "a") + "components: {schemas: {a_b: {}, c_d: {}, eF: {}}}\n", "component-name: on", []string{`5 component-name: the others of these schemas are named in snake case`}},
		"components as is asked for": {document("", "a") + "components: {schemas: {a_b: {}}}\n", "component-name: {options: {style: pascal}}", []string{`5 component-name: "a_b" is not in pascal case`}},
		"a command and its results":  {document("", "h.mail.1.command.a.b.send", "h.mail.1.event.a.b.send.done", "h.mail.1.event.a.b.send.failed"), "command-result: on", nil},
		"a command and half of them": {document("", "h.mail.1.command.a.send", "h.mail.1.event.a.send.done", "h.mail.1.event.b.send.failed"), "command-result: on", []string{`4 command-result: nothing tells what became of the command "h.mail.1.command.a.send"`}},
		"a command of MQTT":          {document("", "h/mail/1/command/a/send", "h/mail/1/event/a/send/done", "h/mail/1/event/a/send/failed"), "command-result: on", nil},
		"a command that is answered": {document("", "h.mail.1.command.a.send", "r") + "operations: {o: {action: receive, title: o, channel: {$ref: '#/channels/c0'}, reply: {channel: {$ref: '#/channels/c1'}}}}\n", "command-result: on", nil},
		"no command":                 {document("", "shop.command.send", "a.b.c"), "command-result: on", nil},
		"components in no one way":   {document("", "a") + "components: {schemas: {a_b: {}, cD: {}, EF: {}}}\n", "component-name: on", nil},
	} {
		got := judge(t, c.text, "rules: {'practice/*': off, practice/"+c.rules+"}")
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q\n%s", name, got, c.want, c.text)
		}
	}
}

// A document that somebody took care of has nothing to be told.
func TestAGoodDocumentIsQuiet(t *testing.T) {
	t.Parallel()
	text := `asyncapi: 3.1.0
info:
  title: Shipping
  version: 1.3.0
  description: Ships what was ordered.
servers: {main: {host: 'kafka.example.com:9092', protocol: kafka}}
channels:
  orderPlaced:
    address: shop.order.placed
    description: Orders that were placed and paid.
    messages: {OrderPlaced: {$ref: '#/components/messages/OrderPlaced'}}
  shippingFailed:
    address: shipping.order.failed
    description: Orders that could not be shipped, and why.
    messages: {ShippingFailed: {$ref: '#/components/messages/ShippingFailed'}}
operations:
  onOrderPlaced: {action: receive, title: Ship an order, channel: {$ref: '#/channels/orderPlaced'}}
  tellFailure: {action: send, title: Tell that an order cannot be shipped, channel: {$ref: '#/channels/shippingFailed'}}
components:
  messages:
    OrderPlaced:
      summary: An order was placed.
      payload: {type: object, properties: {orderId: {type: string}}}
      examples: [{payload: {orderId: o-1}}]
      bindings: {kafka: {key: {type: string}}}
    ShippingFailed:
      summary: An order could not be shipped.
      payload: {type: object, properties: {orderId: {type: string}, reason: {type: string}}}
      examples: [{payload: {orderId: o-1, reason: sold out}}]
      bindings: {kafka: {key: {type: string}}}
`
	if got := judge(t, text, "rules: {practice/equal-schemas: off}"); len(got) > 0 {
		t.Errorf("got %q", got)
	}
}
