package registrydiff

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/weft-dev/weft/text/source"
)

// jsonSchema is a JSON Schema and what it refers to.
type jsonSchema struct {
	docs    map[string]*jsonDocument // by the name that references use
	root    *jsonDocument
	classes map[string]*class
}

type jsonDocument struct {
	name string // "" for the schema itself
	uri  string
	root place
	ids  map[string]place // the schemas that have an "$id" or an anchor
	// patterns are those of properties, compiled once; nil for those that are
	// not Go's.
	patterns map[string]*regexp.Regexp
}

// jsonLanguage is JSON Schema.
type jsonLanguage struct{}

func (jsonLanguage) parse(p *Parsed) error {
	value, err := decode(p.schema.Text)
	if err != nil {
		return err
	}
	if !isSchema(value) {
		return errors.New("a JSON Schema is an object, true or false")
	}
	if p.canonical, err = compact(p.schema.Text); err != nil {
		return err
	}
	p.normalized = sorted(value)
	s := &jsonSchema{docs: map[string]*jsonDocument{}, classes: map[string]*class{}}
	s.root = s.document("", value)
	for _, used := range p.schema.Uses {
		value, err := decode(used.Text)
		if err != nil {
			return fmt.Errorf("the reference %q: %w", used.Name, err)
		}
		s.docs[used.Name] = s.document(used.Name, value)
	}
	p.json = s
	if err := s.readAll(s.root.root); err != nil {
		return err
	}
	return s.compiles(p.schema)
}

func (s *jsonSchema) document(name string, value any) *jsonDocument {
	d := &jsonDocument{name: name, ids: map[string]place{}, patterns: map[string]*regexp.Regexp{}}
	d.root = place{doc: d, value: value}
	d.uri = join(schemaURI, name)
	if id := idOf(d.root); id != "" {
		d.uri = join(d.uri, id)
	}
	d.collect(d.root, d.uri)
	return d
}

func idOf(p place) string {
	for _, key := range []string{"$id", "id"} {
		if v, ok := p.get(key); ok {
			if text, ok := v.value.(string); ok {
				return text
			}
		}
	}
	return ""
}

// collect finds the schemas that have names of their own.
func (d *jsonDocument) collect(p place, base string) {
	if id := idOf(p); id != "" {
		base = join(base, id)
		d.ids[strings.TrimSuffix(base, "#")] = p
	}
	if anchor, ok := p.get("$anchor"); ok {
		if text, ok := anchor.value.(string); ok {
			d.ids[strings.TrimSuffix(base, "#")+"#"+text] = p
		}
	}
	for _, q := range below(p) {
		d.collect(q, base)
	}
}

// join resolves a reference; what cannot be resolved stays as it is.
func join(base, ref string) string {
	target, fragment, err := source.Resolve(base, ref)
	if err != nil {
		return ref
	}
	if fragment != "" {
		return target + "#" + fragment
	}
	return target
}

// resolve finds what a reference means: a place in the document, a schema with
// that "$id", or another that the registry was told to use under that name.
func (s *jsonSchema) resolve(d *jsonDocument, ref string) (place, error) {
	bare, fragment, _ := strings.Cut(ref, "#")
	if decoded, err := url.PathUnescape(fragment); err == nil {
		fragment = decoded
	}
	target := d
	if bare != "" {
		full := join(d.uri, bare)
		if p, ok := d.ids[full]; ok && (fragment == "" || fragment[0] == '/') {
			return at(p, fragment, ref)
		}
		if target = s.named(bare, full); target == nil {
			return place{}, fmt.Errorf("it refers to %q, which is not among its references", ref)
		}
	}
	if fragment != "" && fragment[0] != '/' {
		if p, ok := target.ids[strings.TrimSuffix(target.uri, "#")+"#"+fragment]; ok {
			return p, nil
		}
		return place{}, fmt.Errorf("it refers to %q, which leads nowhere", ref)
	}
	return at(target.root, fragment, ref)
}

// named finds a document by the text of a reference, or by what it means.
func (s *jsonSchema) named(bare, full string) *jsonDocument {
	if d := s.docs[bare]; d != nil {
		return d
	}
	if s.root.uri == full {
		return s.root
	}
	for _, d := range s.docs {
		if d.uri == full {
			return d
		}
	}
	return nil
}

// at follows a JSON Pointer.
func at(p place, pointer, ref string) (place, error) {
	if pointer == "" {
		return p, nil
	}
	for _, token := range strings.Split(pointer[1:], "/") {
		token = strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
		q, ok := p.get(token)
		if !ok {
			q, ok = p.item(token)
		}
		if !ok {
			return place{}, fmt.Errorf("it refers to %q, which leads nowhere", ref)
		}
		p = q
	}
	return p, nil
}

// item is an item of a list, by its number in a pointer.
func (p place) item(token string) (place, bool) {
	items, ok := p.value.([]any)
	if !ok {
		return place{}, false
	}
	for i, item := range items {
		if fmt.Sprint(i) == token {
			return place{p.doc, p.path + "/" + token, item}, true
		}
	}
	return place{}, false
}

// readAll sorts every schema of the document, so that what is wrong with one is
// known when it is registered and not when the next is compared with it.
func (s *jsonSchema) readAll(p place) error {
	if _, err := s.classOf(p); err != nil {
		return err
	}
	for _, q := range below(p) {
		if err := s.readAll(q); err != nil {
			return err
		}
	}
	return nil
}
