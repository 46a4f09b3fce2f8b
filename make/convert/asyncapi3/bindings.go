package asyncapi3

import (
	"slices"

	"github.com/weft-dev/weft/make/convert/rewrite"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/shape"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// bindingsOf converts the bindings of a kind of object: "server", "channel",
// "operation" or "message".
func (c *converter) bindingsOf(of string) func(*tree.Node) *tree.Node {
	return func(n *tree.Node) *tree.Node {
		out := c.Bare(n)
		for _, m := range members(n) {
			if isExtension(m.Key.Text) {
				rewrite.Put(out, m.Key, c.Copy(m.Value))
				continue
			}
			rewrite.Put(out, m.Key, c.protocol(of, m))
		}
		return out
	}
}

// protocol converts the binding of one protocol. In 3.x no reference may stand
// there, as some documents have it.
func (c *converter) protocol(of string, m tree.Member) *tree.Node {
	if ref.Of(m.Value) == nil {
		return c.binding(of, m.Key.Text, m.Value)
	}
	target, _ := c.Workspace.Resolve(c.Context, m.Value)
	if !target.Is(tree.Mapping) {
		return c.Copy(m.Value)
	}
	c.Say(CodeInlined, diag.Info, m.Value, "nothing needs to be done", "the %s binding is written out here, where 3.x allows no reference", m.Key.Text)
	return c.Repeat(func() *tree.Node { return c.binding(of, m.Key.Text, target) })
}

// binding moves a binding to a version that documents of 3.x may use.
func (c *converter) binding(of, protocol string, n *tree.Node) *tree.Node {
	out := c.Copy(n)
	version := out.Get("bindingVersion")
	current, old := asyncapi.BindingVersions(of, protocol)
	switch {
	case !version.Is(tree.String) || slices.Contains(current, version.Text):
	case version.Text == "latest":
		out.Remove("bindingVersion")
	case slices.Contains(old, version.Text) && len(current) > 0:
		c.Say(CodeBinding, diag.Info, n.Get("bindingVersion"), "see the page of the binding for what else it can say now",
			"the %s binding is of version %s now: documents of 3.x have no older one", protocol, current[0])
		version.Text = current[0]
	}
	return out
}

// settle makes what is left valid: bindings of 2.x were never checked closely,
// and those that 3.x refuses are kept as extensions.
func (c *converter) settle() {
	for range 3 {
		if !c.settleOnce() {
			break
		}
	}
}

func (c *converter) settleOnce() (changed bool) {
	set := asyncapi.Set(c.opt.Version)
	for _, f := range set.Check(c.root, shape.Options{}) {
		n := c.root.At(f.Path)
		binding := bindingAround(n)
		if f.Severity != diag.Error || binding == nil {
			continue
		}
		changed = true
		place := set.At(n)
		if n.Parent == binding && place.In != nil && place.Field == nil && place.In.Extensions {
			c.Say(CodeBinding, diag.Warning, n, "see what took its place in this version of the binding",
				"the %s binding of 3.x has no field %q; it is kept as an extension", binding.Key.Text, n.Key.Text)
			asExtension(n)
			continue
		}
		c.Say(CodeBinding, diag.Warning, n, "mend the binding and rename it back",
			"the %s binding is not valid in 3.x and is kept as an extension: %s", binding.Key.Text, f.Message)
		asExtension(binding)
	}
	return changed
}

func asExtension(n *tree.Node) {
	n.Parent.Rename(n.Key.Text, freeName(n.Parent, "x-"+n.Key.Text))
}

// bindingAround is the binding of one protocol that a value is, or stands in.
func bindingAround(n *tree.Node) *tree.Node {
	var found *tree.Node
	for ; n != nil && n.Parent != nil; n = n.Parent {
		if n.Key == nil || isExtension(n.Key.Text) {
			continue
		}
		if holdsBindings(n.Parent) {
			found = n
		}
	}
	return found
}

var bindingComponents = []string{"serverBindings", "channelBindings", "operationBindings", "messageBindings"}

// holdsBindings reports whether an object has a member for each protocol.
func holdsBindings(n *tree.Node) bool {
	if n.Key == nil {
		return false
	}
	if n.Key.Text == "bindings" {
		return true
	}
	p := n.Parent
	return p != nil && p.Key != nil && slices.Contains(bindingComponents, p.Key.Text) && p.Parent.Name() == "components"
}
