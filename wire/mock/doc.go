// Package mock plays the application that a document describes, so that its
// counterpart can be run before, or without, the real one. From an AsyncAPI
// document it consumes what the application receives and sends the replies;
// from an OpenAPI document it answers requests. Answers come from the
// document's examples, else from its schemas, by a seed, so that a run can be
// repeated.
//
// It must not know workflows. It listens on loopback only. What it cannot play
// it says, as an event, and never skips in silence.
package mock
