package discover

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/wire/registry"
)

// Bounds of what one schema may refer to in a registry.
const (
	maxUsed     = 100
	maxUsedText = 4 << 20 // bytes
)

// embedder writes schemas that a schema of the registry refers to into it, since
// a document cannot name subjects.
type embedder struct {
	client *registry.Client
	size   int
	found  map[string]any // schemas, by the name that they are referred to by
	done   map[string]bool
}

// embed returns a schema that stands alone. Protobuf has no way to say that: ok is
// false then.
func (w *known) embed(ctx context.Context, s registry.Schema, value any) (alone any, ok bool, err error) {
	if s.Kind() == registry.Protobuf {
		return nil, false, nil
	}
	e := &embedder{client: w.client, found: map[string]any{}, done: map[string]bool{}}
	if err := e.fetch(ctx, s.References); err != nil {
		return nil, false, err
	}
	if s.Kind() == registry.Avro {
		return e.avro(value, ""), true, nil
	}
	root, isObject := e.json(value, "").(map[string]any)
	if !isObject {
		return nil, false, nil
	}
	definitions := map[string]any{}
	if own, isObject := root["definitions"].(map[string]any); isObject {
		definitions = maps.Clone(own)
	}
	for name, used := range e.found {
		definitions[keyOf(name)] = e.json(used, "#/definitions/"+keyOf(name))
	}
	root["definitions"] = definitions
	return root, true, nil
}

func (e *embedder) fetch(ctx context.Context, list []registry.Reference) error {
	for _, r := range list {
		if _, known := e.found[r.Name]; known {
			continue
		}
		used, err := e.client.Version(ctx, r.Subject, r.Version, true)
		if err != nil {
			return fmt.Errorf("%q, which a schema refers to: %w", r.Name, err)
		}
		if e.size += len(used.Text); e.size > maxUsedText || len(e.found) >= maxUsed {
			return fmt.Errorf("a schema of the registry refers to more than %d others or %d bytes", maxUsed, maxUsedText)
		}
		if e.found[r.Name], err = schema.DecodeJSON([]byte(used.Text)); err != nil {
			return fmt.Errorf("%q, which a schema refers to, %w", r.Name, err)
		}
		if err := e.fetch(ctx, used.References); err != nil {
			return err
		}
	}
	return nil
}

// avro puts the definition of a name where the name is first used: from there on
// Avro knows it.
func (e *embedder) avro(node any, namespace string) any {
	switch v := node.(type) {
	case string:
		for _, name := range []string{v, namespace + "." + v} {
			if used, known := e.found[name]; known && !e.done[name] {
				e.done[name] = true
				return e.avro(rooted(used), "")
			}
		}
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = e.avro(v[i], namespace)
		}
		return list
	case map[string]any:
		if own, is := v["namespace"].(string); is {
			namespace = own
		} else if name, is := v["name"].(string); is && strings.Contains(name, ".") {
			namespace = name[:strings.LastIndex(name, ".")]
		}
		object := maps.Clone(v)
		for _, part := range []string{"type", "items", "values", "fields"} {
			if below, there := v[part]; there {
				object[part] = e.avro(below, namespace)
			}
		}
		return object
	}
	return node
}

// rooted keeps a schema from taking the namespace of what it is put into.
func rooted(node any) any {
	object, is := node.(map[string]any)
	if !is || object["namespace"] != nil {
		return node
	}
	if name, is := object["name"].(string); !is || strings.Contains(name, ".") {
		return node
	}
	object = maps.Clone(object)
	object["namespace"] = ""
	return object
}

// json leads references to the definitions, and those within one to where it is.
func (e *embedder) json(node any, at string) any {
	switch v := node.(type) {
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = e.json(v[i], at)
		}
		return list
	case map[string]any:
		object := make(map[string]any, len(v))
		for name, below := range v {
			object[name] = e.json(below, at)
		}
		if to, is := v["$ref"].(string); is {
			object["$ref"] = e.leads(to, at)
		}
		return object
	}
	return node
}

func (e *embedder) leads(to, at string) string {
	name, fragment, _ := strings.Cut(to, "#")
	if _, known := e.found[name]; known {
		return "#/definitions/" + keyOf(name) + fragment
	}
	if name == "" && at != "" {
		return at + fragment
	}
	return to
}

// keyOf is a name that needs no escapes in a pointer.
func keyOf(name string) string {
	return strings.Map(func(c rune) rune {
		if c < 0x80 && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.') {
			return c
		}
		return '_'
	}, name)
}
