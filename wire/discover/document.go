package discover

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/weft-dev/weft/text/tree"
	"github.com/weft-dev/weft/wire/registry"
)

// Place is a server and what of it is to be described.
type Place struct {
	URL   string // without user and password
	Finds []*Find
}

// Document writes an AsyncAPI document of what was found. It has no operations,
// since a server does not know who sends, and no examples, since messages are
// somebody's data. Schemas of the registry are taken as they are; client may be
// nil.
func Document(ctx context.Context, places []Place, client *registry.Client) (*tree.Node, error) {
	w := &writer{
		client: client, taken: map[string]bool{},
		servers: tree.NewObject(), channels: tree.NewObject(), schemas: tree.NewObject(),
	}
	for _, p := range places {
		if err := w.place(ctx, p); err != nil {
			return nil, err
		}
	}
	info := object("title", "What was found", "version", "0.1.0",
		"description", "A first draft, made of what brokers hold. Nobody has agreed to it yet.")
	info.Set("tags", tree.NewArray(object("name", "discovered")))
	doc := object("asyncapi", "3.1.0", "id", "urn:weft:discovered")
	doc.Set("info", info)
	doc.Set("defaultContentType", tree.NewString("application/json"))
	doc.Set("servers", w.servers)
	doc.Set("channels", w.channels)
	if len(w.schemas.Members) > 0 {
		components := tree.NewObject()
		components.Set("schemas", w.schemas)
		doc.Set("components", components)
	}
	return doc, nil
}

// object is an object of texts, by names and values in turn.
func object(pairs ...string) *tree.Node {
	n := tree.NewObject()
	for i := 0; i+1 < len(pairs); i += 2 {
		n.Set(pairs[i], tree.NewString(pairs[i+1]))
	}
	return n
}

type writer struct {
	client                     *registry.Client
	taken                      map[string]bool // names, of any kind
	servers, channels, schemas *tree.Node
}

func (w *writer) place(ctx context.Context, p Place) error {
	u, err := url.Parse(p.URL)
	if err != nil {
		return fmt.Errorf("the server's URL %s: %w", p.URL, err)
	}
	protocol := u.Scheme
	name := w.free(protocol)
	w.servers.Set(name, object("host", u.Host, "protocol", protocol, "description", "Where it was found."))
	for _, f := range p.Finds {
		if err := w.channel(ctx, f, name, protocol); err != nil {
			return err
		}
	}
	return nil
}

// free makes a name that is not taken.
func (w *writer) free(name string) string {
	free := name
	for i := 2; w.taken[free]; i++ {
		free = fmt.Sprintf("%s%d", name, i)
	}
	w.taken[free] = true
	return free
}

func (w *writer) channel(ctx context.Context, f *Find, server, protocol string) error {
	title := strings.Join(wordsOf(f.Address), " ")
	if title == "" {
		title = "channel"
	}
	c := object("address", f.Address, "title", upper(title), "description", f.about())
	c.Set("servers", tree.NewArray(object("$ref", "#/servers/"+server)))
	name := w.free(pascal(title))
	m := object("name", name, "title", upper(title), "summary", "What was seen on "+f.Address+".")
	if err := w.payload(ctx, f, m, name); err != nil {
		return err
	}
	if protocol == "kafka" && f.Keyed > 0 {
		key, binding := tree.NewObject(), tree.NewObject()
		key.Set("key", object("type", "string"))
		binding.Set("kafka", key)
		m.Set("bindings", binding)
	}
	messages := tree.NewObject()
	messages.Set(name, m)
	c.Set("messages", messages)
	w.channels.Set(lower(name), c)
	return nil
}

// payload says what a message is like: by the registry where messages name one
// schema there, else by what was seen.
func (w *writer) payload(ctx context.Context, f *Find, m *tree.Node, name string) error {
	switch {
	case f.Framed > 0 && len(f.SchemaIDs) > 0 && w.client != nil:
		// The last that was seen, as readers of it read what came before.
		known, err := w.client.ByID(ctx, f.SchemaIDs[len(f.SchemaIDs)-1])
		if registry.IsNotFound(err) {
			break // five bytes that look like an id, and are none
		}
		if err != nil {
			return err
		}
		return w.registered(m, known)
	case f.Sampled > 0 && f.JSON == f.Sampled:
		m.Set("contentType", tree.NewString("application/json"))
		w.schemas.Set(name, f.shape.schema())
		m.Set("payload", object("$ref", "#/components/schemas/"+name))
		return nil
	case f.Sampled > 0 && f.JSON == 0 && f.Binary == 0 && f.Framed == 0:
		m.Set("contentType", tree.NewString("text/plain"))
		m.Set("payload", object("type", "string"))
		return nil
	}
	if f.Sampled > 0 {
		m.Set("contentType", tree.NewString("application/octet-stream"))
	}
	return nil
}

// registered sets the payload to a schema of the registry.
func (w *writer) registered(m *tree.Node, s registry.Schema) error {
	format, media := "", ""
	switch s.Kind() {
	case registry.Avro:
		format, media = "application/vnd.apache.avro+json;version=1.9.0", "application/vnd.apache.avro+json"
	case registry.JSON:
		format, media = "application/schema+json;version=draft-07", "application/json"
	case registry.Protobuf:
		format, media = "application/vnd.google.protobuf;version=3", "application/x-protobuf"
	}
	if format == "" || len(s.References) > 0 {
		m.Set("description", tree.NewString("Its schema is in the registry, and refers to others there."))
		m.Set("contentType", tree.NewString("application/octet-stream"))
		return nil
	}
	m.Set("contentType", tree.NewString(media))
	payload := object("schemaFormat", format)
	text := tree.NewString(s.Text)
	if s.Kind() != registry.Protobuf {
		var value any
		reader := json.NewDecoder(strings.NewReader(s.Text))
		reader.UseNumber()
		if err := reader.Decode(&value); err != nil {
			return fmt.Errorf("the registry's schema is not JSON: %w", err)
		}
		var err error
		if text, err = tree.FromValue(value); err != nil {
			return err
		}
	}
	payload.Set("schema", text)
	m.Set("payload", payload)
	return nil
}

// about tells what was found, and who reads it.
func (f *Find) about() string {
	text := "Nothing was in it."
	if f.Sampled > 0 {
		text = fmt.Sprintf("Seen in %d messages.", f.Sampled)
	}
	var groups []string
	for _, g := range f.Groups {
		groups = append(groups, g.Group)
	}
	if len(groups) > 0 {
		slices.Sort(groups)
		text += " Read by " + strings.Join(groups, ", ") + "."
	}
	return text
}

func pascal(words string) string {
	var b strings.Builder
	for _, word := range strings.Fields(words) {
		for _, c := range upper(word) {
			if c <= unicode.MaxASCII { // names of components have no others
				b.WriteRune(c)
			}
		}
	}
	if b.Len() == 0 {
		return "Message"
	}
	return b.String()
}

func upper(text string) string { return change(text, unicode.ToUpper) }
func lower(text string) string { return change(text, unicode.ToLower) }

// change changes the first letter.
func change(text string, to func(rune) rune) string {
	for i, c := range text {
		return text[:i] + string(to(c)) + text[i+len(string(c)):]
	}
	return text
}
