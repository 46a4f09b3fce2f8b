package contract

import "github.com/weft-dev/weft/text/diag"

// examples are what each finding looks like, and how it should be, in a few
// lines: "message" is the contract's message on the channel "orders", "reply"
// that of its reply, "channel" and "operation" say more of those; "wire" is what
// was there, each with its headers, key and body, or with its bytes; "topics"
// are those that there are; "consumer" is what a service does with some bodies
// that it is tried with, and with all others it does as the contract says.
func examples() map[diag.Code][2]string {
	return map[diag.Code][2]string{
		CodeContentType: {`
message:
  contentType: application/json
  payload: {type: object}
wire:
  - headers: {content-type: application/xml}
    body: <order id="7"/>
`, `
message:
  contentType: application/json
  payload: {type: object}
wire:
  - headers: {content-type: application/json}
    body: '{"id":7}'
`},
		CodeNoType: {`
message:
  payload: {type: object}
wire:
  - body: '{"id":7}'
`, `
message:
  contentType: application/json
  payload: {type: object}
wire:
  - body: '{"id":7}'
`},
		CodeUnreadable: {`
message:
  contentType: application/x-our-own
  payload: {type: object}
wire:
  - body: id=7
`, `
message:
  contentType: application/json
  payload: {type: object}
wire:
  - body: '{"id":7}'
`},
		CodeEncoding: {`
message:
  contentType: application/json
  payload: {type: object}
wire:
  - body: '{"id":7'
`, `
message:
  contentType: application/json
  payload: {type: object}
wire:
  - body: '{"id":7}'
`},
		CodeNotUTF8: {`
message:
  contentType: application/json
  payload: {type: object, properties: {city: {type: string}}}
wire:
  # {"city":"Köln"} in Latin-1: ö is one byte, f6
  - bytes: 7b 22 63 69 74 79 22 3a 22 4b f6 6c 6e 22 7d
`, `
message:
  contentType: application/json
  payload: {type: object, properties: {city: {type: string}}}
wire:
  # {"city":"Köln"} in UTF-8: ö is two bytes, c3 b6
  - bytes: 7b 22 63 69 74 79 22 3a 22 4b c3 b6 6c 6e 22 7d
`},
		CodeJSONForBytes: {`
message:
  contentType: application/vnd.apache.avro
  payload:
    schemaFormat: application/vnd.apache.avro;version=1.9.0
    schema: {type: record, name: Order, fields: [{name: id, type: long}]}
wire:
  - body: '{"id":7}'
`, `
message:
  contentType: application/vnd.apache.avro
  payload:
    schemaFormat: application/vnd.apache.avro;version=1.9.0
    schema: {type: record, name: Order, fields: [{name: id, type: long}]}
wire:
  # the number 7 as Avro writes it
  - bytes: 0e
`},
		CodeSchemaID: {`
message:
  contentType: application/vnd.apache.avro
  bindings: {kafka: {schemaIdLocation: payload}}
  payload:
    schemaFormat: application/vnd.apache.avro;version=1.9.0
    schema: {type: record, name: Order, fields: [{name: id, type: long}]}
wire:
  # a zero, the id 999, which the registry does not have, and the payload
  - bytes: 00 00 00 03 e7 0e
`, `
message:
  contentType: application/vnd.apache.avro
  bindings: {kafka: {schemaIdLocation: payload}}
  payload:
    schemaFormat: application/vnd.apache.avro;version=1.9.0
    schema: {type: record, name: Order, fields: [{name: id, type: long}]}
wire:
  # a zero, the id 1, which the registry gave the schema, and the payload
  - bytes: 00 00 00 00 01 0e
`},
		CodeMessage: {`
message: # the channel has only this one, Order
  contentType: application/json
  payload: {type: object}
wire:
  - headers: {weft-message: OrderCancelled}
    body: '{"id":7}'
`, `
message:
  contentType: application/json
  payload: {type: object}
wire:
  - headers: {weft-message: Order}
    body: '{"id":7}'
`},
		CodePayload: {`
message:
  contentType: application/json
  payload: {type: object, properties: {quantity: {type: integer}}}
wire:
  - body: '{"quantity":"two"}'
`, `
message:
  contentType: application/json
  payload: {type: object, properties: {quantity: {type: integer}}}
wire:
  - body: '{"quantity":2}'
`},
		CodeExtraField: {`
message:
  contentType: application/json
  payload: {type: object, additionalProperties: false, properties: {id: {type: integer}}}
wire:
  - body: '{"id":7,"colour":"red"}'
`, `
message:
  contentType: application/json
  payload: {type: object, additionalProperties: false, properties: {id: {type: integer}}}
wire:
  - body: '{"id":7}'
`},
		CodeHeader: {`
message:
  contentType: application/json
  headers: {type: object, required: [tenant], properties: {tenant: {type: string}}}
  payload: {type: object}
wire:
  - body: '{"id":7}'
`, `
message:
  contentType: application/json
  headers: {type: object, required: [tenant], properties: {tenant: {type: string}}}
  payload: {type: object}
wire:
  - headers: {tenant: acme}
    body: '{"id":7}'
`},
		CodeHeaders: {`
message:
  contentType: application/json
  headers: {type: object, properties: {attempt: {type: integer}}}
  payload: {type: object}
wire:
  - headers: {attempt: first}
    body: '{"id":7}'
`, `
message:
  contentType: application/json
  headers: {type: object, properties: {attempt: {type: integer}}}
  payload: {type: object}
wire:
  - headers: {attempt: '1'}
    body: '{"id":7}'
`},
		CodeKey: {`
message:
  contentType: application/json
  bindings: {kafka: {key: {type: string, pattern: '^o-[0-9]+$'}}}
  payload: {type: object}
wire:
  - key: '7'
    body: '{"id":7}'
`, `
message:
  contentType: application/json
  bindings: {kafka: {key: {type: string, pattern: '^o-[0-9]+$'}}}
  payload: {type: object}
wire:
  - key: o-7
    body: '{"id":7}'
`},
		CodeAddress: {`
channel:
  address: orders.{region}
  parameters: {region: {location: '$message.payload#/region'}}
message:
  contentType: application/json
  payload: {type: object}
wire:
  - at: orders.eu
    body: '{"region":"us"}'
`, `
channel:
  address: orders.{region}
  parameters: {region: {location: '$message.payload#/region'}}
message:
  contentType: application/json
  payload: {type: object}
wire:
  - at: orders.eu
    body: '{"region":"eu"}'
`},
		CodeNoAddress: {`
channel: {address: orders}
message:
  contentType: application/json
  payload: {type: object}
topics: [order]
`, `
channel: {address: orders}
message:
  contentType: application/json
  payload: {type: object}
topics: [orders]
wire:
  - body: '{"id":7}'
`},
		CodeCorrelation: {`
message:
  contentType: application/json
  correlationId: {location: '$message.header#/request-id'}
  payload: {type: object}
wire:
  - body: '{"id":7}'
`, `
message:
  contentType: application/json
  correlationId: {location: '$message.header#/request-id'}
  payload: {type: object}
wire:
  - headers: {request-id: r-1}
    body: '{"id":7}'
`},
		CodeSize: {`
channel: {bindings: {kafka: {topicConfiguration: {max.message.bytes: 40}}}}
message:
  contentType: application/json
  payload: {type: object}
wire:
  - body: '{"id":7,"note":"please ring twice, the bell is broken"}'
`, `
channel: {bindings: {kafka: {topicConfiguration: {max.message.bytes: 40}}}}
message:
  contentType: application/json
  payload: {type: object}
wire:
  - body: '{"id":7,"note":"ring twice"}'
`},
		CodeSilent: {`
message:
  contentType: application/json
  payload: {type: object}
wire: []
`, `
message:
  contentType: application/json
  payload: {type: object}
wire:
  - body: '{"id":7}'
`},
		CodeRefused: {`
operation: {action: receive, x-dead-letter: orders.dead}
message:
  contentType: application/json
  correlationId: {location: '$message.header#/correlation'}
  payload: {type: integer, minimum: 1}
reply:
  contentType: application/json
  correlationId: {location: '$message.header#/correlation'}
  payload: {type: object}
consumer:
  '1': goes to orders.dead
`, `
operation: {action: receive, x-dead-letter: orders.dead}
message:
  contentType: application/json
  correlationId: {location: '$message.header#/correlation'}
  payload: {type: integer, minimum: 1}
reply:
  contentType: application/json
  correlationId: {location: '$message.header#/correlation'}
  payload: {type: object}
consumer:
  '1': is replied to
`},
		CodeAccepted: {`
operation: {action: receive, x-dead-letter: orders.dead}
message:
  contentType: application/json
  correlationId: {location: '$message.header#/correlation'}
  payload: {type: integer, minimum: 1}
reply:
  contentType: application/json
  correlationId: {location: '$message.header#/correlation'}
  payload: {type: object}
consumer:
  '0': is replied to
`, `
operation: {action: receive, x-dead-letter: orders.dead}
message:
  contentType: application/json
  correlationId: {location: '$message.header#/correlation'}
  payload: {type: integer, minimum: 1}
reply:
  contentType: application/json
  correlationId: {location: '$message.header#/correlation'}
  payload: {type: object}
consumer:
  '0': goes to orders.dead
`},
		CodeNoReply: {`
operation: {action: receive, x-dead-letter: orders.dead}
message:
  contentType: application/json
  correlationId: {location: '$message.header#/correlation'}
  payload: {type: integer, minimum: 1}
reply:
  contentType: application/json
  correlationId: {location: '$message.header#/correlation'}
  payload: {type: object}
consumer:
  '1': has no reply
`, `
operation: {action: receive, x-dead-letter: orders.dead}
message:
  contentType: application/json
  correlationId: {location: '$message.header#/correlation'}
  payload: {type: integer, minimum: 1}
reply:
  contentType: application/json
  correlationId: {location: '$message.header#/correlation'}
  payload: {type: object}
consumer:
  '1': is replied to
`},
		CodeUnseen: {`
operation: {action: receive}
message:
  contentType: application/json
  payload: {type: integer, minimum: 1}
consumer:
  '1': has no reply
`, `
operation: {action: receive, x-dead-letter: orders.dead}
message:
  contentType: application/json
  correlationId: {location: '$message.header#/correlation'}
  payload: {type: integer, minimum: 1}
reply:
  contentType: application/json
  correlationId: {location: '$message.header#/correlation'}
  payload: {type: object}
consumer:
  '1': is replied to
`},
		CodeNotMade: {`
operation: {action: receive, x-dead-letter: orders.dead}
message:
  contentType: application/json
  correlationId: {location: '$message.header#/correlation'}
  payload: {type: integer, minimum: 10, maximum: 1}
reply:
  contentType: application/json
  correlationId: {location: '$message.header#/correlation'}
  payload: {type: object}
consumer: {}
`, `
operation: {action: receive, x-dead-letter: orders.dead}
message:
  contentType: application/json
  correlationId: {location: '$message.header#/correlation'}
  payload: {type: integer, minimum: 1, maximum: 10}
reply:
  contentType: application/json
  correlationId: {location: '$message.header#/correlation'}
  payload: {type: object}
consumer: {}
`},
	}
}
