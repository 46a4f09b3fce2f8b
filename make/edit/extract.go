package edit

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/weft-dev/weft/make/patch"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/tree"
)

// ExtractSchemas writes schemas that stand in a document in the same form at
// least so many times once, in its components, and refers to them. Only objects
// with fields and enumerations are worth a name. Schemas are the same when all
// they say is, descriptions included, since a text that is left out is lost;
// the order of their members does not matter.
func (s *Session) ExtractSchemas(least int) error {
	if _, err := s.asyncAPI(); err != nil {
		return err
	}
	least = max(least, 2)
	total := 0
	for range maxRounds {
		made := 0
		for _, d := range s.docs {
			if d.model != nil {
				made += s.extractFrom(d, least)
			}
		}
		total += made
		if made == 0 {
			break
		}
		if err := s.apply(); err != nil {
			return err
		}
	}
	if total == 0 {
		s.note("no schema stands in a document %d times", least)
	}
	return nil
}

// maxRounds bounds how often schemas inside of schemas are looked for.
const maxRounds = 20

// inline is a schema that is written in place.
type inline struct {
	node *tree.Node
	size int
}

// extractFrom extracts the largest schemas of a document that are not inside of
// one another and returns how many.
func (s *Session) extractFrom(d *document, least int) int {
	groups := groupsOf(s.inlines(d))
	named := namedSchemas(d)
	defined := tree.NewObject()
	taken := &places{taken: map[*tree.Node]bool{}, above: map[*tree.Node]bool{}}
	made := 0
	for _, g := range groups {
		existing := named.by[g.key]
		if len(g.places) < least && existing == "" || slices.ContainsFunc(g.places, taken.overlap) {
			continue
		}
		name := existing
		if name == "" {
			name = named.free(nameFor(g.places))
			defined.Set(name, uncommented(g.places[0].Clone()))
		}
		for _, n := range g.places {
			s.patch.Replace(n, object("$ref", tree.NewString("#/components/schemas/"+tree.EscapePointer(name))))
			taken.take(n)
		}
		made++
		s.note("%s: %s, written %s, is in the components", d.File.Name(), name, plural(len(g.places), "time"))
	}
	s.defineAll(d, "schemas", defined)
	return made
}

// places are the schemas that are taken, and all that holds one.
type places struct{ taken, above map[*tree.Node]bool }

func (p *places) take(n *tree.Node) {
	p.taken[n] = true
	for ; n != nil; n = n.Parent {
		p.above[n] = true
	}
}

// overlap reports whether a schema holds one that is taken, or is in one.
func (p *places) overlap(n *tree.Node) bool {
	if p.above[n] {
		return true
	}
	for ; n != nil; n = n.Parent {
		if p.taken[n] {
			return true
		}
	}
	return false
}

// group is the places of one schema.
type group struct {
	key    string
	size   int
	places []*tree.Node
}

// groupsOf puts equal schemas together, the largest first.
func groupsOf(list []inline) []*group {
	byKey := map[string]*group{}
	var groups []*group
	for _, i := range list {
		key := canonical(i.node)
		g := byKey[key]
		if g == nil {
			g = &group{key: key, size: i.size}
			byKey[key] = g
			groups = append(groups, g)
		}
		g.places = append(g.places, i.node)
	}
	slices.SortStableFunc(groups, func(a, b *group) int { return cmp.Compare(b.size, a.size) })
	return groups
}

// canonical is a text that two schemas share when they say the same.
func canonical(n *tree.Node) string {
	v := n.Value()
	if object, ok := v.(map[string]any); ok {
		if list, ok := object["required"].([]any); ok {
			list = slices.Clone(list)
			slices.SortFunc(list, func(a, b any) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
			object["required"] = list
		}
	}
	text, err := schema.EncodeJSON(v)
	if err != nil {
		return n.Path() // equal to nothing
	}
	return string(text)
}

// inlines are the schemas of a document that are worth a name and have none.
func (s *Session) inlines(d *document) []inline {
	var list []inline
	seen := map[*tree.Node]bool{}
	for _, root := range s.schemaRoots(d) {
		eachSchema(root, 0, func(n *tree.Node) {
			if seen[n] || n.Span.File != d.File {
				return
			}
			seen[n] = true
			if size := worth(n); size > 0 && !isComponent(d, n) {
				list = append(list, inline{n, size})
			}
		})
	}
	return list
}

// schemaRoots are the schemas of a document that are in AsyncAPI's own
// language: payloads, headers and those in components.
func (s *Session) schemaRoots(d *document) []*tree.Node {
	var list []*tree.Node
	own := func(format string) bool {
		f, err := schema.ParseFormat(format)
		return err == nil && f.Family == schema.JSONSchema && (format == "" || strings.HasPrefix(format, "application/vnd.aai.asyncapi"))
	}
	messages, err := s.messages(nil)
	if err != nil {
		return nil
	}
	for _, m := range messages {
		for _, place := range []*tree.Node{m.Node.Get("payload"), m.Node.Get("headers")} {
			isPayload := place != nil && place == m.Node.Get("payload")
			if place == nil || place.Has("$ref") || place.Has("schemaFormat") || isPayload && m.Node.Has("schemaFormat") && !own(m.Node.Get("schemaFormat").Str()) {
				continue
			}
			list = append(list, patch.Written(place))
		}
	}
	for _, c := range d.model.Components.Schemas {
		if c.Node != nil && own(c.Format) && c.Node.Span.File == d.File {
			list = append(list, patch.Written(c.Node))
		}
	}
	return list
}

// eachSchema visits a schema and those inside of it.
func eachSchema(n *tree.Node, depth int, visit func(*tree.Node)) {
	if n == nil || n.Alias != nil || n.Kind != tree.Mapping || depth > maxDepth {
		return
	}
	visit(n)
	schema.Inside(n, func(keyword *tree.Member, child *tree.Node) {
		if holder := keyword.Value; holder.Parent == n && holder.Alias == nil {
			eachSchema(child, depth+1, visit)
		}
	})
}

// worth is how much a schema holds, 0 where it needs no name.
func worth(n *tree.Node) int {
	if n.Has("$ref") || n.Anchor != "" {
		return 0
	}
	if n.Get("properties").Len() == 0 && n.Get("enum").Len() < 2 {
		return 0
	}
	size := 0
	var count func(*tree.Node)
	count = func(n *tree.Node) {
		size++
		for i := range n.Members {
			count(n.Members[i].Value)
		}
		for _, item := range n.Items {
			count(item)
		}
	}
	count(n)
	return size
}

func isComponent(d *document, n *tree.Node) bool {
	return n.Parent != nil && n.Parent == d.Root.At("/components/schemas")
}

// named are the schemas of a document that have a name.
type named struct {
	by    map[string]string // what they say, and their name
	names map[string]bool
}

func namedSchemas(d *document) *named {
	list := &named{by: map[string]string{}, names: map[string]bool{}}
	schemas := d.Root.At("/components/schemas")
	for i := range schemas.Len() {
		m := schemas.Members[i]
		list.names[m.Key.Text] = true
		if key := canonical(m.Value); worth(m.Value) > 0 && list.by[key] == "" {
			list.by[key] = m.Key.Text
		}
	}
	return list
}

// free is a name that is not taken yet, and takes it.
func (l *named) free(name string) string {
	unique := name
	for i := 2; l.names[unique]; i++ {
		unique = name + strconv.Itoa(i)
	}
	l.names[unique] = true
	return unique
}

// nameFor is a name for a schema by where it stands: its title, or the words
// that the names of its places end in, as "Address" for billingAddress and
// shippingAddress, or the first of these names.
func nameFor(places []*tree.Node) string {
	if title := places[0].Get("title").Str(); title != "" {
		if name := pascal(words(title)); name != "" {
			return name
		}
	}
	var lists [][]string
	for _, n := range places {
		lists = append(lists, words(placeName(n)))
	}
	common := lists[0]
	for _, list := range lists[1:] {
		common = commonEnd(common, list)
	}
	if len(common) == 0 {
		common = lists[0]
	}
	return cmp.Or(pascal(common), "Schema")
}

// placeName is the name that a schema goes by where it stands.
func placeName(n *tree.Node) string {
	name := n.Name()
	up := n.Parent
	switch {
	case up == nil:
		return ""
	case slices.Contains([]string{"properties", "schemas", "definitions", "patternProperties"}, up.Name()):
		return name
	case name == "items":
		return singular(placeName(up))
	case name == "payload":
		return cmp.Or(up.Get("name").Str(), up.Get("messageId").Str(), messageName(up))
	case name == "headers":
		return cmp.Or(up.Get("name").Str(), messageName(up)) + "Headers"
	case up.Kind == tree.Sequence:
		return placeName(up.Parent)
	case name == "additionalProperties" || name == "contains" || name == "then" || name == "else" || name == "if" || name == "not":
		return placeName(up)
	}
	return name
}

// messageName is the name of a message by its key; in AsyncAPI 2 the message of
// an operation has none but the operation's.
func messageName(n *tree.Node) string {
	if n.Name() == "message" {
		return cmp.Or(n.Parent.Get("operationId").Str(), "Message")
	}
	return n.Name()
}

func singular(name string) string {
	switch {
	case strings.HasSuffix(name, "ies") && len(name) > 4:
		return name[:len(name)-3] + "y"
	case strings.HasSuffix(name, "ses") || strings.HasSuffix(name, "xes"):
		return name[:len(name)-2]
	case strings.HasSuffix(name, "s") && !strings.HasSuffix(name, "ss") && len(name) > 2:
		return name[:len(name)-1]
	}
	return name
}

// words takes a name apart: "shippingAddress", "shipping_address" and "Shipping
// address" are the same two words.
func words(name string) []string {
	var list []string
	var word strings.Builder
	flush := func() {
		if word.Len() > 0 {
			list = append(list, strings.ToLower(word.String()))
		}
		word.Reset()
	}
	var last rune
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush()
		case unicode.IsUpper(r) && !unicode.IsUpper(last):
			flush()
			word.WriteRune(r)
		default:
			word.WriteRune(r)
		}
		last = r
	}
	flush()
	return list
}

func pascal(list []string) string {
	var b strings.Builder
	for _, word := range list {
		r := []rune(word)
		b.WriteString(string(unicode.ToUpper(r[0])) + string(r[1:]))
	}
	text := strings.Map(func(r rune) rune {
		if r < 128 {
			return r
		}
		return -1
	}, b.String())
	return text
}

func commonEnd(a, b []string) []string {
	n := 0
	for n < len(a) && n < len(b) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	return a[len(a)-n:]
}

// uncommented takes the comments around a value away, since they stay where it
// stood; those inside of it go with it.
func uncommented(n *tree.Node) *tree.Node {
	n.Comments = nil
	return n
}
