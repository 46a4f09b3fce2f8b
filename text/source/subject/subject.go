// Package subject opens schemas by the addresses that a schema registry gives
// them, /subjects/{subject}/versions/{version}/schema, and knows what else the
// registry says of them: which version "latest" is, their language, and the
// schemas that they refer to by name.
//
// It opens no connection: another Opener fetches what it reads. It must not
// know any schema language: whoever makes an Opener may say how a schema that
// names others becomes complete.
package subject

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/weft-dev/weft/text/source"
)

// Entry is what a registry says of one version of a subject.
type Entry struct {
	Subject string
	Version int
	ID      int
	// Type is the language: AVRO, JSON or PROTOBUF.
	Type string
	// References are the schemas that this one names.
	References []Reference
}

// Reference is a schema that another one names.
type Reference struct {
	// Name is the name: an Avro type, what stands in a "$ref", an import.
	Name string
	// URI is where the schema is.
	URI string
}

// Opener opens schemas of registries, and passes on all other addresses. It is
// safe for concurrent use where the inner Opener is.
type Opener struct {
	inner    source.Opener
	complete Complete

	mu      sync.Mutex
	entries map[string]*entry // by the address of a version
	named   map[string]string // names of referenced schemas that are addresses
}

// entry is an answer of a registry.
type entry struct {
	Entry
	text string // the schema
}

// Complete makes a schema complete that names others: it returns the text with
// those put in that it needs. Kind is the language, as in Entry.Type, and known
// are the texts of all that it or another of them names, by these names. The
// text stays as it is where its language has other ways to name a schema.
type Complete func(kind, text string, known map[string]string) string

// New returns an Opener that fetches with another one. Complete may be nil.
func New(inner source.Opener, complete Complete) *Opener {
	return &Opener{inner: inner, complete: complete, entries: map[string]*entry{}, named: map[string]string{}}
}

// Address is the address of a schema in a registry, taken apart.
type Address struct {
	// Base is the address of the registry, without a slash at its end.
	Base    string
	Subject string
	Version string // a number, "latest" or "-1"
	// Rest is what follows the version: "schema", or the name of a schema that
	// this one refers to.
	Rest string
}

// Parse takes an address apart. It is not ok for one that is none of a
// registry.
func Parse(uri string) (Address, bool) {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" {
		return Address{}, false
	}
	words := strings.Split(u.EscapedPath(), "/")
	for i := len(words) - 4; i >= 0; i-- {
		if words[i] != "subjects" || words[i+2] != "versions" {
			continue
		}
		subject, err := url.PathUnescape(words[i+1])
		if err != nil || subject == "" || !isVersion(words[i+3]) {
			return Address{}, false
		}
		rest, err := url.PathUnescape(strings.Join(words[i+4:], "/"))
		base := *u
		base.Path, base.RawPath, base.Fragment = "", "", ""
		return Address{
			Base: base.String() + strings.Join(words[:i], "/"), Subject: subject, Version: words[i+3], Rest: rest,
		}, err == nil && rest != ""
	}
	return Address{}, false
}

func isVersion(word string) bool {
	if word == "latest" || word == "-1" {
		return true
	}
	n, err := strconv.Atoi(word)
	return err == nil && n > 0
}

// IsLatest reports whether the address stands for whatever version is newest.
func (a Address) IsLatest() bool { return a.Version == "latest" || a.Version == "-1" }

// At is the address of the schema of a version.
func (a Address) At(version string) string { return a.entryURI(version) + "/schema" }

func (a Address) entryURI(version string) string {
	return a.Base + "/subjects/" + url.PathEscape(a.Subject) + "/versions/" + version
}

// Open opens the schema at an address of a registry, or whatever is at another.
// The File of a schema has the address of its version, whatever was asked for.
func (o *Opener) Open(ctx context.Context, uri string) (*source.File, error) {
	a, ok := Parse(uri)
	if !ok {
		if known := o.byName(uri); known != "" {
			return o.Open(ctx, known)
		}
		return o.inner.Open(ctx, uri)
	}
	e, err := o.entry(ctx, a)
	switch {
	case err != nil:
		return nil, err
	case e == nil: // it only looks like a registry
		return o.inner.Open(ctx, uri)
	case a.Rest != "schema":
		return o.referenced(ctx, uri, e, a.Rest)
	}
	text, err := o.whole(ctx, e)
	if err != nil {
		return nil, err
	}
	return e.file(a, text), nil
}

// mostNamed bounds how many schemas one may name, directly or not.
const mostNamed = 1_000

// whole is the text of a schema with those that it names.
func (o *Opener) whole(ctx context.Context, e *entry) (string, error) {
	if o.complete == nil || len(e.References) == 0 {
		return e.text, nil
	}
	known := map[string]string{}
	queue := slices.Clone(e.References)
	for len(queue) > 0 {
		r := queue[0]
		queue = queue[1:]
		if _, ok := known[r.Name]; ok {
			continue
		}
		if len(known) >= mostNamed {
			return "", &source.OpenError{URI: source.Redact(r.URI), Kind: source.ErrTooLarge, Reason: "the schema names too many others"}
		}
		a, _ := Parse(r.URI)
		next, err := o.entry(ctx, a)
		if err == nil && next == nil {
			err = &source.OpenError{
				URI: source.Redact(r.URI), Kind: source.ErrNotFound,
				Reason: "the registry does not have the schema that another one names " + r.Name, Help: "register it again",
			}
		}
		if err != nil {
			return "", err
		}
		known[r.Name] = next.text
		queue = append(queue, next.References...)
	}
	return o.complete(e.Type, e.text, known), nil
}

func (o *Opener) byName(uri string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.named[uri]
}

// file is the schema as a text. Its name says in which language it is where
// the text does not.
func (e *entry) file(a Address, text string) *source.File {
	uri := a.At(strconv.Itoa(e.Version))
	if e.Type == "PROTOBUF" {
		uri += ".proto"
	}
	return source.NewFile(uri, source.DisplayName(a.At(strconv.Itoa(e.Version))), []byte(text))
}

// referenced opens a schema that another one refers to by its name.
func (o *Opener) referenced(ctx context.Context, uri string, e *entry, name string) (*source.File, error) {
	for _, r := range e.References {
		if r.Name == name || path.Clean(r.Name) == path.Clean(name) {
			return o.Open(ctx, r.URI)
		}
	}
	return nil, &source.OpenError{
		URI: source.Redact(uri), Kind: source.ErrNotFound,
		Reason: "the registry has no reference of that name with version " + strconv.Itoa(e.Version) + " of " + e.Subject,
		Help:   "check the name, and the references that the schema was registered with",
	}
}

// Entry returns what the registry says of the schema at an address. It is not
// ok for addresses that are none of a registry.
func (o *Opener) Entry(ctx context.Context, uri string) (Entry, bool, error) {
	a, ok := Parse(strings.TrimSuffix(uri, ".proto"))
	if !ok || a.Rest != "schema" {
		return Entry{}, false, nil
	}
	e, err := o.entry(ctx, a)
	if err != nil || e == nil {
		return Entry{}, false, err
	}
	return e.Entry, true, nil
}

// answer is the JSON of a version.
type answer struct {
	Subject    string `json:"subject"`
	Version    int    `json:"version"`
	ID         int    `json:"id"`
	SchemaType string `json:"schemaType"`
	Schema     string `json:"schema"`
	References []struct {
		Name    string `json:"name"`
		Subject string `json:"subject"`
		Version int    `json:"version"`
	} `json:"references"`
}

// entry asks the registry for a version, once. It returns nil where there is
// no answer of a registry: what else there is at the address will tell.
func (o *Opener) entry(ctx context.Context, a Address) (*entry, error) {
	uri := a.entryURI(a.Version)
	o.mu.Lock()
	known, ok := o.entries[uri]
	o.mu.Unlock()
	if ok {
		return known, nil
	}
	f, err := o.inner.Open(ctx, uri)
	if err != nil && !errors.Is(err, source.ErrNotFound) {
		return nil, err
	}
	var e *entry
	if err == nil {
		e = parse(a, f.Data())
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.entries[uri] = e
	if e != nil {
		o.entries[a.entryURI(strconv.Itoa(e.Version))] = e
		o.learn(e)
	}
	return e, nil
}

// learn keeps the names that are addresses of their own: a "$ref" with one
// means the schema in the registry.
func (o *Opener) learn(e *entry) {
	for _, r := range e.References {
		if strings.Contains(r.Name, "://") && o.named[r.Name] == "" {
			o.named[r.Name] = r.URI
		}
	}
}

func parse(a Address, data []byte) *entry {
	var got answer
	if json.Unmarshal(data, &got) != nil || got.Schema == "" || got.Version <= 0 {
		return nil
	}
	e := &entry{text: got.Schema}
	e.Entry = Entry{Subject: got.Subject, Version: got.Version, ID: got.ID, Type: got.SchemaType}
	if e.Type == "" {
		e.Type = "AVRO"
	}
	for _, r := range got.References {
		to := Address{Base: a.Base, Subject: r.Subject}
		e.References = append(e.References, Reference{Name: r.Name, URI: to.At(strconv.Itoa(r.Version))})
	}
	return e
}
