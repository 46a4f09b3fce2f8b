package schemadiff

import (
	"errors"
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/tree"
)

// part is one schema, or one below it, of one side.
type part struct {
	in      *Source
	node    *tree.Node
	dialect schema.Dialect
}

func (s *Source) partOf(node *tree.Node, dialect schema.Dialect) part {
	if dialect == "" {
		dialect = schema.Draft7
	}
	for range 100 {
		if node.Alias == nil {
			break
		}
		node = node.Alias
	}
	return part{in: s, node: node, dialect: dialectAt(node, dialect)}
}

// dialectAt is the dialect that holds for a schema: its own, then that of the
// schema document around it, then the one given.
func dialectAt(node *tree.Node, given schema.Dialect) schema.Dialect {
	for n := node; n != nil; n = n.Parent {
		if d, ok := dialects.Get()[bareURL(n.Get("$schema").Str())]; ok {
			return d
		}
	}
	return given
}

var dialects = lazy.Of[map[string]schema.Dialect]{Make: func() map[string]schema.Dialect {
	return map[string]schema.Dialect{
		"json-schema.org/draft-04/schema":      schema.Draft4,
		"json-schema.org/draft-06/schema":      schema.Draft6,
		"json-schema.org/draft-07/schema":      schema.Draft7,
		"json-schema.org/draft/2019-09/schema": schema.Draft2019,
		"json-schema.org/draft/2020-12/schema": schema.Draft2020,
		"json-schema.org/schema":               schema.Draft2020,

		"spec.openapis.org/oas/3.1/dialect/base":       schema.Draft2020,
		"spec.openapis.org/oas/3.1/dialect/2024-11-10": schema.Draft2020,
	}
}}

func bareURL(url string) string {
	url = strings.TrimPrefix(strings.TrimPrefix(url, "https://"), "http://")
	return strings.TrimSuffix(url, "#")
}

// below is a schema that stands inside another, in its dialect.
func (p part) below(node *tree.Node) part {
	q := p.in.partOf(node, p.dialect)
	return q
}

// valid reports whether a value fits the schema.
func (p part) valid(value any) bool {
	if p.node.Kind == tree.Bool {
		return p.node.True()
	}
	s, err := p.in.set.Schema(p.node, p.dialect)
	return err == nil && s.Valid(value)
}

// newer reports whether the dialect has what came with a draft.
func (p part) newer(draft schema.Dialect) bool { return drafts.Get()[p.dialect] >= drafts.Get()[draft] }

var drafts = lazy.Of[map[schema.Dialect]int]{Make: func() map[schema.Dialect]int {
	return map[schema.Dialect]int{
		schema.Draft4: 4, schema.OpenAPI30: 5, schema.Draft6: 6, schema.Draft7: 7, schema.Draft2019: 8, schema.Draft2020: 9,
	}
}}

var (
	errLeadsNowhere = errors.New("a $ref leads nowhere")
	errNamed        = errors.New("a $ref to a schema by its $id or anchor is not followed here")
)

// refer finds what a "$ref" stands for, as package jsonschema does, for
// references by path. Those by "$id" or anchor are an error: taking them for
// something else would make a wrong "yes".
func (p part) refer(value *tree.Node) (part, error) {
	file, fragment, _ := strings.Cut(value.Text, "#")
	if _, known := dialects.Get()[bareURL(value.Text)]; known || fragment != "" && fragment[0] != '/' {
		return part{}, errNamed
	}
	if file == "" {
		if base := resourceAround(value); base != nil {
			if target := base.At(fragment); target != nil {
				return p.below(target), nil
			}
		}
	} else if p.in.hasIDs(value.Root()) {
		return part{}, errNamed
	}
	target, err := p.in.refs.Resolve(value)
	if err != nil || target == nil {
		return part{}, errLeadsNowhere
	}
	return p.in.partOf(target, p.dialect), nil
}

func resourceAround(n *tree.Node) *tree.Node {
	for ; n != nil; n = n.Parent {
		if id := n.Get("$id").Str(); id != "" && id[0] != '#' {
			return n
		}
	}
	return nil
}

// hasIDs reports whether a schema of a document has an "$id".
func (s *Source) hasIDs(root *tree.Node) bool {
	if has, ok := s.named[root]; ok {
		return has
	}
	has := anyID(root)
	s.named[root] = has
	return has
}

func anyID(n *tree.Node) bool {
	if n.Alias != nil {
		return false
	}
	if n.Get("$id").Is(tree.String) {
		return true
	}
	for _, item := range n.Items {
		if anyID(item) {
			return true
		}
	}
	for _, m := range n.Members {
		if anyID(m.Value) {
			return true
		}
	}
	return false
}
