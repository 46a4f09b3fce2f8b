// Package edit makes changes that go through a whole contract, or several: a
// field for every message, schemas that are written once instead of five times,
// another name with every reference to it. It exists because such a change is
// easy to want and tedious to make by hand, and because a tool that prints the
// documents anew would hide it among changes of layout.
//
// It knows what documents mean (spec) and leaves it to package patch how a text
// is changed. It must not know commands, and writes no files: what it returns
// are new texts, which are for others to judge and to keep.
package edit

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/make/patch"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// Session is some documents that are being changed. Only these are changed,
// whatever they refer to.
type Session struct {
	ctx      context.Context
	opener   source.Opener
	folders  []string
	original []*source.File
	texts    map[string]*source.File // the texts now, by URI

	ws    *ref.Workspace
	docs  []*document
	patch *patch.Patch
	notes []string
}

// document is one document of a session.
type document struct {
	*ref.Document
	model *asyncapi.Document // nil for a document of another kind
}

// Open reads documents to change them. Folders are those that imports are
// looked for in, as in [ref.Options].
func Open(ctx context.Context, opener source.Opener, files []*source.File, folders ...string) (*Session, error) {
	s := &Session{ctx: ctx, opener: opener, folders: folders, original: files, texts: map[string]*source.File{}}
	for _, f := range files {
		s.texts[f.URI()] = f
	}
	return s, s.read()
}

// read reads the texts as they are now.
func (s *Session) read() error {
	s.ws, s.patch, s.docs = ref.New(s.opener, ref.Options{Folders: s.folders}), patch.New(), nil
	for _, f := range s.original {
		s.ws.Load(s.texts[f.URI()])
	}
	for _, f := range s.original {
		d := s.ws.Document(f.URI())
		if err := readable(d); err != nil {
			return err
		}
		doc := &document{Document: d}
		if d.Root.Has("asyncapi") {
			doc.model, _ = asyncapi.Load(s.ctx, s.ws, d)
		}
		s.docs = append(s.docs, doc)
	}
	return nil
}

func readable(d *ref.Document) error {
	if d.Raw {
		return fmt.Errorf("%s: only YAML and JSON can be changed", d.File.Name())
	}
	for i := range d.Findings {
		if f := &d.Findings[i]; f.Severity == diag.Error {
			start, _ := f.Span.Range()
			return fmt.Errorf("%s:%d: %s", d.File.Name(), start.Line, f.Message)
		}
	}
	if d.Root == nil || d.Root.Kind != tree.Mapping {
		return fmt.Errorf("%s: the document is no object", d.File.Name())
	}
	return nil
}

// apply makes the changes of the patch and reads the new texts.
func (s *Session) apply() error {
	changed, err := s.patch.Texts()
	if err != nil {
		return err
	}
	for _, c := range changed {
		if s.texts[c.File.URI()] == nil {
			return fmt.Errorf("%s: the change concerns this document too: name it with the others", c.File.Name())
		}
		s.texts[c.File.URI()] = source.NewFile(c.File.URI(), c.File.Name(), c.Text)
	}
	return s.read()
}

// Changed is a document before and after.
type Changed struct {
	Before, After *source.File
}

// Changes returns the documents that are no longer what they were, in the order
// in which they were given.
func (s *Session) Changes() []Changed {
	var list []Changed
	for _, f := range s.original {
		if now := s.texts[f.URI()]; string(now.Data()) != string(f.Data()) {
			list = append(list, Changed{Before: f, After: now})
		}
	}
	return list
}

// Notes say what was done, and what was left out and why, a line each.
func (s *Session) Notes() []string { return s.notes }

func (s *Session) note(format string, args ...any) {
	s.notes = append(s.notes, fmt.Sprintf(format, args...))
}

// resolve is what a value is after all references, or nil.
func (s *Session) resolve(n *tree.Node) *tree.Node {
	if n == nil {
		return nil
	}
	target, _ := s.ws.Resolve(s.ctx, n)
	return patch.Written(target)
}

// given reports whether a value stands in one of the documents to change.
func (s *Session) given(n *tree.Node) bool {
	return n != nil && s.texts[n.Span.File.URI()] != nil
}

// asyncAPI are the documents that are AsyncAPI, or an error where none is.
func (s *Session) asyncAPI() ([]*document, error) {
	list := slices.Clone(s.docs)
	list = slices.DeleteFunc(list, func(d *document) bool { return d.model == nil })
	if len(list) == 0 {
		return nil, fmt.Errorf("none of the documents is AsyncAPI: there is nothing to change")
	}
	return list, nil
}

// message is a message of a document, and the names by which it is known.
type message struct {
	*asyncapi.Message
	names []string
	doc   *document
}

// label is how the message is named to people.
func (m *message) label() string {
	for _, name := range m.names {
		if name != "" {
			return name
		}
	}
	return m.Node.Path()
}

// messages returns the messages of those names, or all where none is given,
// each once, wherever it is used.
func (s *Session) messages(to []string) ([]*message, error) {
	docs, err := s.asyncAPI()
	if err != nil {
		return nil, err
	}
	var list []*message
	seen := map[*tree.Node]*message{}
	add := func(d *document, m *asyncapi.Message) {
		n := patch.Written(m.Node)
		if seen[n] == nil {
			seen[n] = &message{Message: m, doc: d}
			list = append(list, seen[n])
		}
		for _, name := range []string{m.Key, m.Name} {
			if name != "" && !slices.Contains(seen[n].names, name) {
				seen[n].names = append(seen[n].names, name)
			}
		}
	}
	for _, d := range docs {
		for _, c := range d.model.Channels {
			for _, m := range c.Messages {
				add(d, m)
			}
		}
		for _, m := range d.model.Components.Messages {
			add(d, m)
		}
	}
	return chosen(list, to)
}

func chosen(list []*message, to []string) ([]*message, error) {
	if len(to) == 0 {
		return list, nil
	}
	var names []string
	for _, m := range list {
		names = append(names, m.names...)
	}
	for _, name := range to {
		if !slices.Contains(names, name) {
			return nil, unknown("message", name, names)
		}
	}
	return slices.DeleteFunc(list, func(m *message) bool {
		return !slices.ContainsFunc(m.names, func(name string) bool { return slices.Contains(to, name) })
	}), nil
}

// unknown is the error for a name that nothing has.
func unknown(what, name string, known []string) error {
	text := fmt.Sprintf("there is no %s %q", what, name)
	if near := diag.DidYouMean(name, known); near != "" {
		return fmt.Errorf("%s; %s", text, near)
	}
	if len(known) == 0 {
		return fmt.Errorf("%s: the documents have none", text)
	}
	slices.Sort(known)
	return fmt.Errorf("%s; there is %s", text, strings.Join(slices.Compact(known), ", "))
}

// plural is a number of things in words.
func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}
