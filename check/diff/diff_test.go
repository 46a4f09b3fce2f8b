package diff_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/weft-dev/weft/check/diff"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

func load(t testing.TB, name, text string) diff.Document {
	t.Helper()
	uri := "file:///" + name
	f := source.NewFile(uri, name, []byte(text))
	d, err := diff.Load(context.Background(), ref.New(source.Memory{uri: text}, ref.Options{}), f)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return d
}

func compare(t testing.TB, before, after string, opt diff.Options) *diff.Report {
	t.Helper()
	return diff.Compare(load(t, "old.yaml", before), load(t, "new.yaml", after), opt)
}

// contract is a document with one channel, one message and one operation. What
// a case needs to be different it replaces by name.
func contract(action string, with map[string]string) string {
	parts := map[string]string{
		"version": "1.0.0", "protocol": "amqp", "host": "broker.example.com", "security": "", "channel": "orders", "address": "orders.created",
		"payload": "{type: object, properties: {id: {type: string}}}", "message": "", "key": "Order", "messages": "", "bindings": "{}",
		"operation": "doOrders", "op": "", "channels": "", "servers": "", "components": "", "parameters": "",
	}
	for name, text := range with {
		parts[name] = text
	}
	text := `asyncapi: 3.0.0
info: {title: Orders, version: <version>}
servers:
  main: {host: <host>, protocol: <protocol><security>}
<servers>
channels:
  <channel>:
    address: <address>
<parameters>
    bindings: <bindings>
    messages:
      <key>:
        payload: <payload>
<message>
<messages>
<channels>
operations:
  <operation>:
    action: ` + action + `
    channel: {$ref: '#/channels/<channel>'}
<op>
components:
  securitySchemes:
    user: {type: userPassword}
    x509: {type: X509}
<components>
`
	for name, part := range parts {
		text = strings.ReplaceAll(text, "<"+name+">", part)
	}
	return text
}

// outcome is what a change is expected to be in one direction.
type outcome struct {
	verdict diff.Verdict
	// code is that of a change which must be there; "" for none at all.
	code     string
	severity diag.Severity
	breaks   []diff.Party
	order    diff.Order
	witness  string // what the witness must be, where not ""
}

// variable is a contract whose server's host has one, and parameter one whose
// address has one.
func variable(says string) part {
	return part{"host": "'{where}.example.com'", "security": ", variables: {where: {" + says + "}}"}
}

func parameter(says string) part {
	return part{"address": "'orders.{where}'", "parameters": "    parameters: {where: {" + says + "}}"}
}

func safe(code string) outcome { return outcome{diff.Compatible, code, diag.Info, nil, "", ""} }
func warn(code string) outcome { return outcome{diff.Compatible, code, diag.Warning, nil, "", ""} }

func consumers(code, witness string) outcome {
	return outcome{diff.Breaking, code, diag.Error, []diff.Party{diff.Receivers}, diff.ConsumersFirst, witness}
}

func producers(code, witness string) outcome {
	return outcome{diff.Breaking, code, diag.Error, []diff.Party{diff.Senders}, diff.ProducersFirst, witness}
}

// apart is a break for which no order of roll-out works.
func apart(o outcome) outcome {
	o.order = diff.NewAddress
	return o
}

type part = map[string]string

func payload(text string) part { return part{"payload": text} }

// TestEveryRow holds the table of compatibility, each row in both directions.
func TestEveryRow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		row             string
		old, new        part
		sends, receives outcome
	}{
		{
			"add optional property", nil, payload("{type: object, properties: {id: {type: string}, note: {type: string}}}"),
			safe("property-added"), safe("property-added"),
		},
		{
			"add required property", nil, payload("{type: object, properties: {id: {type: string}, note: {type: string}}, required: [note]}"),
			safe("property-added"), producers("property-added", `{}`),
		},
		{
			"optional to required", nil, payload("{type: object, properties: {id: {type: string}}, required: [id]}"),
			safe("property-required"), producers("property-required", `{}`),
		},
		{
			"required to optional", payload("{type: object, properties: {id: {type: string}}, required: [id]}"), nil,
			consumers("property-optional", `{}`), safe("property-optional"),
		},
		{
			"remove required property", payload("{type: object, properties: {id: {type: string}, note: {type: string}}, required: [note]}"), nil,
			consumers("property-removed", `{}`), warn("property-removed"),
		},
		{
			"remove optional property", payload("{type: object, properties: {id: {type: string}, note: {type: string}}}"), nil,
			warn("property-removed"), safe("property-removed"),
		},
		{
			"rename property", payload("{type: object, properties: {order_id: {type: string}}, required: [order_id]}"), payload("{type: object, properties: {orderId: {type: string}}, required: [orderId]}"),
			apart(consumers("property-renamed", "")), apart(producers("property-renamed", "")),
		},
		{
			"widen type", payload("{type: object, properties: {n: {type: integer}}}"), payload("{type: object, properties: {n: {type: number}}}"),
			consumers("type-widened", ""), safe("type-widened"),
		},
		{
			"let null in", payload("{type: object, properties: {n: {type: string}}}"), payload("{type: object, properties: {n: {type: [string, 'null']}}}"),
			consumers("type-widened", `{"n":null}`), safe("type-widened"),
		},
		{
			"change type", payload("{type: object, properties: {n: {type: integer}}}"), payload("{type: object, properties: {n: {type: string}}}"),
			apart(consumers("type-changed", "")), apart(producers("type-changed", "")),
		},
		{
			"widen range", payload("{type: object, properties: {n: {type: integer, maximum: 9}}}"), payload("{type: object, properties: {n: {type: integer, maximum: 10}}}"),
			consumers("limit-changed", `{"n":10}`), safe("limit-changed"),
		},
		{
			"widen length", payload("{type: object, properties: {n: {type: string, maxLength: 3}}}"), payload("{type: object, properties: {n: {type: string, maxLength: 4}}}"),
			consumers("limit-changed", ""), safe("limit-changed"),
		},
		{
			"narrow type", payload("{type: object, properties: {n: {type: number}}}"), payload("{type: object, properties: {n: {type: integer}}}"),
			safe("type-narrowed"), producers("type-narrowed", ""),
		},
		{
			"narrow range", payload("{type: object, properties: {n: {type: integer, minimum: 0}}}"), payload("{type: object, properties: {n: {type: integer, exclusiveMinimum: 0}}}"),
			safe("limit-changed"), producers("limit-changed", `{"n":0}`),
		},
		{
			"narrow length", payload("{type: object, properties: {n: {type: string}}}"), payload("{type: object, properties: {n: {type: string, minLength: 1}}}"),
			safe("limit-changed"), producers("limit-changed", `{"n":""}`),
		},
		{
			"add enum value", payload("{type: object, properties: {n: {enum: [a, b]}}}"), payload("{type: object, properties: {n: {enum: [a, b, c]}}}"),
			consumers("enum-value-added", `{"n":"c"}`), safe("enum-value-added"),
		},
		{
			"add enum value to one that was open", payload("{type: object, properties: {n: {anyOf: [{enum: [a, b]}, {type: string}]}}}"), payload("{type: object, properties: {n: {anyOf: [{enum: [a, b, c]}, {type: string}]}}}"),
			safe("branch-changed"), safe("branch-changed"),
		},
		{
			"add branch", payload("{type: object, properties: {n: {oneOf: [{type: string}, {type: integer}]}}}"), payload("{type: object, properties: {n: {oneOf: [{type: string}, {type: integer}, {type: boolean}]}}}"),
			consumers("branch-added", ""), safe("branch-added"),
		},
		{
			"add branch that overlaps", payload("{oneOf: [{type: object, required: [a], properties: {a: {}, b: {}}}]}"), payload("{oneOf: [{type: object, required: [a], properties: {a: {}, b: {}}}, {type: object, required: [b], properties: {b: {}}}]}"),
			apart(consumers("branch-added", "")), apart(producers("branch-added", "")),
		},
		{
			"remove enum value", payload("{type: object, properties: {n: {enum: [a, b, c]}}}"), payload("{type: object, properties: {n: {enum: [a, b]}}}"),
			safe("enum-value-removed"), producers("enum-value-removed", `{"n":"c"}`),
		},
		{
			"remove branch", payload("{type: object, properties: {n: {oneOf: [{type: string}, {type: integer}]}}}"), payload("{type: object, properties: {n: {oneOf: [{type: string}]}}}"),
			safe("branch-removed"), producers("branch-removed", ""),
		},
		{
			"const to enum", payload("{type: object, properties: {n: {const: a}}}"), payload("{type: object, properties: {n: {enum: [a, b]}}}"),
			consumers("enum-value-added", `{"n":"b"}`), safe("enum-value-added"),
		},
		{
			"close an open object", payload("{type: object, additionalProperties: true, properties: {id: {type: string}}}"), payload("{type: object, additionalProperties: false, properties: {id: {type: string}}}"),
			safe("additional-properties"), producers("additional-properties", ""),
		},
		{
			"close an object", nil, payload("{type: object, additionalProperties: false, properties: {id: {type: string}}}"),
			safe("additional-properties"), safe("additional-properties"),
		},
		{
			"close an object to what was declared", payload("{type: object, properties: {id: {type: string}, note: {type: string}}}"), payload("{type: object, additionalProperties: false, properties: {id: {type: string}}}"),
			warn("property-removed"), producers("additional-properties", `{"note":"text"}`),
		},
		{
			"add pattern", nil, payload("{type: object, properties: {id: {type: string, pattern: '^[A-Z]'}}}"),
			safe("pattern-changed"), producers("pattern-changed", ""),
		},
		{
			"add format", nil, payload("{type: object, properties: {id: {type: string, format: uuid}}}"),
			safe("format-changed"), producers("format-changed", ""),
		},
		{
			"change default", payload("{type: object, properties: {n: {type: integer, default: 1}}}"), payload("{type: object, properties: {n: {type: integer, default: 2}}}"),
			safe("default-changed"), safe("default-changed"),
		},
		{
			"add message", nil,
			part{"messages": "      Refund: {payload: {type: object, properties: {r: {type: integer}}}}"},
			warn("message-added"), safe("message-added"),
		},
		{
			"remove message",
			part{"messages": "      Refund: {payload: {type: object, properties: {r: {type: integer}}}}"},
			nil,
			warn("message-removed"), producers("message-removed", ""),
		},
		{
			"rename message", nil,
			part{"key": "OrderCreated"},
			safe("message-renamed"), safe("message-renamed"),
		},
		{
			"rename channel", nil,
			part{"channel": "ordersCreated"},
			safe("channel-renamed"), safe("channel-renamed"),
		},
		{
			"rename operation", nil,
			part{"operation": "handleOrders"},
			safe("operation-renamed"), safe("operation-renamed"),
		},
		{
			"change address", nil,
			part{"address": "orders.made"},
			apart(consumers("channel-address", "")), apart(producers("channel-address", "")),
		},
		{
			"change address, keep the old", nil,
			part{
				"address": "orders.made", "channels": "  old: {address: orders.created, messages: {Order: {deprecated: true, payload: {type: object, properties: {id: {type: string}}}}}}",
				"op": "  more: {action: ACTION, channel: {$ref: '#/channels/old'}}",
			},
			safe("channel-added"), safe("channel-added"),
		},
		{
			"rename a parameter of the address",
			part{"address": "'orders.{id}'", "parameters": "    parameters: {id: {}}"},
			part{"address": "'orders.{orderId}'", "parameters": "    parameters: {orderId: {}}"},
			safe("channel-parameter"), safe("channel-parameter"),
		},
		{
			"remove channel",
			part{"channels": "  other: {address: other, messages: {X: {payload: {type: string}}}}", "op": "  more: {action: ACTION, channel: {$ref: '#/channels/other'}}"},
			nil,
			apart(consumers("channel-removed", "")), apart(producers("channel-removed", "")),
		},
		{
			"remove operation",
			part{"channels": "  other: {address: other, messages: {X: {payload: {type: string}}}}", "op": "  more: {action: ACTION, channel: {$ref: '#/channels/other'}}"},
			part{"channels": "  other: {address: other, messages: {X: {payload: {type: string}}}}"},
			apart(consumers("operation-removed", "")), apart(producers("operation-removed", "")),
		},
		{
			"change content type",
			part{"message": "        contentType: application/json"},
			part{"message": "        contentType: application/cbor"},
			apart(consumers("content-type", "")), apart(producers("content-type", "")),
		},
		{
			"say the default content type", nil,
			part{"message": "        contentType: application/json; charset=utf-8"},
			safe(""), safe(""),
		},
		{
			"change schema language", nil, payload("{schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: {type: record, name: X, fields: []}}"),
			apart(consumers("schema-format", "")), apart(producers("schema-format", "")),
		},
		{
			"add required header", nil,
			part{"message": "        headers: {type: object, properties: {h: {type: string}}, required: [h]}"},
			safe("property-added"), producers("property-added", `{}`),
		},
		{
			"remove required header",
			part{"message": "        headers: {type: object, properties: {h: {type: string}}, required: [h]}"},
			nil,
			consumers("property-removed", `{}`), warn("property-removed"),
		},
		{
			"move correlation id",
			part{"message": "        correlationId: {location: '$message.header#/a'}"},
			part{"message": "        correlationId: {location: '$message.header#/b'}"},
			apart(consumers("correlation", "")), apart(producers("correlation", "")),
		},
		{
			"move reply address",
			part{"op": "    reply: {address: {location: '$message.header#/a'}}"},
			part{"op": "    reply: {address: {location: '$message.header#/b'}}"},
			apart(consumers("reply", "")), apart(producers("reply", "")),
		},
		{
			"change Kafka key",
			part{"message": "        bindings: {kafka: {key: {type: string}}}"},
			part{"message": "        bindings: {kafka: {key: {type: integer}}}"},
			apart(consumers("message-key", "")), apart(producers("message-key", "")),
		},
		{
			"change AMQP exchange type",
			part{"bindings": "{amqp: {is: routingKey, exchange: {name: x, type: topic}}}"},
			part{"bindings": "{amqp: {is: routingKey, exchange: {name: x, type: fanout}}}"},
			apart(consumers("binding", "")), apart(producers("binding", "")),
		},
		{
			"change AMQP queue durable",
			part{"bindings": "{amqp: {is: queue, queue: {name: x, durable: true}}}"},
			part{"bindings": "{amqp: {is: queue, queue: {name: x, durable: false}}}"},
			apart(consumers("binding", "")), apart(producers("binding", "")),
		},
		{
			"change SQS fifo",
			part{"bindings": "{sqs: {queue: {name: x, fifoQueue: true}}}"},
			part{"bindings": "{sqs: {queue: {name: x, fifoQueue: false}}}"},
			apart(consumers("binding", "")), apart(producers("binding", "")),
		},
		{
			"more partitions",
			part{"bindings": "{kafka: {partitions: 3}}"},
			part{"bindings": "{kafka: {partitions: 6}}"},
			warn("binding"), warn("binding"),
		},
		{
			"less retention",
			part{"bindings": "{kafka: {topicConfiguration: {retention.ms: 1000}}}"},
			part{"bindings": "{kafka: {topicConfiguration: {retention.ms: 10}}}"},
			warn("binding"), warn("binding"),
		},
		{
			"more retention",
			part{"bindings": "{kafka: {topicConfiguration: {retention.ms: 10}}}"},
			part{"bindings": "{kafka: {topicConfiguration: {retention.ms: 1000}}}"},
			safe("binding"), safe("binding"),
		},
		{
			"lower QoS",
			part{"op": "    bindings: {mqtt: {qos: 1}}"},
			part{"op": "    bindings: {mqtt: {qos: 0}}"},
			warn("binding"), warn("binding"),
		},
		{
			"remove server",
			part{"servers": "  spare: {host: b, protocol: amqp}"},
			nil,
			apart(outcome{diff.Breaking, "server-removed", diag.Error, []diff.Party{diff.Receivers, diff.Senders}, "", ""}),
			apart(outcome{diff.Breaking, "server-removed", diag.Error, []diff.Party{diff.Receivers, diff.Senders}, "", ""}),
		},
		{
			"change protocol", nil,
			part{"protocol": "kafka"},
			apart(outcome{diff.Breaking, "server-protocol", diag.Error, []diff.Party{diff.Receivers, diff.Senders}, "", ""}),
			apart(outcome{diff.Breaking, "server-protocol", diag.Error, []diff.Party{diff.Receivers, diff.Senders}, "", ""}),
		},
		{
			"change security",
			part{"security": ", security: [{$ref: '#/components/securitySchemes/user'}]"},
			part{"security": ", security: [{$ref: '#/components/securitySchemes/x509'}]"},
			apart(outcome{diff.Breaking, "security", diag.Error, []diff.Party{diff.Receivers, diff.Senders}, "", ""}),
			apart(outcome{diff.Breaking, "security", diag.Error, []diff.Party{diff.Receivers, diff.Senders}, "", ""}),
		},
		{"add server", nil, part{"servers": "  spare: {host: b, protocol: amqp}"}, safe("server-added"), safe("server-added")},
		{"change host", nil, part{"host": "other.example.com"}, safe("server-host"), safe("server-host")},
		{"remove a value of a server's variable", variable("enum: [eu, us]"), variable("enum: [eu]"), warn("server-variable"), warn("server-variable")},
		{"add a value to a server's variable", variable("enum: [eu]"), variable("enum: [eu, us]"), safe("server-variable"), safe("server-variable")},
		{"list the values of a server's variable", variable(""), variable("enum: [eu]"), warn("server-variable"), warn("server-variable")},
		{"no longer list the values of a server's variable", variable("enum: [eu]"), variable(""), safe("server-variable"), safe("server-variable")},
		{"change the default of a server's variable", variable("default: eu"), variable("default: us"), safe("server-variable"), safe("server-variable")},
		{"describe a server's variable", variable("default: eu"), variable("default: eu, description: where"), safe(""), safe("")},
		{"remove a value of a parameter", parameter("enum: [eu, us]"), parameter("enum: [eu]"), warn("channel-parameter"), producers("channel-parameter", "")},
		{"add a value to a parameter", parameter("enum: [eu]"), parameter("enum: [eu, us]"), safe("channel-parameter"), safe("channel-parameter")},
		{"no longer list the values of a parameter", parameter("enum: [eu]"), parameter(""), safe("channel-parameter"), safe("channel-parameter")},
		{"change description", nil, payload("{type: object, description: A, title: B, examples: [{id: x}], properties: {id: {type: string, description: C}}}"), safe(""), safe("")},
		{"refactor by reference", nil, part{"payload": "{$ref: '#/components/schemas/Order'}", "components": "  schemas: {Order: {type: object, properties: {id: {$ref: '#/components/schemas/Id'}}}, Id: {type: string}}"}, safe(""), safe("")},
		{"refactor by allOf", nil, payload("{allOf: [{type: object}, {properties: {id: {type: string}}}]}"), safe(""), safe("")},
		{"order of properties", payload("{type: object, properties: {a: {type: string}, b: {type: string}}, required: [a, b]}"), payload("{required: [b, a], properties: {b: {type: string}, a: {type: string}}, type: object}"), safe(""), safe("")},
	} {
		for _, direction := range []struct {
			action string
			want   outcome
		}{{"send", c.sends}, {"receive", c.receives}} {
			t.Run(c.row+"/"+direction.action, func(t *testing.T) {
				t.Parallel()
				before := strings.ReplaceAll(contract(direction.action, c.old), "ACTION", direction.action)
				after := strings.ReplaceAll(contract(direction.action, c.new), "ACTION", direction.action)
				r := compare(t, before, after, diff.Options{})
				check(t, r, direction.want)
				for _, c := range r.Changes {
					prove(t, c, load(t, "old.yaml", before), load(t, "new.yaml", after))
				}
			})
		}
	}
}

func check(t *testing.T, r *diff.Report, want outcome) {
	t.Helper()
	for _, c := range r.Changes {
		i := slices.IndexFunc(diff.Rules(), func(r diag.Rule) bool { return r.Code == c.Code })
		if i < 0 || diff.Rules()[i].Severity < c.Severity {
			t.Errorf("%s is not explained, or as milder than %s", c.Code, c.Severity)
		}
	}
	if got := r.Verdict(diff.JSON); got != want.verdict {
		t.Errorf("got %s, want %s\n%s", got, want.verdict, told(r))
	}
	if want.code == "" {
		if len(r.Changes) > 0 {
			t.Errorf("want no change\n%s", told(r))
		}
		return
	}
	i := slices.IndexFunc(r.Changes, func(c diff.Change) bool { return string(c.Code) == "diff/"+want.code })
	if i < 0 {
		t.Fatalf("there is no change %s\n%s", want.code, told(r))
	}
	c := r.Changes[i]
	if c.Level == diff.Source {
		c.Breaks = nil // nobody who exchanges messages
	}
	if c.Severity != want.severity && want.severity != 0 || !slices.Equal(c.Breaks, want.breaks) || c.Order != want.order {
		t.Errorf("got %s %v %s, want %s %v %s\n%s", c.Severity, c.Breaks, c.Order, want.severity, want.breaks, want.order, told(r))
	}
	if want.witness != "" && string(c.Witness) != want.witness {
		t.Errorf("got the witness %s, want %s", c.Witness, want.witness)
	}
	if c.What == "" || c.Why == "" || !c.Before.IsValid() && !c.After.IsValid() {
		t.Errorf("the change says too little: %+v", c)
	}
	schemaCode := !slices.Contains([]string{
		"server-removed", "server-protocol", "security", "channel-address", "channel-removed", "operation-removed",
		"content-type", "schema-format", "correlation", "reply", "binding", "message-removed", "channel-parameter",
	}, want.code)
	if len(c.Breaks) > 0 && schemaCode && c.Witness == nil {
		t.Errorf("a break of a schema without a proof\n%s", told(r))
	}
}

func told(r *diff.Report) string {
	var b strings.Builder
	for _, c := range r.Changes {
		fmt.Fprintf(&b, "  %s %s %v %s: %s: %s; %s %s %s\n", c.Severity, c.Code, c.Breaks, c.Order, c.Subject, c.What, c.Why, c.Witness, c.Refusal)
	}
	return b.String()
}

// prove judges a witness by the validators of the two documents, apart from all
// that found it: the writer's accepts and the reader's refuses.
func prove(t *testing.T, c diff.Change, before, after diff.Document) {
	t.Helper()
	if c.Witness == nil || c.Part == "key" {
		return
	}
	decoder := json.NewDecoder(bytes.NewReader(c.Witness))
	decoder.UseNumber()
	var witness any
	if err := decoder.Decode(&witness); err != nil {
		t.Fatalf("the witness %s: %v", c.Witness, err)
	}
	fits := func(d diff.Document) bool {
		m := d.Model.Channels[0].Messages[0]
		s := m.Payload
		if c.Part == "headers" {
			s = m.Headers
		}
		if s == nil {
			return true
		}
		compiled, err := jsonschema.New(jsonschema.In(d.Workspace)).Schema(s.Node, schema.Draft7)
		if err != nil {
			t.Fatal(err)
		}
		return compiled.Valid(witness)
	}
	old, new := fits(before), fits(after)
	writesNew := slices.Equal(c.Breaks, []diff.Party{diff.Receivers})
	if writesNew && (!new || old) || !writesNew && (!old || new) {
		t.Errorf("the witness %s of %s proves nothing: old %v, new %v", c.Witness, c.Code, old, new)
	}
}
