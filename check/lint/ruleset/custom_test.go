package ruleset_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/weft-dev/weft/text/source"
)

// shop is a document in which much is elsewhere: behind references, in traits,
// in another file.
const shop = `asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0, contact: {email: a@example.com}}
tags: [{name: b}, {name: a}]
servers: {main: {host: h, protocol: kafka}}
channels:
  orderEvents:
    address: order-events
    x-owner: shop
    messages: {Created: {$ref: 'messages.yaml#/Created'}, paid: {$ref: '#/components/messages/paid'}}
  users: {$ref: '#/components/channels/users'}
operations:
  tell: {action: send, channel: {$ref: '#/channels/orderEvents'}, traits: [{description: from a trait}]}
components:
  channels: {users: {address: users, description: people}}
  messages:
    paid:
      x-retention: 900
      payload: {type: object, properties: {order_id: {type: string}, amount: {$ref: '#/components/schemas/money'}}}
  schemas:
    money: {type: object, required: [value], properties: {value: {type: string}, Unit: {enum: [eur, usd]}}}
`

var shopFiles = source.Memory{"file:///p/messages.yaml": "Created:\n  summary: it was made\n  payload: {type: string}\n"}

// Each rule is all of a rule, and what it finds: places and messages.
func TestCustomRules(t *testing.T) {
	t.Parallel()
	for rule, wanted := range map[string][]string{
		"given: channels, then: {field: x-owner, defined: true}":                             {`14:14 "x-owner" is missing`},
		"given: channels, then: {field: x-owner, defined: false}":                            {`8:5 "x-owner" must not be there`},
		"given: channels, then: {field: x-owner, truthy: true}":                              {`14:14 "x-owner" is missing`},
		"given: channels, then: {field: description, falsy: true}":                           {`14:51 "description" must be empty, or not there`},
		"given: operations, then: {field: description, truthy: true}":                        nil,
		"given: messages, then: {field: summary, truthy: true}":                              {`16:5 "summary" is missing`},
		"given: messages, then: {field: x-retention, length: {max: 600}}":                    {`17:20 "x-retention" must be at most 600, not 900`},
		"given: channels, then: {field: address, pattern: '^[a-z]+$'}":                       {`7:14 "address" must fit the pattern "^[a-z]+$"`},
		"given: channels, then: {field: address, notPattern: '-'}":                           {`7:14 "address" must not fit the pattern "-"`},
		"given: channels, then: {field: '@key', casing: kebab}":                              {`6:3 "orderEvents" must be in kebab case, as "order-events"`},
		"given: channels, then: {field: address, casing: {style: snake, between: '-'}}":      nil,
		"given: servers, then: {field: protocol, enum: [amqp, mqtt]}":                        {`4:37 "protocol" must be one of "amqp", "mqtt"`},
		"given: $.tags, then: {alphabetical: {by: name}}":                                    {`3:19 "tags" must be in alphabetical order: "a" stands before "b"`},
		"given: $.info, then: {alphabetical: true}":                                          {`2:39 "info" must be in alphabetical order: "contact" stands before "version"`},
		"given: info, then: {field: /contact/email, pattern: '@weft'}":                       {`2:56 "/contact/email" must fit the pattern "@weft"`},
		"given: info, then: {schema: {required: [license]}}":                                 {`2:1 "info" does not fit the schema of the rule: `},
		"given: info, then: {schema: {properties: {title: {maxLength: 3}}}}":                 {`2:15 "info" does not fit the schema of the rule: title: `},
		"given: info, then: {exactlyOneOf: [contact, license]}":                              nil,
		"given: info, then: {exactlyOneOf: [contact, title]}":                                {`2:1 "info" must have exactly one of contact, title`},
		"given: info, then: {atLeastOneOf: [license, x-owner]}":                              {`2:1 "info" must have one of license, x-owner`},
		"given: properties, then: {field: '@key', casing: camel}":                            {`18:44 "order_id" must be in camel case, as "orderId"`, `20:82 "Unit" must be in camel case, as "unit"`},
		"given: schemas, then: {field: description, defined: true}":                          {`3:3 "description" is missing`, `18:7 "description" is missing`, `20:5 "description" is missing`},
		"given: '$.channels.*.messages.*', then: {field: '@key', casing: camel}":             {`9:16 "Created" must be in camel case, as "created"`},
		"given: '$.channels.*.messages.*.payload', then: {field: type, enum: [object]}":      {`messages.yaml:3:19 "type" must be one of "object"`},
		"given: '$..[?@.type==\"string\"]', then: {field: maxLength, defined: true}":         {`3:3`, `18:44`, `20:59`},
		"given: '$.channels.users.address', then: {pattern: '^x'}":                           {`14:22 "address" must fit`},
		"given: '$.channels.users.address', references: as-written, then: {pattern: '^x'}":   nil,
		"given: '$.channels.*', references: as-written, then: {field: $ref, defined: false}": {`10:11 "$ref" must not be there`},
		"given: [servers, channels], then: [{field: host, falsy: true}, {field: address, falsy: true}]": {
			`4:24 "host" must be empty`, `7:14 "address" must be empty`, `14:31 "address" must be empty`,
		},
		"given: channels, message: '{{name}} is {{value}}, at {{path}}: {{error}}', help: ask us, then: {field: address, enum: [users]}": {
			`7:14 orderEvents is order-events, at #/channels/orderEvents: must be one of "users" [ask us]`,
		},
		"given: channels, versions: '2', then: {field: x, defined: true}":         nil,
		"given: servers, versions: ['2', '3.0'], then: {field: x, defined: true}": {`4:11 "x" is missing`},
		"given: servers, kinds: arazzo, then: {field: x, defined: true}":          nil,
		"given: servers, severity: off, then: {field: x, defined: true}":          nil,
	} {
		rs := load(t, "extends: weft:off\ncustom: {it: {"+rule+"}}", nil)
		want(t, lines(rs.Findings))
		got := only(judge(t, rs, "d.yaml", shop, shopFiles), "custom/it")
		ok := len(got) == len(wanted)
		for i := range wanted {
			ok = ok && i < len(got) && strings.Contains(strings.Replace(got[i], " warning custom/it:", "", 1), wanted[i])
		}
		if !ok {
			t.Errorf("%s: got\n  %s\nwant\n  %s", rule, strings.Join(got, "\n  "), strings.Join(wanted, "\n  "))
		}
	}
}

// In a document of 2.x the same rule finds the same.
func TestModelTargetsKnowNoVersion(t *testing.T) {
	t.Parallel()
	rs := load(t, "custom: {it: {given: messages, then: {field: summary, truthy: true}}}", nil)
	got := only(judge(t, rs, "d.yaml", "asyncapi: 2.6.0\ninfo: {title: t, version: '1'}\nchannels:\n  a: {publish: {operationId: a, message: {messageId: m, payload: {type: string}}}}\n", nil), "custom/it")
	want(t, got, `d.yaml:4:33 warning custom/it: "summary" is missing`)
}

// A rule of a JSONPath may be for workflows, too.
func TestRulesForOtherKinds(t *testing.T) {
	t.Parallel()
	rs := load(t, "custom: {it: {given: $.workflows.*, kinds: arazzo, then: {field: summary, truthy: true}}}", nil)
	got := only(judge(t, rs, "d.yaml", "arazzo: 1.0.0\ninfo: {title: t, version: '1'}\nsourceDescriptions: [{name: a, url: ./a.yaml, type: openapi}]\nworkflows:\n  - workflowId: w\n    steps: [{stepId: s, operationId: o}]\n", nil), "custom/it")
	want(t, got, `d.yaml:5:5 warning custom/it: "summary" is missing`)
}

// A JSONPath through schemas that hold themselves ends, and soon.
func TestPathsThroughCirclesEnd(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("asyncapi: 3.0.0\ninfo: {title: t, version: '1'}\ncomponents:\n  schemas:\n")
	for i := range 500 {
		fmt.Fprintf(&b, "    s%d: {properties: {a: {$ref: '#/components/schemas/s%d'}, b: {$ref: '#/components/schemas/s%d'}}}\n", i, (i+1)%500, (i+7)%500)
	}
	rs := load(t, "extends: weft:off\ncustom: {it: {given: $..properties.*, severity: info, then: {field: x, defined: true}}}", nil)
	got := only(judge(t, rs, "d.yaml", b.String(), nil), "custom/it")
	if len(got) < 500 || len(got) > 1100 {
		t.Errorf("%d findings: %q", len(got), got[:min(3, len(got))])
	}
}

// FuzzLoad reads texts as rulesets and judges by what comes of them.
func FuzzLoad(f *testing.F) {
	f.Add("extends: [weft:all]\nrules: {asyncapi/*: {severity: off, options: {a: b}}}\nignores: [{code: '*', path: '/**/a', reason: r, until: 2026-01-01}]")
	f.Add("custom: {a: {given: [channels, '$..[?@.a]'], then: [{field: /a/0, schema: {type: string}, casing: {style: dot}}, {length: {min: 1}}]}}")
	f.Add("overrides: [{files: ['a/**/b*', c], rules: {custom/a: on}}]\ncustom: {a: {given: properties, message: '{{value}}', then: {alphabetical: {by: x}, exactlyOneOf: [a, b]}}}")
	f.Fuzz(func(t *testing.T, text string) {
		rs := load(t, text, nil)
		for _, d := range rs.Findings {
			if d.Code == "" || d.Message == "" || d.Severity == 0 || !d.Span.IsValid() {
				t.Errorf("the finding is not complete: %+v", d)
			}
		}
		judge(t, rs, "d.yaml", shop, shopFiles)
	})
}
