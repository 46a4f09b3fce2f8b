package bundle

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/spec/shape"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// language is what must be known of a specification to bundle its documents:
// where references may stand, and where what they lead to has a home.
type language struct {
	name    string // the field that holds the version
	title   string
	version string
	major   string
	set     *shape.Set
	// sections are where objects have a home, by their names in the tables:
	// "message" → "messages".
	sections map[string]string
	// home is the object of the root that holds the sections; "" where the
	// section is at the root.
	home string
	data func(*tree.Node) bool
	// spread are the maps of the root whose entries are merged one by one.
	spread []string
}

// languageOf says in which language a document is written.
func languageOf(d *ref.Document) (*language, *diag.Diagnostic) {
	root := d.Root
	for _, find := range []func(*tree.Node) *language{asyncAPI, openAPI, arazzoLanguage, jsonSchema} {
		l := find(root)
		if l == nil {
			continue
		}
		if l.set == nil && l.name != "$schema" {
			at := root.Get(l.name)
			return nil, finding(CodeNotBundled, at, fmt.Sprintf("%s %q cannot be bundled", l.title, at.Str()), l.advice())
		}
		return l, nil
	}
	return nil, finding(CodeNotBundled, root, "this is no document of a kind that can be bundled", "name an AsyncAPI, OpenAPI, Arazzo or JSON Schema document")
}

func finding(code diag.Code, at *tree.Node, message, help string) *diag.Diagnostic {
	span := at.Span
	if at.Key == nil && at.Parent == nil {
		span.End = span.Start
	}
	return &diag.Diagnostic{Code: code, Severity: diag.Error, Span: span, Path: at.Path(), Message: message, Help: help}
}

// advice is what to do about a version that cannot be bundled.
func (l *language) advice() string {
	if l.name == "swagger" {
		return "convert it to OpenAPI 3 first"
	}
	return "write a version that is known, such as that of the newest specification"
}

func versionOf(root *tree.Node, field string) (version, major string, minor int) {
	version = root.Get(field).Str()
	parts := strings.SplitN(version, ".", 3)
	if len(parts) > 1 {
		minor, _ = strconv.Atoi(parts[1])
	}
	return version, parts[0], minor
}

func asyncAPI(root *tree.Node) *language {
	if !root.Has("asyncapi") {
		return nil
	}
	l := &language{name: "asyncapi", title: "AsyncAPI", home: "components", data: asyncapi.IsData}
	l.version, l.major, _ = versionOf(root, l.name)
	l.set = asyncapi.Set(l.version)
	l.spread = []string{"servers", "channels", "operations", "components"}
	l.learn("components object")
	return l
}

func openAPI(root *tree.Node) *language {
	if !openapi.Is(root) {
		return nil
	}
	l := &language{name: "openapi", title: "OpenAPI", home: "components", data: isData}
	if root.Has("swagger") {
		l.name = "swagger"
	}
	minor := 0
	l.version, l.major, minor = versionOf(root, l.name)
	if major, err := strconv.Atoi(l.major); err == nil {
		l.set = openapi.Structure(openapi.Version{Major: major, Minor: minor})
	}
	l.spread = []string{"paths", "webhooks", "components"}
	l.learn("components")
	return l
}

func arazzoLanguage(root *tree.Node) *language {
	if !arazzo.Is(root) {
		return nil
	}
	l := &language{name: "arazzo", title: "Arazzo", home: "components", data: isData}
	minor := 0
	l.version, l.major, minor = versionOf(root, l.name)
	if major, err := strconv.Atoi(l.major); err == nil {
		l.set = arazzo.Structure(arazzo.Version{Major: major, Minor: minor})
	}
	l.spread = []string{"components"}
	l.learn("components")
	return l
}

// jsonSchema is a schema in a file of its own. Every reference in it leads to
// a schema, so that no tables are needed.
func jsonSchema(root *tree.Node) *language {
	words := []string{"$schema", "$ref", "$defs", "definitions", "properties", "items", "allOf", "anyOf", "oneOf"}
	if !root.Is(tree.Mapping) || !slices.ContainsFunc(words, root.Has) {
		return nil
	}
	section := "definitions"
	if version := root.Get("$schema").Str(); root.Has("$defs") || strings.Contains(version, "/2019-09/") || strings.Contains(version, "/2020-12/") {
		section = "$defs"
	}
	return &language{
		name: "$schema", title: "JSON Schema", version: root.Get("$schema").Str(), data: isData,
		sections: map[string]string{"schema": section}, spread: []string{section},
	}
}

// learn reads from the tables which objects have a home among the components.
func (l *language) learn(components string) {
	l.sections = map[string]string{}
	if l.set == nil {
		return
	}
	o := l.set.Object(components)
	if o == nil {
		return
	}
	for _, f := range o.Fields {
		for _, name := range f.Type.Objects() {
			if l.sections[name] == "" {
				l.sections[name] = f.Name
			}
		}
	}
}

// isData reports whether a node is data by its key, as in OpenAPI and Arazzo.
func isData(n *tree.Node) bool {
	if n.Key == nil || n.Parent == nil || n.Parent.Name() == "properties" {
		return false
	}
	switch n.Key.Text {
	case "const", "default", "enum", "example", "value", "dataValue":
		return true
	case "examples": // of a schema; elsewhere they may be references
		return n.Kind == tree.Sequence
	case "mapping": // of a discriminator: names and addresses of schemas
		return n.Parent.Name() == "discriminator"
	}
	return false
}

// kind is what stands, or should stand, at the place of a reference.
type kind struct {
	object  string // as the tables call it, or "schema"
	section string // its home among the components; "" where it has none
}

// kindOf says what a reference in the bundle should lead to. It is not ok where
// the reference is only text: in data, in an extension.
func (b *bundler) kindOf(holder *tree.Node) (kind, bool) {
	for n := holder; n.Parent != nil; n = n.Parent {
		if b.language.data(n) {
			return kind{}, false
		}
	}
	if b.language.set == nil {
		return kind{object: "schema", section: b.language.sections["schema"]}, true
	}
	for n := holder; n != nil; n = n.Parent {
		place := b.language.set.At(n)
		if place.Type == nil {
			if place.In != nil && strings.HasPrefix(n.Name(), "x-") {
				return kind{}, false
			}
			continue
		}
		k, ok := b.language.kindOfType(place)
		if ok && (n == holder || k.section == b.language.sections["schema"]) {
			return k, true
		}
		if ok {
			break // what is around says nothing of what is within
		}
	}
	return b.language.guess(holder), true
}

// guesses are what stands under some keys, wherever these are: in objects that
// the tables do not know, such as one whose name is misspelt.
var guesses = lazy.Of[map[string]string]{Make: func() map[string]string {
	return map[string]string{"message": "message", "payload": "schema", "headers": "schema", "schema": "schema"}
}}

func (l *language) guess(holder *tree.Node) kind {
	if l.name != "asyncapi" {
		return kind{}
	}
	object := guesses.Get()[holder.Name()]
	return kind{object, l.sections[object]}
}

func (l *language) kindOfType(place shape.Place) (kind, bool) {
	names := place.Type.Objects()
	if place.Object != nil {
		names = []string{place.Object.Name}
	}
	for _, name := range names {
		if section := l.sections[name]; section != "" {
			return kind{name, section}, true
		}
	}
	for _, name := range names {
		if isSchemaObject(name) {
			return kind{"schema", l.sections["schema"]}, true
		}
	}
	if len(names) > 0 {
		return kind{object: names[0]}, true
	}
	return kind{}, false
}

func isSchemaObject(name string) bool {
	return strings.Contains(strings.ToLower(name), "schema") || strings.HasPrefix(name, "Avro")
}
