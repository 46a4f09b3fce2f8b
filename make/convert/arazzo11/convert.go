// Package arazzo11 brings Arazzo descriptions to version 1.1: those of 1.0,
// those in the form of the drafts of 1.1, and those with the extensions of the
// public discussion that led to it ("x-async-operation"). What 1.1 cannot say
// stays the extension it is, and is told as a finding.
//
// It must not know how workflows run.
package arazzo11

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/weft-dev/weft/make/convert/rewrite"
	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// Version is the version of the result.
const Version = "1.1.0"

// The codes of what a conversion has to say; package convert explains them.
const (
	CodeLost    diag.Code = "convert/lost"
	CodeGuessed diag.Code = "convert/guessed"
	CodeKept    diag.Code = "convert/kept" // an extension that 1.1 has nothing for
)

// Convert returns the root of the converted description and what is to say
// about it. The sources that it names are looked at where they can be opened.
// The root is nil where the document is no Arazzo description of version 1.
func Convert(ctx context.Context, ws *ref.Workspace, d *ref.Document) (*tree.Node, []diag.Diagnostic) {
	model, _ := arazzo.Read(d.Root, d.File.URI())
	if model.Version.Major != 1 || !d.Root.Is(tree.Mapping) {
		return nil, arazzo.Check(d.Root)
	}
	c := &converter{Document: rewrite.New(ctx, ws, d), model: model, sources: map[*arazzo.Source]*asyncapi.Document{}}
	c.Data = isData
	root := c.Copy(d.Root)
	c.document(root)
	return c.Finish(root)
}

// Old reports whether a description has something that Convert would change.
func Old(root *tree.Node) bool {
	if root.Get("arazzo").Str() != Version {
		return true
	}
	// Structure tells of every form that is no longer used.
	return slices.ContainsFunc(arazzo.Check(root), func(f diag.Diagnostic) bool {
		return strings.HasPrefix(string(f.Code), "arazzo/draft-") || f.Code == "arazzo/"+arazzo.CodeTargetForm
	}) || hasTolerated(root)
}

// isData reports whether a node is a payload or a value, in which a "$ref" is
// only text.
func isData(n *tree.Node) bool {
	if n.Key == nil {
		return false
	}
	switch n.Key.Text {
	case "payload", "value", "default", "const", "enum", "example", "examples":
		return n.Parent.Name() != "properties"
	}
	return false
}

type converter struct {
	*rewrite.Document
	model   *arazzo.Document
	sources map[*arazzo.Source]*asyncapi.Document
	// groups are the messages of the workflow whose answers are gathered by
	// receives.
	groups map[string]bool
}

func (c *converter) document(root *tree.Node) {
	if version := root.Get("arazzo"); version.Is(tree.String) {
		version.Text = Version
	}
	for _, s := range c.model.Sources {
		c.source(s, c.Now(s.Node))
	}
	c.standardize()
	for _, w := range c.model.Workflows {
		c.groups = map[string]bool{}
		gatherings := c.gatherings(w)
		for _, s := range w.Steps {
			if n := c.Now(s.Node); n.Is(tree.Mapping) {
				c.step(s, n)
			}
		}
		c.gather(w, gatherings)
		if w.Callbacks != nil {
			c.kept(w.Callbacks.Node, "callbacks after the end of a workflow")
		}
	}
}

// source says by its type that a document is AsyncAPI.
func (c *converter) source(s *arazzo.Source, n *tree.Node) {
	if !s.Node.Has("x-is-asyncapi") {
		return
	}
	if s.Node.Get("x-is-asyncapi").True() {
		kind := tree.NewString("asyncapi")
		rewrite.Comment(kind, n.Get("type"))
		rewrite.Comment(kind, n.Get("x-is-asyncapi"))
		n.Set("type", kind)
	}
	n.Remove("x-is-asyncapi")
}

func (c *converter) kept(n *tree.Node, what string) {
	c.Say(CodeKept, diag.Info, n, "weft still reads it; other tools do not", "Arazzo 1.1 has no %s; the extension is kept", what)
}

func (c *converter) step(s *arazzo.Step, n *tree.Node) {
	n.Remove("kind")
	for _, d := range s.DependsOn {
		if now := c.Now(d.Node); d.Draft && now != nil {
			now.Text = d.Step
		}
	}
	c.dropTwins(n)
	switch {
	case s.Async != nil && c.mustStay(s.Async):
	case s.Async != nil:
		c.asyncStep(s, n)
	default:
		c.target(s, n)
	}
	if s.FinalResponse != nil {
		c.kept(s.FinalResponse.Node, "answer before a workflow's end")
	}
}

// dropTwins keeps a dependency that was written in two forms from being there
// twice.
func (c *converter) dropTwins(n *tree.Node) {
	list := n.Get("dependsOn")
	if !list.Is(tree.Sequence) {
		return
	}
	seen := map[string]bool{}
	list.Items = slices.DeleteFunc(list.Items, func(item *tree.Node) bool {
		again := item.Is(tree.String) && seen[item.Text]
		seen[item.Text] = true
		return again
	})
	for i, item := range list.Items {
		item.Index = i
	}
}

// target brings what a step calls into the form of its field.
func (c *converter) target(s *arazzo.Step, n *tree.Node) {
	t := s.Target
	if t.Node == nil || s.Placeholder() {
		return
	}
	switch {
	case t.Node.Name() == "channel" || t.Kind == arazzo.TargetChannel && t.Lenient:
		c.channelField(t, n)
	case t.Kind == arazzo.TargetOperation && t.Node.Name() == "operationPath":
		n.Rename("operationPath", "operationId")
	case t.Kind == arazzo.TargetOperationPath && t.Lenient:
		if source := c.onlySource(t, arazzo.SourceOpenAPI); source != "" {
			n.Get("operationPath").Text = place(source, t.Pointer)
		}
	}
}

// channelField names a channel by its place.
func (c *converter) channelField(t arazzo.Target, n *tree.Node) {
	field := t.Node.Name()
	source := c.onlySource(t, arazzo.SourceAsyncAPI)
	if source == "" {
		c.Say(CodeLost, diag.Warning, t.Node, `write channelPath: "{$sourceDescriptions.<name>.url}#/channels/<channel>"`,
			"it is not known which document describes the channel %q; it is left as it is", t.Raw)
		return
	}
	pointer := t.Pointer
	if pointer == "" {
		pointer = c.channelPointer(source, t.Name, t.Node)
	}
	n.Get(field).Text = place(source, pointer)
	if field != "channelPath" {
		n.Rename(field, "channelPath")
	}
	if !n.Has("action") {
		c.Say(CodeGuessed, diag.Warning, t.Node, "add it: send or receive", "a step on a channel needs an \"action\"; nothing says which")
	}
}

// onlySource is the source that a target names, or the only one of a type.
func (c *converter) onlySource(t arazzo.Target, kind arazzo.SourceType) string {
	if t.Source != "" {
		return t.Source
	}
	name := ""
	for _, s := range c.model.Sources {
		if s.Type == kind {
			if name != "" {
				return ""
			}
			name = s.Name
		}
	}
	return name
}

// place is the standard form of a place in a source.
func place(source, pointer string) string {
	return "{$sourceDescriptions." + source + ".url}#" + rewrite.Fragment(pointer)
}

// channelPointer is where a source has a channel of a name or an address.
func (c *converter) channelPointer(source, name string, at *tree.Node) string {
	if ch := findChannel(c.asyncAPI(source), name); ch != nil {
		return "/channels/" + tree.EscapePointer(ch.Name)
	}
	c.Say(CodeGuessed, diag.Info, at, "see that the document has the channel under this key",
		"the channel %q was not found in %q; it is taken for the key of the channel", name, source)
	return "/channels/" + tree.EscapePointer(name)
}

func findChannel(d *asyncapi.Document, name string) *asyncapi.Channel {
	if d == nil {
		return nil
	}
	if ch, err := d.Channel(name); err == nil {
		return ch
	}
	for _, address := range []string{name, "/" + strings.TrimPrefix(name, "/"), strings.TrimPrefix(name, "/")} {
		if ch, err := d.ChannelByAddress(address); err == nil {
			return ch
		}
	}
	return nil
}

// asyncAPI reads the document of a source, or returns nil where it cannot.
func (c *converter) asyncAPI(name string) *asyncapi.Document {
	s := c.model.Source(name)
	if s == nil || s.Type != arazzo.SourceAsyncAPI {
		return nil
	}
	if d, known := c.sources[s]; known {
		return d
	}
	c.sources[s] = nil
	if doc, err := c.Workspace.Open(c.Context, s.Location); err == nil {
		c.sources[s], _ = asyncapi.Load(c.Context, c.Workspace, doc)
	}
	return c.sources[s]
}

// rawOr is the text of a value, or another.
func rawOr(v *arazzo.Value, other string) string {
	if v == nil || v.Node == nil {
		return other
	}
	return cmp.Or(v.Node.Text, other)
}
