package jsonschema

import (
	"slices"

	"github.com/weft-dev/weft/text/tree"
)

// faultKind says in which way a value breaks a schema.
type faultKind uint8

const (
	noKind     faultKind = iota // only that it does; nobody asked how
	manyFaults                  // in all the ways of its causes
	typeFault
	invalidFault
	constFault
	enumFault
	formatFault
	falseFault
	cycleFault
	minPropertiesFault
	maxPropertiesFault
	requiredFault
	dependencyFault
	dependentRequiredFault
	additionalPropertiesFault
	propertyNamesFault
	minItemsFault
	maxItemsFault
	uniqueItemsFault
	additionalItemsFault
	containsFault
	minContainsFault
	maxContainsFault
	minLengthFault
	maxLengthFault
	patternFault
	minimumFault
	maximumFault
	exclusiveMinimumFault
	exclusiveMaximumFault
	multipleOfFault
	notFault
	anyOfFault
	oneOfFault
	bothFault // more than one form of a "oneOf"
)

// fault is one way in which a value breaks a schema. It is made only where
// somebody will read it, and knows its place only from the fault around it.
type fault struct {
	kind faultKind
	node *tree.Node // the schema, where it has a place
	// path leads from the place of the fault around this one to the place of
	// this one, backwards: it grows on the way up.
	path   []string
	causes []*fault

	got        any
	want       any      // what "const" asks for
	values     []any    // what "enum" asks for
	kinds      kinds    // what "type" asks for
	limit      exact    // what a limit of numbers asks for
	least      int      // what a limit of sizes asks for
	have       int      // what there is instead
	first, two int      // equal items
	text       string   // a pattern, the name of a format or of a property
	names      []string // properties
}

// failed is the fault of a value of which nobody asks what is wrong with it.
// It is never changed.
var failed = &fault{}

// both brings together what two keywords found.
func both(a, b *fault) *fault {
	switch {
	case a == nil || a == failed && b != nil:
		return b
	case b == nil || b == failed:
		return a
	case a.kind == manyFaults && len(a.path) == 0:
		a.causes = append(a.causes, b)
		return a
	}
	return &fault{kind: manyFaults, node: a.node, causes: []*fault{a, b}}
}

// under says that a fault is in a part of the value.
func (f *fault) under(name string) *fault {
	if f != failed {
		f.path = append(f.path, name)
	}
	return f
}

// at returns where the fault is, given the place of the fault around it.
func (f *fault) at(around []string) []string {
	if len(f.path) == 0 {
		return around
	}
	path := slices.Clone(f.path)
	slices.Reverse(path)
	return append(slices.Clip(slices.Clone(around)), path...)
}
