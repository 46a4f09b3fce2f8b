package jsonschema

import (
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/tree"
)

// place of schemas below a keyword.
type holds uint8

const (
	plain        holds = iota + 1 // any value, taken as it is
	one                           // a schema
	many                          // an array of schemas
	named                         // an object whose values are schemas
	oneOrMany                     // a schema, or an array of them ("items" until 2019-09)
	namedOrNames                  // an object of schemas or arrays of names ("dependencies")
	reference                     // a "$ref"
)

// keywords are those that judge a value. All others are annotations, or
// definitions that are taken in when something refers to them; leaving them
// out keeps compiling cheap.
var keywords = map[string]holds{
	"type": plain, "enum": plain, "const": plain,
	"multipleOf": plain, "maximum": plain, "exclusiveMaximum": plain, "minimum": plain, "exclusiveMinimum": plain,
	"maxLength": plain, "minLength": plain, "pattern": plain, "format": plain,
	"maxItems": plain, "minItems": plain, "uniqueItems": plain, "minContains": plain, "maxContains": plain,
	"maxProperties": plain, "minProperties": plain, "required": plain, "dependentRequired": plain,
	"allOf": many, "anyOf": many, "oneOf": many, "prefixItems": many,
	"not": one, "if": one, "then": one, "else": one, "additionalItems": one, "contains": one,
	"additionalProperties": one, "propertyNames": one, "unevaluatedItems": one, "unevaluatedProperties": one,
	"properties": named, "patternProperties": named, "dependentSchemas": named,
	"items": oneOrMany, "dependencies": namedOrNames,
	"$ref": reference, "$dynamicRef": reference, "$recursiveRef": reference,
}

// project writes one resource as the plain data that the library compiles.
func (s *Set) project(r resource, metered bool) (any, error) {
	p := projection{set: s, dialect: r.dialect, metered: metered}
	value, err := p.schema(r.node)
	if err != nil {
		return nil, err
	}
	if object, ok := value.(map[string]any); ok {
		object["$schema"] = metaschema(r.dialect)
	}
	return value, nil
}

type projection struct {
	set     *Set
	dialect schema.Dialect
	metered bool
}

// take counts nodes against the Set's bound.
func (p *projection) take(n *tree.Node) error {
	p.set.nodes++
	if p.set.nodes > MaxNodes {
		return &Error{Node: n, Message: "the schemas of these documents are too large together: more than 1,048,576 nodes"}
	}
	return nil
}

func (p *projection) schema(n *tree.Node) (any, error) {
	if err := p.take(n); err != nil {
		return nil, err
	}
	if n.Kind != tree.Mapping {
		return p.value(n)
	}
	if ref := n.Get("$ref"); ref.Is(tree.String) && refStandsAlone(p.dialect) {
		return p.refTo("$ref", ref)
	}
	object := make(map[string]any, len(n.Members)+1)
	for i := len(n.Members) - 1; i >= 0; i-- { // the first of two equal keys counts
		m := n.Members[i]
		holds, ok := keywords[m.Key.Text]
		if !ok {
			continue
		}
		if err := p.keyword(object, m.Key.Text, holds, m.Value); err != nil {
			return nil, err
		}
	}
	if p.dialect == schema.OpenAPI30 {
		fromOpenAPI30(object, n)
	}
	if p.metered {
		addMeter(object)
	}
	return object, nil
}

func (p *projection) keyword(object map[string]any, key string, h holds, v *tree.Node) error {
	var out any
	var err error
	switch h {
	case reference:
		return p.reference(object, key, v)
	case one:
		out, err = p.below(v)
	case many:
		out, err = p.list(v)
	case named:
		out, err = p.named(v, false)
	case namedOrNames:
		out, err = p.named(v, true)
	case oneOrMany:
		if v.Kind == tree.Sequence {
			out, err = p.list(v)
		} else {
			out, err = p.below(v)
		}
	default:
		out, err = p.value(v)
	}
	object[key] = out
	return err
}

// below projects a schema that stands inside another. One that repeats an
// anchored schema becomes a reference to it: otherwise aliases of aliases
// would be written out, which is exponential.
func (p *projection) below(n *tree.Node) (any, error) {
	if n.Alias == nil || n.Kind != tree.Mapping {
		return p.schema(n)
	}
	number := p.set.number(resource{canonical(n), p.dialect})
	return map[string]any{"$ref": resourceURL(number)}, nil
}

func (p *projection) list(n *tree.Node) (any, error) {
	if n.Kind != tree.Sequence {
		return p.value(n)
	}
	list := make([]any, len(n.Items))
	for i, item := range n.Items {
		v, err := p.below(item)
		if err != nil {
			return nil, err
		}
		list[i] = v
	}
	return list, nil
}

func (p *projection) named(n *tree.Node, orNames bool) (any, error) {
	if n.Kind != tree.Mapping {
		return p.value(n)
	}
	object := make(map[string]any, len(n.Members))
	for i := len(n.Members) - 1; i >= 0; i-- {
		m := n.Members[i]
		read := p.below
		if orNames && m.Value.Kind == tree.Sequence {
			read = p.value
		}
		v, err := read(m.Value)
		if err != nil {
			return nil, err
		}
		object[m.Key.Text] = v
	}
	return object, nil
}

// value copies plain data, counting it.
func (p *projection) value(n *tree.Node) (any, error) {
	if err := p.count(n); err != nil {
		return nil, err
	}
	if bad := wildNumber(n); bad != nil {
		return nil, &Error{Node: bad, Message: "the number is out of the range that can be computed with"}
	}
	return n.Value(), nil
}

func (p *projection) count(n *tree.Node) error {
	if err := p.take(n); err != nil {
		return err
	}
	for _, item := range n.Items {
		if err := p.count(item); err != nil {
			return err
		}
	}
	for _, m := range n.Members {
		if err := p.count(m.Value); err != nil {
			return err
		}
	}
	return nil
}

func (p *projection) reference(object map[string]any, key string, ref *tree.Node) error {
	if ref.Kind != tree.String {
		return &Error{Node: ref, Message: key + " must be a string"}
	}
	target, err := p.refTo(key, ref)
	if err != nil {
		return err
	}
	if key == "$ref" {
		object["$ref"] = target["$ref"]
		return nil
	}
	// A second reference beside "$ref" is one more thing that must hold.
	all, _ := object["allOf"].([]any)
	object["allOf"] = append(all, any(target))
	return nil
}

func (p *projection) refTo(key string, ref *tree.Node) (map[string]any, error) {
	if known, ok := dialectByURL(ref.Text); ok {
		// A schema for schemas; the library has those of all dialects.
		return map[string]any{"$ref": metaschema(known)}, nil
	}
	target, err := p.set.resolve(key, ref)
	if err != nil {
		return nil, err
	}
	dialect := p.dialect
	if target.Root() != ref.Root() || target.Has("$schema") || target.Parent.Has("schemaFormat") {
		if dialect, err = dialectOf(target, p.dialect); err != nil {
			return nil, err
		}
	}
	number := p.set.number(resource{target, dialect})
	return map[string]any{"$ref": resourceURL(number)}, nil
}

// fromOpenAPI30 brings what OpenAPI 3.0 says differently into draft-07:
// "nullable" and the boolean exclusiveMinimum and exclusiveMaximum. What
// draft-07 has and OpenAPI 3.0 has not is left out.
func fromOpenAPI30(object map[string]any, n *tree.Node) {
	for _, absent := range []string{"const", "contains", "propertyNames", "if", "then", "else", "patternProperties", "dependencies", "additionalItems"} {
		delete(object, absent)
	}
	exclusive(object, "exclusiveMinimum", "minimum")
	exclusive(object, "exclusiveMaximum", "maximum")
	if t, ok := object["type"].(string); ok && n.Get("nullable").True() {
		object["type"] = []any{t, "null"}
	}
}

func exclusive(object map[string]any, flag, limit string) {
	set, isBool := object[flag].(bool)
	if !isBool {
		return // a number here is a mistake that the metaschema does not see; it means what 3.1 says
	}
	delete(object, flag)
	if value, ok := object[limit]; set && ok {
		object[flag] = value
		delete(object, limit)
	}
}
