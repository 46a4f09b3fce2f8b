package jsonschema

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/tree"
)

// Schema is a compiled JSON Schema. It is safe for concurrent use.
type Schema struct {
	set     *Set
	root    resource
	checker *checker
	err     error
	// steps is how many parts of the schema are visited for one value.
	steps int
}

// Node returns the node of the schema.
func (s *Schema) Node() *tree.Node { return s.root.node }

// Validate implements schema.Schema. A value is first only judged, which is
// all that most values need; what is wrong with it is found out afterwards.
func (s *Schema) Validate(value any) []schema.Violation {
	err := s.fits(value)
	if err == nil {
		return nil
	}
	if !fit(value, 0) {
		path, why := unfit(value, nil)
		return []schema.Violation{violation(path, "", why, s.root.node)}
	}
	if errors.Is(err, errTooMany) {
		return []schema.Violation{violation(nil, "", err.Error(), s.root.node)}
	}
	r := run{steps: s.steps}
	list := flatten(r.check(s.checker, value, nil), nil, nil)
	if len(list) == 0 {
		list = append(list, violation(nil, "", "does not fit the schema", s.root.node))
	}
	return bounded(list)
}

// Valid reports whether the value fits the schema.
func (s *Schema) Valid(value any) bool { return s.fits(value) == nil }

var errUnfit = errors.New("does not fit")

// fits only asks whether a value fits, and whether that could be found out.
func (s *Schema) fits(value any) error {
	r := run{steps: s.steps, quiet: 1, fitting: true}
	f := r.check(s.checker, value, nil)
	switch {
	case r.spent:
		return errTooMany
	case f != nil || r.unfit:
		return errUnfit
	}
	return nil
}

// bounded orders violations by place, since objects are walked in no order, and cuts
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

// flatten turns a tree of faults into a list of those at its leaves.
func flatten(f *fault, around []string, list []schema.Violation) []schema.Violation {
	if f == nil || len(list) > 4*schema.MaxViolations {
		return list
	}
	at := f.at(around)
	switch f.kind {
	case noKind:
		return list
	case bothFault:
		return append(list, violationAt(f, at, "fits more than one of the forms of which it must fit exactly one"))
	case anyOfFault, oneOfFault:
		return append(list, branches(f, at)...)
	case manyFaults:
		for _, cause := range f.causes {
			list = flatten(cause, at, list)
		}
		return list
	}
	return append(list, leaves(f, at)...)
}

// branches reports a choice that failed. Where one form was clearly meant,
// because the others fail already in the kind of value, its faults are told;
// otherwise the choice as a whole.
func branches(f *fault, at []string) []schema.Violation {
	message := "fits none of the allowed forms"
	var meant []*fault
	for _, cause := range f.causes {
		if !failsAtOnce(cause, at, len(at)) {
			meant = append(meant, cause)
		}
	}
	if len(meant) == 1 {
		return flatten(meant[0], at, nil)
	}
	if len(meant) == 0 && len(f.causes) > 0 {
		if words := eitherType(f.causes); words != "" {
			message = words
		}
	}
	if near := nearest(meant, at); near != "" {
		message += "; nearest: " + near
	}
	return []schema.Violation{violationAt(f, at, message)}
}

// nearest says what is wrong by the form that is broken in the fewest ways.
func nearest(meant []*fault, at []string) string {
	var best []schema.Violation
	for _, cause := range meant {
		if list := bounded(flatten(cause, at, nil)); best == nil || len(list) < len(best) {
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
func failsAtOnce(f *fault, around []string, depth int) bool {
	at := f.at(around)
	switch f.kind {
	case typeFault, falseFault:
		return len(at) == depth
	case constFault:
		return len(at) <= depth+1
	case anyOfFault, oneOfFault, bothFault, notFault:
		return false
	case propertyNamesFault:
		at = nil // a name is a value of its own
	}
	return slices.ContainsFunc(f.causes, func(c *fault) bool { return failsAtOnce(c, at, depth) })
}

// eitherType says which kinds of value were allowed where all forms of a
// choice fail in just that.
func eitherType(causes []*fault) string {
	var want []string
	got := ""
	for _, f := range causes {
		if f.kind != typeFault || len(f.path) > 0 {
			return ""
		}
		want, got = append(want, f.kinds.names()...), kindOf(f.got).names()[0]
	}
	return typeWords(want, got)
}

func violationAt(f *fault, at []string, message string) schema.Violation {
	keyword := f.kind.keyword()
	v := violation(at, keyword, message, f.node)
	if word := f.node.Get(keyword); word != nil {
		v.Span = word.Span
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
