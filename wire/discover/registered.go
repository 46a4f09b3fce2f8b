package discover

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/protobuf"
	"github.com/weft-dev/weft/text/tree"
	"github.com/weft-dev/weft/wire/registry"
)

// known is what a schema registry knows.
type known struct {
	client *registry.Client // may be nil
}

// record is a schema of the registry, as a document writes it.
type record struct {
	registry.Schema
	id int
	// name is its full name in its own language, "" where it has none, and short
	// the last part of it.
	name, short string
	text        *tree.Node
	apart       bool // it cannot be written here, as it refers to others there
	note        string
}

// topicNaming is the strategy of most: one type of message on a topic.
const topicNaming = "TopicIdStrategy"

// look finds the schema that the messages of a draft name, and how subjects are
// named. Where nothing is in a topic, it is the one that the topic's name leads to.
func (w *known) look(ctx context.Context, topic string, d *draft) error {
	var err error
	if d.seen == 0 {
		latest, err := w.client.Version(ctx, topic+"-value", registry.Latest, false)
		if registry.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if d.record, err = w.recordOf(ctx, latest.Schema, latest.ID, nil); err == nil && !d.record.apart {
			d.naming = topicNaming
		}
		return err
	}
	if d.record, err = w.byID(ctx, d.id, d.indexes); err != nil || d.record == nil || d.record.apart {
		return err
	}
	if d.naming, err = w.naming(ctx, topic, d.record); err != nil {
		return err
	}
	if d.keys.framed > 0 && d.keys.text+d.keys.bare == 0 {
		d.key, err = w.byID(ctx, d.keys.id, protobuf.Indexes{0})
	}
	return err
}

// byID is nil where the registry has no such schema: five bytes that look like an
// id are none then.
func (w *known) byID(ctx context.Context, id int, indexes protobuf.Indexes) (*record, error) {
	found, err := w.client.ByID(ctx, id)
	if registry.IsNotFound(err) {
		return nil, nil //nolint:nilnil // none is no error
	}
	if err != nil {
		return nil, err
	}
	return w.recordOf(ctx, found, id, indexes)
}

// naming is the strategy by which the subject of a schema is named on a topic, by
// the name that AsyncAPI's binding has for it. A schema that no subject of the
// topic has is read all the same, so that the usual one will do.
func (w *known) naming(ctx context.Context, topic string, r *record) (string, error) {
	uses, err := w.client.Uses(ctx, r.id)
	if err != nil && !registry.IsNotFound(err) {
		return "", err
	}
	under := func(subject string) bool {
		return slices.ContainsFunc(uses, func(use registry.Registered) bool { return use.Subject == subject })
	}
	switch {
	case under(topic + "-value"), r.name == "":
		return topicNaming, nil
	case under(topic + "-" + r.name):
		return "TopicRecordIdStrategy", nil
	case under(r.name):
		return "RecordIdStrategy", nil
	}
	return topicNaming, nil
}

func (w *known) recordOf(ctx context.Context, s registry.Schema, id int, indexes protobuf.Indexes) (*record, error) {
	r := &record{Schema: s, id: id, apart: len(s.References) > 0}
	if s.Kind() == registry.Protobuf {
		r.text = tree.NewString(s.Text)
		r.nameProtobuf(ctx, indexes)
	} else if err := r.readJSON(ctx, w); err != nil {
		return nil, err
	}
	r.short = r.name[strings.LastIndex(r.name, ".")+1:]
	return r, nil
}

func (r *record) readJSON(ctx context.Context, w *known) error {
	value, err := schema.DecodeJSON([]byte(r.Text))
	if err != nil {
		return fmt.Errorf("the registry's schema %d %w", r.id, err)
	}
	if r.apart {
		alone, ok, err := w.embed(ctx, r.Schema, value)
		if err != nil {
			return err
		}
		if ok {
			value, r.apart = alone, false
		}
	}
	if r.text, err = tree.FromValue(value); err != nil {
		return fmt.Errorf("the registry's schema %d: %w", r.id, err)
	}
	var names struct{ Title, Name, Namespace string }
	_ = json.Unmarshal([]byte(r.Text), &names) // what is no object has no name
	switch {
	case r.Kind() == registry.JSON:
		r.name = names.Title
	case names.Namespace != "" && !strings.Contains(names.Name, "."):
		r.name = names.Namespace + "." + names.Name
	default:
		r.name = names.Name
	}
	return nil
}

// nameProtobuf finds which message of its file it is. Where the text does not say
// which of several is the payload, a mark is written above the one that it is.
func (r *record) nameProtobuf(ctx context.Context, indexes protobuf.Indexes) {
	if r.apart {
		return
	}
	file, _ := protobuf.Parse(ctx, "schema.proto", r.Text, nil)
	if file == nil {
		return
	}
	told, err := file.Message("")
	if indexes == nil && err == nil {
		indexes = told.Indexes()
	}
	meant, wrong := file.At(indexes)
	if wrong != nil {
		return
	}
	r.name = string(meant.Descriptor().FullName())
	if err == nil && told.Descriptor().FullName() == meant.Descriptor().FullName() {
		return
	}
	marked := markRoot(r.Text, string(meant.Descriptor().Name()))
	again, _ := protobuf.Parse(ctx, "schema.proto", marked, nil)
	if again != nil {
		if told, err := again.Message(""); err == nil && told.Descriptor().FullName() == meant.Descriptor().FullName() {
			r.text = tree.NewString(marked)
			return
		}
	}
	r.note = "It is the message " + r.name + " of this text."
}

// markRoot writes above the first message of a name that it is the payload.
func markRoot(text, name string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "message" && strings.TrimSuffix(fields[1], "{") == name {
			return strings.Join(slices.Insert(lines, i, "// @RootNode"), "\n")
		}
	}
	return text
}

// describe sets the payload of a message to the schema.
func (r *record) describe(m *tree.Node) {
	format, media := r.format()
	m.Set("contentType", tree.NewString(media))
	if format == "" || r.apart {
		m.Set("contentType", tree.NewString("application/octet-stream"))
		m.Set("description", tree.NewString(fmt.Sprintf("Its schema has the id %d in the registry, and refers to others there.", r.id)))
		return
	}
	if r.note != "" {
		m.Set("description", tree.NewString(r.note))
	}
	payload := tree.NewObject()
	r.fill(payload)
	m.Set("payload", payload)
}

// fill makes an object the schema and its language.
func (r *record) fill(n *tree.Node) {
	format, _ := r.format()
	n.Set("schemaFormat", tree.NewString(format))
	n.Set("schema", r.text)
}

// format is what AsyncAPI calls the language of a schema, and the media type of
// what is written by it.
func (r *record) format() (format, media string) {
	switch r.Kind() {
	case registry.Avro:
		return "application/vnd.apache.avro;version=1.9.0", "application/vnd.apache.avro"
	case registry.JSON:
		return "application/schema+json;version=" + draftOf(r.text), "application/json"
	case registry.Protobuf:
		return "application/vnd.google.protobuf;version=3", "application/x-protobuf"
	}
	return "", "application/octet-stream"
}

// draftOf is the version of JSON Schema that a schema says it is written in.
func draftOf(n *tree.Node) string {
	for _, draft := range []string{"2020-12", "2019-09", "draft-07", "draft-06", "draft-04"} {
		if strings.Contains(n.Get("$schema").Str(), draft) {
			return draft
		}
	}
	return "draft-07"
}
