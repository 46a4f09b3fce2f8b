// Package endpoint is the one joint where a contract becomes bytes on a wire.
// It takes an operation of an AsyncAPI document and a server, and gives a
// Sender or a Receiver that encodes, validates, correlates and addresses
// messages as the document says. Everything above it (mocks, contract tests,
// bridges, workflows) uses it and never does that work again.
//
// It must not know workflows: what to send, which message to wait for and when
// to give up is its callers' business. Clocks and chance come from callers
// too: an id that has to be made is passed in, so that a replay makes the same.
//
// # What goes into headers besides the contract's
//
//   - content-type: the media type of the payload.
//   - weft-id: the idempotency id, the same for every attempt to send one
//     message. Receivers recognise a repetition by it.
//   - weft-message: which of several messages of an operation this is; only
//     where there are several.
//   - traceparent, tracestate: where in a trace the message is (W3C Trace
//     Context): in that of its cause, else in one that begins with it.
//   - __value_schema_id, __key_schema_id: which schema of a registry the payload
//     or the key was written by, where Kafka's binding of the message says schemaIdLocation: header.
//
// A received message shows all its headers. These are left out when headers are
// validated, unless the contract declares them itself.
//
// # How payloads become bytes
//
// The content type says it: JSON, text, Avro, Protobuf, or bytes. With the
// parameter encoding=single-object Avro's payloads are written with the mark
// and the fingerprint of single-object encoding; they are read in any case.
// Where Kafka's binding of a message says schemaIdLocation,
// schemaIdPayloadEncoding or schemaLookupStrategy, the id that the server's
// schema registry gave the schema goes with it, in Confluent's wire format, and
// what comes in is read by the schema that its writer names.
//
// A message whose content type is application/cloudevents+json, or whose headers
// declare the attributes of an event under the names that a protocol's binding
// gives them (ce_id, ce-id, cloudEvents:id, id), is a CloudEvent: attributes
// that it must have and lacks are filled in, and all are judged.
package endpoint

// The headers that this package writes and understands on its own.
const (
	HeaderContentType = "content-type"
	HeaderID          = "weft-id"
	HeaderMessage     = "weft-message"
	HeaderTraceParent = "traceparent"
	HeaderTraceState  = "tracestate"
)
