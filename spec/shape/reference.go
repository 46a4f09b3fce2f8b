package shape

import (
	"fmt"
	"slices"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// reference handles a "$ref" that stands, or should stand, at a place. It
// reports whether that is all there is to say about the value.
func (c *Context) reference(n *tree.Node, t *Type) bool {
	if t.ref == refNever {
		return false
	}
	ref := n.Get("$ref")
	if ref == nil {
		if t.ref == refMust {
			c.mustRef(n, t)
			return true
		}
		return false
	}
	if ref.Kind != tree.String {
		c.wrongType(ref, refText)
		return true
	}
	if o := t.refObject(); o != nil {
		if !c.seen(n, o) {
			c.fields(n, o)
		}
	} else {
		c.siblings(n)
	}
	if c.options.Resolve == nil {
		c.scalar(ref, refText)
		return true
	}
	c.queue = append(c.queue, pending{ref: n, typ: c.settled(n, t), grade: c.grade})
	return true
}

// settled is the type by which the target of a reference is judged.
func (c *Context) settled(n *tree.Node, t *Type) *Type {
	if t.byPlace {
		if i := t.choose(c, t, n); i >= 0 && i < len(t.alternatives) {
			return t.alternatives[i]
		}
	}
	return t
}

// refObject is the object that has "$ref" as a field of its own, as schemas do.
func (t *Type) refObject() *compiled {
	if t.kind == objectType && t.object.open().hasRef {
		return t.object
	}
	for _, a := range t.alternatives {
		if o := a.refObject(); o != nil {
			return o
		}
	}
	return nil
}

// refText is what the value of "$ref" must be. Whoever resolves references
// says more about one that is no reference at all.
var refText = &Type{kind: stringType, format: "uri-reference", words: "a string with a reference, such as \"#/components/messages/order\""}

func (c *Context) mustRef(n *tree.Node, t *Type) {
	name := describe(t)
	if n.Kind != tree.Mapping {
		c.report(CodeRefRequired, n, n.Underline(), fmt.Sprintf("%s should be a reference to %s, {$ref: …}, but is %s", subject(n), name, describeValue(n)))
		return
	}
	c.report(CodeRefRequired, n, keySpan(n), fmt.Sprintf("only a reference may stand here: define %s where it belongs and refer to it with \"$ref\"", name))
}

func (c *Context) siblings(n *tree.Node) {
	for i := range n.Members {
		key := n.Members[i].Key
		if key.Text == "$ref" || c.set.isExt(key.Text) || slices.Contains(c.set.tables.RefSiblings, key.Text) {
			continue
		}
		c.report(CodeRefSibling, n.Members[i].Value, key.Span, fmt.Sprintf("%q has no effect beside \"$ref\"", key.Text)).
			Help = "move it to what the reference leads to, or remove it"
	}
}

// follow checks what a reference leads to, unless that was found to be
// something else in its own place: then the reference is what is wrong.
func (c *Context) follow(p pending) {
	target := c.options.Resolve(p.ref)
	if target == nil || target == p.ref {
		return
	}
	target = content(target)
	c.grade = p.grade
	defer func() { c.grade = nil }()
	if was := c.objects[target]; was != nil && !p.typ.includes(was) {
		at := p.ref.Get("$ref")
		d := c.report(CodeRefKind, at, at.Span, fmt.Sprintf("this should lead to %s, but leads to %s", describe(p.typ), withArticle(was.name)))
		d.Related = []diag.Related{{Message: "this is where it leads", Span: keySpan(target)}}
		return
	}
	t := p.typ
	if t.ref == refMust {
		// A chain of references is as good as one.
		loose := *t
		loose.ref = refMay
		t = &loose
	}
	if target.Has("$ref") && c.repeatedRef(target, t) {
		return
	}
	c.value(target, t)
}

// repeatedRef keeps references that lead in a circle from being followed for ever.
func (c *Context) repeatedRef(n *tree.Node, t *Type) bool {
	v := visit{node: n, object: t.object, elem: t.elem}
	if c.again[v] {
		return true
	}
	c.again[v] = true
	return false
}

// includes reports whether an object is, or is an alternative of, the type.
func (t *Type) includes(o *compiled) bool {
	switch t.kind {
	case anyType:
		return true
	case objectType:
		return t.object == o
	case unionType:
		for _, a := range t.alternatives {
			if a.includes(o) {
				return true
			}
		}
	}
	return false
}
