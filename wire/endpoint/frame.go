package endpoint

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/weft-dev/weft/spec/schema/avro"
	"github.com/weft-dev/weft/spec/schema/protobuf"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/registry"
)

// HeaderSchemaID is the header in which the id of a payload's schema is, where
// a contract wants it there, as Confluent's clients write it: a zero byte and
// the id in four, or a byte of one and the schema's GUID in sixteen. For
// Protobuf the indexes of the message follow.
const HeaderSchemaID = "__value_schema_id"

const (
	byID   = 0
	byGUID = 1
	// guidSize is a GUID's size in bytes, idSize that of an id.
	guidSize = 16
	idSize   = 4
	// wideSize is the size of an id where its registry is Apicurio's and its
	// clients are of old.
	wideSize = 8
)

// content is a payload as it came, without its frame.
type content struct {
	body []byte
	// read reads the body; nil reads it as the contract says.
	read func(body []byte) (any, error)
}

// opener takes the frame off a payload that may be a message of the contract.
type opener func(m *messageCodec, raw *driver.Message) (content, *Rejected)

// framer puts the ids of schemas on messages and takes them off.
type framer struct {
	source  *Source
	place   *place
	schemas *schemas
	create  bool
}

// framer returns what frames messages of a codec at a place; nil where none is
// framed. The registry is opened, and asked nothing.
func (h *Hub) framer(s *Source, p *place, c *Codec, choice Choice) (*framer, error) {
	if !p.frames(c) {
		return nil, nil //nolint:nilnil // nothing to frame is nothing wrong
	}
	options := choice.Registry
	if options.URL == "" {
		options.URL = p.protocol.registry(p.server)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, errClosed
	}
	known := h.registries[options]
	if known == nil {
		opened, err := h.openRegistry(options)
		if err != nil {
			return nil, err
		}
		known = newSchemas(opened)
		h.registries[options] = known
	}
	return &framer{source: s, place: p, schemas: known, create: choice.Create || choice.Embedded}, nil
}

func (h *Hub) openRegistry(o registry.Options) (Registry, error) {
	if h.opt.Registry != nil {
		return h.opt.Registry(o)
	}
	client, err := registry.NewClient(o)
	if err != nil {
		return nil, err
	}
	return client, nil
}

// framing is how a message is framed at the place; nil where it is not.
func (p *place) framing(m *messageCodec) *framing {
	if p.protocol.framing == nil || m.message == nil {
		return nil
	}
	return p.protocol.framing(m.message)
}

// frames reports whether any message of a codec is framed.
func (p *place) frames(c *Codec) bool {
	for _, m := range c.messages {
		if p.framing(m) != nil {
			return true
		}
	}
	return false
}

// ready finds the ids of all messages that go to an address, so that what is
// missing is told before there is anything to send.
func (f *framer) ready(ctx context.Context, c *Codec, address string) error {
	if f == nil {
		return nil
	}
	for _, m := range c.messages {
		for _, part := range []*messageCodec{m, m.keys} {
			if part == nil {
				continue
			}
			if how := f.place.framing(part); how != nil {
				if _, err := f.id(ctx, part, how, address); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// id is what messages of a kind say of their schema.
func (f *framer) id(ctx context.Context, m *messageCodec, how *framing, address string) (writtenBy, error) {
	sch, err := f.source.registered(ctx, m)
	if err != nil {
		return writtenBy{}, fmt.Errorf("message %s: the schema for the registry: %w", m.name(), err)
	}
	subject, err := how.naming.Subject(address, m.recordName(sch.Text), m.isKey)
	if err != nil {
		return writtenBy{}, fmt.Errorf("message %s: %w", m.name(), err)
	}
	by, err := f.schemas.id(ctx, subject, sch, f.create)
	if err == nil {
		err = how.fits(by.id)
	}
	if err != nil {
		return by, fmt.Errorf("message %s: %w", m.name(), err)
	}
	return by, nil
}

// frame puts the id of its schema on a message that goes out.
func (f *framer) frame(ctx context.Context, c *Codec, name string, raw *driver.Message) error {
	if f == nil {
		return nil
	}
	m, err := c.pick(name)
	if err != nil {
		return nil //nolint:nilerr // bytes that are sent as they are
	}
	how := f.place.framing(m)
	if how == nil {
		return nil
	}
	if raw.Body, err = f.sign(ctx, m, how, raw); err != nil || m.keys == nil || raw.Key == nil {
		return err
	}
	raw.Key, err = f.sign(ctx, m.keys, how, raw)
	return err
}

// sign puts the id of its schema on a payload or a key, or into a header.
func (f *framer) sign(ctx context.Context, m *messageCodec, how *framing, raw *driver.Message) ([]byte, error) {
	data := m.bytesOf(raw)
	by, err := f.id(ctx, m, how, raw.Address)
	switch {
	case err != nil:
		return nil, err
	case how.header:
		raw.Headers = append(raw.Headers[:len(raw.Headers):len(raw.Headers)], driver.Header{Name: m.idHeaderName(), Value: m.idHeader(by)})
		return data, nil
	case how.wide:
		head := binary.BigEndian.AppendUint64(append(make([]byte, 0, 1+wideSize+len(data)), byID), by.id)
		return append(head, data...), nil
	}
	if s, ok := m.payload.(*protobuf.Schema); ok {
		return protobuf.Frame{ID: by.narrow(), Indexes: s.Indexes(), Message: data}.Append(nil), nil
	}
	return append(avro.AppendConfluent(make([]byte, 0, 1+idSize+len(data)), by.narrow()), data...), nil
}

// idHeader is the value of the header that says a message's schema.
func (m *messageCodec) idHeader(by writtenBy) []byte {
	value := avro.AppendConfluent(nil, by.narrow())
	if guid, err := guidBytes(by.guid); err == nil {
		value = append([]byte{byGUID}, guid...)
	}
	if s, ok := m.payload.(*protobuf.Schema); ok {
		value = append(value, protobuf.Frame{Indexes: s.Indexes()}.Append(nil)[1+idSize:]...)
	}
	return value
}

func guidBytes(guid string) ([]byte, error) {
	data, err := hex.DecodeString(string(bytes.ReplaceAll([]byte(guid), []byte("-"), nil)))
	if err != nil || len(data) != guidSize {
		return nil, errors.New("no GUID")
	}
	return data, nil
}

func guidText(b []byte) string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// frameSeen is a frame, taken apart.
type frameSeen struct {
	by      writtenBy
	indexes protobuf.Indexes
	body    []byte
}

// open takes the frame off a message that came in.
func (f *framer) open(ctx context.Context) opener {
	if f == nil {
		return nil
	}
	return func(m *messageCodec, raw *driver.Message) (content, *Rejected) {
		how := f.place.framing(m)
		if how == nil {
			return content{body: m.bytesOf(raw)}, nil
		}
		seen, err := m.seen(how, raw)
		if err != nil {
			no := m.named(rejected(raw, NotDecodable, "its "+m.part()+" "+err.Error()))
			no.Part = "frame"
			return content{}, no
		}
		w, err := f.schemas.writer(ctx, seen.by)
		if err != nil {
			no := m.named(rejected(raw, UnknownSchema, err.Error()))
			_ = errors.As(err, &no.untold)
			return content{}, no
		}
		read, err := m.reading(w, seen)
		if err != nil {
			return content{}, m.named(rejected(raw, OtherMessage, err.Error()))
		}
		return content{body: seen.body, read: read}, nil
	}
}

// seen reads the frame of a message.
func (m *messageCodec) seen(how *framing, raw *driver.Message) (frameSeen, error) {
	_, isProto := m.payload.(*protobuf.Schema)
	head, name := m.bytesOf(raw), m.idHeaderName()
	switch {
	case how.wide:
		return readWide(head)
	case how.header:
		if head = []byte(rawHeader(raw.Headers, name)); len(head) == 0 {
			return frameSeen{}, fmt.Errorf("says no schema: the header %s is not there", name)
		}
	}
	seen, err := readFrame(head, isProto, how.header)
	switch {
	case err != nil && how.header:
		return seen, fmt.Errorf("says no schema: the header %s is neither a zero byte and an id in four bytes nor a byte of one and a GUID in sixteen", name)
	case err != nil:
		return seen, fmt.Errorf("does not begin with the id of a schema: %w", err)
	case how.header && len(seen.body) > 0:
		return seen, fmt.Errorf("says no schema: the header %s is %d bytes too long", name, len(seen.body))
	case how.header:
		seen.body = m.bytesOf(raw)
	}
	return seen, nil
}

// readFrame reads what says a schema at the beginning of bytes; a GUID only
// where it may be one.
func readFrame(head []byte, indexed, guid bool) (frameSeen, error) {
	var by writtenBy
	if guid && len(head) > guidSize && head[0] == byGUID {
		by.guid = guidText(head[1 : 1+guidSize])
		head = append(make([]byte, 1+idSize), head[1+guidSize:]...)
	}
	if indexed {
		frame, err := protobuf.ParseFrame(head)
		if by.guid == "" {
			by.id = uint64(frame.ID)
		}
		return frameSeen{by, frame.Indexes, frame.Message}, err
	}
	id, rest, err := avro.CutConfluent(head)
	if by.guid == "" {
		by.id = uint64(id)
	}
	return frameSeen{by: by, body: rest}, err
}

// readWide reads an id of eight bytes at the beginning of bytes.
func readWide(head []byte) (frameSeen, error) {
	if len(head) < 1+wideSize || head[0] != byID {
		return frameSeen{}, errors.New("does not begin with the id of a schema: a zero byte and eight of the id")
	}
	return frameSeen{by: writtenBy{id: binary.BigEndian.Uint64(head[1:])}, body: head[1+wideSize:]}, nil
}

// reading is how the contract's schema reads what a writer's wrote. An error
// says that it is another message.
func (m *messageCodec) reading(w *writer, seen frameSeen) (func([]byte) (any, error), error) {
	switch s := m.payload.(type) {
	case *avro.Schema:
		if w.kind != registry.Avro {
			return nil, otherLanguage(seen.by, w.kind, registry.Avro)
		}
		if s.Fingerprint() == w.avro.Fingerprint() {
			return nil, nil //nolint:nilnil // as the contract says
		}
		resolution, err := w.reads(s)
		if err != nil {
			return nil, fmt.Errorf("its schema %s cannot be compared with the contract's: %w", seen.by, err)
		}
		return func(body []byte) (any, error) {
			value, err := resolution.Decode(body)
			if err != nil {
				return nil, fmt.Errorf("cannot be read by the contract's schema from that of its writer, %s: %w", seen.by, err)
			}
			return value, nil
		}, nil
	case *protobuf.Schema:
		if w.kind != registry.Protobuf {
			return nil, otherLanguage(seen.by, w.kind, registry.Protobuf)
		}
		writer, err := w.proto.At(seen.indexes)
		if err != nil {
			return nil, fmt.Errorf("its schema %s: %w", seen.by, err)
		}
		if got, want := writer.Descriptor().FullName(), s.Descriptor().FullName(); got != want {
			return nil, fmt.Errorf("by its schema %s it is a %s, and the contract's is a %s", seen.by, got, want)
		}
		return nil, nil //nolint:nilnil // fields go by their numbers
	}
	if w.kind != registry.JSON {
		return nil, otherLanguage(seen.by, w.kind, registry.JSON)
	}
	return nil, nil //nolint:nilnil // JSON is read without its schema
}

func otherLanguage(by writtenBy, got, want string) error {
	return fmt.Errorf("its schema %s is in %s, and the contract's in %s", by, clip(got, 40), want)
}

// shownID is the header of a schema's id as text.
func shownID(value []byte) string {
	switch {
	case len(value) > guidSize && value[0] == byGUID:
		return guidText(value[1 : 1+guidSize])
	case len(value) > idSize && value[0] == byID:
		return fmt.Sprint(binary.BigEndian.Uint32(value[1:]))
	}
	return hex.EncodeToString(value[:min(len(value), 100)])
}
