package protobuf

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bufbuild/protocompile/ast"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// File is a text of Protobuf that was read and linked without a fault.
type File struct {
	linked *linked
	set    *Set
}

// Descriptor describes what the text declares.
func (f *File) Descriptor() protoreflect.FileDescriptor { return f.linked.file }

// Span returns where something is declared, by its full name: in this text or
// in one that it imports. It is nowhere for what weft brings itself.
func (f *File) Span(name protoreflect.FullName) source.Span { return f.linked.span(string(name)) }

// Message returns the schema of a message. The name is its full name, or
// without the package. "" chooses the one that the text is about; an error says
// that there is none, or which could be meant.
func (f *File) Message(name string) (*Schema, error) {
	message, problem := f.choose(name)
	if problem != nil {
		return nil, &Error{Findings: []diag.Diagnostic{f.rootFinding(problem, nil)}}
	}
	return f.schema(message, nil), nil
}

// rootTag in a comment at a message says that it is the payload.
const rootTag = "@RootNode"

func hasRootTag(info ast.NodeInfo) bool {
	for _, list := range []ast.Comments{info.LeadingComments(), info.TrailingComments()} {
		for i := range list.Len() {
			if strings.Contains(list.Index(i).RawText(), rootTag) {
				return true
			}
		}
	}
	return false
}

// choose finds the message that is meant: the one that is named, else the one
// with the tag, else the only one that no other message uses.
func (f *File) choose(name string) (protoreflect.MessageDescriptor, *fault) {
	if name = strings.TrimPrefix(strings.TrimPrefix(name, "/"), "."); name != "" {
		return f.named(strings.ReplaceAll(name, "/", "."))
	}
	messages := f.linked.file.Messages()
	if messages.Len() == 0 {
		return nil, &fault{code: CodeRoot, message: "the text declares no message", help: "a payload is a message: declare one"}
	}
	if messages.Len() == 1 {
		return messages.Get(0), nil
	}
	tagged := f.tagged()
	if len(tagged) == 1 {
		return tagged[0], nil
	}
	if len(tagged) > 1 {
		return nil, severalRoots("several messages have the tag "+rootTag, "leave it at one of them", tagged)
	}
	free := unused(messages)
	switch len(free) {
	case 1:
		return free[0], nil
	case 0:
		for i := range messages.Len() {
			free = append(free, messages.Get(i))
		}
		return nil, severalRoots("every message is used by another, so that none can be told to be the payload", wayOut(free[0]), free)
	}
	return nil, severalRoots("several messages could be the payload", wayOut(free[0]), free)
}

func wayOut(m protoreflect.MessageDescriptor) string {
	return fmt.Sprintf("name one in the reference, as in \"$ref: file.proto#%s\", or write // %s above it", m.Name(), rootTag)
}

func severalRoots(what, help string, list []protoreflect.MessageDescriptor) *fault {
	problem := &fault{code: CodeRoot, help: help}
	var names []string
	for _, m := range list {
		names = append(names, string(m.Name()))
		problem.at = append(problem.at, m.FullName())
	}
	if len(names) > 8 {
		names = append(names[:7], fmt.Sprintf("%d others", len(names)-7))
	}
	problem.message = what + ": " + strings.Join(names, ", ")
	return problem
}

func (f *File) tagged() []protoreflect.MessageDescriptor {
	var list []protoreflect.MessageDescriptor
	for _, m := range all(f.linked.file.Messages(), nil) {
		if f.linked.names[string(m.FullName())].root {
			list = append(list, m)
		}
	}
	return list
}

// all returns messages and those in them, without the entries of maps.
func all(messages protoreflect.MessageDescriptors, list []protoreflect.MessageDescriptor) []protoreflect.MessageDescriptor {
	for i := range messages.Len() {
		m := messages.Get(i)
		if m.IsMapEntry() {
			continue
		}
		list = all(m.Messages(), append(list, m))
	}
	return list
}

func (f *File) named(name string) (protoreflect.MessageDescriptor, *fault) {
	messages := all(f.linked.file.Messages(), nil)
	var names []string
	for _, m := range messages {
		local := strings.TrimPrefix(string(m.FullName()), string(f.linked.file.Package())+".")
		if name == string(m.FullName()) || name == local {
			return m, nil
		}
		names = append(names, local)
	}
	problem := &fault{code: CodeRoot, message: fmt.Sprintf("the text declares no message %q", clip(name)), help: diag.DidYouMean(name, names)}
	if problem.help == "" && len(names) > 0 {
		slices.Sort(names)
		problem.help = "it declares " + clip(strings.Join(names, ", "))
	}
	return nil, problem
}

// unused returns the messages at the top that no other message at the top
// uses.
func unused(messages protoreflect.MessageDescriptors) []protoreflect.MessageDescriptor {
	used := map[protoreflect.FullName]bool{}
	for _, m := range all(messages, nil) {
		top, fields := topOf(m), m.Fields()
		for i := range fields.Len() {
			if target := messageOf(fields.Get(i)); target != nil && topOf(target) != top {
				used[topOf(target).FullName()] = true
			}
		}
	}
	var free []protoreflect.MessageDescriptor
	for i := range messages.Len() {
		if m := messages.Get(i); !used[m.FullName()] {
			free = append(free, m)
		}
	}
	return free
}

// messageOf is the message that a field holds, also as the value of a map.
func messageOf(f protoreflect.FieldDescriptor) protoreflect.MessageDescriptor {
	if f.IsMap() {
		f = f.MapValue()
	}
	return f.Message()
}

// topOf is the message at the top that a message is declared in, or itself.
func topOf(m protoreflect.MessageDescriptor) protoreflect.MessageDescriptor {
	for {
		outer, ok := m.Parent().(protoreflect.MessageDescriptor)
		if !ok {
			return m
		}
		m = outer
	}
}

// rootFinding places what is wrong with the choice of a message: at the
// reference where there is one, else at the first message that could be meant.
func (f *File) rootFinding(problem *fault, node *tree.Node) diag.Diagnostic {
	u := f.linked.unit
	d := diag.Diagnostic{Code: problem.code, Severity: diag.Error, Message: problem.message, Help: problem.help}
	value := node.Get("$ref")
	switch {
	case value != nil:
		d.Span, d.Path = value.Span, value.Path()
	case len(problem.at) > 0:
		at := f.linked.names[string(problem.at[0])]
		d.Span, d.Path = u.span(at.start, at.end), u.path()
	default:
		d.Span, d.Path = u.span(0, min(1, len(u.data))), u.path()
	}
	for _, name := range problem.at[:min(len(problem.at), 10)] {
		if at := f.Span(name); at != d.Span {
			d.Related = append(d.Related, diag.Related{Message: fmt.Sprintf("%s could be meant", name.Name()), Span: at})
		}
	}
	return d
}
