package jsonschema

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	lib "github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/tree"
)

// Schema is a compiled JSON Schema. It is safe for concurrent use.
type Schema struct {
	set  *Set
	root resource
	lib  *lib.Schema
	err  error
	// meter counts the steps of schemas that could take for ever; nil for
	// all others.
	meter *meter
}

// Node returns the node of the schema.
func (s *Schema) Node() *tree.Node { return s.root.node }

// Validate implements schema.Schema.
func (s *Schema) Validate(value any) []schema.Violation {
	if path, why := unfit(value, nil); why != "" {
		return []schema.Violation{violation(path, "", why, s.root.node)}
	}
	err := s.judge(value)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errTooMany):
		return []schema.Violation{violation(nil, "", err.Error(), s.root.node)}
	}
	v, ok := errors.AsType[*lib.ValidationError](err)
	if !ok {
		return []schema.Violation{violation(nil, "", err.Error(), s.root.node)}
	}
	s.set.mu.Lock()
	defer s.set.mu.Unlock()
	list := flatten(s.set, v, nil)
	if len(list) == 0 {
		list = append(list, violation(nil, "", "does not fit the schema", s.root.node))
	}
	return bounded(list)
}

// Valid reports whether the value fits the schema.
func (s *Schema) Valid(value any) bool { return s.fits(value) == nil }

func (s *Schema) fits(value any) error {
	if _, why := unfit(value, nil); why != "" {
		return errors.New(why)
	}
	return s.judge(value)
}

func (s *Schema) judge(value any) error {
	if s.meter == nil {
		return s.lib.Validate(value)
	}
	return s.meter.run(func() error { return s.lib.Validate(value) })
}

// bounded orders violations by place, since the library walks maps, and cuts
// the list.
func bounded(list []schema.Violation) []schema.Violation {
	slices.SortStableFunc(list, func(a, b schema.Violation) int {
		return cmp.Or(cmp.Compare(a.InstancePath, b.InstancePath), cmp.Compare(a.Keyword, b.Keyword), cmp.Compare(a.Message, b.Message))
	})
	list = slices.CompactFunc(list, func(a, b schema.Violation) bool {
		return a.InstancePath == b.InstancePath && a.Message == b.Message
	})
	if len(list) > schema.MaxViolations {
		list = list[:schema.MaxViolations:schema.MaxViolations]
	}
	return list
}

// flatten turns the library's tree of errors into a list of the faults at its
// leaves.
func flatten(s *Set, e *lib.ValidationError, list []schema.Violation) []schema.Violation {
	if len(list) > 4*schema.MaxViolations {
		return list
	}
	switch k := e.ErrorKind.(type) {
	case *kind.AnyOf:
		return append(list, branches(s, e, "anyOf", "fits none of the allowed forms")...)
	case *kind.OneOf:
		if len(k.Subschemas) > 0 {
			return append(list, s.violationAt(e, "oneOf", "fits more than one of the forms of which it must fit exactly one"))
		}
		return append(list, branches(s, e, "oneOf", "fits none of the allowed forms")...)
	case *kind.Contains, *kind.MinContains, *kind.PropertyNames:
		return append(list, leaves(s, e)...)
	}
	if len(e.Causes) == 0 {
		return append(list, leaves(s, e)...)
	}
	for _, cause := range e.Causes {
		list = flatten(s, cause, list)
	}
	return list
}

// branches reports a choice that failed. Where one form was clearly meant,
// because the others fail already in the kind of value, its faults are told;
// otherwise the choice as a whole.
func branches(s *Set, e *lib.ValidationError, keyword, message string) []schema.Violation {
	depth := len(e.InstanceLocation)
	var meant []*lib.ValidationError
	for _, cause := range e.Causes {
		if !failsAtOnce(cause, depth) {
			meant = append(meant, cause)
		}
	}
	if len(meant) == 1 {
		return flatten(s, meant[0], nil)
	}
	if len(meant) == 0 && len(e.Causes) > 0 {
		if words := eitherType(e.Causes, depth); words != "" {
			message = words
		}
	}
	if near := nearest(s, meant); near != "" {
		message += "; nearest: " + near
	}
	return []schema.Violation{s.violationAt(e, keyword, message)}
}

// nearest says what is wrong by the form that is broken in the fewest ways.
func nearest(s *Set, meant []*lib.ValidationError) string {
	var best []schema.Violation
	for _, cause := range meant {
		if list := bounded(flatten(s, cause, nil)); best == nil || len(list) < len(best) {
			best = list
		}
	}
	const shown = 2
	words := make([]string, 0, shown)
	for _, v := range best[:min(shown, len(best))] {
		words = append(words, v.Message)
	}
	return strings.Join(words, ", ")
}

// failsAtOnce reports whether a form fails in what tells forms apart: the kind
// of the value itself, or a constant one level below it.
func failsAtOnce(e *lib.ValidationError, depth int) bool {
	switch e.ErrorKind.(type) {
	case *kind.Type, *kind.FalseSchema:
		return len(e.InstanceLocation) == depth
	case *kind.Const:
		return len(e.InstanceLocation) <= depth+1
	case *kind.AnyOf, *kind.OneOf, *kind.Not:
		return false
	}
	return slices.ContainsFunc(e.Causes, func(c *lib.ValidationError) bool { return failsAtOnce(c, depth) })
}

// eitherType says which kinds of value were allowed where all forms of a
// choice fail in just that.
func eitherType(causes []*lib.ValidationError, depth int) string {
	var want []string
	got := ""
	for _, c := range causes {
		for len(c.Causes) == 1 {
			c = c.Causes[0]
		}
		k, ok := c.ErrorKind.(*kind.Type)
		if !ok || len(c.InstanceLocation) != depth {
			return ""
		}
		want, got = append(want, k.Want...), k.Got
	}
	return typeWords(want, got)
}

func (s *Set) violationAt(e *lib.ValidationError, keyword, message string) schema.Violation {
	node := s.locate(e.SchemaURL)
	v := violation(e.InstanceLocation, keyword, message, node)
	if at := node.Get(keyword); at != nil {
		v.Span = at.Span
	}
	return v
}

func violation(path []string, keyword, message string, node *tree.Node) schema.Violation {
	v := schema.Violation{InstancePath: pointer(path), Keyword: keyword, Message: message, Schema: node}
	if name := readable(path); name != "" {
		v.Message = name + ": " + message
	}
	if node != nil {
		v.Span = node.Span
	}
	return v
}

func pointer(path []string) string {
	var b strings.Builder
	for _, token := range path {
		b.WriteByte('/')
		b.WriteString(tree.EscapePointer(token))
	}
	return b.String()
}

// readable writes a path as people do: lines[2].quantity.
func readable(path []string) string {
	var b strings.Builder
	for _, token := range path {
		switch {
		case isIndex(token):
			b.WriteString("[" + token + "]")
		case b.Len() > 0:
			b.WriteString("." + shorten(token))
		default:
			b.WriteString(shorten(token))
		}
	}
	return shortenTo(b.String(), 200)
}

func isIndex(token string) bool {
	for _, c := range token {
		if c < '0' || c > '9' {
			return false
		}
	}
	return token != ""
}
