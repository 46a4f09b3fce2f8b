// Package avro is Apache Avro as a schema language: it reads a schema as it
// stands in a contract or in a file of its own, says what is wrong with it by
// the specification (1.8 to 1.12), judges and makes values, writes them as
// bytes and reads them back, and decides by schema resolution what a reader of
// one schema can make of what was written by another.
//
// Values are plain data in the form that examples in a contract take: see
// Schema.Validate. Places are kept everywhere, so that a fault, a violation and
// a mismatch can each point at the text that is meant.
//
// It must not know where schemas stand in a contract, nor anything of
// registries and wires, but for the two headers that bytes in Avro travel with.
package avro
