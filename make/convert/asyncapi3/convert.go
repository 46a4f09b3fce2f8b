// Package asyncapi3 makes AsyncAPI 3 of AsyncAPI 2. It stands on the model,
// which knows what a 2.x document means in the terms of 3.x (which messages a
// channel carries, under which keys, which operations there are), and rewrites
// the nodes, so that comments and extensions come along. What 3.x cannot say,
// and what had to be guessed, is told as a finding.
//
// It must not know files, nor how the result is written.
package asyncapi3

import (
	"context"
	"strings"

	"github.com/weft-dev/weft/make/convert/rewrite"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// Options say what is made of a document.
type Options struct {
	// Version is the version of the result: "3.0.0" or "3.1.0".
	Version string
	// Client says that the source was written, against the specification, from
	// the view of a client: what it publishes it sends.
	Client bool
}

// Convert returns the root of the converted document and what is to say about
// it. The root is nil where the document is not AsyncAPI 2.
func Convert(ctx context.Context, ws *ref.Workspace, d *ref.Document, opt Options) (*tree.Node, []diag.Diagnostic) {
	c, findings := build(ctx, ws, d, opt)
	if c == nil {
		return nil, findings
	}
	root, findings := c.Finish(c.root)
	if root == nil {
		return nil, findings
	}
	c.settle()
	return root, c.All()
}

// build does everything but the references.
func build(ctx context.Context, ws *ref.Workspace, d *ref.Document, opt Options) (*converter, []diag.Diagnostic) {
	model, findings := asyncapi.Load(ctx, ws, d)
	if model == nil || model.Major() != 2 || !d.Root.Is(tree.Mapping) {
		return nil, findings
	}
	c := &converter{
		Document: rewrite.New(ctx, ws, d),
		opt:      opt, model: model, source: d.Root,
		root:     tree.NewObject(),
		channels: map[*asyncapi.Channel]*tree.Node{},
		messages: map[message]*tree.Node{},
		named:    map[*tree.Node]bool{},
		unread:   map[*tree.Node][]*tree.Node{},
		whole:    map[*ref.Document]*converter{},
	}
	c.Data, c.Elsewhere = asyncapi.IsData, c.elsewhere
	c.document()
	return c, nil
}

type converter struct {
	*rewrite.Document
	opt    Options
	model  *asyncapi.Document
	source *tree.Node
	root   *tree.Node

	channels map[*asyncapi.Channel]*tree.Node // what they became
	messages map[message]*tree.Node           // their entries in their channels
	named    map[*tree.Node]bool              // messages whose messageId is a key now
	aliases  map[*tree.Node]*asyncapi.Channel // components that one channel uses
	whole    map[*ref.Document]*converter     // other 2.x documents
	open     []unlinked
	unread   map[*tree.Node][]*tree.Node // of operations: messages that are not in the model
	merged   map[*tree.Node]*tree.Node   // messages with their traits
}

// message is a message in a channel.
type message struct {
	channel *asyncapi.Channel
	message *asyncapi.Message
}

func (c *converter) document() {
	c.Became(c.source, c.root)
	rewrite.Comment(c.root, c.source)
	c.findMerged()
	c.findAliases()
	for _, m := range members(c.source) {
		c.rootField(m)
	}
	if !c.root.Has("info") && (c.source.Has("tags") || c.source.Has("externalDocs")) {
		c.root.Set("info", c.info(tree.NewObject()))
	}
	c.linkOperations()
}

// findMerged remembers what the model knows of messages with traits.
func (c *converter) findMerged() {
	c.merged = map[*tree.Node]*tree.Node{}
	lists := [][]*asyncapi.Message{c.model.Components.Messages}
	for _, channels := range [][]*asyncapi.Channel{c.model.Channels, c.model.Components.Channels} {
		for _, ch := range channels {
			lists = append(lists, ch.Messages)
		}
	}
	for _, list := range lists {
		for _, m := range list {
			c.merged[m.Node] = m.Merged
		}
	}
}

func (c *converter) rootField(m tree.Member) {
	switch m.Key.Text {
	case "asyncapi":
		version := c.Bare(m.Value)
		version.Kind, version.Text = tree.String, c.opt.Version
		rewrite.Put(c.root, m.Key, version)
	case "info":
		rewrite.Put(c.root, m.Key, c.info(c.Copy(m.Value)))
	case "tags", "externalDocs": // they are in info now
	case "servers":
		rewrite.Put(c.root, m.Key, c.each(m.Value, c.server))
	case "channels":
		rewrite.Put(c.root, m.Key, c.rootChannels(m.Value))
		if operations := c.rootOperations(); operations.Len() > 0 {
			c.root.Set("operations", operations)
		}
	case "components":
		rewrite.Put(c.root, m.Key, c.components(m.Value))
	default:
		rewrite.Put(c.root, m.Key, c.Copy(m.Value))
	}
}

// info takes in what 2.x says about the application at the root.
func (c *converter) info(info *tree.Node) *tree.Node {
	if !info.Is(tree.Mapping) {
		return info
	}
	for _, name := range []string{"tags", "externalDocs"} {
		if n := c.source.Get(name); n != nil && !info.Has(name) {
			rewrite.Put(info, n.Key, c.Copy(n))
		}
	}
	return info
}

// members are those of an object, each name once.
func members(n *tree.Node) []tree.Member {
	if !n.Is(tree.Mapping) {
		return nil
	}
	list := make([]tree.Member, 0, len(n.Members))
	for _, m := range n.Members {
		if n.Get(m.Key.Text) == m.Value {
			list = append(list, m)
		}
	}
	return list
}

func isExtension(key string) bool { return strings.HasPrefix(key, "x-") }

// each converts the entries of a map.
func (c *converter) each(n *tree.Node, kind func(*tree.Node) *tree.Node) *tree.Node {
	if !n.Is(tree.Mapping) || ref.Of(n) != nil {
		return c.Copy(n)
	}
	out := c.Bare(n)
	for _, m := range members(n) {
		if isExtension(m.Key.Text) {
			rewrite.Put(out, m.Key, c.Copy(m.Value))
			continue
		}
		rewrite.Put(out, m.Key, c.place(m.Value, kind))
	}
	return out
}

// list converts the items of a list.
func (c *converter) list(n *tree.Node, kind func(*tree.Node) *tree.Node) *tree.Node {
	if !n.Is(tree.Sequence) {
		return c.Copy(n)
	}
	out := c.Bare(n)
	for _, item := range n.Items {
		out.Append(c.place(item, kind))
	}
	return out
}

// place converts what stands at a place where a reference may stand as well.
func (c *converter) place(n *tree.Node, kind func(*tree.Node) *tree.Node) *tree.Node {
	switch {
	case ref.Of(n) != nil:
		return c.reference(n, kind)
	case n.Is(tree.Mapping):
		return kind(n)
	}
	return c.Copy(n)
}
