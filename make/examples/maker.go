package examples

import (
	"context"
	"encoding/json"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

const (
	maxNodes = 2000 // values in one example
	maxDepth = 12   // levels of objects and arrays
	maxText  = 120  // characters that a longest text has, where more may be
	maxItems = 5    // items that a longest list has, where more may be
)

// style is how one example differs from the usual.
type style struct {
	minimal bool   // leave out what may be left out
	limit   int    // values at their lower (-1) or upper (+1) limits
	noItems bool   // lists as short as they may be
	at      string // the choice at this place
	pick    int    // is the one of this number
}

// maker makes a value by going through a schema.
type maker struct {
	ctx    context.Context
	ws     *ref.Workspace
	set    *schema.Set
	format schema.Format
	seed   uint64
	style  style
	left   int
	sights *sights // what is met, where somebody wants to know
}

// view is what several schemas say together of one value.
type view struct {
	nodes      []*tree.Node
	types      []string
	properties map[string][]*tree.Node
	order      []string
	required   []string
	items      []*tree.Node
	values     []*tree.Node // of const or enum
	likely     []*tree.Node // of examples or default
	forms      [][]*tree.Node
	labels     []string
	format     string
	numbers    map[string]*tree.Node // minimum, maxLength and their like
	never      bool
}

// look gathers what schemas say, through references and "allOf".
func (m *maker) look(v *view, n *tree.Node, depth int) {
	n, _ = m.ws.Resolve(m.ctx, n)
	if n == nil || depth > 50 {
		v.never = n == nil
		return
	}
	if n.Kind == tree.Bool {
		v.never = v.never || !n.True()
		return
	}
	v.nodes = append(v.nodes, n)
	for i := range n.Members {
		m.keyword(v, n.Members[i].Key.Text, n.Members[i].Value, depth)
	}
}

func (m *maker) keyword(v *view, key string, value *tree.Node, depth int) {
	switch key {
	case "type":
		m.types(v, value)
	case "properties":
		for _, p := range value.Members {
			if v.properties[p.Key.Text] == nil {
				v.order = append(v.order, p.Key.Text)
			}
			v.properties[p.Key.Text] = append(v.properties[p.Key.Text], p.Value)
		}
	case "required":
		for _, item := range value.Items {
			v.required = append(v.required, item.Text)
		}
	case "items":
		if value.Kind != tree.Sequence {
			v.items = append(v.items, value)
		}
	case "const":
		v.values = []*tree.Node{value}
	case "enum":
		if len(v.values) == 0 {
			v.values = value.Items
		}
	case "examples":
		v.likely = append(v.likely, value.Items...)
	case "example", "default":
		v.likely = append(v.likely, value)
	case "format":
		v.format = value.Str()
	case "allOf":
		for _, part := range value.Items {
			m.look(v, part, depth+1)
		}
	case "oneOf", "anyOf":
		if len(v.forms) == 0 {
			for _, form := range value.Items {
				v.forms = append(v.forms, []*tree.Node{form})
				target, _ := m.ws.Resolve(m.ctx, form)
				v.labels = append(v.labels, label(form, target))
			}
		}
	case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "minItems", "maxItems", "pattern", "minProperties":
		v.numbers[key] = value
	}
}

func (m *maker) types(v *view, value *tree.Node) {
	var list []string
	for _, item := range append(slices.Clone(value.Items), value) {
		if item.Kind == tree.String {
			list = append(list, item.Text)
		}
	}
	if v.types == nil {
		v.types = list
		return
	}
	v.types = slices.DeleteFunc(v.types, func(t string) bool { return !slices.Contains(list, t) })
}

// label is what people call one form of a choice.
func label(form, target *tree.Node) string {
	if title := target.Get("title").Str(); title != "" {
		return title
	}
	if text := form.Get("$ref").Str(); text != "" {
		return tree.UnescapePointer(text[strings.LastIndexAny(text, "/#")+1:])
	}
	if t := target.Get("type").Str(); t != "" && t != "object" {
		return t
	}
	return ""
}

// value makes a value that fits schemas; nil where none could be made.
func (m *maker) value(nodes []*tree.Node, path, name string, depth int) *tree.Node {
	if m.left--; m.left < 0 {
		return nil
	}
	v := &view{properties: map[string][]*tree.Node{}, numbers: map[string]*tree.Node{}}
	for _, n := range nodes {
		m.look(v, n, 0)
	}
	for tries := 0; len(v.forms) > 0 && tries < 5; tries++ {
		form := v.forms[m.pick(path, len(v.forms), v.labels)]
		v.forms, v.labels = nil, nil
		for _, n := range form {
			m.look(v, n, 0)
		}
	}
	if v.never {
		return nil
	}
	if len(v.values) > 0 {
		return v.values[m.pick(path, len(v.values), texts(v.values))].Clone()
	}
	return m.byType(v, path, name, depth)
}

// pick chooses one of several: the first, but where the style says otherwise.
func (m *maker) pick(path string, count int, labels []string) int {
	if m.sights != nil && count > 1 && !slices.ContainsFunc(m.sights.choices, func(c choice) bool { return c.path == path }) {
		m.sights.choices = append(m.sights.choices, choice{path, count, labels})
	}
	if m.style.at == path && m.style.pick > 0 {
		return m.style.pick % count
	}
	return 0
}

func texts(list []*tree.Node) []string {
	var out []string
	for _, n := range list {
		out = append(out, canonicalLabel(n))
	}
	return out
}

func canonicalLabel(n *tree.Node) string {
	if n.Kind == tree.String {
		return n.Text
	}
	return canonical(n)
}

func (m *maker) byType(v *view, path, name string, depth int) *tree.Node {
	switch m.kind(v) {
	case "object":
		return m.object(v, path, depth)
	case "array":
		return m.array(v, path, name, depth)
	case "boolean":
		return m.authors(v, boolean(choose(m.seed, path)%2 == 0))
	case "null":
		return &tree.Node{Kind: tree.Null, Text: "null"}
	case "integer", "number":
		return m.number(v, path, name)
	}
	return m.text(v, path, name)
}

func boolean(b bool) *tree.Node { return &tree.Node{Kind: tree.Bool, Text: strconv.FormatBool(b)} }

// kind is the type of the value: the first that is allowed and not null.
func (m *maker) kind(v *view) string {
	for _, t := range v.types {
		if t != "null" {
			return t
		}
	}
	switch {
	case len(v.types) > 0:
		return "null"
	case len(v.properties) > 0 || len(v.required) > 0:
		return "object"
	case len(v.items) > 0:
		return "array"
	case v.numbers["minimum"] != nil || v.numbers["maximum"] != nil || v.numbers["multipleOf"] != nil:
		return "number"
	}
	return "string"
}

func (m *maker) object(v *view, path string, depth int) *tree.Node {
	n := tree.NewObject()
	names := slices.Clone(v.order)
	for _, name := range v.required {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		optional := !slices.Contains(v.required, name)
		if m.sights != nil && optional {
			m.sights.optional = true
		}
		if optional && (m.style.minimal || depth >= maxDepth) {
			continue
		}
		value := m.value(v.properties[name], path+"/"+tree.EscapePointer(name), name, depth+1)
		switch {
		case value != nil:
			n.Set(name, value)
		case !optional:
			return nil
		}
	}
	return n
}

func (m *maker) array(v *view, path, name string, depth int) *tree.Node {
	least, most := count(v.numbers["minItems"], 0), count(v.numbers["maxItems"], -1)
	if m.sights != nil && least == 0 {
		m.sights.lists = true
	}
	length := max(least, 1)
	switch {
	case m.style.noItems || m.style.limit < 0:
		length = least
	case m.style.limit > 0 && most >= 0:
		length = max(least, min(most, maxItems))
	case most >= 0:
		length = min(length, most)
	case depth >= maxDepth:
		length = least
	}
	n := tree.NewArray()
	for i := range min(length, 1000) {
		item := m.value(v.items, path+"/"+strconv.Itoa(i), singular(name), depth+1)
		if item == nil {
			if i >= least {
				break
			}
			return nil
		}
		n.Append(item)
	}
	return n
}

func count(n *tree.Node, otherwise int) int {
	if n == nil {
		return otherwise
	}
	if i, err := strconv.Atoi(n.Text); err == nil {
		return i
	}
	return otherwise
}

// authors is an example or default that the author wrote, where there is one
// that fits, or else what was made.
func (m *maker) authors(v *view, made *tree.Node) *tree.Node {
	for _, n := range v.likely {
		if m.fits(v, n) {
			return n.Clone()
		}
	}
	return made
}

// fits reports whether a value fits every schema of a view.
func (m *maker) fits(v *view, value *tree.Node) bool {
	for _, n := range v.nodes {
		s, err := m.set.Compile(n, m.format)
		if err != nil || len(s.Validate(value.Value())) > 0 {
			return false
		}
	}
	return true
}

// firstFit is the first of several values that fits, or one that the language
// of the schema finds.
func (m *maker) firstFit(v *view, path string, list ...*tree.Node) *tree.Node {
	for _, n := range list {
		if m.fits(v, n) {
			return n
		}
	}
	for i, n := range v.nodes {
		s, err := m.set.Compile(n, m.format)
		if err != nil {
			continue
		}
		sample, err := s.Sample(choose(m.seed, path) + uint64(i))
		if err != nil {
			continue
		}
		if made, err := tree.FromValue(sample); err == nil && m.fits(v, made) {
			return made
		}
	}
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

// choose is a number that a seed and a place give: the same wherever else a
// schema is changed.
func choose(seed uint64, path string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(path))
	return rand.New(rand.NewPCG(seed, h.Sum64())).Uint64()
}

func sortedKeys(object map[string]any) []string { return slices.Sorted(maps.Keys(object)) }

func singular(name string) string {
	if strings.HasSuffix(name, "s") && !strings.HasSuffix(name, "ss") && len(name) > 2 {
		return name[:len(name)-1]
	}
	return name
}

func numberNode(text string) *tree.Node {
	return &tree.Node{Kind: tree.Number, Text: string(json.Number(text))}
}
