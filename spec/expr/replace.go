package expr

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/expr/xpath"
)

// maxTargets is the largest number of places one replacement may set.
const maxTargets = 10_000

// Target is where a Payload Replacement Object puts its value, compiled. It
// never changes.
type Target struct {
	query *query
}

// NewTarget compiles a replacement's target. The type is that of
// targetSelectorType, "jsonpointer" where it is empty. A problem's Path is the
// field meant: "/target", "/type" or "/version".
func NewTarget(target, kind, version string) (*Target, []Problem) {
	if kind == "" {
		kind = "jsonpointer"
	}
	q, problems := newQuery(target, kind, version, "/target")
	if q != nil && q.xpath != nil && !q.xpath.Selects() {
		var r report
		r.add(CodeMeaning, errorSeverity, 0, len(target), "the XPath selects no nodes but computes a value, which cannot be replaced").Path = "/target"
		problems = append(problems, r.list...)
	}
	if Worst(problems) == errorSeverity {
		return nil, problems
	}
	return &Target{query: q}, problems
}

// Refs returns what the target's expressions refer to.
func (t *Target) Refs() []Ref { return t.query.refs() }

// Bind decides how to read names with dots, as [Expr.Bind] does.
func (t *Target) Bind(declared func(Ref) bool) (*Target, []Problem) {
	q, problems := t.query.bind(declared)
	if q == nil {
		return nil, at("/target", problems)
	}
	return &Target{query: q}, at("/target", problems)
}

// Replace returns the document with the value in every place meant. The
// document itself is not changed; the result shares with it what stayed the
// same.
//
// A pointer, or a JSONPath of names and indexes alone, may name a member that
// an object does not have yet, and a pointer may name the end of an array with
// "-"; everything above it must be there. A JSONPath of other kinds sets what
// it finds, and it is an error when that is nothing.
//
// An XPath sets in XML text the content of the elements, the values of the
// attributes and the texts that it finds, and it is an error when it finds none.
// The value is escaped, but for a string that is itself well-formed XML and goes
// into an element or a text; null is nothing. All else stays as it was written.
func (t *Target) Replace(env Env, document, value any) (any, error) {
	if t.query.kind == queryPointer {
		path, err := t.query.pointer(env)
		if err != nil {
			return nil, err
		}
		return Replace(document, path, value)
	}
	if t.query.kind == queryXPath {
		return t.replaceXPath(env, document, value)
	}
	return t.replaceJSONPath(env, document, value)
}

func (t *Target) replaceXPath(env Env, document, value any) (any, error) {
	result, err := t.query.xpathResult(env, document)
	if err != nil {
		return nil, err
	}
	nodes, isNodes := result.([]*xpath.Node)
	switch {
	case !isNodes:
		return nil, fmt.Errorf("%s selects no nodes but computes a value, which cannot be replaced", t.query.text)
	case len(nodes) == 0:
		return nil, fmt.Errorf("%s finds nothing to replace", t.query.text)
	case len(nodes) > maxTargets:
		return nil, fmt.Errorf("%s finds more than %d places", t.query.text, maxTargets)
	}
	content, err := xmlContent(value)
	if err != nil {
		return nil, err
	}
	return xpath.Set(document.(string), nodes, content) // an XPath has no result for anything else
}

func xmlContent(value any) (xpath.Content, error) {
	switch value.(type) {
	case nil:
		return xpath.Content{}, nil
	case []any, map[string]any:
		return xpath.Content{}, fmt.Errorf("%s cannot be set in XML: give a string or another single value", kindOf(value))
	}
	text := Text(value)
	content := xpath.Content{Text: xmlEscaper.Get().Replace(text)}
	if content.Markup = content.Text; isXML(text) {
		content.Markup = text
	}
	return content, nil
}

func (t *Target) replaceJSONPath(env Env, document, value any) (any, error) {
	path, err := t.query.jsonPath(env)
	if err != nil {
		return nil, err
	}
	nodes, err := path.Select(document)
	if err != nil {
		return nil, err
	}
	var pointers []string
	for _, n := range nodes {
		pointers = append(pointers, n.Pointer())
	}
	if pointer, ok := path.Pointer(); ok && len(pointers) == 0 {
		pointers = append(pointers, pointer)
	}
	switch {
	case len(pointers) == 0:
		return nil, fmt.Errorf("%s finds nothing to replace", path.Source())
	case len(pointers) > maxTargets:
		return nil, fmt.Errorf("%s finds more than %d places", path.Source(), maxTargets)
	}
	return replaceAll(document, pointers, value)
}

// replaceAll sets the deepest places first, so that none is gone when its turn
// comes.
func replaceAll(document any, pointers []string, value any) (any, error) {
	slices.SortStableFunc(pointers, func(a, b string) int {
		return cmp.Compare(strings.Count(b, "/"), strings.Count(a, "/"))
	})
	for _, pointer := range pointers {
		path, _ := ParsePointer(pointer)
		var err error
		if document, err = Replace(document, path, value); err != nil {
			return nil, err
		}
	}
	return document, nil
}

// Replace returns a document with a value at one place. The document is not
// changed.
func Replace(document any, path []Access, value any) (any, error) {
	if len(path) == 0 {
		return value, nil
	}
	result, err := replaceIn(document, path, value)
	if err != nil {
		return nil, fmt.Errorf("cannot set %s: %w", Pointer(path), err)
	}
	return result, nil
}

func replaceIn(document any, path []Access, value any) (any, error) {
	if len(path) == 0 {
		return value, nil
	}
	switch d := document.(type) {
	case map[string]any:
		return replaceMember(d, path, value)
	case []any:
		return replaceItem(d, path, value)
	}
	return nil, fmt.Errorf("%q is to be set in %s", path[0].Name, kindOf(document))
}

func replaceMember(object map[string]any, path []Access, value any) (any, error) {
	name := path[0].Name
	old, there := object[name]
	if !there && len(path) > 1 {
		return nil, fmt.Errorf("there is no %q", name)
	}
	changed, err := replaceIn(old, path[1:], value)
	if err != nil {
		return nil, err
	}
	result := maps.Clone(object)
	if result == nil {
		result = make(map[string]any, 1)
	}
	result[name] = changed
	return result, nil
}

func replaceItem(list []any, path []Access, value any) (any, error) {
	if path[0].Name == "-" && len(path) == 1 {
		return append(slices.Clone(list), value), nil
	}
	i, ok := arrayIndex(path[0].Name)
	switch {
	case !ok:
		return nil, fmt.Errorf("%q is no index of an array", path[0].Name)
	case i >= len(list):
		return nil, fmt.Errorf("the array has only %d items", len(list))
	}
	changed, err := replaceIn(list[i], path[1:], value)
	if err != nil {
		return nil, err
	}
	result := slices.Clone(list)
	result[i] = changed
	return result, nil
}
