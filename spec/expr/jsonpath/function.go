package jsonpath

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"github.com/weft-dev/weft/internal/lazy"
)

// function is a function extension of RFC 9535 section 2.4.
type function struct {
	name       string
	usage      string
	parameters []valueType
	result     valueType
	matches    bool // match or search
}

// functions are all there are, by name.
var functions = lazy.Of[map[string]*function]{Make: func() map[string]*function {
	return map[string]*function{
		"length": {name: "length", usage: "length(value)", parameters: []valueType{valueOf}, result: valueOf},
		"count":  {name: "count", usage: "count(query)", parameters: []valueType{nodesOf}, result: valueOf},
		"value":  {name: "value", usage: "value(query)", parameters: []valueType{nodesOf}, result: valueOf},
		"match":  {name: "match", usage: "match(value, pattern)", parameters: []valueType{valueOf, valueOf}, result: logicalOf, matches: true},
		"search": {name: "search", usage: "search(value, pattern)", parameters: []valueType{valueOf, valueOf}, result: logicalOf, matches: true},
	}
}}

// callValue evaluates a function that returns a value; false stands for
// Nothing.
func (r *run) callValue(e *expression, current any) (any, bool) {
	switch e.call.name {
	case "length":
		v, ok := r.value(e.args[0], current)
		if !ok {
			return nil, false
		}
		return length(v)
	case "count":
		return number(len(r.query(e.args[0].query, current))), true
	}
	nodes := r.query(e.args[0].query, current)
	if len(nodes) != 1 {
		return nil, false
	}
	return nodes[0].Value, true
}

func number(n int) json.Number { return json.Number(strconv.Itoa(n)) }

func length(v any) (any, bool) {
	switch v := scalar(v).(type) {
	case string:
		return number(utf8.RuneCountInString(v)), true
	default:
		if n, ok := size(v); ok {
			return number(n), true
		}
	}
	return nil, false
}

// callMatch evaluates match or search.
func (r *run) callMatch(e *expression, current any) bool {
	v, _ := r.value(e.args[0], current)
	text, ok := scalar(v).(string)
	if !ok {
		return false
	}
	m := r.matcher(e, current)
	return m != nil && r.spend(1+len(text)/16) && m.match(text)
}

func (r *run) matcher(e *expression, current any) *matcher {
	if e.pattern != nil {
		return e.pattern()
	}
	v, _ := r.value(e.args[1], current)
	pattern, ok := scalar(v).(string)
	if !ok {
		return nil
	}
	whole := e.call.name == "match"
	key := matcherKey{pattern, whole}
	m, known := r.matchers[key]
	if !known && r.spend(100) {
		m = newMatcher(pattern, whole)
		if r.matchers == nil {
			r.matchers = make(map[matcherKey]*matcher)
		}
		if len(r.matchers) < 100 {
			r.matchers[key] = m
		}
	}
	return m
}

type matcherKey struct {
	pattern string
	whole   bool
}
