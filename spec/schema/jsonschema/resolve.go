package jsonschema

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/tree"
)

// maxHops bounds how many references may follow one another before something
// that is not a reference is met.
const maxHops = 100

// names are the schemas of one document that have names of their own.
type names struct {
	ids     map[string]*tree.Node   // by "$id", resolved against those around it
	anchors map[string][]*tree.Node // by "$anchor", "$dynamicAnchor" or "$id: #name"
	// Where a reference leads may depend on how a value was reached. Those
	// that several schemas could be meant by are counted here.
	dynamic   map[string]int // by "$dynamicAnchor"
	recursive int            // "$recursiveAnchor: true"
}

// resolve finds what a reference stands for. Within a schema that has an "$id"
// that is a place of its own (JSON Schema 2020-12 core, section 8.2); outside
// one, and where the place does not have what is asked for, the document
// around counts, which is what authors of contracts mean.
func (s *Set) resolve(key string, ref *tree.Node) (*tree.Node, error) {
	target, err := s.target(key, ref)
	if err != nil {
		return nil, err
	}
	if target == nil {
		return nil, &Error{Node: ref, Message: fmt.Sprintf("%s %s leads nowhere", key, quote(ref.Text))}
	}
	if target, err = unwrapped(ref, canonical(target)); err != nil {
		return nil, err
	}
	if target.Kind != tree.Mapping && target.Kind != tree.Bool {
		return nil, &Error{Node: ref, Message: fmt.Sprintf("%s %s is not a schema: it is %s", key, quote(ref.Text), article(target.Kind.String()))}
	}
	return target, nil
}

// unwrapped returns the schema inside AsyncAPI's Multi Format Schema Object,
// which may stand where a schema does. Taken for a schema it would allow
// everything.
func unwrapped(ref, target *tree.Node) (*tree.Node, error) {
	format, inner := target.Get("schemaFormat"), target.Get("schema")
	if !format.Is(tree.String) || inner == nil {
		return target, nil
	}
	f, err := schema.ParseFormat(format.Text)
	if err == nil && f.Family != schema.JSONSchema {
		err = &schema.UnsupportedError{Format: f}
	}
	if err != nil {
		return nil, &Error{Node: ref, Message: err.Error()}
	}
	return canonical(inner), nil
}

func (s *Set) target(key string, ref *tree.Node) (*tree.Node, error) {
	target, err := s.static(ref)
	if err != nil || target == nil || key == "$ref" {
		return target, err
	}
	return target, s.checkDynamic(key, ref, target)
}

// static finds what a reference stands for by where it is written.
func (s *Set) static(ref *tree.Node) (*tree.Node, error) {
	base := resourceAround(ref.Parent)
	file, fragment, hasFragment := strings.Cut(ref.Text, "#")
	if file == "" && hasFragment {
		if found := s.within(base, ref.Root(), fragment); found != nil {
			return found, nil
		}
	} else if found := s.byID(ref, base); found != nil {
		return found, nil
	}
	if s.refs == nil {
		return nil, nil
	}
	target, err := s.refs.Resolve(ref)
	if err != nil {
		return nil, &Error{Node: ref, Message: err.Error()}
	}
	return target, nil
}

// checkDynamic refuses a "$dynamicRef" or "$recursiveRef" that could mean
// several schemas: which one depends on how a value was reached. Where only one
// has the anchor, it is that one.
func (s *Set) checkDynamic(key string, ref, target *tree.Node) error {
	names := s.namesOf(target.Root())
	_, fragment, _ := strings.Cut(ref.Text, "#")
	several := key == "$recursiveRef" && target.Get("$recursiveAnchor").True() && names.recursive > 1
	if key == "$dynamicRef" && fragment != "" && target.Get("$dynamicAnchor").Str() == fragment {
		several = names.dynamic[fragment] > 1
	}
	if several {
		return &Error{Node: ref, Message: fmt.Sprintf("%s %s is not supported where several schemas have that anchor", key, quote(ref.Text))}
	}
	return nil
}

// within looks a fragment up in a resource, then in its document.
func (s *Set) within(base, root *tree.Node, fragment string) *tree.Node {
	if base == nil {
		base = root
	}
	pointer := decodeFragment(fragment)
	if pointer == "" || pointer[0] == '/' {
		if found := base.At(pointer); found != nil {
			return found
		}
		return root.At(pointer)
	}
	for _, n := range s.namesOf(root).anchors[pointer] {
		if resourceAround(n) == resourceOrNil(base, root) {
			return n
		}
	}
	return nil
}

func resourceOrNil(base, root *tree.Node) *tree.Node {
	if base == root && idOf(root) == "" {
		return nil
	}
	return base
}

// byID finds a schema of the same document by its "$id".
func (s *Set) byID(ref, base *tree.Node) *tree.Node {
	ids := s.namesOf(ref.Root()).ids
	if len(ids) == 0 {
		return nil
	}
	full := join(baseURI(base), ref.Text)
	bare, fragment, _ := strings.Cut(full, "#")
	found, ok := ids[bare]
	if !ok {
		return nil
	}
	pointer := decodeFragment(fragment)
	if pointer == "" || pointer[0] == '/' {
		return found.At(pointer)
	}
	for _, n := range s.namesOf(ref.Root()).anchors[pointer] {
		if resourceAround(n) == found {
			return n
		}
	}
	return nil
}

// namesOf indexes a document once, when the first reference needs it.
func (s *Set) namesOf(root *tree.Node) *names {
	if found, ok := s.index[root]; ok {
		return found
	}
	found := &names{ids: map[string]*tree.Node{}, anchors: map[string][]*tree.Node{}, dynamic: map[string]int{}}
	s.index[root] = found
	found.collect(root)
	return found
}

func (x *names) collect(n *tree.Node) {
	if n.Alias != nil {
		return // its content is met where it is anchored
	}
	for _, item := range n.Items {
		x.collect(item)
	}
	for _, m := range n.Members {
		x.collect(m.Value)
	}
	if n.Kind != tree.Mapping {
		return
	}
	if id := idOf(n); id != "" {
		bare, _, _ := strings.Cut(baseURI(n), "#")
		x.ids[bare] = n
	}
	for _, key := range []string{"$anchor", "$dynamicAnchor"} {
		if name := n.Get(key).Str(); name != "" {
			x.anchors[name] = append(x.anchors[name], n)
		}
	}
	if name := n.Get("$dynamicAnchor").Str(); name != "" {
		x.dynamic[name]++
	}
	if n.Get("$recursiveAnchor").True() {
		x.recursive++
	}
	if name, ok := strings.CutPrefix(n.Get("$id").Str(), "#"); ok && name != "" {
		x.anchors[name] = append(x.anchors[name], n)
	}
}

// resourceAround returns the nearest schema, from n outwards, that has an
// "$id"; nil where there is none.
func resourceAround(n *tree.Node) *tree.Node {
	for ; n != nil; n = n.Parent {
		if idOf(n) != "" {
			return n
		}
	}
	return nil
}

// idOf returns a schema's "$id", unless it only names an anchor.
func idOf(n *tree.Node) string {
	id := n.Get("$id").Str()
	if strings.HasPrefix(id, "#") {
		return ""
	}
	return id
}

func baseURI(n *tree.Node) string {
	base := ""
	if n = resourceAround(n); n != nil {
		if outer := resourceAround(n.Parent); outer != nil {
			base = baseURI(outer)
		}
		base = join(base, idOf(n))
	}
	return base
}

func join(base, ref string) string {
	b, err := url.Parse(base)
	if err != nil {
		return ref
	}
	r, err := url.Parse(ref)
	if err != nil {
		return ref
	}
	return b.ResolveReference(r).String()
}
