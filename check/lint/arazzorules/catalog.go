package arazzorules

import (
	"errors"
	"strings"

	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// catalog is what a source offers, as far as names go.
type catalog struct {
	kind arazzo.SourceType
	// err is why the source could not be opened, and broken that its text
	// cannot be read.
	err    error
	broken *ref.Document

	operations []string // the operations by id
	byID       map[string]bool
	root       *tree.Node
	openapi    *openapi.Document
	arazzo     *arazzo.Document
}

// known reports whether the names of the source are known.
func (c *catalog) known() bool { return c.root != nil }

// catalog opens a source, once.
func (p *pass) catalog(s *arazzo.Source) *catalog {
	if c := p.opened[s]; c != nil {
		return c
	}
	c := &catalog{kind: s.Type}
	p.opened[s] = c // before it is read, so that sources may go in a circle
	doc, err := arazzo.OpenSource(p.Context, p.Workspace, p.doc, s)
	switch {
	case err != nil:
		c.err = err
	case doc.Root == nil:
		c.broken = doc
	default:
		c.read(p, doc)
	}
	return c
}

func (c *catalog) read(p *pass, doc *ref.Document) {
	c.root = doc.Root
	if kind := arazzo.Detect(doc.Root); kind != arazzo.SourceUnknown {
		c.kind = kind
	}
	switch c.kind {
	case arazzo.SourceOpenAPI:
		resolve := func(n *tree.Node) *tree.Node {
			target, _ := p.Workspace.Resolve(p.Context, n)
			return target
		}
		c.openapi, _ = openapi.Read(doc.Root, doc.File.URI(), resolve)
		c.operations = c.openapi.IDs()
	case arazzo.SourceAsyncAPI:
		c.operations = asyncOperations(doc.Root)
	case arazzo.SourceArazzo:
		c.arazzo, _ = arazzo.Read(doc.Root, doc.File.URI())
	}
}

// asyncOperations are the ids of an AsyncAPI document's operations: the keys of
// "operations", or in 2.x the operationIds of what channels publish and
// subscribe.
func asyncOperations(root *tree.Node) []string {
	var ids []string
	for _, m := range membersOf(root.Get("operations")) {
		ids = append(ids, m.Key.Text)
	}
	if !strings.HasPrefix(root.Get("asyncapi").Str(), "2.") {
		return ids
	}
	for _, m := range membersOf(root.Get("channels")) {
		for _, action := range []string{"publish", "subscribe"} {
			if id := m.Value.Get(action).Get("operationId").Str(); id != "" {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

func membersOf(n *tree.Node) []tree.Member {
	if !n.Is(tree.Mapping) {
		return nil
	}
	return n.Members
}

// hasOperation reports whether the source has an operation of that id.
func (c *catalog) hasOperation(id string) bool {
	if c.byID == nil {
		c.byID = make(map[string]bool, len(c.operations))
		for _, known := range c.operations {
			c.byID[known] = true
		}
	}
	return c.byID[id]
}

// channels are the names of an AsyncAPI document's channels.
func (c *catalog) channels() []string {
	var names []string
	for _, m := range membersOf(c.root.Get("channels")) {
		names = append(names, m.Key.Text)
	}
	return names
}

// notFound reports whether a source is certainly not where it is said to be.
func (c *catalog) notFound() bool { return errors.Is(c.err, source.ErrNotFound) }

// callable are the sources that have operations.
func (p *pass) callable() []*arazzo.Source {
	var list []*arazzo.Source
	for _, s := range p.doc.Sources {
		if s.Type != arazzo.SourceArazzo {
			list = append(list, s)
		}
	}
	return list
}

// sourcesOf are the sources in which a target without a source may be, or the
// one it names.
func (p *pass) sourcesOf(t arazzo.Target) []*arazzo.Source {
	if t.Source == "" {
		return p.callable()
	}
	if s := p.doc.Source(t.Source); s != nil {
		return []*arazzo.Source{s}
	}
	return nil
}

// kindOf is the language of the source that a step's target is in, or
// SourceUnknown.
func (p *pass) kindOf(s *arazzo.Step) arazzo.SourceType {
	switch {
	case s.Target.Kind == arazzo.TargetNone, s.Target.Kind == arazzo.TargetWorkflow, s.Placeholder():
		return arazzo.SourceUnknown
	}
	kind := arazzo.SourceUnknown
	for i, source := range p.sourcesOf(s.Target) {
		k := p.catalog(source).kind
		if i > 0 && k != kind {
			return p.owner(s)
		}
		kind = k
	}
	return kind
}

// owner is the language of the one source that has a step's operation, where
// sources of several languages could.
func (p *pass) owner(s *arazzo.Step) arazzo.SourceType {
	kind := arazzo.SourceUnknown
	for _, source := range p.sourcesOf(s.Target) {
		c := p.catalog(source)
		if c.hasOperation(s.Target.Name) {
			if kind != arazzo.SourceUnknown {
				return arazzo.SourceUnknown
			}
			kind = c.kind
		}
	}
	return kind
}
