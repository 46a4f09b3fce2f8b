package expr

import (
	"errors"
	"fmt"
	"strings"

	"github.com/weft-dev/weft/spec/expr/jsonpath"
	"github.com/weft-dev/weft/spec/expr/xpath"
)

// SelectorSource is a Selector Object (Arazzo 1.1) as written.
type SelectorSource struct {
	// Context is the runtime expression for the value to select from.
	Context string
	// Selector is a JSONPath, XPath or JSON Pointer, in which expressions may
	// stand in braces.
	Selector string
	// Type is "jsonpath", "xpath" or "jsonpointer"; Version its version, or "".
	Type, Version string
}

// Selector is a Selector Object, compiled. It never changes.
//
// A JSON Pointer selects one value. A JSONPath that can select only one value
// (a singular query, RFC 9535 section 2.3.5.1) selects that value; any other
// selects the array of all values found. An XPath selects a boolean, a number,
// a string, or, of a node-set, the string-value of the one node or the array of
// the string-values of several. What selects nothing is missing; an array of
// nothing, for a JSONPath that is not singular, is an empty array.
type Selector struct {
	context *Expr
	query   *query
}

// NewSelector compiles a Selector Object. A problem's Path is the field meant:
// "/context", "/selector", "/type" or "/version".
func NewSelector(source SelectorSource) (*Selector, []Problem) {
	context, problems := Parse(source.Context)
	problems = at("/context", problems)
	q, more := newQuery(source.Selector, source.Type, source.Version, "/selector")
	problems = append(problems, more...)
	if Worst(problems) == errorSeverity {
		return nil, problems
	}
	return &Selector{context: context, query: q}, problems
}

func at(path string, problems []Problem) []Problem {
	for i := range problems {
		problems[i].Path = path + problems[i].Path
	}
	return problems
}

// selectorSource recognises a Selector Object within a value: context, selector
// and type in their shapes, and nothing else.
func selectorSource(entries []entry) (SelectorSource, bool) {
	var source SelectorSource
	if len(entries) != 3 {
		return source, false
	}
	found := 0
	for _, e := range entries {
		text, isText := e.value.text()
		switch {
		case e.name == "context" && isText && strings.HasPrefix(text, "$"):
			source.Context = text
		case e.name == "selector" && isText:
			source.Selector = text
		case e.name == "type":
			var ok bool
			if source.Type, source.Version, ok = expressionType(e.value); !ok {
				return source, false
			}
		default:
			return source, false
		}
		found++
	}
	return source, found == 3
}

// expressionType reads "jsonpath" or an Expression Type Object.
func expressionType(in input) (kind, version string, ok bool) {
	if text, isText := in.text(); isText {
		return text, "", isQueryType(text)
	}
	entries, isObject := in.object()
	if !isObject {
		return "", "", false
	}
	for _, e := range entries {
		text, _ := e.value.text()
		switch e.name {
		case "type":
			kind = text
		case "version":
			version = text
		}
	}
	return kind, version, isQueryType(kind)
}

// Refs returns what the selector's expressions refer to.
func (s *Selector) Refs() []Ref {
	return append([]Ref{s.context.ref}, s.query.refs()...)
}

// Bind decides how to read names with dots, as [Expr.Bind] does.
func (s *Selector) Bind(declared func(Ref) bool) (*Selector, []Problem) {
	context, problems := s.context.Bind(declared)
	q, more := s.query.bind(declared)
	problems = append(at("/context", problems), at("/selector", more)...)
	if Worst(problems) == errorSeverity {
		return nil, problems
	}
	return &Selector{context: context, query: q}, problems
}

// Eval selects from the context's value. The error is a [*MissingError] where
// the context is missing or nothing was selected.
func (s *Selector) Eval(env Env) (any, error) {
	root, ok := s.context.Eval(env)
	if !ok {
		return nil, s.missing(s.context.text)
	}
	value, err := s.query.eval(env, root)
	if errors.Is(err, errNothing) {
		return nil, s.missing(s.context.text + " " + s.query.text)
	}
	return value, err
}

func (s *Selector) missing(text string) error {
	return &MissingError{Missing: []Missing{{Expr: text, Ref: s.context.ref}}}
}

// errNothing says that a selection that must be there found nothing.
var errNothing = errors.New("nothing was selected")

// eval selects from a value.
func (q *query) eval(env Env, root any) (any, error) {
	switch q.kind {
	case queryPointer:
		return q.evalPointer(env, root)
	case queryXPath:
		return q.evalXPath(env, root)
	}
	return q.evalJSONPath(env, root)
}

func (q *query) evalPointer(env Env, root any) (any, error) {
	path, err := q.pointer(env)
	if err != nil {
		return nil, err
	}
	value, ok := descend(root, path)
	if !ok {
		return nil, errNothing
	}
	return value, nil
}

func (q *query) evalJSONPath(env Env, root any) (any, error) {
	path, err := q.jsonPath(env)
	if err != nil {
		return nil, err
	}
	nodes, err := path.Select(root)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", q.text, err)
	}
	if !path.Singular() {
		return jsonpath.Values(nodes), nil
	}
	if len(nodes) == 0 {
		return nil, errNothing
	}
	return nodes[0].Value, nil
}

func (q *query) evalXPath(env Env, root any) (any, error) {
	result, err := q.xpathResult(env, root)
	if err != nil {
		return nil, err
	}
	if nodes, isNodes := result.([]*xpath.Node); isNodes && len(nodes) == 0 {
		return nil, errNothing
	}
	return xpath.Plain(result), nil
}
