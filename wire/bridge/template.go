package bridge

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/weft-dev/weft/spec/expr"
	"github.com/weft-dev/weft/text/diag"
)

// template is a value of a mapping: plain data whose strings may be runtime
// expressions, and whose objects may be one of a few forms that begin with "$".
type template interface {
	// eval returns the value, and false where there is none.
	eval(env expr.Env) (value any, ok bool, err error)
}

// The forms.
const (
	formEach = "$each" // {$each: EXPR, item: TEMPLATE}: an array, item by item
	formText = "$text" // the value as text
	formNum  = "$number"
	formTime = "$time"  // milliseconds since 1970, or seconds, as text of ISO 8601
	formElse = "$first" // the first of several that is there and not null
)

func forms() []string { return []string{formEach, formElse, formNum, formText, formTime} }

// maxDepth bounds how deep templates are nested, and maxItems how many items one
// $each makes.
const (
	maxDepth = 64
	maxItems = 100_000
)

func compile(value any, path string, depth int) (template, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("%s: the mapping is nested deeper than %d", path, maxDepth)
	}
	switch v := value.(type) {
	case string:
		return compileText(v, path)
	case []any:
		return compileList(v, path, depth)
	case map[string]any:
		if form := formOf(v); form != "" {
			return compileForm(form, v, path, depth)
		}
		return compileObject(v, path, depth)
	}
	return literal{value}, nil
}

// formOf is the form that an object is, or "".
func formOf(object map[string]any) string {
	for name := range object {
		if strings.HasPrefix(name, "$") && name != "$" {
			return name
		}
	}
	return ""
}

func compileText(text, path string) (template, error) {
	compiled, problems := expr.Compile(text)
	for _, p := range problems {
		if p.Severity == diag.Error {
			return nil, fmt.Errorf("%s: %q: %s", path, text, told(p))
		}
	}
	if compiled.IsLiteral() {
		return literal{text}, nil
	}
	for _, ref := range compiled.Refs() {
		if err := known(ref); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return leaf{compiled, text}, nil
}

func told(p expr.Problem) string {
	if p.Help == "" {
		return p.Message
	}
	return p.Message + "; " + p.Help
}

func compileObject(object map[string]any, path string, depth int) (template, error) {
	out := members{}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		t, err := compile(object[name], path+"/"+name, depth+1)
		if err != nil {
			return nil, err
		}
		out = append(out, member{name, t})
	}
	return out, nil
}

func compileList(list []any, path string, depth int) (template, error) {
	out := make(items, len(list))
	for i, value := range list {
		t, err := compile(value, fmt.Sprintf("%s/%d", path, i), depth+1)
		if err != nil {
			return nil, err
		}
		out[i] = t
	}
	return out, nil
}

func compileForm(form string, object map[string]any, path string, depth int) (template, error) {
	allowed, beside := 1, ""
	if form == formEach {
		allowed, beside = 2, ", with item beside it"
	}
	if !slices.Contains(forms(), form) {
		return nil, fmt.Errorf("%s: there is no form %q%s", path, form, orThese(form, forms()))
	}
	if len(object) != allowed {
		return nil, fmt.Errorf("%s: %s stands in an object of its own%s", path, form, beside)
	}
	inner, err := compile(object[form], path+"/"+form, depth+1)
	if err != nil {
		return nil, err
	}
	switch form {
	case formEach:
		item, ok := object["item"]
		if !ok {
			return nil, fmt.Errorf("%s: $each needs item beside it: what each item becomes", path)
		}
		each, err := compile(item, path+"/item", depth+1)
		return eachOf{inner, each, path}, err
	case formElse:
		list, ok := inner.(items)
		if !ok {
			return nil, fmt.Errorf("%s: $first takes a list of values", path)
		}
		return firstOf(list), nil
	}
	return converted{form, inner, path}, nil
}

// literal is a value in which nothing is an expression.
type literal struct{ value any }

func (l literal) eval(expr.Env) (any, bool, error) { return l.value, true, nil }

// leaf is a string with expressions.
type leaf struct {
	value *expr.Value
	text  string
}

func (l leaf) eval(env expr.Env) (any, bool, error) {
	value, err := l.value.Eval(env)
	if _, missing := errors.AsType[*expr.MissingError](err); missing {
		return nil, false, nil
	}
	return value, err == nil, err
}

type member struct {
	name  string
	value template
}

// members is an object. A member without a value is left out: whether that will
// do the target's contract decides.
type members []member

func (m members) eval(env expr.Env) (any, bool, error) {
	out := make(map[string]any, len(m))
	for _, member := range m {
		value, ok, err := member.value.eval(env)
		if err != nil {
			return nil, false, err
		}
		if ok {
			out[member.name] = value
		}
	}
	return out, true, nil
}

// items is an array. An item without a value is left out.
type items []template

func (list items) eval(env expr.Env) (any, bool, error) {
	out := make([]any, 0, len(list))
	for _, item := range list {
		value, ok, err := item.eval(env)
		if err != nil {
			return nil, false, err
		}
		if ok {
			out = append(out, value)
		}
	}
	return out, true, nil
}

// eachOf makes an array of an array. Within it $inputs.item is the item and
// $inputs.index its number, from 0.
type eachOf struct {
	list, item template
	path       string
}

func (e eachOf) eval(env expr.Env) (any, bool, error) {
	value, ok, err := e.list.eval(env)
	if err != nil || !ok || value == nil {
		return nil, false, err
	}
	list, isList := value.([]any)
	if !isList {
		return nil, false, fmt.Errorf("%s: $each wants an array, there is %s", e.path, kindOf(value))
	}
	if len(list) > maxItems {
		return nil, false, fmt.Errorf("%s: $each goes over at most %d items, there are %d", e.path, maxItems, len(list))
	}
	out := make([]any, 0, len(list))
	for i, item := range list {
		value, ok, err := e.item.eval(within{env, item, i})
		if err != nil {
			return nil, false, err
		}
		if ok {
			out = append(out, value)
		}
	}
	return out, true, nil
}

// within is what expressions see inside of $each.
type within struct {
	expr.Env
	item  any
	index int
}

func (w within) Lookup(ref expr.Ref) (any, bool) {
	if ref.Root == expr.Inputs {
		switch ref.Name {
		case inputItem:
			return w.item, true
		case inputIndex:
			return json.Number(fmt.Sprint(w.index)), true
		}
	}
	return w.Env.Lookup(ref)
}

// firstOf is the first value that is there and not null.
type firstOf []template

func (f firstOf) eval(env expr.Env) (any, bool, error) {
	for _, t := range f {
		value, ok, err := t.eval(env)
		if err != nil || ok && value != nil {
			return value, ok, err
		}
	}
	return nil, false, nil
}

// converted is a value in another form. Null stays null.
type converted struct {
	form  string
	value template
	path  string
}

func (c converted) eval(env expr.Env) (any, bool, error) {
	value, ok, err := c.value.eval(env)
	if err != nil || !ok || value == nil {
		return value, ok, err
	}
	var out any
	switch c.form {
	case formText:
		out = expr.Text(value)
	case formNum:
		out, err = numberOf(value)
	case formTime:
		out, err = timeOf(value)
	}
	if err != nil {
		return nil, false, fmt.Errorf("%s: %w", c.path, err)
	}
	return out, true, nil
}

func numberOf(value any) (any, error) {
	text := ""
	switch v := value.(type) {
	case json.Number:
		return v, nil
	case string:
		text = strings.TrimSpace(v)
	}
	if !json.Valid([]byte(text)) || text == "" || !strings.ContainsRune("-0123456789", rune(text[0])) {
		return nil, fmt.Errorf("$number wants a number or its text, there is %s", kindOf(value))
	}
	return json.Number(text), nil
}

// latest is the last moment that ISO 8601 writes with four digits of a year, in
// milliseconds since 1970.
const latest = 253402300799999

// timeOf reads milliseconds since 1970, as Avro's timestamp-millis has them. A
// text is a moment already, and stays as it is.
func timeOf(value any) (any, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case json.Number:
		r, ok := new(big.Float).SetString(string(v))
		if !ok {
			break
		}
		millis, accuracy := r.Int64()
		if accuracy != big.Exact && !r.IsInt() || millis > latest || millis < -latest {
			break
		}
		return time.UnixMilli(millis).UTC().Format("2006-01-02T15:04:05.000Z07:00"), nil
	}
	return nil, fmt.Errorf("$time wants milliseconds since 1970, there is %s", kindOf(value))
}

func kindOf(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case json.Number:
		return "the number " + string(v)
	case string:
		return "a string"
	case []any:
		return "an array"
	}
	return "an object"
}

// orThese proposes a name for one that is unknown, or says which there are.
func orThese(name string, names []string) string {
	if near := diag.DidYouMean(name, names); near != "" {
		return "; " + near
	}
	return "; there is " + strings.Join(names, ", ")
}
