package jsonschema

import (
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/tree"
)

// flags brings what draft-04 and OpenAPI 3.0 say differently into the words of
// later dialects: the boolean exclusiveMinimum and exclusiveMaximum, and
// "nullable".
func (k *keywords) flags() {
	k.exclusive("exclusiveMinimum", "minimum")
	k.exclusive("exclusiveMaximum", "maximum")
	if t, ok := k.plain["type"].(string); ok && k.dialect == schema.OpenAPI30 && k.node.Get("nullable").True() {
		k.plain["type"] = []any{t, "null"}
	}
}

func (k *keywords) exclusive(flag, limit string) {
	set, isBool := k.plain[flag].(bool)
	if !isBool {
		return // in OpenAPI 3.0 a number here is a mistake; it means what 3.1 says
	}
	delete(k.plain, flag)
	if value, ok := k.plain[limit]; set && ok {
		k.plain[flag] = value
		delete(k.plain, limit)
	}
}

// values compiles what asks for certain values.
func (k *keywords) values() {
	c := k.made
	switch t := k.plain["type"].(type) {
	case string:
		c.kinds = kindNamed(t)
	case []any:
		for _, name := range namesIn(t) {
			c.kinds |= kindNamed(name)
		}
	}
	if value, ok := k.plain["const"]; ok {
		equals := newConstant(value)
		c.equals = &equals
	}
	if list, ok := k.plain["enum"].([]any); ok {
		c.listed = newListing(list)
	}
	if name, ok := k.plain["format"].(string); ok {
		c.format = formatNamed(name)
	}
}

// numbers compiles what asks something of numbers.
func (k *keywords) numbers() {
	var rules numberRules
	for _, l := range []struct {
		word string
		kind faultKind
	}{
		{"minimum", minimumFault},
		{"maximum", maximumFault},
		{"exclusiveMinimum", exclusiveMinimumFault},
		{"exclusiveMaximum", exclusiveMaximumFault},
	} {
		if value, ok := exactOf(k.plain[l.word]); ok {
			rules.limits = append(rules.limits, limit{l.kind, value})
		}
	}
	if value, ok := exactOf(k.plain["multipleOf"]); ok {
		rules.multiples = &value
	}
	if rules.limits != nil || rules.multiples != nil {
		k.made.number = &rules
	}
}

// text compiles what asks something of strings.
func (k *keywords) text() error {
	rules := textRules{min: k.size("minLength", 0), max: k.size("maxLength", -1)}
	if text, ok := k.plain["pattern"].(string); ok {
		compiled, err := k.pattern("pattern", text)
		if err != nil {
			return err
		}
		rules.pattern = compiled
	}
	if rules != (textRules{max: -1}) {
		k.made.text = &rules
	}
	return nil
}

func (k *keywords) pattern(word, text string) (pattern, error) {
	r := run{patterns: k.set.patterns}
	compiled, err := r.pattern(text)
	if err != nil {
		return nil, &Error{Node: k.node.Get(word), Message: "the pattern " + quote(text) + " is not a regular expression"}
	}
	return compiled, nil
}

// objects compiles what asks something of objects.
func (k *keywords) objects() error {
	o := &objectRules{min: k.size("minProperties", 0), max: k.size("maxProperties", -1)}
	if err := k.properties(o); err != nil {
		return err
	}
	o.sorted = byName(o.properties)
	if err := k.patternProperties(o); err != nil {
		return err
	}
	var err error
	if o.additional, o.closed, err = k.others("additionalProperties"); err != nil {
		return err
	}
	if o.names, err = k.single("propertyNames"); err != nil {
		return err
	}
	o.namesAt = k.words["propertyNames"]
	if err := k.dependents(o); err != nil {
		return err
	}
	if o.min > 0 || o.max >= 0 || o.properties != nil || o.patterns != nil || o.additional != nil || o.closed || o.names != nil || o.dependents != nil {
		k.made.object = o
	}
	return nil
}

func (k *keywords) properties(o *objectRules) error {
	places := map[string]int{}
	o.declared = map[string]*checker{}
	n := k.words["properties"]
	if n.Is(tree.Mapping) {
		for _, m := range n.Members {
			name := m.Key.Text
			if _, twice := places[name]; twice {
				continue
			}
			made, err := k.below(m.Value)
			if err != nil {
				return err
			}
			places[name] = len(o.properties)
			o.properties = append(o.properties, property{name: name, schema: made})
			o.declared[name] = made
		}
	}
	o.required = namesIn(k.plain["required"])
	for _, name := range o.required {
		if i, ok := places[name]; ok {
			o.properties[i].required = true
			continue
		}
		places[name] = len(o.properties)
		o.properties = append(o.properties, property{name: name, required: true})
	}
	return nil
}

func (k *keywords) patternProperties(o *objectRules) error {
	n := k.words["patternProperties"]
	if !n.Is(tree.Mapping) {
		return nil
	}
	for i, m := range n.Members {
		if n.Get(m.Key.Text) != n.Members[i].Value {
			continue // of two equal keys the first counts
		}
		compiled, err := k.pattern("patternProperties", m.Key.Text)
		if err != nil {
			return err
		}
		made, err := k.below(m.Value)
		if err != nil {
			return err
		}
		o.patterns = append(o.patterns, patternRule{compiled, made})
	}
	return nil
}

func (k *keywords) dependents(o *objectRules) error {
	for _, word := range []string{"dependencies", "dependentSchemas"} {
		n := k.words[word]
		if !n.Is(tree.Mapping) {
			continue
		}
		for _, m := range n.Members {
			d := dependent{name: m.Key.Text, kind: dependencyFault}
			if n.Get(d.name) != m.Value {
				continue
			}
			if m.Value.Kind == tree.Sequence {
				d.names = namesIn(m.Value.Value())
			} else {
				made, err := k.below(m.Value)
				if err != nil {
					return err
				}
				d.schema = made
			}
			o.dependents = append(o.dependents, d)
		}
	}
	n := k.words["dependentRequired"]
	if !n.Is(tree.Mapping) {
		return nil
	}
	for _, m := range n.Members {
		if n.Get(m.Key.Text) == m.Value {
			o.dependents = append(o.dependents, dependent{name: m.Key.Text, kind: dependentRequiredFault, names: namesIn(m.Value.Value())})
		}
	}
	return nil
}

// arrays compiles what asks something of arrays.
func (k *keywords) arrays() error {
	unique, _ := k.plain["uniqueItems"].(bool)
	a := &arrayRules{min: k.size("minItems", 0), max: k.size("maxItems", -1), unique: unique}
	if err := k.items(a); err != nil {
		return err
	}
	some, err := k.single("contains")
	if err != nil {
		return err
	}
	if some != nil {
		a.contains = &contains{schema: some, min: k.size("minContains", -1), max: k.size("maxContains", -1), notes: k.version >= 2020}
	}
	if a.min > 0 || a.max >= 0 || a.unique || a.prefix != nil || a.rest != nil || a.contains != nil {
		k.made.array = a
	}
	return nil
}

func (k *keywords) items(a *arrayRules) error {
	var err error
	if k.version >= 2020 {
		if a.prefix, err = k.list("prefixItems"); err != nil {
			return err
		}
		a.rest, err = k.single("items")
		return err
	}
	others, closed, err := k.others("additionalItems")
	if err != nil {
		return err
	}
	if !k.words["items"].Is(tree.Sequence) {
		a.rest, err = k.single("items")
		return err
	}
	a.rest, a.closed = others, closed
	a.prefix, err = k.list("items")
	return err
}

// forms compiles what applies further schemas to the same value. A second
// reference beside "$ref" is one more thing that must hold.
func (k *keywords) forms() error {
	f := &formRules{}
	for _, word := range []string{"$ref", "$recursiveRef", "$dynamicRef"} {
		ref := k.words[word]
		if ref == nil {
			continue
		}
		made, err := k.reference(word, ref, k.dialect)
		if err != nil {
			return err
		}
		if word == "$ref" {
			k.made.ref = made
		} else {
			f.all = append(f.all, made)
		}
	}
	all, err := k.list("allOf")
	if err != nil {
		return err
	}
	f.all = append(f.all, all...)
	if f.any, err = k.list("anyOf"); err != nil {
		return err
	}
	if f.one, err = k.list("oneOf"); err != nil {
		return err
	}
	for _, part := range []struct {
		word string
		to   **checker
	}{{"not", &f.not}, {"if", &f.test}, {"then", &f.then}, {"else", &f.other}} {
		if *part.to, err = k.single(part.word); err != nil {
			return err
		}
	}
	if f.test == nil {
		f.then, f.other = nil, nil
	}
	if f.all != nil || f.any != nil || f.one != nil || f.not != nil || f.test != nil {
		k.made.forms = f
	}
	return nil
}

func (k *keywords) rest() error {
	var err error
	if k.made.restProperties, err = k.single("unevaluatedProperties"); err != nil {
		return err
	}
	k.made.restItems, err = k.single("unevaluatedItems")
	return err
}
