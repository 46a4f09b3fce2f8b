package expr

import (
	"slices"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// input is a value to compile: plain data or a node.
type input interface {
	// text returns the value where it is a string.
	text() (string, bool)
	// object returns the members where it is an object; array its items.
	object() ([]entry, bool)
	array() ([]input, bool)
	data() any
	node() *tree.Node
}

type entry struct {
	name  string
	value input
}

type dataInput struct{ value any }

func fromData(value any) input { return dataInput{value} }

func (d dataInput) text() (string, bool) { s, ok := d.value.(string); return s, ok }
func (d dataInput) data() any            { return d.value }
func (d dataInput) node() *tree.Node     { return nil }

func (d dataInput) object() ([]entry, bool) {
	m, ok := d.value.(map[string]any)
	if !ok {
		return nil, false
	}
	entries := make([]entry, 0, len(m))
	for name, value := range m {
		entries = append(entries, entry{name, dataInput{value}})
	}
	slices.SortFunc(entries, func(a, b entry) int {
		if a.name < b.name {
			return -1
		}
		return 1
	})
	return entries, true
}

func (d dataInput) array() ([]input, bool) {
	list, ok := d.value.([]any)
	if !ok {
		return nil, false
	}
	items := make([]input, len(list))
	for i, item := range list {
		items[i] = dataInput{item}
	}
	return items, true
}

type fromNode struct{ n *tree.Node }

func (f fromNode) text() (string, bool) { return f.n.Str(), f.n.Is(tree.String) }
func (f fromNode) data() any            { return f.n.Value() }
func (f fromNode) node() *tree.Node     { return f.n }

func (f fromNode) object() ([]entry, bool) {
	if !f.n.Is(tree.Mapping) {
		return nil, false
	}
	entries := make([]entry, 0, len(f.n.Members))
	seen := make(map[string]bool, len(f.n.Members))
	for _, m := range f.n.Members {
		if !seen[m.Key.Text] {
			seen[m.Key.Text] = true
			entries = append(entries, entry{m.Key.Text, fromNode{m.Value}})
		}
	}
	return entries, true
}

func (f fromNode) array() ([]input, bool) {
	if !f.n.Is(tree.Sequence) {
		return nil, false
	}
	items := make([]input, len(f.n.Items))
	for i, item := range f.n.Items {
		items[i] = fromNode{item}
	}
	return items, true
}

// maxValues is the largest number of values in one that is compiled. Aliases
// may repeat a node, so that a small document is a large value.
const maxValues = 1 << 18

type compiler struct {
	problems []Problem
	count    int
	stopped  bool
}

func (c *compiler) result(v *Value) (*Value, []Problem) {
	if Worst(c.problems) == errorSeverity {
		return nil, c.problems
	}
	return v, c.problems
}

func (c *compiler) add(problems []Problem, path string, node *tree.Node) {
	for _, p := range problems {
		p.Path = path + p.Path
		if p.Node == nil {
			p.Node = node
		}
		c.problems = append(c.problems, p)
	}
}

func (c *compiler) limit(path string, node *tree.Node, format string, args ...any) *Value {
	if !c.stopped {
		var r report
		r.add(CodeLimit, errorSeverity, 0, 0, format, args...)
		c.add(r.list, path, node)
		c.stopped = true
	}
	return &Value{}
}

func (c *compiler) compile(in input, path string, depth int) *Value {
	c.count++
	switch {
	case depth > maxDepth:
		return c.limit(path, in.node(), "the value nests deeper than %d", maxDepth)
	case c.count > maxValues:
		return c.limit(path, in.node(), "the value has more than %d parts", maxValues)
	}
	if text, ok := in.text(); ok {
		return c.compileText(text, path, in)
	}
	if entries, ok := in.object(); ok {
		return c.compileObject(entries, path, depth, in)
	}
	if items, ok := in.array(); ok {
		return c.compileArray(items, path, depth)
	}
	return Literal(in.data())
}

func (c *compiler) compileText(text, path string, in input) *Value {
	t, problems := ParseTemplate(text)
	c.add(problems, path, in.node())
	if t == nil || t.IsLiteral() {
		return Literal(text)
	}
	return &Value{kind: isTemplate, template: t}
}

func (c *compiler) compileObject(entries []entry, path string, depth int, in input) *Value {
	if source, ok := selectorSource(entries); ok {
		s, problems := NewSelector(source)
		for _, p := range problems {
			c.add([]Problem{p}, path, fieldNode(in.node(), p.Path))
		}
		return &Value{kind: isSelector, selector: s}
	}
	c.suspectSelector(entries, path, in.node())
	v := &Value{kind: isObject, members: make([]member, len(entries))}
	for i, e := range entries {
		v.members[i] = member{e.name, c.compile(e.value, path+"/"+tree.EscapePointer(e.name), depth+1)}
	}
	return v.folded()
}

// suspectSelector reports an object that looks like a selector of a type that
// there is not, and so is a plain object.
func (c *compiler) suspectSelector(entries []entry, path string, node *tree.Node) {
	fields := make(map[string]string, len(entries))
	for _, e := range entries {
		fields[e.name], _ = e.value.text()
	}
	if len(entries) != 3 || !strings.HasPrefix(fields["context"], "$") || fields["selector"] == "" || fields["type"] == "" {
		return
	}
	var r report
	p := r.add(CodeMeaning, warningSeverity, 0, len(fields["type"]), "this is no Selector Object, for there is no type %q", clip(fields["type"]))
	p.Path = "/type"
	p.help("the types are jsonpath, xpath and jsonpointer")
	if best := diag.Nearest(fields["type"], []string{"jsonpath", "xpath", "jsonpointer"}); best != "" {
		p.help("did you mean %s?", best).replace(best)
	}
	c.add(r.list, path, fieldNode(node, "/type"))
}

// fieldNode returns the node of the field that a problem's path names.
func fieldNode(node *tree.Node, path string) *tree.Node {
	if field := node.At(path); field != nil {
		return field
	}
	return node
}

func (c *compiler) compileArray(items []input, path string, depth int) *Value {
	v := &Value{kind: isArray, items: make([]*Value, len(items))}
	for i, item := range items {
		v.items[i] = c.compile(item, path+"/"+strconv.Itoa(i), depth+1)
	}
	return v.folded()
}

// folded makes a literal of an object or array in which everything is one.
func (v *Value) folded() *Value {
	for _, child := range v.children() {
		if child.kind != isLiteral {
			return v
		}
	}
	if v.kind == isArray {
		list := make([]any, len(v.items))
		for i, item := range v.items {
			list[i] = item.literal
		}
		return Literal(list)
	}
	object := make(map[string]any, len(v.members))
	for _, m := range v.members {
		object[m.name] = m.value.literal
	}
	return Literal(object)
}
