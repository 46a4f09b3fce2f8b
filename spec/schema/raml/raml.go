// Package raml checks the structure of RAML 1.0 data types, one of the languages
// that a payload may be described in: which facets there are, what their values
// must be, whether types that are named are known.
//
// Values are not judged by it: what RAML means by its types is more than can be
// done for a language that few write today. Compile says so, and what to do.
//
// It must not know what a contract is.
package raml

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/inline"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// The codes of what Check finds.
const (
	CodeText      diag.Code = "raml/text"       // a text that is not YAML, or no data type
	CodeFacet     diag.Code = "raml/facet"      // a facet that the kind of type does not have
	CodeWrongType diag.Code = "raml/wrong-type" // a facet's value has the wrong form
	CodeType      diag.Code = "raml/type"       // a type expression that cannot be read, or names no type
	CodeContra    diag.Code = "raml/contradiction"
	CodeTooMany   diag.Code = "raml/too-many-findings"
)

// ErrCompile says that values cannot be judged by RAML.
var ErrCompile = errors.New("data are not judged by RAML data types, only the structure of the types is checked; " +
	"write the schema in JSON Schema (schemaFormat: application/schema+yaml;version=draft-07) to have messages and examples judged")

// Types checks RAML data types.
type Types struct{ ws *ref.Workspace }

// In checks the types in the documents of a workspace.
func In(ws *ref.Workspace) Types { return Types{ws: ws} }

// Compile implements schema.Compiler. It always fails.
func (Types) Compile(*tree.Node, schema.Format) (schema.Schema, error) { return nil, ErrCompile }

// Check implements schema.Checker. A type is an object, or a text in YAML: both
// occur.
func (t Types) Check(ctx context.Context, node *tree.Node, _ schema.Format) []diag.Diagnostic {
	switch {
	case node == nil:
		return nil
	case ref.Of(node) != nil && t.ws != nil:
		return t.file(ctx, node)
	case node.Is(tree.String) && strings.ContainsAny(node.Text, "\n:"):
		return inText(node)
	}
	return checkType(node)
}

// file checks a type that is a file of its own.
func (t Types) file(ctx context.Context, node *tree.Node) []diag.Diagnostic {
	file, fragment, problem := t.ws.ResolveRaw(ctx, node)
	if problem != nil {
		return []diag.Diagnostic{*problem}
	}
	// The workspace does not read ".raml" as YAML, which it is.
	root, findings := tree.Parse(file, tree.Options{})
	if root == nil {
		return renamed(findings)
	}
	if fragment != "" {
		if root = root.At(fragment); root == nil {
			value := node.Get("$ref")
			return []diag.Diagnostic{{Code: CodeText, Severity: diag.Error, Span: value.Span, Path: value.Path(), Message: fmt.Sprintf("the file has nothing at %q", fragment)}}
		}
	}
	return append(renamed(findings), checkType(root)...)
}

func renamed(findings []diag.Diagnostic) []diag.Diagnostic {
	list := make([]diag.Diagnostic, len(findings))
	for i, d := range findings {
		d.Code = CodeText
		list[i] = d
	}
	return list
}

// inText checks a type that is written as a string, and tells its faults where
// the string is written.
func inText(node *tree.Node) []diag.Diagnostic {
	text := inline.Of(node)
	root, findings := tree.Parse(source.NewFile("memory:///type.raml", "type.raml", []byte(text.String())), tree.Options{})
	findings = renamed(findings)
	if root != nil {
		findings = append(findings, checkType(root)...)
	}
	for i := range findings {
		d := &findings[i]
		d.Span, d.Path = text.Span(d.Span.Start, d.Span.End), node.Path()
		d.Fixes = nil
		for k := range d.Related {
			d.Related[k].Span = text.Span(d.Related[k].Span.Start, d.Related[k].Span.End)
		}
	}
	return findings
}
