package rules_test

import (
	"strings"
	"testing"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
)

// TestFaultsThatOthersLetPass has one small document for each fault that the
// reference parser does not find, in both major versions where both have it.
// The names of the faults are those of the probe that found them out.
func TestFaultsThatOthersLetPass(t *testing.T) {
	t.Parallel()
	const head3, head2 = "asyncapi: 3.0.0\ninfo: {title: t, version: '1'}\n", "asyncapi: 2.6.0\ninfo: {title: t, version: '1'}\n"
	for _, c := range []struct{ fault, text, want string }{
		{
			"query in an address", head3 + "channels: {a: {address: 'a?x'}}\n",
			"d.yaml:3:25 asyncapi/address-form error",
		},
		{
			"fragment in an address", head3 + "channels: {a: {address: 'a#x'}}\n",
			"d.yaml:3:25 asyncapi/address-form error",
		},
		{
			"query in an address of 2.x", head2 + "channels: {'a?x': {}}\n",
			"d.yaml:3:12 asyncapi/address-form error",
		},
		{
			"parameter without parameters", head3 + "channels: {a: {address: 'a/{id}'}}\n",
			"d.yaml:3:28 asyncapi/address-parameter error",
		},
		{
			"parameter without parameters in 2.x", head2 + "channels: {'a/{id}': {}}\n",
			"d.yaml:3:15 asyncapi/address-parameter error",
		},
		{
			"parameter that the address lacks", head3 + "channels: {a: {address: a, parameters: {id: {}}}}\n",
			"d.yaml:3:41 asyncapi/address-parameter error",
		},
		{
			"server variable that nobody describes", head3 + "servers: {s: {host: 'a{b}', protocol: x}}\n",
			"d.yaml:3:23 asyncapi/server-variable error",
		},
		{
			"server variable of 2.x that nobody describes", head2 + "servers: {s: {url: 'a{b}', protocol: x}}\nchannels: {}\n",
			"d.yaml:3:22 asyncapi/server-variable error",
		},
		{
			"scope that the scheme lacks",
			head3 + "servers: {s: {host: h, protocol: x, security: [{$ref: '#/components/securitySchemes/o'}]}}\ncomponents: {securitySchemes: {o: {type: oauth2, scopes: [b], flows: {password: {tokenUrl: 'https://e.com', availableScopes: {a: A}}}}}}\n",
			"d.yaml:4:59 asyncapi/security-scope error",
		},
		{
			"scope that a scheme written in place lacks",
			head3 + "servers: {s: {host: h, protocol: x, security: [{type: oauth2, scopes: [b], flows: {password: {tokenUrl: 'https://e.com', availableScopes: {a: A}}}}]}}\n",
			"d.yaml:3:72 asyncapi/security-scope error",
		},
		{
			"scope for a scheme without scopes",
			head2 + "servers: {s: {url: h, protocol: x, security: [{u: [read]}]}}\nchannels: {}\ncomponents: {securitySchemes: {u: {type: userPassword}}}\n",
			"d.yaml:3:52 asyncapi/security-scope error",
		},
		{
			"reply message of another channel",
			head3 + "channels: {a: {address: a, messages: {m: {title: M}}}, b: {address: b, messages: {n: {title: N}}}}\noperations: {o: {action: send, channel: {$ref: '#/channels/a'}, reply: {channel: {$ref: '#/channels/b'}, messages: [{$ref: '#/channels/a/messages/m'}]}}}\n",
			"d.yaml:4:124 asyncapi/operation-message error",
		},
		{
			"example against its payload", head3 + "components: {messages: {m: {payload: {type: object, properties: {n: {type: integer}}}, examples: [{payload: {n: x}}]}}}\n",
			"d.yaml:3:113 asyncapi/example error",
		},
		{
			"example of a trait against its headers", head3 + "components: {messages: {m: {headers: {type: object, required: [id], properties: {id: {type: string}}}, traits: [{examples: [{headers: {}}]}]}}}\n",
			"d.yaml:3:126 asyncapi/example error",
		},
		{
			"example of 2.x in JSON Schema 2020-12", head2 + "channels: {}\ncomponents: {messages: {m: {schemaFormat: application/schema+json;version=2020-12, payload: {prefixItems: [{type: string}]}, examples: [{payload: [1]}]}}}\n",
			"d.yaml:4:148 asyncapi/example error",
		},
		{
			"default of a deep schema", head3 + "components: {schemas: {s: {type: object, properties: {a: {type: array, items: {type: integer, default: x}}}}}}\n",
			"d.yaml:3:104 asyncapi/schema-default error",
		},
		{
			"default in a schema of another file", head3 + "components: {schemas: {s: {$ref: 's.yaml'}}}\n",
			"memory:///s.yaml:1:26 asyncapi/schema-default error",
		},
		{
			"correlation id that leads nowhere", head3 + "components: {messages: {m: {headers: {type: object, properties: {id: {type: string}}, additionalProperties: false}, correlationId: {location: '$message.header#/ident'}}}}\n",
			"d.yaml:3:161 asyncapi/correlation-location error",
		},
		{
			"correlation id that nobody describes", head3 + "components: {messages: {m: {headers: {type: object, properties: {id: {type: string}}}, correlationId: {location: '$message.header#/ident'}}}}\n",
			"d.yaml:3:132 asyncapi/correlation-location warning",
		},
		{
			"correlation id of 2.x that nobody describes", head2 + "channels: {}\ncomponents: {messages: {m: {payload: {allOf: [{type: object, properties: {a: {type: object, properties: {b: {type: string}}}}}]}, correlationId: {location: '$message.payload#/a/c'}}}}\n",
			"d.yaml:4:178 asyncapi/correlation-location warning",
		},
		{
			"correlation id in a scalar", head3 + "components: {messages: {m: {payload: {type: string}, correlationId: {location: '$message.payload#/a'}}}}\n",
			"d.yaml:3:99 asyncapi/correlation-location error",
		},
		{
			"two channels on one address", head3 + "channels: {a: {address: x}, b: {address: x}}\n",
			"d.yaml:3:42 asyncapi/duplicate-address warning",
		},
		{
			"two channels on one address by other parameters", head2 + "channels: {'a/{b}': {parameters: {b: {description: b}}}, 'a/{c}': {parameters: {c: {description: c}}}}\n",
			"d.yaml:3:58 asyncapi/duplicate-address warning",
		},
		{
			"unused component", head3 + "channels: {a: {address: a}}\ncomponents: {schemas: {s: {type: string}}}\n",
			"d.yaml:4:24 asyncapi/unused-component info",
		},
		{
			"duplicate tag with another description", head3 + "channels: {a: {address: a, tags: [{name: x}, {name: x, description: y}]}}\n",
			"d.yaml:3:53 asyncapi/duplicate-tag error",
		},
		{
			"duplicate tag", head3 + "channels: {a: {address: a, tags: [{name: x}, {name: x}]}}\n",
			"d.yaml:3:46 asyncapi/duplicate-item error",
		},
		{
			"address of Kafka", head3 + "servers: {s: {host: h, protocol: kafka-secure}}\nchannels: {a: {address: users/joined}}\n",
			"d.yaml:4:30 asyncapi/address-protocol error",
		},
		{
			"address of Kafka in 2.x", head2 + "servers: {s: {url: h, protocol: kafka}}\nchannels: {users/joined: {}}\n",
			"d.yaml:4:17 asyncapi/address-protocol error",
		},
		{
			"topic of Kafka in a binding", head3 + "servers: {s: {host: h, protocol: kafka}}\nchannels: {a: {address: users, bindings: {kafka: {topic: 'a b'}}}}\n",
			"d.yaml:4:60 asyncapi/address-protocol error",
		},
		{
			"wildcard of MQTT", head3 + "servers: {s: {host: h, protocol: mqtt}}\nchannels: {a: {address: users/+}}\noperations: {o: {action: send, channel: {$ref: '#/channels/a'}}}\n",
			"d.yaml:4:31 asyncapi/address-protocol warning",
		},
		{
			"name of SQS", head3 + "servers: {s: {host: h, protocol: sqs}}\nchannels: {a: {address: users.joined}}\n",
			"d.yaml:4:30 asyncapi/address-protocol error",
		},
		{
			"Avro as JSON", head3 + "defaultContentType: application/json\ncomponents: {messages: {m: {payload: {schemaFormat: application/vnd.apache.avro;version=1.9.0, schema: {type: string}}}}}\n",
			"d.yaml:4:53 asyncapi/content-type warning",
		},
		{
			"Avro as JSON in 2.x", head2 + "channels: {}\ncomponents: {messages: {m: {contentType: application/json, schemaFormat: application/vnd.apache.avro;version=1.9.0, payload: {type: string}}}}\n",
			"d.yaml:4:42 asyncapi/content-type warning",
		},
		{
			"reply to a fixed channel", head3 + "channels: {a: {address: a}}\noperations: {o: {action: send, channel: {$ref: '#/channels/a'}, reply: {address: {location: '$message.header#/r'}, channel: {$ref: '#/channels/a'}}}}\n",
			"d.yaml:4:73 asyncapi/reply-channel error",
		},
		{
			"required name that is misspelt", head3 + "components: {schemas: {s: {type: object, required: [ids], properties: {id: {type: string}}}}}\n",
			"d.yaml:3:53 asyncapi/schema-required warning",
		},
		{
			"required name that an allOf has", head3 + "components: {schemas: {s: {required: [id], allOf: [{properties: {id: {type: string}}}]}}}\n", "",
		},
		{
			"required name that the schema around has", head3 + "components: {schemas: {s: {properties: {id: {type: string}}, anyOf: [{required: [id]}]}}}\n", "",
		},
		{
			"required name that a user of the schema has", head3 + "components: {schemas: {s: {required: [a], properties: {b: {type: string}}}, t: {allOf: [{properties: {a: {type: string}}}, {$ref: '#/components/schemas/s'}]}}}\n", "",
		},
		{
			"required name where others are welcome", head3 + "components: {schemas: {s: {required: [x], properties: {id: {type: string}}, additionalProperties: {type: string}}}}\n", "",
		},
		{
			"pattern that is none", head3 + "components: {schemas: {s: {type: string, pattern: '(a'}}}\n",
			"d.yaml:3:51 asyncapi/bad-format error",
		},
		{
			"name pattern that is none", head3 + "components: {schemas: {s: {type: object, patternProperties: {'(a': {type: string}}}}}\n",
			"d.yaml:3:62 asyncapi/bad-format error",
		},
		{
			"enum without its default", head3 + "components: {schemas: {s: {enum: [a, b], default: c}}}\n",
			"d.yaml:3:51 asyncapi/schema-default error",
		},
		{
			"listed value of another type", head3 + "components: {schemas: {s: {type: string, enum: [a, 1]}}}\n",
			"d.yaml:3:52 asyncapi/schema-enum warning",
		},
		{
			"constant of another type", head3 + "components: {schemas: {s: {type: string, const: 1}}}\n",
			"d.yaml:3:49 asyncapi/schema-enum warning",
		},
		{
			"default of a server variable", head3 + "servers: {s: {host: 'h{v}', protocol: x, variables: {v: {enum: [a], default: b}}}}\n",
			"d.yaml:3:78 asyncapi/enum-value error",
		},
		{
			"default of a parameter", head3 + "channels: {a: {address: 'a{p}', parameters: {p: {enum: [x], default: y}}}}\n",
			"d.yaml:3:70 asyncapi/enum-value error",
		},
		{
			"binding version that is not known", head3 + "channels: {a: {bindings: {kafka: {bindingVersion: 0.6.0}}}}\n",
			"d.yaml:3:51 asyncapi/binding error",
		},
		{
			"binding versions that are newer than the official schemas",
			head3 + "channels: {a: {bindings: {sqs: {queue: {name: q, fifoQueue: true}, bindingVersion: 0.3.0}, sns: {name: n, bindingVersion: 0.2.0}}}}\n", "",
		},
		{
			"JSON Schema 2020-12 with a fault", head3 + "components: {schemas: {s: {schemaFormat: application/schema+json;version=2020-12, schema: {type: strin}}}}\n",
			"d.yaml:3:98 jsonschema/bad-value error",
		},
		{
			"invalid Avro type", head3 + "components: {schemas: {s: {schemaFormat: application/vnd.apache.avro;version=1.9.0, schema: {type: record, name: R, fields: [{name: a, type: strin}]}}}}\n",
			"d.yaml:3:142 avro/unknown-type error",
		},
		{
			"invalid Avro type in 2.x", head2 + "channels: {}\ncomponents: {messages: {m: {schemaFormat: application/vnd.apache.avro;version=1.9.0, payload: {type: record, name: R, fields: [{name: a, type: strin}]}}}}\n",
			"d.yaml:4:144 avro/unknown-type error",
		},
		{
			"broken Protocol Buffers", head3 + "components:\n  schemas:\n    s:\n      schemaFormat: application/vnd.google.protobuf;version=3\n      schema: |\n        syntax = \"proto3\";\n        message M { strin a = 1; }\n",
			"d.yaml:9:21 protobuf/unknown-type error",
		},
		{
			"unknown schema language", head3 + "components: {schemas: {s: {schemaFormat: text/x-mine, schema: {}}}}\n",
			"d.yaml:3:42 asyncapi/schema-format warning",
		},
	} {
		t.Run(c.fault, func(t *testing.T) {
			t.Parallel()
			r := judgeBare(t, "d.yaml", c.text, source.Memory{"memory:///s.yaml": "{type: integer, default: x}\n"})
			var got []string
			for _, d := range r.Findings {
				got = append(got, strings.Join(strings.SplitN(show([]diag.Diagnostic{d}), " ", 4)[:3], " "))
			}
			if list := strings.Join(got, "\n"); list != c.want {
				t.Errorf("want %q, got:\n%s", c.want, show(r.Findings))
			}
		})
	}
}
