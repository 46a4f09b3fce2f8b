// Package registry is a schema registry from both sides: a client for any that
// speaks Confluent's API, and a server that speaks it, so that what is tried
// against the embedded one holds for the real ones.
//
// It must not know any schema language, nor what makes schemas compatible: a
// Judge says that to the server, and a Store keeps what was registered. It
// knows no AsyncAPI either.
package registry

import (
	"encoding/json"
	"slices"
)

// ContentType is the media type of the API's version 1.
const ContentType = "application/vnd.schemaregistry.v1+json"

// The types of schema that the API names. An empty type means Avro.
const (
	Avro     = "AVRO"
	JSON     = "JSON"
	Protobuf = "PROTOBUF"
)

// Schema is what is registered.
type Schema struct {
	// Text is the schema as its language writes it.
	Text string `json:"schema"`
	// Type is Avro where it is empty.
	Type       string      `json:"schemaType,omitempty"`
	References []Reference `json:"references,omitempty"`
	// Metadata and RuleSet are what data contracts add. They are kept and
	// given back; a registry does not act by them.
	Metadata json.RawMessage `json:"metadata,omitempty"`
	RuleSet  json.RawMessage `json:"ruleSet,omitempty"`
}

// Kind is the type of the schema, never empty.
func (s Schema) Kind() string {
	if s.Type == "" {
		return Avro
	}
	return s.Type
}

// Reference says that a schema uses another that is registered.
type Reference struct {
	// Name is how the schema's text names the other: a full name in Avro, a
	// "$ref" in JSON Schema, an import path in Protobuf.
	Name    string `json:"name"`
	Subject string `json:"subject"`
	Version int    `json:"version"`
}

// Registered is a schema as a version of a subject.
type Registered struct {
	Subject string `json:"subject"`
	Version int    `json:"version"`
	ID      int    `json:"id"`
	GUID    string `json:"guid,omitempty"`
	Schema
}

// Latest is the version of a subject that was registered last.
const Latest = -1

// The compatibility levels. Their direction is that of the reader: at
// Backward, readers of the new schema read what writers of the last wrote.
const (
	None               = "NONE"
	Backward           = "BACKWARD"
	BackwardTransitive = "BACKWARD_TRANSITIVE"
	Forward            = "FORWARD"
	ForwardTransitive  = "FORWARD_TRANSITIVE"
	Full               = "FULL"
	FullTransitive     = "FULL_TRANSITIVE"
)

// Levels returns the compatibility levels, the mildest first.
func Levels() []string {
	return []string{None, Backward, BackwardTransitive, Forward, ForwardTransitive, Full, FullTransitive}
}

// The modes of a registry and its subjects.
const (
	ReadWrite = "READWRITE"
	ReadOnly  = "READONLY"
	// ReadOnlyOverride, on the whole registry, goes before the modes of subjects.
	ReadOnlyOverride = "READONLY_OVERRIDE"
	// Import takes schemas with the ids that they have elsewhere.
	Import = "IMPORT"
)

// Modes returns the modes.
func Modes() []string { return []string{ReadWrite, ReadOnly, ReadOnlyOverride, Import} }

// Config is how a registry or a subject treats new versions.
type Config struct {
	// Level is one of Levels; a registry may know others.
	Level string
	// Normalize says that schemas are put into a normal form first.
	Normalize bool
}

func isLevel(s string) bool { return slices.Contains(Levels(), s) }

func isMode(s string) bool { return slices.Contains(Modes(), s) }
