package emulator

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// filter is a filter policy: for each name the conditions of which one must
// hold, or a filter for what is below that name.
type filter struct {
	conditions map[string][]condition
	below      map[string]*filter
}

// condition judges one value: string, json.Number, bool or nil; there is false
// when the name is missing.
type condition func(value any, there bool) bool

// The most of a policy, as the service has it.
const (
	maxPolicy      = 150 << 10
	maxPolicyDepth = 10
)

func badPolicy(format string, args ...any) *failure {
	return badParameter("FilterPolicy: " + fmt.Sprintf(format, args...))
}

// parseFilter reads a filter policy; an empty one is none.
func parseFilter(text string) (*filter, *failure) {
	if text == "" || text == "{}" {
		return nil, nil
	}
	if len(text) > maxPolicy {
		return nil, badPolicy("it is too long")
	}
	policy, err := decode(text)
	root, ok := policy.(map[string]any)
	if err != nil || !ok {
		return nil, badPolicy("failed to parse JSON")
	}
	return newFilter(root, 0)
}

func decode(text string) (any, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}

func newFilter(policy map[string]any, depth int) (*filter, *failure) {
	if depth > maxPolicyDepth {
		return nil, badPolicy("it is nested too deeply")
	}
	f := &filter{conditions: map[string][]condition{}, below: map[string]*filter{}}
	for _, name := range slices.Sorted(maps.Keys(policy)) {
		switch v := policy[name].(type) {
		case map[string]any:
			inner, bad := newFilter(v, depth+1)
			if bad != nil {
				return nil, bad
			}
			f.below[name] = inner
		case []any:
			if name == "$or" {
				return nil, badPolicy("this emulator has no $or")
			}
			for _, item := range v {
				c, bad := newCondition(item)
				if bad != nil {
					return nil, bad
				}
				f.conditions[name] = append(f.conditions[name], c)
			}
		default:
			return nil, badPolicy("%q must be an object or an array", name)
		}
	}
	return f, nil
}

// newCondition reads one value of a policy, or one operator.
func newCondition(item any) (condition, *failure) {
	operator, ok := item.(map[string]any)
	if !ok {
		return func(v any, there bool) bool { return there && same(v, item) }, nil
	}
	if len(operator) != 1 {
		return nil, badPolicy("an operator is an object with one name")
	}
	for name, operand := range operator {
		if name == "anything-but" {
			return anythingBut(operand)
		}
		return newOperator(name, operand)
	}
	return nil, badPolicy("an operator is missing")
}

func newOperator(name string, operand any) (condition, *failure) {
	text, isText := operand.(string)
	onText := func(test func(string) bool) (condition, *failure) {
		if !isText {
			return nil, badPolicy("%s needs a text", name)
		}
		return func(v any, there bool) bool {
			s, ok := v.(string)
			return there && ok && test(s)
		}, nil
	}
	switch name {
	case "exists":
		want, ok := operand.(bool)
		if !ok {
			return nil, badPolicy("exists needs true or false")
		}
		return func(_ any, there bool) bool { return there == want }, nil
	case "prefix":
		return onText(func(s string) bool { return strings.HasPrefix(s, text) })
	case "suffix":
		return onText(func(s string) bool { return strings.HasSuffix(s, text) })
	case "equals-ignore-case":
		return onText(func(s string) bool { return strings.EqualFold(s, text) })
	case "cidr":
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, badPolicy("cidr needs a network, as 10.0.0.0/8")
		}
		return onText(func(s string) bool {
			ip, err := netip.ParseAddr(s)
			return err == nil && network.Contains(ip)
		})
	case "numeric":
		return numeric(operand)
	}
	return nil, badPolicy("this emulator has no operator %q", name)
}

// anythingBut holds for values that are none of a list, or that an operator of
// texts does not match.
func anythingBut(operand any) (condition, *failure) {
	if operator, ok := operand.(map[string]any); ok {
		inner, f := newCondition(operator)
		if f != nil {
			return nil, f
		}
		return func(v any, there bool) bool { return there && !inner(v, there) }, nil
	}
	list, ok := operand.([]any)
	if !ok {
		list = []any{operand}
	}
	return func(v any, there bool) bool {
		return there && !slices.ContainsFunc(list, func(other any) bool { return same(v, other) })
	}, nil
}

// numeric reads pairs of a comparison and a number, all of which must hold.
func numeric(operand any) (condition, *failure) {
	list, ok := operand.([]any)
	if !ok || len(list) == 0 || len(list)%2 != 0 {
		return nil, badPolicy("numeric needs comparisons and numbers in turns")
	}
	type comparison struct {
		operator string
		number   float64
	}
	var all []comparison
	for i := 0; i < len(list); i += 2 {
		operator, _ := list[i].(string)
		number, isNumber := asNumber(list[i+1])
		if !slices.Contains([]string{"=", "<", "<=", ">", ">="}, operator) || !isNumber {
			return nil, badPolicy("numeric needs =, <, <=, > or >= before each number")
		}
		all = append(all, comparison{operator, number})
	}
	return func(v any, there bool) bool {
		n, ok := asNumber(v)
		if !there || !ok {
			return false
		}
		return !slices.ContainsFunc(all, func(c comparison) bool { return !compare(n, c.operator, c.number) })
	}, nil
}

func compare(a float64, operator string, b float64) bool {
	switch operator {
	case "=":
		return a == b
	case "<":
		return a < b
	case "<=":
		return a <= b
	case ">":
		return a > b
	}
	return a >= b
}

func asNumber(v any) (float64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	f, err := strconv.ParseFloat(n.String(), 64)
	return f, err == nil
}

func same(a, b any) bool {
	if x, ok := asNumber(a); ok {
		y, ok := asNumber(b)
		return ok && x == y
	}
	switch a.(type) {
	case string, bool, nil:
		return a == b
	}
	return false
}

// matchesAttributes judges a message by its attributes: an array is as many
// values, of which one must do.
func (f *filter) matchesAttributes(attrs map[string]attribute) bool {
	values := make(map[string]any, len(attrs))
	for name, a := range attrs {
		switch {
		case a.DataType == "String.Array":
			if list, err := decode(string(a.value())); err == nil {
				values[name] = list
			}
		case a.kind() == "Number":
			values[name] = json.Number(a.value())
		case a.kind() == "String":
			values[name] = string(a.value())
		}
	}
	return f.matches(values)
}

// matchesBody judges a message by its text, which must be a JSON object.
func (f *filter) matchesBody(text string) bool {
	body, err := decode(text)
	values, ok := body.(map[string]any)
	return err == nil && ok && f.matches(values)
}

func (f *filter) matches(values map[string]any) bool {
	for name, conditions := range f.conditions {
		v, there := values[name]
		if !holds(conditions, v, there) {
			return false
		}
	}
	for name, inner := range f.below {
		if !inner.matchesAny(values[name]) {
			return false
		}
	}
	return true
}

// matchesAny judges an object, or the objects of an array.
func (f *filter) matchesAny(v any) bool {
	switch v := v.(type) {
	case []any:
		return slices.ContainsFunc(v, f.matchesAny)
	case map[string]any:
		return f.matches(v)
	}
	return f.matches(nil)
}

func holds(conditions []condition, v any, there bool) bool {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	for _, c := range conditions {
		if slices.ContainsFunc(list, func(item any) bool { return c(item, there) }) {
			return true
		}
	}
	return false
}
