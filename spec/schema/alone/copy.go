package alone

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// maxCopied bounds how many values a schema may become when all that it refers
// to is put into it.
const maxCopied = 200_000

var errTooMany = errors.New("with all that it refers to it is too large")

// copier copies schemas out of the documents that they stand in.
type copier struct {
	ctx    context.Context //nolint:containedctx // it lives as long as one call
	ws     *ref.Workspace
	copied int
}

func (c *copier) count() error {
	if c.copied++; c.copied > maxCopied {
		return errTooMany
	}
	return nil
}

// target is what a reference leads to at last.
func (c *copier) target(n *tree.Node) (*tree.Node, error) {
	found, problem := c.ws.Resolve(c.ctx, n)
	if problem != nil {
		return nil, errors.New(problem.Message)
	}
	return found, nil
}

// scalar copies a value that holds no others.
func scalar(n *tree.Node) *tree.Node {
	return &tree.Node{Kind: n.Kind, Text: n.Text}
}

func content(n *tree.Node) *tree.Node {
	for range 100 {
		if n.Alias == nil {
			break
		}
		n = n.Alias
	}
	return n
}

// within copies a value, each part below it by a function.
func (c *copier) within(n *tree.Node, part func(*tree.Node) (*tree.Node, error)) (*tree.Node, error) {
	if err := c.count(); err != nil {
		return nil, err
	}
	switch n.Kind {
	case tree.Mapping:
		object := tree.NewObject()
		for _, m := range n.Members {
			v, err := part(m.Value)
			if err != nil {
				return nil, err
			}
			object.Set(m.Key.Text, v)
		}
		return object, nil
	case tree.Sequence:
		list := tree.NewArray()
		for _, item := range n.Items {
			v, err := part(item)
			if err != nil {
				return nil, err
			}
			list.Append(v)
		}
		return list, nil
	}
	return scalar(n), nil
}

func printed(n *tree.Node) (string, error) {
	text, err := tree.Print(n, tree.JSON)
	return strings.TrimSpace(string(text)), err
}

// jsonCopy copies a JSON Schema. What it refers to goes to "definitions", once
// each, so that recursion stays what it is.
type jsonCopy struct {
	copier
	names map[*tree.Node]string
	queue []*tree.Node
}

func (j *jsonCopy) alone(root *tree.Node) (string, error) {
	start := root
	if root.Get("$ref").Is(tree.String) {
		found, err := j.target(root)
		if err != nil {
			return "", err
		}
		start = found
	}
	start = content(start)
	j.names[start] = ""
	out, err := j.value(start)
	if err != nil {
		return "", err
	}
	definitions := tree.NewObject()
	for len(j.queue) > 0 {
		n := j.queue[0]
		j.queue = j.queue[1:]
		v, err := j.value(n)
		if err != nil {
			return "", err
		}
		definitions.Set(j.names[n], v)
	}
	if definitions.Len() > 0 && out.Is(tree.Mapping) {
		// In the place of its own: what is used of those is among them.
		out.Set("definitions", definitions)
	}
	return printed(out)
}

func (j *jsonCopy) value(n *tree.Node) (*tree.Node, error) {
	n = content(n)
	link := n.Get("$ref")
	if !link.Is(tree.String) {
		return j.within(n, j.value)
	}
	found, problem := j.ws.Target(j.ctx, link)
	if problem != nil {
		return nil, errors.New(problem.Message)
	}
	name, known := j.names[content(found)]
	if !known {
		name = j.name(link.Text)
		j.names[content(found)] = name
		j.queue = append(j.queue, content(found))
	}
	at := "#"
	if name != "" {
		at = "#/definitions/" + tree.EscapePointer(name)
	}
	return j.within(n, func(part *tree.Node) (*tree.Node, error) {
		if part == link {
			return tree.NewString(at), nil
		}
		return j.value(part)
	})
}

// name is a name for what a reference leads to: its last part, made unique.
func (j *jsonCopy) name(link string) string {
	base := link[strings.LastIndexAny(link, "/#")+1:]
	base, _, _ = strings.Cut(base, ".")
	if base == "" {
		base = "schema"
	}
	taken := func(name string) bool {
		for _, other := range j.names {
			if other == name {
				return true
			}
		}
		return false
	}
	name := base
	for i := 2; taken(name); i++ {
		name = fmt.Sprintf("%s%d", base, i)
	}
	return name
}

// avroCopy copies an Avro schema. What it refers to is put in its place the
// first time; after that a type goes by its name.
type avroCopy struct {
	copier
	seen map[string]bool
	way  []*tree.Node
}

func (a *avroCopy) alone(root *tree.Node) (string, error) {
	out, err := a.value(root)
	if err != nil {
		return "", err
	}
	return printed(out)
}

func (a *avroCopy) value(n *tree.Node) (*tree.Node, error) {
	n = content(n)
	if !n.Get("$ref").Is(tree.String) {
		return a.within(n, a.value)
	}
	found, err := a.target(n)
	if err != nil {
		return nil, err
	}
	found = content(found)
	if name := avroName(found); name != "" {
		if a.seen[name] {
			return tree.NewString(name), nil
		}
		a.seen[name] = true
	}
	if slices.Contains(a.way, found) || len(a.way) > 100 {
		return nil, errors.New("its references lead round")
	}
	a.way = append(a.way, found)
	defer func() { a.way = a.way[:len(a.way)-1] }()
	return a.within(found, a.value)
}

// avroName is the full name of the type that a schema defines, or "".
func avroName(n *tree.Node) string {
	name, space := n.Get("name").Str(), n.Get("namespace").Str()
	if name == "" || space == "" || strings.Contains(name, ".") {
		return name
	}
	return space + "." + name
}
