// Package examples makes examples of messages from their schemas: one that
// shows what is usual, and those at the edges that tests and readers forget.
// Every example is judged by the schema before it is given away, and the same
// seed gives the same examples.
//
// JSON Schema is gone through place by place, so that values look like what
// their names say. Of the other languages it knows only what schema.Schema
// promises: a sample that fits. It must not know where examples are written.
package examples

import (
	"context"
	"fmt"
	"slices"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// Options say which examples are made.
type Options struct {
	// Seed chooses among values that are equally good.
	Seed uint64
	// Max is how many examples are made at most; 0 is DefaultMax.
	Max int
}

// DefaultMax is how many examples of a message are made where nothing is said.
const DefaultMax = 6

// HappyPath is the name of the first example: what is usual.
const HappyPath = "happy path"

// Example is one example of a message.
type Example struct {
	// Name says what it shows, and is unique among those of a message.
	Name string
	// Summary is a sentence about it, or "".
	Summary string
	// Headers and Payload are nil where the message has none.
	Headers, Payload *tree.Node
}

// Value is one example of a schema.
type Value struct {
	Name, Summary string
	Node          *tree.Node
}

// OfMessage returns examples of a message, the usual one first.
func OfMessage(ctx context.Context, ws *ref.Workspace, set *schema.Set, m *asyncapi.Message, opt Options) ([]Example, error) {
	payloads, err := of(ctx, ws, set, m.Payload, opt)
	if err != nil {
		return nil, fmt.Errorf("the payload: %w", err)
	}
	headers, err := of(ctx, ws, set, m.Headers, Options{Seed: opt.Seed, Max: 2})
	if err != nil {
		return nil, fmt.Errorf("the headers: %w", err)
	}
	var list []Example
	for _, p := range payloads {
		e := Example{Name: p.Name, Summary: p.Summary, Payload: p.Node}
		for i, h := range headers {
			if i == 0 || h.Name == p.Name {
				e.Headers = h.Node.Clone()
			}
		}
		list = append(list, e)
	}
	if len(payloads) == 0 {
		for _, h := range headers {
			list = append(list, Example{Name: h.Name, Summary: h.Summary, Headers: h.Node})
		}
	}
	return list, nil
}

func of(ctx context.Context, ws *ref.Workspace, set *schema.Set, s *asyncapi.Schema, opt Options) ([]Value, error) {
	if s == nil || s.Node == nil {
		return nil, nil
	}
	format, err := schema.ParseFormat(s.Format)
	if err != nil {
		return nil, err
	}
	return Of(ctx, ws, set, s.Node, format, opt)
}

// Of returns examples of a schema, the usual one first. It fails where the
// schema cannot be read or no value that fits it is found.
func Of(ctx context.Context, ws *ref.Workspace, set *schema.Set, node *tree.Node, format schema.Format, opt Options) ([]Value, error) {
	if opt.Max <= 0 {
		opt.Max = DefaultMax
	}
	compiled, err := set.Compile(node, format)
	if err != nil {
		return nil, err
	}
	if format.Family != schema.JSONSchema {
		return samples(compiled, opt)
	}
	p := &planner{maker: maker{ctx: ctx, ws: ws, set: set, format: format, seed: opt.Seed}, root: node, compiled: compiled, most: opt.Max}
	return p.plan()
}

// samples are examples in a language that only makes samples. Strings get
// values that fit the names of their places, as far as the schema takes them.
func samples(s schema.Schema, opt Options) ([]Value, error) {
	var list []Value
	var seen []string
	for i := range uint64(opt.Max) * 2 {
		v, err := s.Sample(opt.Seed + i)
		if err != nil {
			if len(list) > 0 {
				break
			}
			return nil, err
		}
		n, err := tree.FromValue(dressed(s, v, opt.Seed+i))
		if err != nil {
			return nil, err
		}
		text := canonical(n)
		if slices.Contains(seen, text) {
			continue
		}
		seen = append(seen, text)
		name := HappyPath
		if len(list) > 0 {
			name = fmt.Sprintf("variation %d", len(list))
		}
		if list = append(list, Value{Name: name, Node: n}); len(list) == opt.Max {
			break
		}
	}
	return list, nil
}

// dressed puts likely values in the place of the strings of a sample, each only
// if the whole still fits.
func dressed(s schema.Schema, v any, seed uint64) any {
	left := 200 // places that are looked at
	var walk func(v any, name string, set func(any))
	walk = func(at any, name string, set func(any)) {
		if left--; left < 0 {
			return
		}
		switch at := at.(type) {
		case string:
			set(likelyText(name, "", choose(seed, name)))
			if len(s.Validate(v)) > 0 {
				set(at)
			}
		case []any:
			for i := range at {
				walk(at[i], singular(name), func(x any) { at[i] = x })
			}
		case map[string]any:
			for _, key := range sortedKeys(at) {
				walk(at[key], key, func(x any) { at[key] = x })
			}
		}
	}
	walk(v, "", func(x any) { v = x })
	return v
}

func canonical(n *tree.Node) string {
	text, err := schema.EncodeJSON(n.Value())
	if err != nil {
		return n.Path()
	}
	return string(text)
}
