package discover

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
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
		known: known{client: client}, taken: map[string]bool{},
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

// under puts a node into an object of its own.
func under(name string, n *tree.Node) *tree.Node {
	outer := tree.NewObject()
	outer.Set(name, n)
	return outer
}

type writer struct {
	known
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
	server := object("host", u.Host, "protocol", protocol)
	if path := strings.TrimSuffix(u.Path, "/"); path != "" {
		server.Set("pathname", tree.NewString(path))
	}
	server.Set("description", tree.NewString("Where it was found."))
	w.servers.Set(name, server)
	asked := false
	for _, f := range p.Finds {
		framed, err := w.channel(ctx, f, name, protocol)
		if err != nil {
			return err
		}
		asked = asked || framed
	}
	if asked {
		server.Set("bindings", under("kafka", object("schemaRegistryUrl", w.client.Address(), "schemaRegistryVendor", "confluent")))
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

// channel describes an address, and reports whether its messages are read by the
// registry.
func (w *writer) channel(ctx context.Context, f *Find, server, protocol string) (framed bool, err error) {
	title := strings.Join(wordsOf(f.Address), " ")
	if title == "" {
		title = "channel"
	}
	c := object("title", upper(title), "description", f.about())
	address, key := f.address()
	if strings.ContainsAny(f.Address, "{}") && f.Exchange() == "" {
		c.Set("description", tree.NewString(f.about()+" Its address is "+f.Address+", which cannot be written: braces are for parameters."))
	} else {
		c.Set("address", tree.NewString(address))
	}
	c.Set("servers", tree.NewArray(object("$ref", "#/servers/"+server)))
	if key != nil {
		c.Set("parameters", under(routingKey, key))
	}
	name := w.free(pascal(title))
	drafts, err := w.drafts(ctx, f, protocol)
	if err != nil {
		return false, err
	}
	messages := tree.NewObject()
	for _, d := range drafts {
		w.message(messages, d, f, name, len(drafts) == 1)
		framed = framed || d.naming != ""
	}
	c.Set("messages", messages)
	if family(protocol) == "amqp" {
		c.Set("bindings", under("amqp", f.bindAMQP()))
	}
	w.channels.Set(lower(name), c)
	return framed, nil
}

// routingKey is the parameter of an address that stands for any routing key.
const routingKey = "routingKey"

// address is where messages of a find go. On an exchange that is the routing key,
// a parameter where there are several.
func (f *Find) address() (address string, key *tree.Node) {
	switch kind := f.Params["exchange.type"]; {
	case f.Exchange() == "" || kind == "fanout" || kind == "headers":
		return f.Address, nil
	case len(f.Keys) == 1 && f.Keys[0] != "" && !strings.ContainsAny(f.Keys[0], "*#{}"):
		return f.Keys[0], nil
	case len(f.Keys) == 0:
		return "{" + routingKey + "}", object("description", "The routing key.")
	}
	return "{" + routingKey + "}", object("description", "The routing key. Queues are bound by "+strings.Join(f.Keys, ", ")+".")
}

func truth(text string) *tree.Node {
	return &tree.Node{Kind: tree.Bool, Text: strconv.FormatBool(text == "true")}
}

// bindAMQP says whether an address is a queue or an exchange, and how it was made.
func (f *Find) bindAMQP() *tree.Node {
	set := func(n *tree.Node, prefix string) *tree.Node {
		n.Set("durable", truth(f.Params[prefix+"durable"]))
		n.Set("autoDelete", truth(f.Params[prefix+"auto-delete"]))
		return n
	}
	if name := f.Exchange(); name != "" {
		binding := object("is", "routingKey")
		binding.Set("exchange", set(object("name", name, "type", f.Params["exchange.type"]), "exchange."))
		return binding
	}
	binding := object("is", "queue")
	binding.Set("queue", set(object("name", f.Address), ""))
	return binding
}

// draft is a message that is to be described.
type draft struct {
	*kind
	record *record // of the registry; nil where what was seen is all there is
	key    *record
	naming string // how the registry's subjects are named, where it is asked
	kafka  bool
}

// drafts are the messages of an address: one for each kind, and of those that
// the registry describes one for each of its records.
func (w *writer) drafts(ctx context.Context, f *Find, protocol string) ([]*draft, error) {
	kinds := f.kinds
	if len(kinds) == 0 {
		kinds = []*kind{{form: framed, shape: newShape("")}} // the registry may know more
	}
	var list []*draft
	byRecord := map[string]*draft{}
	for _, k := range kinds {
		d := &draft{kind: k, kafka: protocol == "kafka"}
		if k.form == framed && w.client != nil && d.kafka {
			if err := w.look(ctx, f.Address, d); err != nil {
				return nil, err
			}
		}
		if d.record == nil {
			list = append(list, d)
			continue
		}
		// The newest schema, as readers of it read what came before.
		if before := byRecord[d.record.name]; before == nil {
			byRecord[d.record.name] = d
			list = append(list, d)
		} else if before.record.id < d.record.id {
			*before = *d
		}
	}
	return list, nil
}

// message describes one type of message of a channel.
func (w *writer) message(messages *tree.Node, d *draft, f *Find, channel string, alone bool) {
	name, says := channel, d.says
	if d.record != nil && d.record.short != "" && !alone {
		name, says = channel+pascal(d.record.short), d.record.short
	} else if says != "" {
		name = pascal(strings.Join(wordsOf(says), " "))
	}
	title := upper(strings.Join(wordsOf(says), " "))
	if says == "" {
		title = upper(strings.Join(wordsOf(f.Address), " "))
	}
	key := name
	if d.by.name == "weft-message" {
		key = d.says // by which weft finds the message
	}
	if title == "" {
		title = name
	}
	for i := 2; messages.Get(key) != nil; i++ {
		key = fmt.Sprintf("%s%d", name, i)
	}
	if says == "" {
		says = key
	}
	m := object("name", says, "title", title, "summary", "What was seen on "+f.Address+".")
	w.payload(d, m, name)
	d.describeHeaders(m)
	d.bind(m)
	messages.Set(key, m)
}

// payload says what a message is like: by the registry where it knows, else by
// what was seen.
func (w *writer) payload(d *draft, m *tree.Node, name string) {
	said := d.contentType()
	switch {
	case d.record != nil:
		d.record.describe(m)
	case d.seen == 0:
	case d.form == inJSON && (said == "" || isJSON(said)):
		if said == "" {
			said = "application/json"
		}
		m.Set("contentType", tree.NewString(said))
		name = w.free(name)
		w.schemas.Set(name, d.shape.schema())
		m.Set("payload", object("$ref", "#/components/schemas/"+name))
	case d.form == inJSON:
		m.Set("contentType", tree.NewString(said))
		m.Set("description", tree.NewString("The bodies are JSON, and their headers call them something else."))
	case d.form == text && said == "":
		m.Set("contentType", tree.NewString("text/plain"))
		m.Set("payload", object("type", "string"))
	default:
		if said == "" {
			said = "application/octet-stream"
		}
		m.Set("contentType", tree.NewString(said))
	}
	if d.form == framed && d.record == nil && d.seen > 0 {
		m.Set("description", tree.NewString("The bodies begin as those do that name their schema in a registry, which was not asked or does not have it."))
	}
}

func isJSON(media string) bool {
	return media == "application/json" || media == "text/json" || strings.HasSuffix(media, "+json")
}

// describeHeaders describes the headers: those that each message has are
// required. Their values are somebody's data, but for what says the type.
func (d *draft) describeHeaders(m *tree.Node) {
	if len(d.headers) == 0 {
		return
	}
	required, properties := tree.NewArray(), tree.NewObject()
	for _, name := range slices.Sorted(maps.Keys(d.headers)) {
		if d.headers[name] == d.seen {
			required.Items = append(required.Items, tree.NewString(name))
		}
		header := object("type", "string")
		if d.by.header && d.says != "" && strings.EqualFold(name, d.by.name) {
			header.Set("const", tree.NewString(d.says))
		}
		properties.Set(name, header)
	}
	headers := object("type", "object")
	if len(required.Items) > 0 {
		headers.Set("required", required)
	}
	headers.Set("properties", properties)
	m.Set("headers", headers)
}

// bind says of Kafka what the protocol has beside payload and headers.
func (d *draft) bind(m *tree.Node) {
	if !d.kafka {
		return
	}
	binding := tree.NewObject()
	if d.naming != "" {
		binding.Set("schemaIdLocation", tree.NewString("payload"))
		binding.Set("schemaIdPayloadEncoding", tree.NewString("confluent"))
		binding.Set("schemaLookupStrategy", tree.NewString(d.naming))
	}
	switch {
	case d.key != nil:
		key := tree.NewObject()
		d.key.fill(key)
		binding.Set("key", key)
	case d.keys.text > 0 && d.keys.bare+d.keys.framed == 0:
		binding.Set("key", object("type", "string"))
	}
	if len(binding.Members) > 0 {
		m.Set("bindings", under("kafka", binding))
	}
}

// about tells what was found, and who reads it.
func (f *Find) about() string {
	text := "Nothing was in it."
	switch {
	case f.Sampled > 0:
		text = fmt.Sprintf("Seen in %d messages.", f.Sampled)
		if f.Sampled == 1 {
			text = "Seen in one message."
		}
	case f.Messages != 0:
		text = "Nothing of it was read."
	}
	var groups []string
	for _, g := range f.Groups {
		groups = append(groups, g.Group)
	}
	if len(groups) > 0 {
		slices.Sort(groups)
		text += " Read by " + strings.Join(groups, ", ") + "."
	}
	for _, feed := range f.Feeds {
		text += " Fed by " + feed + "."
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
