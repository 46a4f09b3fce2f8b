package jsonschema

import (
	"github.com/weft-dev/weft/internal/lazy"
)

// metaschema returns the schema of the schemas of a draft, made when it is
// first needed. It serves two ends: every schema is held against it when it is
// compiled, and a schema may refer to it, for values that are schemas.
func metaschema(version int) *checker {
	switch version {
	case 4:
		return metaschema4.Get()
	case 6:
		return metaschema6.Get()
	case 2019:
		return metaschema2019.Get()
	case 2020:
		return metaschema2020.Get()
	}
	return metaschema7.Get()
}

var (
	metaschema4    = lazy.Of[*checker]{Make: func() *checker { return newMeta(4) }}
	metaschema6    = lazy.Of[*checker]{Make: func() *checker { return newMeta(6) }}
	metaschema7    = lazy.Of[*checker]{Make: func() *checker { return newMeta(7) }}
	metaschema2019 = lazy.Of[*checker]{Make: func() *checker { return newMeta(2019) }}
	metaschema2020 = lazy.Of[*checker]{Make: func() *checker { return newMeta(2020) }}
)

// meta builds the forms that the values of keywords have.
type meta struct {
	version int
	schema  *checker
}

func newMeta(version int) *checker {
	m := meta{version, &checker{kinds: objectKind | booleanKind}}
	if version == 4 {
		m.schema.kinds = objectKind
	}
	o := &objectRules{max: -1, declared: map[string]*checker{}}
	m.common(o)
	if version == 4 {
		m.draft4(o)
	} else {
		m.since6(o)
	}
	if version >= 7 {
		m.since7(o)
	}
	if version >= 2019 {
		m.since2019(o)
	}
	m.schema.object = o
	return m.schema
}

func declare(o *objectRules, form *checker, names ...string) {
	for _, name := range names {
		o.properties = append(o.properties, property{name: name, schema: form})
		o.declared[name] = form
	}
}

func (m meta) common(o *objectRules) {
	declare(o, textForm(""), "title", "description", "format")
	declare(o, &checker{kinds: stringKind, format: formatNamed("uri")}, "$schema")
	declare(o, textForm("regex"), "pattern")
	declare(o, &checker{kinds: numberKind}, "maximum", "minimum")
	declare(o, &checker{kinds: numberKind, number: &numberRules{limits: []limit{{kind: exclusiveMinimumFault}}}}, "multipleOf")
	declare(o, countForm(), "maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties")
	declare(o, &checker{kinds: booleanKind}, "uniqueItems")
	declare(o, m.names(), "required")
	declare(o, m.types(), "type")
	declare(o, m.enum(), "enum")
	declare(o, m.schema, "not")
	declare(o, m.schemas(), "allOf", "anyOf", "oneOf")
	declare(o, m.named(), "definitions", "properties")
	declare(o, m.patterns(), "patternProperties")
	declare(o, mapForm(choiceForm(m.schema, m.names())), "dependencies")
	if m.version >= 2020 {
		declare(o, m.schema, "items")
		declare(o, m.schemas(), "prefixItems")
		return
	}
	declare(o, choiceForm(m.schema, m.schemas()), "items")
}

func (m meta) draft4(o *objectRules) {
	declare(o, textForm(""), "id", "$ref")
	declare(o, &checker{kinds: booleanKind}, "exclusiveMaximum", "exclusiveMinimum")
	declare(o, choiceForm(&checker{kinds: booleanKind}, m.schema), "additionalItems", "additionalProperties")
	o.dependents = []dependent{
		{name: "exclusiveMaximum", kind: dependencyFault, names: []string{"maximum"}},
		{name: "exclusiveMinimum", kind: dependencyFault, names: []string{"minimum"}},
	}
}

func (m meta) since6(o *objectRules) {
	declare(o, textForm("uri-reference"), "$ref")
	declare(o, &checker{kinds: numberKind}, "exclusiveMaximum", "exclusiveMinimum")
	declare(o, m.schema, "additionalProperties", "contains", "propertyNames")
	if m.version < 2020 {
		declare(o, m.schema, "additionalItems")
	}
	if m.version < 2019 {
		declare(o, textForm("uri-reference"), "$id")
	}
	if m.version > 6 {
		declare(o, &checker{kinds: arrayKind}, "examples")
	}
}

func (m meta) since7(o *objectRules) {
	declare(o, m.schema, "if", "then", "else")
	declare(o, textForm(""), "$comment", "contentMediaType", "contentEncoding")
	declare(o, &checker{kinds: booleanKind}, "readOnly", "writeOnly")
}

func (m meta) since2019(o *objectRules) {
	id, anchor := textForm("uri-reference"), textForm("")
	id.text = &textRules{max: -1, pattern: idPattern{}}
	anchor.text = &textRules{max: -1, pattern: anchorPattern{since2020: m.version >= 2020}}
	declare(o, id, "$id")
	declare(o, textForm("uri-reference"), "$recursiveRef")
	declare(o, anchor, "$anchor")
	declare(o, m.schema, "unevaluatedItems", "unevaluatedProperties", "contentSchema")
	declare(o, m.named(), "$defs", "dependentSchemas")
	declare(o, mapForm(m.names()), "dependentRequired")
	declare(o, countForm(), "minContains", "maxContains")
	declare(o, &checker{kinds: booleanKind}, "deprecated")
	vocabulary := mapForm(&checker{kinds: booleanKind})
	vocabulary.object.names = textForm("uri")
	declare(o, vocabulary, "$vocabulary")
	if m.version >= 2020 {
		declare(o, textForm("uri-reference"), "$dynamicRef")
		declare(o, anchor, "$dynamicAnchor", "$recursiveAnchor")
		return
	}
	declare(o, &checker{kinds: booleanKind}, "$recursiveAnchor")
}

func (m meta) schemas() *checker {
	return &checker{kinds: arrayKind, array: &arrayRules{min: 1, max: -1, rest: m.schema}}
}

func (m meta) named() *checker { return mapForm(m.schema) }

func (m meta) patterns() *checker {
	form := mapForm(m.schema)
	if m.version >= 7 {
		form.object.names = &checker{format: formatNamed("regex")}
	}
	return form
}

func (m meta) names() *checker {
	form := &checker{kinds: arrayKind, array: &arrayRules{max: -1, unique: true, rest: textForm("")}}
	if m.version == 4 {
		form.array.min = 1
	}
	return form
}

func (m meta) types() *checker {
	simple := &checker{listed: newListing([]any{"array", "boolean", "integer", "null", "number", "object", "string"})}
	return choiceForm(simple, &checker{kinds: arrayKind, array: &arrayRules{min: 1, max: -1, unique: true, rest: simple}})
}

func (m meta) enum() *checker {
	form := &checker{kinds: arrayKind}
	if m.version < 2019 {
		form.array = &arrayRules{min: 1, max: -1, unique: true}
	}
	return form
}

func mapForm(of *checker) *checker {
	return &checker{kinds: objectKind, object: &objectRules{max: -1, additional: of}}
}

func choiceForm(forms ...*checker) *checker { return &checker{forms: &formRules{any: forms}} }

func countForm() *checker {
	return &checker{kinds: integerKind, number: &numberRules{limits: []limit{{kind: minimumFault}}}}
}

func textForm(format string) *checker {
	return &checker{kinds: stringKind, format: formatNamed(format)}
}

// idPattern is "no fragment, unless it is empty".
type idPattern struct{}

// MatchString implements pattern.
func (idPattern) MatchString(s string) bool {
	for i := range len(s) {
		if s[i] == '#' && i < len(s)-1 {
			return false
		}
	}
	return true
}

// String implements pattern.
func (idPattern) String() string { return "^[^#]*#?$" }

// anchorPattern is the form of the names of anchors.
type anchorPattern struct{ since2020 bool }

// MatchString implements pattern.
func (p anchorPattern) MatchString(s string) bool {
	if s == "" || !isLetter(s[0]) && !(p.since2020 && s[0] == '_') {
		return false
	}
	for i := 1; i < len(s); i++ {
		c := s[i]
		if !isLetter(c) && !isDigit(c) && c != '-' && c != '.' && c != '_' && (c != ':' || p.since2020) {
			return false
		}
	}
	return true
}

// String implements pattern.
func (p anchorPattern) String() string {
	if p.since2020 {
		return "^[A-Za-z_][-A-Za-z0-9._]*$"
	}
	return "^[A-Za-z][-A-Za-z0-9.:_]*$"
}
