package edit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// Kinds are what can be renamed.
func Kinds() []string {
	return []string{"channel", "operation", "message", "schema", "server", "parameter", "securityScheme"}
}

// Rename is another name for something.
type Rename struct {
	Kind, Old, New string
	// Address allows that the name of a channel of AsyncAPI 2 is changed, which
	// is its address.
	Address bool
}

// Rename gives something another name, with all references to it: in the
// documents of the session, AsyncAPI and Arazzo.
func (s *Session) Rename(r Rename) error {
	if !slices.Contains(Kinds(), r.Kind) {
		return unknown("kind of thing to rename", r.Kind, Kinds())
	}
	docs, err := s.asyncAPI()
	if err != nil {
		return err
	}
	n := &renamer{Session: s, Rename: r, renamed: map[string][][]string{}}
	for _, d := range docs {
		if err := n.definitions(d); err != nil {
			return fmt.Errorf("%s: %w", d.File.Name(), err)
		}
	}
	if n.count == 0 {
		return unknown(r.Kind, r.Old, n.known)
	}
	for _, d := range s.docs {
		for _, reference := range s.references(d) {
			n.reference(reference)
		}
		n.byName(d)
		if d.Root.Has("arazzo") {
			n.arazzo(d)
		}
	}
	s.note("%s %s is %s now, with %s", r.Kind, r.Old, r.New, plural(n.references, "reference"))
	return s.apply()
}

type renamer struct {
	*Session
	Rename
	renamed    map[string][][]string // the paths that have another last name, by document
	channels   []*tree.Node          // 2.x: those whose key holds a parameter
	known      []string
	count      int
	references int
}

// definitions finds what is renamed and gives it its name.
func (r *renamer) definitions(d *document) error {
	if r.Kind == "operation" && d.model.Major() == 2 {
		return r.operationID(d)
	}
	for _, holder := range r.holders(d) {
		r.known = append(r.known, keys(holder)...)
		n := holder.Get(r.Old)
		if n == nil || holder.Alias != nil {
			continue
		}
		if holder.Has(r.New) {
			return fmt.Errorf("%q has %q already", holder.Path(), r.New)
		}
		if r.Kind == "channel" && d.model.Major() == 2 && holder.Name() == "channels" && holder.Parent == d.Root && !r.Address {
			return fmt.Errorf("in AsyncAPI 2 the name of a channel is its address: say so with --address if that is what should change")
		}
		r.patch.Rename(n, r.New)
		r.count++
		r.remember(d, holder.Path(), r.Old)
		if r.Kind == "parameter" {
			if err := r.template(d, holder.Parent); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *renamer) remember(d *document, path, name string) {
	tokens := []string{}
	if path != "" {
		for token := range strings.SplitSeq(path[1:], "/") {
			tokens = append(tokens, tree.UnescapePointer(token))
		}
	}
	r.renamed[d.File.URI()] = append(r.renamed[d.File.URI()], append(tokens, name))
}

// holders are the objects of a document whose keys are the names of a kind.
func (r *renamer) holders(d *document) []*tree.Node {
	var list []*tree.Node
	add := func(n *tree.Node) {
		if n.Is(tree.Mapping) {
			list = append(list, n)
		}
	}
	components := d.Root.Get("components")
	field := map[string]string{
		"channel": "channels", "operation": "operations", "message": "messages", "schema": "schemas",
		"server": "servers", "parameter": "parameters", "securityScheme": "securitySchemes",
	}[r.Kind]
	add(components.Get(field))
	switch r.Kind {
	case "channel", "operation", "server":
		add(d.Root.Get(field))
	case "message", "parameter":
		for _, channels := range []*tree.Node{d.Root.Get("channels"), components.Get("channels")} {
			for i := range channels.Len() {
				add(channels.Members[i].Value.Get(field))
			}
		}
	}
	return list
}

// operationID renames an operation of AsyncAPI 2, whose name is a field.
func (r *renamer) operationID(d *document) error {
	for _, o := range d.model.Operations {
		if !o.HasID {
			continue
		}
		r.known = append(r.known, o.ID)
		if o.ID == r.New {
			return fmt.Errorf("there is an operation %q already", r.New)
		}
		if id := o.Node.Get("operationId"); o.ID == r.Old && r.given(id) {
			r.patch.Replace(id, tree.NewString(r.New))
			r.count++
		}
	}
	return nil
}

// template writes the new name of a parameter into the address of its channel.
func (r *renamer) template(d *document, channel *tree.Node) error {
	before, after := "{"+r.Old+"}", "{"+r.New+"}"
	if channel == nil || channel.Parent == d.Root.Get("components") && channel.Name() != "channels" || channel == d.Root.Get("components") {
		return nil
	}
	if d.model.Major() == 2 {
		if name := channel.Name(); strings.Contains(name, before) {
			r.patch.Rename(channel, strings.ReplaceAll(name, before, after))
			r.channels = append(r.channels, channel)
		}
		return nil
	}
	if address := channel.Get("address"); address.Is(tree.String) && strings.Contains(address.Text, before) {
		r.patch.Replace(address, tree.NewString(strings.ReplaceAll(address.Text, before, after)))
	}
	return nil
}

// reference gives a reference the new names of what is on its way.
func (r *renamer) reference(to reference) {
	text := to.value.Text
	for _, path := range r.renamed[to.uri] {
		if len(to.tokens) >= len(path) && slices.Equal(to.tokens[:len(path)], path) {
			text = withToken(text, len(path)-1, r.New)
		}
	}
	for _, channel := range r.channels {
		if channel.Span.File.URI() == to.uri && len(to.tokens) > 1 && to.tokens[0] == "channels" && to.tokens[1] == channel.Name() {
			text = withToken(text, 1, strings.ReplaceAll(channel.Name(), "{"+r.Old+"}", "{"+r.New+"}"))
		}
	}
	if text != to.value.Text {
		r.references++
		r.patch.Replace(to.value, tree.NewString(text))
	}
}

// byName renames what documents of AsyncAPI 2 refer to by its mere name:
// servers of channels, and security schemes.
func (r *renamer) byName(d *document) {
	if d.model == nil || d.model.Major() != 2 || len(r.renamed[d.File.URI()]) == 0 {
		return
	}
	walk(d.Root, func(n *tree.Node) {
		switch {
		case r.Kind == "server" && n.Name() == "servers" && n.Is(tree.Sequence):
			for _, item := range n.Items {
				if item.Str() == r.Old {
					r.references++
					r.patch.Replace(item, tree.NewString(r.New))
				}
			}
		case r.Kind == "securityScheme" && n.Name() == "security" && n.Is(tree.Sequence):
			for _, item := range n.Items {
				if scopes := item.Get(r.Old); scopes != nil {
					r.references++
					r.patch.Rename(scopes, r.New)
				}
			}
		}
	})
}

// arazzo renames in a document of workflows: paths of channels and operations,
// and the names of operations.
func (r *renamer) arazzo(d *document) {
	sources := r.sources(d)
	walk(d.Root, func(n *tree.Node) {
		if !n.Is(tree.String) {
			return
		}
		switch n.Name() {
		case "channelPath", "operationPath":
			r.path(n, sources)
		case "operationId":
			r.operationName(n, sources)
		}
	})
}

// sources are the documents that a document of workflows uses, by their names.
func (r *renamer) sources(d *document) map[string]string {
	list := map[string]string{}
	for _, n := range items(d.Root.Get("sourceDescriptions")) {
		if target, _, err := source.Resolve(d.File.URI(), n.Get("url").Str()); err == nil {
			list[n.Get("name").Str()] = target
		}
	}
	return list
}

// path renames in "{$sourceDescriptions.orders.url}#/channels/a".
func (r *renamer) path(n *tree.Node, sources map[string]string) {
	before, fragment, ok := strings.Cut(n.Text, "#")
	name := strings.TrimSuffix(strings.TrimPrefix(before, "{$sourceDescriptions."), ".url}")
	if !ok || sources[name] == "" {
		return
	}
	if to, ok := parseReference(sources[name], "#"+fragment); ok {
		to.value = n
		r.reference(to)
	}
}

// operationName renames in "placeOrder" and "$sourceDescriptions.orders.placeOrder".
// A name without a source means the one source that has an operation of it.
func (r *renamer) operationName(n *tree.Node, sources map[string]string) {
	if r.Kind != "operation" {
		return
	}
	for name, uri := range sources {
		if !r.changes(uri) {
			continue
		}
		switch prefix := "$sourceDescriptions." + name + "."; n.Text {
		case prefix + r.Old:
			r.references++
			r.patch.Replace(n, tree.NewString(prefix+r.New))
		case r.Old:
			r.references++
			r.patch.Replace(n, tree.NewString(r.New))
		default:
			continue
		}
		return
	}
}

// changes reports whether the operation is one of a document.
func (r *renamer) changes(uri string) bool {
	for _, d := range r.docs {
		if d.File.URI() != uri || d.model == nil {
			continue
		}
		if _, err := d.model.Operation(r.Old); err == nil {
			return true
		}
	}
	return false
}
