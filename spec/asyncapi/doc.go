// Package asyncapi is what AsyncAPI documents mean: one model, shaped like
// version 3, into which 3.0 and 3.1 are read and 2.0 to 2.6 are lowered. Whoever
// stands on it never asks which version a document is written in, and still
// points at the places its author wrote: every value keeps its node.
//
// Two ways lead in. Check judges a document's structure by the declarative
// tables of its version (spec/shape), which also give completion, hover texts
// and reference pages. Load makes the model, and is forgiving: what is wrong
// is left out or left empty, since Check or the rules of check/lint say so.
//
// It must not know brokers, nor how payloads are validated: a Schema is a
// format and a node.
package asyncapi
