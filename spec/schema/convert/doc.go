// Package convert makes a schema of one language of a schema of another: of
// Avro, JSON Schema, Protobuf and the types of Go, each of each. What the other language cannot
// say is told as a finding at its place in the source, never lost in silence.
//
// The directions agree on how a value looks in JSON. For Avro that is the plain
// form of package avro: what Decode makes of bytes fits the JSON Schema that is
// made here of the Avro schema, and with Options.Numbers what it makes without
// Texts. For Protobuf it is the JSON mapping, as writers write it.
//
// Each direction is a function, which always returns a schema; where there is a
// finding of the severity Error, the result does not say the same.
//
// It must not know where schemas stand, nor how findings are shown.
package convert

import (
	"fmt"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// The codes of what is to say about a conversion.
const (
	CodeLost    diag.Code = "convert/schema-lost"    // a limit that the other language has not
	CodeChanged diag.Code = "convert/schema-changed" // said in another way
	CodeName    diag.Code = "convert/schema-name"    // a name that had to change
	CodeUnion   diag.Code = "convert/schema-union"   // a choice that the other language cannot make
	CodeLarge   diag.Code = "convert/schema-large"   // a limit of ours
)

// Options say how to convert.
type Options struct {
	// Numbers asks for JSON in which dates, times and decimals are numbers, as
	// Avro writes them. Otherwise they are text.
	Numbers bool
	// Name is what a record is called that nothing else gives a name, and
	// Namespace where types are that say nothing of it.
	Name, Namespace string
	// Package is what the package of Go types is called; "" is the Name in small
	// letters.
	Package string
	// Refs follows "$ref" in a JSON Schema. It may be nil where there is none.
	Refs Resolver

	// origin is kept where a conversion has a second step.
	origin map[*tree.Node]place
}

// Resolver follows one reference: the node is the value of a "$ref".
type Resolver interface {
	Resolve(value *tree.Node) (*tree.Node, error)
}

// maxFindings bounds what is told about one schema.
const maxFindings = 200

// report collects what is to say.
type report struct {
	found []diag.Diagnostic
	// origin is where the parts of a schema come from that was made of another.
	origin map[*tree.Node]place
}

func (r *report) add(code diag.Code, severity diag.Severity, n *tree.Node, format string, args ...any) {
	if len(r.found) >= maxFindings {
		return
	}
	at := r.placeOf(n)
	d := diag.Diagnostic{Code: code, Severity: severity, Message: fmt.Sprintf(format, args...), Path: at.path, Span: at.span}
	r.found = append(r.found, d)
}

// place is where something is written.
type place struct {
	span source.Span
	path string
}

// placeOf is where a part of the source is written: of the first source, where
// what is converted was made of another.
func (r *report) placeOf(n *tree.Node) place {
	if r.origin == nil {
		return place{head(n), n.Path()}
	}
	for ; n != nil; n = n.Parent {
		if at, known := r.origin[n]; known {
			return at
		}
	}
	return place{}
}

// head is the text that stands for a value: itself where it is a scalar, else
// its key or its first byte.
func head(n *tree.Node) source.Span {
	switch {
	case n == nil:
		return source.Span{}
	case n.Kind != tree.Mapping && n.Kind != tree.Sequence:
		return n.Span
	case n.Key != nil:
		return n.Key.Span
	}
	s := n.Span
	s.End = min(s.End, s.Start+1)
	return s
}

// Rules describes the findings, for explanations.
func Rules() []diag.Rule {
	return []diag.Rule{
		{
			Code: CodeChanged, Severity: diag.Info, Summary: "a converted schema says something in another way",
			Why: "the two languages have different words for it; values may look different in each",
		},
		{
			Code: CodeLarge, Severity: diag.Error, Summary: "a schema is too large to be converted, or refers to itself without end",
			Why: "the limit protects against schemas that are made to cost time and memory",
		},
		{
			Code: CodeLost, Severity: diag.Warning, Summary: "a converted schema says less than its source",
			Why: "the other language has no word for it, so that it allows values which the source does not",
		},
		{
			Code: CodeName, Severity: diag.Warning, Summary: "a name had to change in a converted schema",
			Why: "names in Avro have letters, digits and \"_\"; a property of another name must be renamed wherever its JSON is read. Protobuf keeps most names of properties as \"json_name\"",
		},
		{
			Code: CodeUnion, Severity: diag.Error, Summary: "a choice could not be converted",
			Why: "a union of Avro has each kind of type once, and no type for any value; Protobuf chooses between fields only; and JSON has fewer types to tell branches apart by",
		},
	}
}

func text(s string) *tree.Node { return tree.NewString(s) }

func number(s string) *tree.Node { return &tree.Node{Kind: tree.Number, Text: s} }

func boolean(b bool) *tree.Node {
	return &tree.Node{Kind: tree.Bool, Text: map[bool]string{true: "true", false: "false"}[b]}
}

func null() *tree.Node { return &tree.Node{Kind: tree.Null, Text: "null"} }

// object makes an object of keys and values in turn.
func object(pairs ...any) *tree.Node {
	o := tree.NewObject()
	for i := 0; i+1 < len(pairs); i += 2 {
		key, _ := pairs[i].(string)
		switch v := pairs[i+1].(type) {
		case string:
			o.Set(key, text(v))
		case *tree.Node:
			o.Set(key, v)
		}
	}
	return o
}

func set(o *tree.Node, key, value string) {
	if value != "" {
		o.Set(key, text(value))
	}
}
