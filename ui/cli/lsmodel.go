package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// listing is what one document describes. Every list is there, if empty.
type listing struct {
	File string `json:"file"`
	// Kind is "asyncapi", "openapi", "arazzo", "bridges" or "pipeline", and Version
	// the one of that specification.
	Kind       string            `json:"kind"`
	Version    string            `json:"version"`
	Title      string            `json:"title"`
	APIVersion string            `json:"apiVersion"`
	Servers    []listedServer    `json:"servers"`
	Channels   []listedChannel   `json:"channels"`
	Operations []listedOperation `json:"operations"`
	Messages   []listedMessage   `json:"messages"`
	Workflows  []listedWorkflow  `json:"workflows"`
	Bridges    []listedBridge    `json:"bridges"`
}

// visibility is for whom something is. Words are more than one only where a
// message is on channels for different people.
type visibility struct {
	Visibility string `json:"visibility,omitempty"`
	words      []string
}

func visibleTo(words ...string) visibility {
	slices.Sort(words)
	words = slices.DeleteFunc(slices.Compact(words), func(w string) bool { return w == "" })
	return visibility{Visibility: strings.Join(words, ", "), words: words}
}

type listedServer struct {
	Name     string `json:"name"`
	Protocol string `json:"protocol"`
	Host     string `json:"host"`
	visibility
}

type listedChannel struct {
	Name string `json:"name"`
	// Address is "" where it is known only when programs run.
	Address  string   `json:"address"`
	Messages []string `json:"messages"`
	Line     int      `json:"line"`
	visibility
}

type listedOperation struct {
	Name string `json:"name"`
	// Action is "send" or "receive", or the method of HTTP.
	Action   string   `json:"action"`
	Channel  string   `json:"channel,omitempty"`
	Path     string   `json:"path,omitempty"`
	Messages []string `json:"messages,omitempty"`
	// Reply is the channel of the replies, or "dynamic" where the request says.
	Reply string `json:"reply,omitempty"`
	Line  int    `json:"line"`
	visibility
}

type listedMessage struct {
	Name        string `json:"name"`
	ContentType string `json:"contentType"`
	// Language is that of the payload's schema: "JSON Schema", "Avro".
	Language string   `json:"language"`
	Channels []string `json:"channels"`
	Line     int      `json:"line"`
	visibility
}

type listedWorkflow struct {
	Name    string   `json:"name"`
	Steps   int      `json:"steps"`
	Sources []string `json:"sources"`
	Line    int      `json:"line"`
}

// listedBridge is what is carried from where to where: operations of documents,
// or places as a pipeline names them.
type listedBridge struct {
	From       string `json:"from"`
	To         string `json:"to"`
	Group      string `json:"group,omitempty"` // by which a pipeline reads
	Map        string `json:"map,omitempty"`   // the file of it, or "inline"
	DeadLetter string `json:"deadLetter,omitempty"`
	Line       int    `json:"line,omitempty"`
}

// each keeps the things of a listing that have a visibility, where keep says so.
func (l *listing) each(keep func(visibility) bool) {
	l.Servers = kept(l.Servers, func(s listedServer) bool { return keep(s.visibility) })
	l.Channels = kept(l.Channels, func(c listedChannel) bool { return keep(c.visibility) })
	l.Operations = kept(l.Operations, func(o listedOperation) bool { return keep(o.visibility) })
	l.Messages = kept(l.Messages, func(m listedMessage) bool { return keep(m.visibility) })
}

// narrow takes from messages, which may be on channels for different people,
// what is not for those that are wanted: its name would tell of it.
func (l *listing) narrow(wants func(word string) bool) {
	for i := range l.Messages {
		m := &l.Messages[i]
		m.visibility = visibleTo(kept(m.words, wants)...)
		m.Channels = kept(m.Channels, func(name string) bool {
			return slices.ContainsFunc(l.Channels, func(c listedChannel) bool { return c.Name == name })
		})
	}
}

func kept[T any](list []T, keep func(T) bool) []T {
	return slices.DeleteFunc(list, func(item T) bool { return !keep(item) })
}

func newListing(kind, version, title string, node *tree.Node) *listing {
	l := &listing{
		Kind: kind, Version: version, Title: title, APIVersion: node.Get("info").Get("version").Str(),
		Servers: []listedServer{}, Channels: []listedChannel{}, Operations: []listedOperation{},
		Messages: []listedMessage{}, Workflows: []listedWorkflow{}, Bridges: []listedBridge{},
	}
	if node != nil {
		l.File = node.Span.File.Name()
	}
	return l
}

// firstLine is where a thing begins: with its key.
func firstLine(n *tree.Node) int {
	if n == nil {
		return 0
	}
	start, _ := n.Span.Range()
	if n.Key != nil {
		start, _ = n.Key.Span.Range()
	}
	return start.Line
}

// versionOf is the version of its specification, as a document writes it.
func versionOf(root *tree.Node, fields ...string) string {
	for _, field := range fields {
		if n := root.Get(field); n != nil {
			return n.Text
		}
	}
	return ""
}

func listAsyncAPI(d *asyncapi.Document) *listing {
	l := newListing("asyncapi", d.Version, d.Info.Title, d.Node)
	for _, s := range d.Servers {
		l.Servers = append(l.Servers, listedServer{s.Name, s.Protocol, s.Host + s.Pathname, visibleTo(d.VisibilityOf(&s.Meta))})
	}
	for _, c := range d.Channels {
		l.Channels = append(l.Channels, listedChannel{c.Name, c.Address, keysOf(c.Messages), firstLine(c.Node), visibleTo(d.VisibilityOf(&c.Meta))})
	}
	for _, o := range d.Operations {
		l.Operations = append(l.Operations, listedOperation{
			Name: o.ID, Action: string(o.Action), Channel: o.Channel.Name, Messages: keysOf(o.Messages),
			Reply: replyOf(o), Line: firstLine(o.Node), visibility: visibleTo(d.VisibilityOf(&o.Meta, &o.Channel.Meta)),
		})
	}
	l.Messages = listMessages(d)
	return l
}

func keysOf(list []*asyncapi.Message) []string {
	names := []string{}
	for _, m := range list {
		names = append(names, messageName(m))
	}
	return names
}

// messageName is the key of a message, which tells it from others; the name
// where there is none, as in documents of 2.x.
func messageName(m *asyncapi.Message) string {
	if m.Key != "" {
		return m.Key
	}
	return m.Name
}

func replyOf(o *asyncapi.Operation) string {
	switch {
	case o.Reply == nil:
		return ""
	case o.Reply.Channel != nil:
		return o.Reply.Channel.Name
	}
	return "dynamic"
}

// listMessages lists each message once, with the channels that it is on.
func listMessages(d *asyncapi.Document) []listedMessage {
	list := []listedMessage{}
	at := map[*tree.Node]int{}
	add := func(m *asyncapi.Message) *listedMessage {
		i, known := at[m.Node]
		if !known {
			i = len(list)
			at[m.Node] = i
			list = append(list, listedMessage{
				Name: messageName(m), ContentType: m.ContentType, Language: languageOf(m), Channels: []string{},
				Line: firstLine(m.Node), visibility: visibleTo(m.Extension(asyncapi.VisibilityField).Str()),
			})
		}
		return &list[i]
	}
	own := func(m *asyncapi.Message) bool { return m.Extension(asyncapi.VisibilityField) != nil }
	for _, c := range d.Channels {
		for _, m := range c.Messages {
			item := add(m)
			if !slices.Contains(item.Channels, c.Name) {
				item.Channels = append(item.Channels, c.Name)
			}
			if !own(m) {
				item.visibility = visibleTo(append(item.words, d.VisibilityOf(&c.Meta))...)
			}
		}
	}
	for _, m := range d.Components.Messages {
		if item := add(m); !own(m) && len(item.Channels) == 0 {
			item.visibility = visibleTo(d.Visibility())
		}
	}
	return list
}

// languageOf is the language of a payload's schema in words.
func languageOf(m *asyncapi.Message) string {
	if m.Payload == nil {
		return ""
	}
	format, err := schema.ParseFormat(m.Payload.Format)
	if err != nil {
		return m.Payload.Format
	}
	return fmt.Sprint(format.Family)
}

func listOpenAPI(d *openapi.Document, doc *ref.Document) *listing {
	l := newListing("openapi", versionOf(doc.Root, "openapi", "swagger"), d.Title, doc.Root)
	for _, s := range d.Servers {
		if s.Node != nil {
			l.Servers = append(l.Servers, listedServer{Name: s.Name, Protocol: "http", Host: s.URL})
		}
	}
	visible := func(n *tree.Node) string { return n.Get(asyncapi.VisibilityField).Str() }
	for _, o := range d.Operations {
		word := visible(o.Node)
		if word == "" {
			word = visible(doc.Root)
		}
		if word == "" {
			word = visible(doc.Root.Get("info"))
		}
		l.Operations = append(l.Operations, listedOperation{
			Name: o.ID, Action: o.Method, Path: o.Path, Line: firstLine(o.Node), visibility: visibleTo(word),
		})
	}
	return l
}

func listArazzo(d *arazzo.Document, doc *ref.Document) *listing {
	l := newListing("arazzo", versionOf(doc.Root, "arazzo"), d.Info.Title, doc.Root)
	for _, w := range d.Workflows {
		l.Workflows = append(l.Workflows, listedWorkflow{w.ID, len(w.Steps), d.SourceNames(), firstLine(w.Node)})
	}
	return l
}
