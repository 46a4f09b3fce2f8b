package jsonschema

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// The codes of what Check finds.
const (
	CodeDialect   diag.Code = "jsonschema/dialect"         // a "$schema" that is not known
	CodeWrongType diag.Code = "jsonschema/wrong-type"      // the value of a keyword has the wrong form
	CodeBadValue  diag.Code = "jsonschema/bad-value"       // the form, but not among the values
	CodeDuplicate diag.Code = "jsonschema/duplicate"       // twice the same in a list of different things
	CodePattern   diag.Code = "jsonschema/pattern"         // no regular expression
	CodeReference diag.Code = "jsonschema/reference"       // leads to nothing, or to no schema
	CodeIdle      diag.Code = "jsonschema/idle"            // a keyword beside "$ref" that the dialect ignores
	CodeNewer     diag.Code = "jsonschema/newer-keyword"   // of a later dialect
	CodeOlder     diag.Code = "jsonschema/older-keyword"   // of an earlier dialect
	CodeForeign   diag.Code = "jsonschema/openapi-keyword" // of OpenAPI
	CodeUnknown   diag.Code = "jsonschema/unknown-keyword" // nearly one that is known
	CodeContra    diag.Code = "jsonschema/contradiction"   // no value can be both
	CodeRequired  diag.Code = "jsonschema/required"        // required, and described nowhere
	CodeDefault   diag.Code = "jsonschema/default"         // a default against its own schema
	CodeExample   diag.Code = "jsonschema/example"         // an example against its own schema
	CodeInvalid   diag.Code = "jsonschema/invalid"         // cannot be used for another reason
	CodeTooMany   diag.Code = "jsonschema/too-many-findings"
)

// CheckOptions say what is looked for.
type CheckOptions struct {
	// Structure asks whether keywords have values of their form, by the dialect.
	Structure bool
	// References asks whether references lead to schemas.
	References bool
	// Names asks for keywords of other dialects, and for nearly known ones.
	Names bool
	// Meaning asks for what contradicts itself: limits, requirements, defaults
	// and examples.
	Meaning bool
	// Also are keywords that are known around the schema, as AsyncAPI's are.
	Also []string
}

// asyncAPIWords are the keywords of AsyncAPI's Schema Object beyond JSON Schema.
var asyncAPIWords = []string{"discriminator", "externalDocs", "deprecated"}

// Check implements schema.Checker. Of AsyncAPI's own Schema Object only the
// names are looked at, since its structure belongs to the document around.
// What contradicts itself is left to whoever judges that document.
func (s *Set) Check(ctx context.Context, node *tree.Node, format schema.Format) []diag.Diagnostic {
	return s.CheckMany(ctx, []schema.Place{{Node: node, Format: format}})
}

// CheckDocument judges a document that is a schema, in all respects.
func (s *Set) CheckDocument(root *tree.Node) []diag.Diagnostic {
	found := s.CheckWith(root, schema.Draft2020, CheckOptions{Structure: true, References: true, Names: true, Meaning: true})
	if diag.Worst(found) == diag.Error {
		return found
	}
	_, err := s.Schema(root, schema.Draft2020)
	if wrong, ok := errors.AsType[*Error](err); ok {
		found = append(found, diag.Diagnostic{Code: CodeInvalid, Severity: diag.Error, Message: wrong.Message, Span: wrong.Span(), Path: wrong.Node.Path()})
	}
	return found
}

// CheckWith judges a schema and those that it refers to. The dialect holds
// where neither the schema nor the document around it names one.
func (s *Set) CheckWith(node *tree.Node, dialect schema.Dialect, opt CheckOptions) []diag.Diagnostic {
	if node == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &check{set: s, opt: opt, seen: map[resource]bool{}}
	dialect, err := dialectOf(node, dialect)
	if err != nil {
		return []diag.Diagnostic{dialectFinding(node.Get("$schema"))}
	}
	c.from(resource{canonical(node), dialect})
	diag.Sort(c.found)
	return c.found
}

// from checks a schema and all that it leads to, but for what was checked
// before.
func (c *check) from(r resource) {
	c.queue = append(c.queue, r)
	for len(c.queue) > 0 && !c.full {
		r := c.queue[len(c.queue)-1]
		c.queue = c.queue[:len(c.queue)-1]
		c.schema(r)
	}
}

const (
	maxCheckFindings = 500
	maxChecked       = 200_000 // schemas
)

// check is one judgement of a schema and all that it refers to.
type check struct {
	set   *Set
	opt   CheckOptions
	seen  map[resource]bool
	queue []resource
	found []diag.Diagnostic
	full  bool
	// compared counts the names that were compared to suggest others.
	compared int
	// judged counts the values that were judged.
	judged int
}

func (c *check) report(code diag.Code, severity diag.Severity, n *tree.Node, at source.Span, format string, args ...any) *diag.Diagnostic {
	if c.full {
		return &diag.Diagnostic{}
	}
	message := fmt.Sprintf(format, args...)
	if len(c.found) >= maxCheckFindings {
		c.full = true
		code, message = CodeTooMany, fmt.Sprintf("there are more than %d findings: mend those, and look again", maxCheckFindings)
	}
	c.found = append(c.found, diag.Diagnostic{Code: code, Severity: severity, Message: message, Span: at, Path: n.Path()})
	return &c.found[len(c.found)-1]
}

// value reports about the value of a keyword, key about its name.
func (c *check) value(code diag.Code, severity diag.Severity, n *tree.Node, format string, args ...any) *diag.Diagnostic {
	at := n.Span
	if n.Kind == tree.Mapping || n.Kind == tree.Sequence || at.Start == at.End {
		at = headOf(n)
	}
	return c.report(code, severity, n, at, format, args...)
}

func (c *check) key(code diag.Code, severity diag.Severity, n *tree.Node, format string, args ...any) *diag.Diagnostic {
	return c.report(code, severity, n, headOf(n), format, args...)
}

// headOf is the text that stands for a whole value: its key or its first byte.
func headOf(n *tree.Node) source.Span {
	if n.Key != nil {
		return n.Key.Span
	}
	at := n.Span
	at.End = min(at.End, at.Start+1)
	return at
}

// add has a schema checked, in the dialect that it names or else in this one.
func (c *check) add(n *tree.Node, dialect schema.Dialect) {
	if len(c.seen) < maxChecked {
		c.queue = append(c.queue, resource{canonical(n), dialect})
	}
}

func (c *check) schema(r resource) {
	if c.seen[r] {
		return
	}
	c.seen[r] = true
	n := r.node
	if own := n.Get("$schema"); own.Is(tree.String) {
		known, ok := dialectByURL(own.Text)
		if !ok {
			c.found = append(c.found, dialectFinding(own))
			return
		}
		r.dialect = known
	}
	if n.Kind != tree.Mapping {
		c.form(schemaForm, n, r.dialect)
		return
	}
	alone := n.Get("$ref").Is(tree.String) && refStandsAlone(r.dialect)
	for i := range n.Members {
		m := &n.Members[i]
		if n.Get(m.Key.Text) != m.Value {
			continue // a key that is written twice is told of the text
		}
		c.member(n, m.Key.Text, m.Value, r.dialect, alone)
	}
	if c.opt.Meaning && !alone {
		c.meaning(r)
	}
}

// member checks one keyword.
func (c *check) member(n *tree.Node, name string, value *tree.Node, dialect schema.Dialect, alone bool) {
	f, known := formOf(name, dialect)
	if !known {
		if c.opt.Names {
			c.name(n, name, value, dialect)
		}
		return
	}
	if alone && c.opt.Names && idleBesideRef(name) {
		d := c.key(CodeIdle, diag.Warning, value, "%q has no effect beside \"$ref\" in %s", name, dialect)
		d.Help = "put both into an \"allOf\""
	}
	c.form(f, value, dialect)
	if f == refForm && value.Is(tree.String) {
		c.reference(name, value, dialect)
	}
}

// idleBesideRef reports whether a keyword that stands beside "$ref" was meant
// to do something.
func idleBesideRef(name string) bool {
	switch name {
	case "$ref", "$id", "id", "$schema", "$comment", "title", "description", "examples", "definitions", "default", "readOnly", "writeOnly":
		return false
	}
	return true
}

func (c *check) reference(name string, value *tree.Node, dialect schema.Dialect) {
	if _, ok := dialectByURL(value.Text); ok {
		return
	}
	target, err := c.set.resolve(name, value)
	if err != nil {
		if wrong, ok := errors.AsType[*Error](err); ok && c.opt.References {
			message, help, _ := strings.Cut(wrong.Message, "; ")
			d := c.value(CodeReference, diag.Error, value, "%s", message)
			d.Help = help
		}
		return
	}
	if target.Root() != value.Root() || target.Has("$schema") || target.Parent.Has("schemaFormat") {
		if dialect, err = dialectOf(target, dialect); err != nil {
			c.found = append(c.found, dialectFinding(target.Get("$schema")))
			return
		}
	}
	c.add(target, dialect)
}

func dialectFinding(own *tree.Node) diag.Diagnostic {
	known := []string{
		"http://json-schema.org/draft-04/schema#", "http://json-schema.org/draft-06/schema#", "http://json-schema.org/draft-07/schema#",
		"https://json-schema.org/draft/2019-09/schema", "https://json-schema.org/draft/2020-12/schema",
	}
	d := diag.Diagnostic{
		Code: CodeDialect, Severity: diag.Error, Span: own.Span, Path: own.Path(),
		Message: fmt.Sprintf("the dialect %s is not known", quote(own.Text)),
		Help:    "draft-04, draft-06, draft-07, 2019-09 and 2020-12 of JSON Schema are; meta-schemas of one's own are not read",
	}
	if near := diag.Nearest(own.Text, known); near != "" {
		d.Help = fmt.Sprintf("did you mean %q?", near)
	}
	return d
}
