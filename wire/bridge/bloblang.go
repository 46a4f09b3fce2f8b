package bridge

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/spec/expr"
)

// Bloblang writes the mapping in the language of Redpanda Connect. It fails where
// that says something else. A nil Mapping keeps everything, and is "".
func (m *Mapping) Bloblang() (string, error) {
	if m == nil {
		return "", nil
	}
	if m.when != nil {
		return "", errors.New("when has no form in Bloblang here: write the condition into the pipeline by hand, as root = if … { deleted() }")
	}
	var b strings.Builder
	for _, part := range []struct {
		target string
		value  template
	}{{"meta kafka_key", m.key}, {"root", m.payload}} {
		if part.value == nil {
			continue
		}
		text, err := bloblang(part.value, "this")
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%s = %s\n", part.target, text)
	}
	headers, _ := m.headers.(members)
	for _, header := range headers {
		text, err := bloblang(header.value, "this")
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "meta %s = %s\n", strconv.Quote(header.name), text)
	}
	return b.String(), nil
}

// bloblang writes a template as an expression; item is what $inputs.item is
// called where it stands.
func bloblang(t template, item string) (string, error) {
	switch t := t.(type) {
	case literal:
		return literalText(t.value)
	case leaf:
		return bloblangLeaf(t, item)
	case members:
		return bloblangObject(t, item)
	case items:
		return bloblangList(t, item, ", ", "[", "]")
	case firstOf:
		return bloblangList(t, item, " | ", "(", ")")
	case eachOf:
		return bloblangEach(t, item)
	case converted:
		inner, err := bloblang(t.value, item)
		switch t.form {
		case formText:
			return inner + ".string()", err
		case formNum:
			return inner + ".number()", err
		}
		return "(" + inner + ` / 1000).ts_format("2006-01-02T15:04:05.000Z07:00", "UTC")`, err
	}
	return "", fmt.Errorf("%T has no form in Bloblang", t)
}

func bloblangObject(object members, item string) (string, error) {
	parts := make([]string, len(object))
	for i, m := range object {
		text, err := bloblang(m.value, item)
		if err != nil {
			return "", err
		}
		if _, fixed := m.value.(literal); !fixed {
			text = "(" + text + ") | deleted()" // a member without a value is left out
		}
		parts[i] = strconv.Quote(m.name) + ": " + text
	}
	if len(parts) < 2 || item != "this" {
		return "{" + strings.Join(parts, ", ") + "}", nil
	}
	return "{\n  " + strings.Join(parts, ",\n  ") + "\n}", nil
}

func bloblangList(list []template, item, between, begin, end string) (string, error) {
	parts := make([]string, len(list))
	for i, t := range list {
		text, err := bloblang(t, item)
		if err != nil {
			return "", err
		}
		parts[i] = text
	}
	return begin + strings.Join(parts, between) + end, nil
}

func bloblangEach(e eachOf, item string) (string, error) {
	list, err := bloblang(e.list, item)
	if err != nil {
		return "", err
	}
	name := "item"
	if item != "this" {
		name = item + "_" // within another $each
	}
	each, err := bloblang(e.item, name)
	return list + ".map_each(" + name + " -> " + each + ")", err
}

// bloblangLeaf writes a string that is one expression.
func bloblangLeaf(l leaf, item string) (string, error) {
	e := (*expr.Expr)(nil)
	if t := l.value.Template(); t != nil {
		e = t.Expr()
	}
	if e == nil {
		return "", fmt.Errorf("%q is more than one expression, and has no form in Bloblang here", l.text)
	}
	ref, root := e.Ref(), ""
	name, below, _ := strings.Cut(ref.Name, ".")
	switch {
	case ref.Root == expr.Message && ref.Part == expr.Body:
		root = "this"
	case ref.Root == expr.Message && ref.Part == expr.Header && ref.Name != "":
		return "metadata(" + strconv.Quote(ref.Name) + ")", nil
	case ref.Root == expr.Inputs && name == inputKey:
		return `metadata("kafka_key")`, nil
	case ref.Root == expr.Inputs && name == inputItem && item != "this":
		root = item
		for token := range strings.SplitSeq(below, ".") {
			if token != "" {
				root += "." + strconv.Quote(token)
			}
		}
	default:
		return "", fmt.Errorf("%q has no form in Bloblang here", l.text)
	}
	for token := range strings.SplitSeq(strings.TrimPrefix(expr.Pointer(e.Path()), "/"), "/") {
		if token == "" {
			continue
		}
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		if n, err := strconv.Atoi(token); err == nil && n >= 0 {
			root += fmt.Sprintf(".index(%d)", n)
			continue
		}
		root += "." + strconv.Quote(token)
	}
	return root, nil
}

// literalText writes a value as JSON, which Bloblang reads.
func literalText(value any) (string, error) {
	text, err := json.Marshal(value)
	return string(text), err
}
