package avro

import (
	"fmt"
	"strings"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

type pendingDefault struct {
	field *Field
	node  *tree.Node
}

// checkDefaults holds each default against the type of its field, now that all
// types are known.
func (r *reader) checkDefaults() {
	for _, p := range r.defaults {
		d := defaulter{budget: &r.left}
		value, why := d.value(p.field.Type, p.node, "")
		switch {
		case why != "":
			r.badDefault(p, why)
		case d.laterBranch && r.version < 112:
			r.laterBranch(p)
			fallthrough
		default:
			p.field.Default = value
		}
	}
}

func (r *reader) badDefault(p pendingDefault, why string) {
	d := r.fault(CodeDefault, p.node, "the default of %s does not fit its type: %s", quote(p.field.Name), why)
	t := p.field.Type
	switch {
	case p.node.Kind == tree.Null && t.Kind != Union && t.Kind != 0:
		d.Help = fmt.Sprintf("for a field that may be null write \"type\": [\"null\", %s]", shown(t))
	case p.node.Is(tree.String) && p.node.Text == "null" && t.Kind == Union:
		d.Help = "write null without quotes"
	}
	if at := t.Node; at != nil && at.Span.IsValid() {
		d.Related = append(d.Related, diag.Related{Message: "the type stands here", Span: head(at)})
	}
}

func shown(t *Type) string {
	if t.Kind <= String && t.Logical == "" {
		return `"` + t.Kind.String() + `"`
	}
	return "…"
}

// laterBranch is about a default that fits a branch of a union which is not
// the first. Up to 1.11 the specification asks for the first; without a
// version that is worth a warning.
func (r *reader) laterBranch(p pendingDefault) {
	first := p.field.Type.Branches[0]
	d := r.fault(CodeDefault, p.node, "the default of %s does not fit %s, the first branch of its union, which readers before Avro 1.12 ask for",
		quote(p.field.Name), first)
	d.Help = fmt.Sprintf("put %s first in the union", quote(r.branchOf(p)))
	if r.version == 0 {
		d.Severity = diag.Warning
	}
}

// branchOf names the branch of a union that a default fits.
func (r *reader) branchOf(p pendingDefault) string {
	for _, b := range p.field.Type.Branches {
		d := defaulter{budget: &r.left}
		if _, why := d.value(b, p.node, ""); why == "" {
			return b.branchName()
		}
	}
	return ""
}

// defaulter turns a default as Avro writes it into a value as Schema.Validate
// takes it: bytes are strings of code points, and a union is not tagged
// (specification, "Complex Types", the table of field default values).
type defaulter struct {
	budget *int
	// laterBranch says that a union took a branch other than the first.
	laterBranch bool
	depth       int
}

// value returns the value, or why the node is none of the type.
func (d *defaulter) value(t *Type, n *tree.Node, at string) (any, string) {
	*d.budget--
	d.depth++
	defer func() { d.depth-- }()
	if *d.budget < 0 || d.depth > maxDepth {
		return nil, at + "it is too large to be judged"
	}
	switch t.Kind {
	case 0:
		return n.Value(), ""
	case Record:
		return d.record(t, n, at)
	case Array:
		return d.array(t, n, at)
	case Map:
		return d.object(t, n, at)
	case Union:
		return d.union(t, n, at)
	case Bytes, Fixed:
		return d.bytes(t, n, at)
	case Float, Double:
		if n.Kind != tree.Number {
			return nil, at + "must be a number, is " + whatIs(n.Value())
		}
	case Enum, String, Int, Long, Boolean, Null:
	}
	v := n.Value()
	if why := scalarFault(&Type{Kind: t.Kind, Symbols: t.Symbols, symbols: t.symbols}, v); why != "" {
		return nil, at + why
	}
	return v, ""
}

func (d *defaulter) bytes(t *Type, n *tree.Node, at string) (any, string) {
	raw, ok := latin(n.Str())
	switch {
	case n.Kind != tree.String:
		why := fmt.Sprintf("%smust be a string with a character from \\u0000 to \\u00FF for each byte, is %s", at, whatIs(n.Value()))
		if t.Logical == Decimal && n.Kind == tree.Number {
			why += "; the default of a decimal is the bytes of its digits, not a number"
		}
		return nil, why
	case !ok:
		return nil, at + "must have only characters from \\u0000 to \\u00FF, one for each byte"
	case t.Kind == Fixed && len(raw) != t.Size:
		return nil, fmt.Sprintf("%smust be %s, is %d", at, count(t.Size, "byte"), len(raw))
	}
	v, err := plainBytes(t, raw)
	if err != nil {
		return nil, at + err.Error()
	}
	return v, ""
}

func (d *defaulter) array(t *Type, n *tree.Node, at string) (any, string) {
	if n.Kind != tree.Sequence {
		return nil, at + "must be an array, is " + whatIs(n.Value())
	}
	list := make([]any, 0, len(n.Items))
	for i, item := range n.Items {
		v, why := d.value(t.Items, item, fmt.Sprintf("%s[%d]: ", strings.TrimSuffix(at, ": "), i))
		if why != "" {
			return nil, why
		}
		list = append(list, v)
	}
	return list, ""
}

func (d *defaulter) object(t *Type, n *tree.Node, at string) (any, string) {
	if n.Kind != tree.Mapping {
		return nil, at + "must be an object, is " + whatIs(n.Value())
	}
	object := make(map[string]any, len(n.Members))
	for _, m := range n.Members {
		v, why := d.value(t.Items, m.Value, under(at, m.Key.Text))
		if why != "" {
			return nil, why
		}
		object[m.Key.Text] = v
	}
	return object, ""
}

func (d *defaulter) record(t *Type, n *tree.Node, at string) (any, string) {
	if n.Kind != tree.Mapping {
		return nil, at + "must be an object, is " + whatIs(n.Value())
	}
	for _, m := range n.Members {
		if t.Field(m.Key.Text) == nil {
			return nil, fmt.Sprintf("%s%s is not a field of %s", at, quote(m.Key.Text), t)
		}
	}
	object := make(map[string]any, len(t.Fields))
	for _, f := range t.Fields {
		v := n.Get(f.Name)
		if v == nil {
			// What is left out is filled in by the default of its own field.
			if !f.HasDefault {
				return nil, fmt.Sprintf("%sneeds %s, which has no default of its own", at, quote(f.Name))
			}
			continue
		}
		value, why := d.value(f.Type, v, under(at, f.Name))
		if why != "" {
			return nil, why
		}
		object[f.Name] = value
	}
	return object, ""
}

func under(at, name string) string {
	if at == "" {
		return shorten(name) + ": "
	}
	return strings.TrimSuffix(at, ": ") + "." + shorten(name) + ": "
}

func (d *defaulter) union(t *Type, n *tree.Node, at string) (any, string) {
	if len(t.Branches) == 0 {
		return n.Value(), ""
	}
	first := ""
	for i, b := range t.Branches {
		v, why := d.value(b, n, at)
		if why == "" {
			d.laterBranch = d.laterBranch || i > 0
			j := judge{left: *d.budget}
			return j.tagged(t, i, v), ""
		}
		if i == 0 {
			first = why
		}
	}
	if len(t.Branches) > 1 {
		return nil, fmt.Sprintf("%s%s fits no branch of the %s", at, show(n.Value()), t)
	}
	return nil, first
}

// checkEndless tells of records that hold themselves with no way out, so that
// no value of them ends.
func (r *reader) checkEndless() {
	records := r.sorted()
	h := heightsOf(records...)
	for _, t := range records {
		if t.Kind != Record || h[t] < endless {
			continue
		}
		for _, f := range t.Fields {
			if h[f.Type] == endless {
				d := r.fault(CodeEndless, f.Node, "the record %s holds itself by its field %s, so that no value of it ends", quote(t.Name), quote(f.Name))
				if key := f.Node.Get("name"); key != nil {
					d.Span = key.Span
				}
				d.Help = "make the field a union with \"null\", an array or a map"
				break
			}
		}
	}
}
