// Package protobuf reads Protocol Buffers as a language of schemas: proto2,
// proto3 and edition 2023. A text is parsed, linked with what it imports and
// judged; of a message it makes a Schema, which judges data in the JSON mapping
// of Protobuf, makes examples, and writes and reads the binary form with or
// without the framing of a schema registry.
//
// A text stands in a file of its own or in a string of another document; in
// both cases a fault is told where it was written. Parsing and linking are the
// library's; which texts belong together, the bounds, the words of findings
// and the judgement of values are ours.
//
// It must not know what a contract is, nor any broker or registry.
package protobuf
