package discover

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"maps"
	"mime"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/protobuf"
	"github.com/weft-dev/weft/wire/driver"
)

// form is how a body is written, as far as bytes tell.
type form uint8

const (
	text form = iota
	inJSON
	framed
	bare // bytes of which nothing is known
)

// kind is one type of message at an address.
type kind struct {
	form form
	// says is what its messages say of themselves, and by where; "" where they
	// say nothing.
	says string
	by   mark
	// id is of the schema that framed messages name, and indexes where in its
	// text the message is, should it be Protobuf.
	id      int
	indexes protobuf.Indexes

	seen    int
	keys    keys
	media   map[string]int // content types that headers say
	headers map[string]int
	shape   *shape
}

// keys is what the keys of messages were.
type keys struct {
	text, framed, bare int
	id                 int // of the schema of those that are framed
}

// message is a message of a sample that is looked at.
type message struct {
	*driver.Message
	form  form
	value any // of JSON
	says  string
	by    mark
}

// describe finds out what a sample is like. Nothing of it is kept but the shape.
func (f *Find) describe(sample []*driver.Message) {
	list := make([]*message, len(sample))
	for i, raw := range sample {
		list[i] = read(raw)
	}
	tell(list)
	kinds := map[kindKey]*kind{}
	for _, m := range list {
		f.count(m)
		key := kindKey{m.form, m.says, idOf(m)}
		if kinds[key] == nil {
			kinds[key] = &kind{
				form: m.form, says: m.says, by: m.by, id: key.id, indexes: indexesOf(m),
				media: map[string]int{}, headers: map[string]int{}, shape: newShape(""),
			}
		}
		kinds[key].add(m)
	}
	f.kinds = slices.SortedFunc(maps.Values(kinds), func(a, b *kind) int {
		return cmp.Or(cmp.Compare(a.form, b.form), cmp.Compare(a.says, b.says), cmp.Compare(a.id, b.id))
	})
	for _, k := range f.kinds {
		k.settle()
		if k.says != "" && !slices.Contains(f.Types, k.says) {
			f.Types = append(f.Types, k.says)
		}
	}
}

// settle fixes the fields that say the type: where messages say it elsewhere, too,
// one that was the same word in all of several.
func (k *kind) settle() {
	if field := k.shape.fields[k.by.name]; field != nil && !k.by.header {
		field.always = k.says
	}
	for _, m := range marks() {
		field := k.shape.fields[m.name]
		if m.header || k.says == "" || field == nil || field.texts != field.seen || field.texts < repeats || len(field.words) != 1 {
			continue
		}
		for word := range field.words {
			field.always = word
		}
	}
}

type kindKey struct {
	form form
	says string
	id   int
}

// read looks at one body.
func read(raw *driver.Message) *message {
	m := &message{Message: raw}
	switch value, ok := decode(raw.Body); {
	case isFramed(raw.Body):
		m.form = framed
	case ok:
		m.form, m.value = inJSON, value
	case !utf8.Valid(raw.Body):
		m.form = bare
	}
	return m
}

// maxIDs bounds how many schemas of one address are told.
const maxIDs = 20

func (f *Find) count(m *message) {
	f.Sampled++
	if m.Key != nil {
		f.Keyed++
	}
	switch m.form {
	case inJSON:
		f.JSON++
	case bare:
		f.Binary++
	case framed:
		f.Framed++
		if id := idOf(m); !slices.Contains(f.SchemaIDs, id) && len(f.SchemaIDs) < maxIDs {
			f.SchemaIDs = append(f.SchemaIDs, id)
		}
	case text:
	}
}

// isFramed reports whether bytes begin as those do that name the schema they
// were written by: with a zero byte and its id in four.
func isFramed(data []byte) bool { return len(data) >= 5 && data[0] == 0 }

func idOf(m *message) int {
	if m.form != framed {
		return 0
	}
	return frameID(m.Body)
}

func frameID(data []byte) int { return int(binary.BigEndian.Uint32(data[1:5])) }

// indexesOf are the indexes of a message, should its schema be Protobuf.
func indexesOf(m *message) protobuf.Indexes {
	if m.form != framed {
		return nil
	}
	frame, err := protobuf.ParseFrame(m.Body)
	if err != nil {
		return nil
	}
	return frame.Indexes
}

// maxHeaders bounds how many names of headers are told.
const maxHeaders = 50

func (k *kind) add(m *message) {
	k.seen++
	switch {
	case m.Key == nil:
	case isFramed(m.Key):
		k.keys.framed++
		k.keys.id = frameID(m.Key)
	case utf8.Valid(m.Key):
		k.keys.text++
	default:
		k.keys.bare++
	}
	here := map[string]bool{}
	for _, h := range m.Headers {
		switch {
		case strings.EqualFold(h.Name, "content-type"):
			if media, _, err := mime.ParseMediaType(string(h.Value)); err == nil {
				k.media[media]++
			}
		case !here[h.Name] && isHeader(h.Name) && (k.headers[h.Name] > 0 || len(k.headers) < maxHeaders):
			here[h.Name] = true
			k.headers[h.Name]++
		}
	}
	if m.form == inJSON {
		k.shape.add(m.value, 0)
	}
}

// isHeader reports whether a header is the application's and has a proper name.
func isHeader(name string) bool {
	lower := strings.ToLower(name)
	return name != "" && utf8.ValidString(name) && !isData(name) && !strings.HasPrefix(lower, "weft-") && !slices.Contains([]string{
		"traceparent", "tracestate", "baggage", "correlationid", "__value_schema_id", "__key_schema_id",
	}, lower)
}

// contentType is what all messages of a kind say of their bodies, or "".
func (k *kind) contentType() string {
	for media, n := range k.media {
		if n == k.seen {
			return media
		}
	}
	return ""
}

// decode reads a body that is one JSON object or list. A bare word or number is
// text as much as JSON.
func decode(body []byte) (any, bool) {
	trimmed := bytes.TrimLeft(body, " \t\r\n")
	if len(trimmed) == 0 || len(body) > maxBody || trimmed[0] != '{' && trimmed[0] != '[' {
		return nil, false
	}
	value, err := schema.DecodeJSON(body)
	return value, err == nil
}
