package expr

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/weft-dev/weft/text/tree"
)

// Value is a value of a document in which strings may be expressions or
// templates, and objects may be selectors: a payload, a parameter's value, the
// outputs of a step. It never changes.
type Value struct {
	literal  any
	template *Template
	selector *Selector
	members  []member
	items    []*Value
	kind     valueKind
}

type member struct {
	name  string
	value *Value
}

type valueKind uint8

const (
	isLiteral valueKind = iota
	isTemplate
	isSelector
	isObject
	isArray
)

// Compile reads a value of plain data. Problems carry the path within it.
func Compile(value any) (*Value, []Problem) {
	var c compiler
	v := c.compile(fromData(value), "", 0)
	return c.result(v)
}

// CompileNode reads a value of a document. Problems carry path and node.
func CompileNode(node *tree.Node) (*Value, []Problem) {
	var c compiler
	v := c.compile(fromNode{node}, "", 0)
	return c.result(v)
}

// Literal returns a value in which nothing is an expression.
func Literal(value any) *Value { return &Value{literal: value} }

// IsLiteral reports whether nothing in the value is an expression.
func (v *Value) IsLiteral() bool { return v.kind == isLiteral }

// Template returns the value's template where it is a string with expressions,
// or nil.
func (v *Value) Template() *Template { return v.template }

// Selector returns the value's selector where it is one, or nil.
func (v *Value) Selector() *Selector { return v.selector }

// Refs returns what the value's expressions refer to, in the order of the
// document where it was compiled from a node, otherwise by sorted names.
func (v *Value) Refs() []Ref {
	switch v.kind {
	case isTemplate:
		return v.template.Refs()
	case isSelector:
		return v.selector.Refs()
	case isObject, isArray:
		var refs []Ref
		for _, child := range v.children() {
			refs = append(refs, child.Refs()...)
		}
		return refs
	}
	return nil
}

func (v *Value) children() []*Value {
	if v.kind == isArray {
		return v.items
	}
	list := make([]*Value, len(v.members))
	for i := range v.members {
		list[i] = v.members[i].value
	}
	return list
}

// Bind decides how to read names with dots, as [Expr.Bind] does, in every
// expression of the value.
func (v *Value) Bind(declared func(Ref) bool) (*Value, []Problem) {
	var b binder
	b.declared = declared
	bound := b.bind(v, "")
	if Worst(b.problems) == errorSeverity {
		return nil, b.problems
	}
	return bound, b.problems
}

type binder struct {
	declared func(Ref) bool
	problems []Problem
}

func (b *binder) add(problems []Problem, path string) {
	for _, p := range problems {
		p.Path = path + p.Path
		b.problems = append(b.problems, p)
	}
}

func (b *binder) bind(v *Value, path string) *Value {
	bound := *v
	var problems []Problem
	switch v.kind {
	case isTemplate:
		bound.template, problems = v.template.Bind(b.declared)
	case isSelector:
		bound.selector, problems = v.selector.Bind(b.declared)
	case isObject:
		bound.members = slices.Clone(v.members)
		for i, m := range v.members {
			bound.members[i].value = b.bind(m.value, path+"/"+tree.EscapePointer(m.name))
		}
	case isArray:
		bound.items = make([]*Value, len(v.items))
		for i, item := range v.items {
			bound.items[i] = b.bind(item, path+"/"+strconv.Itoa(i))
		}
	}
	b.add(problems, path)
	return &bound
}

// Eval returns the value with every expression evaluated. Where expressions
// are missing the error is a [*MissingError] that lists them all, and the value
// returned is what there is: members without a value are left out and items
// without one are null. The caller decides whether that will do.
//
// Parts of the result may be shared with the document or with the Env; nothing
// in it may be changed.
func (v *Value) Eval(env Env) (any, error) {
	var missing MissingError
	result, err := v.eval(env, &missing, "")
	if err != nil {
		return nil, err
	}
	return result, missing.orNil()
}

// absent stands for a value that is missing.
type absent struct{}

func (v *Value) eval(env Env, missing *MissingError, path string) (any, error) {
	result, err := v.evalAny(env, missing, path)
	if _, gone := result.(absent); gone && path == "" {
		return nil, err
	}
	return result, err
}

func (v *Value) evalAny(env Env, missing *MissingError, path string) (any, error) {
	switch v.kind {
	case isTemplate:
		result, err := v.template.Eval(env)
		return missing.absence(result, err, path)
	case isSelector:
		result, err := v.selector.Eval(env)
		return missing.absence(result, err, path)
	case isObject:
		return v.evalObject(env, missing, path)
	case isArray:
		return v.evalArray(env, missing, path)
	}
	return v.literal, nil
}

func (e *MissingError) absence(result any, err error, path string) (any, error) {
	if e.collect(err, path) {
		return absent{}, nil
	}
	if err != nil && path != "" {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return result, err
}

func (v *Value) evalObject(env Env, missing *MissingError, path string) (any, error) {
	object := make(map[string]any, len(v.members))
	for _, m := range v.members {
		value, err := m.value.evalAny(env, missing, path+"/"+tree.EscapePointer(m.name))
		if err != nil {
			return nil, err
		}
		if _, gone := value.(absent); !gone {
			object[m.name] = value
		}
	}
	return object, nil
}

func (v *Value) evalArray(env Env, missing *MissingError, path string) (any, error) {
	list := make([]any, len(v.items))
	for i, item := range v.items {
		value, err := item.evalAny(env, missing, path+"/"+strconv.Itoa(i))
		if err != nil {
			return nil, err
		}
		if _, gone := value.(absent); !gone {
			list[i] = value
		}
	}
	return list, nil
}
