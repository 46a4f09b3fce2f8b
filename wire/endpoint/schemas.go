package endpoint

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/avro"
	"github.com/weft-dev/weft/spec/schema/protobuf"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
	"github.com/weft-dev/weft/wire/registry"
)

// Registry is what is asked of a schema registry. A *registry.Client is one.
type Registry interface {
	// Lookup finds a schema among the versions of a subject.
	Lookup(ctx context.Context, subject string, s registry.Schema, normalize bool) (registry.Registered, error)
	// Register registers a schema. It is called only where things may be made.
	Register(ctx context.Context, subject string, s registry.Schema, normalize bool) (int, error)
	// ByID and ByGUID return a schema by what its messages say.
	ByID(ctx context.Context, id int) (registry.Schema, error)
	ByGUID(ctx context.Context, guid string) (registry.Schema, error)
	// Version returns a version of a subject: what a schema refers to.
	Version(ctx context.Context, subject string, number int, deleted bool) (registry.Registered, error)
	// Address is where the registry is, without secrets.
	Address() string
	Close()
}

const (
	// maxWriters bounds how many schemas of writers are kept at hand.
	maxWriters = 1000
	// maxWriterText is the longest schema that is read, in bytes, and
	// maxUsed the number of others that it may refer to.
	maxWriterText = 4 << 20
	maxUsed       = 100
	// missesKept is for how many messages an id that the registry does not know
	// is not asked for again.
	missesKept = 1000
)

// schemas are those of one registry that messages were met with.
type schemas struct {
	registry Registry

	mu      sync.Mutex
	ids     map[subjectText]writtenBy
	writers map[string]*writer // by id or GUID
}

type subjectText struct{ subject, text string }

// writtenBy is what a message says of its schema.
type writtenBy struct {
	id   uint64
	guid string // "" where the registry has none
}

// writer is the schema that messages were written by.
type writer struct {
	kind  string
	avro  *avro.Schema
	proto *protobuf.File
	// missing says that the registry has no such schema, for as many messages
	// as left says.
	missing error
	left    int

	mu          sync.Mutex
	resolutions map[*avro.Schema]*avro.Resolution // by reader
}

func newSchemas(r Registry) *schemas {
	return &schemas{registry: r, ids: map[subjectText]writtenBy{}, writers: map[string]*writer{}}
}

// id finds what messages say of a schema. Where it is not registered it is, if
// that is allowed.
func (s *schemas) id(ctx context.Context, subject string, sch registry.Schema, register bool) (writtenBy, error) {
	key := subjectText{subject, sch.Text}
	s.mu.Lock()
	by, known := s.ids[key]
	s.mu.Unlock()
	if known {
		return by, nil
	}
	by, err := s.find(ctx, subject, sch, register)
	if err != nil {
		return by, fmt.Errorf("the schema registry %s: subject %q: %w", s.registry.Address(), subject, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.ids) >= maxWriters {
		clear(s.ids)
	}
	s.ids[key] = by
	return by, nil
}

func (s *schemas) find(ctx context.Context, subject string, sch registry.Schema, register bool) (writtenBy, error) {
	found, err := s.registry.Lookup(ctx, subject, sch, false)
	if registry.IsNotFound(err) {
		found, err = s.registry.Lookup(ctx, subject, sch, true)
	}
	switch {
	case err == nil:
		return writtenBy{uint64(found.ID), found.GUID}, notNegative(found.ID) //nolint:gosec // notNegative says so
	case !registry.IsNotFound(err):
		return writtenBy{}, err
	case !register:
		return writtenBy{}, errors.New("it does not have the schema of this message; register it with weft registry register, or let weft do it with --create")
	}
	id, err := s.registry.Register(ctx, subject, sch, false)
	if err != nil {
		return writtenBy{}, err
	}
	// Only a look tells the GUID.
	found, err = s.registry.Lookup(ctx, subject, sch, false)
	if err != nil || found.ID != id {
		found = registry.Registered{ID: id}
	}
	return writtenBy{uint64(found.ID), found.GUID}, notNegative(found.ID) //nolint:gosec // notNegative says so
}

func notNegative(id int) error {
	if id < 0 {
		return fmt.Errorf("the id %d of the schema is none", id)
	}
	return nil
}

// narrow is the id in four bytes, which framing.fits says that it fits into.
func (by writtenBy) narrow() uint32 { return uint32(by.id) } //nolint:gosec // fits says so

// writer returns the schema that a message was written by.
func (s *schemas) writer(ctx context.Context, by writtenBy) (*writer, error) {
	key := by.String()
	s.mu.Lock()
	w := s.writers[key]
	if w != nil && w.missing != nil {
		if w.left--; w.left < 0 {
			w = nil
		}
	}
	s.mu.Unlock()
	if w == nil {
		var err error
		if w, err = s.fetch(ctx, by); err != nil {
			return nil, s.untold(by, err)
		}
		s.keep(key, w)
	}
	return w, w.missing
}

func (s *schemas) keep(key string, w *writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.writers) >= maxWriters {
		clear(s.writers)
	}
	s.writers[key] = w
}

// String names the schema for people.
func (by writtenBy) String() string {
	if by.guid != "" {
		return by.guid
	}
	return fmt.Sprint(by.id)
}

func (s *schemas) fetch(ctx context.Context, by writtenBy) (*writer, error) {
	var sch registry.Schema
	var err error
	switch {
	case by.guid != "":
		sch, err = s.registry.ByGUID(ctx, by.guid)
	case by.id > math.MaxInt64:
		return &writer{missing: fmt.Errorf("no schema registry has a schema %s", by), left: missesKept}, nil
	default:
		sch, err = s.registry.ByID(ctx, int(by.id)) //nolint:gosec // as said
	}
	if registry.IsNotFound(err) {
		return &writer{missing: fmt.Errorf("the schema registry %s has no schema %s", s.registry.Address(), by), left: missesKept}, nil
	}
	if err != nil {
		return nil, err
	}
	used := &used{of: s.registry, seen: map[string]bool{}}
	if err := used.add(ctx, sch.References); err != nil {
		return nil, err
	}
	return readWriter(ctx, sch, used)
}

// used are the schemas that another refers to, the deepest first.
type used struct {
	of    Registry
	seen  map[string]bool
	names []string
	texts []string
	size  int
}

func (u *used) add(ctx context.Context, list []registry.Reference) error {
	for _, reference := range list {
		if u.seen[reference.Name] {
			continue
		}
		u.seen[reference.Name] = true
		if len(u.seen) > maxUsed {
			return fmt.Errorf("it refers to more than %d others", maxUsed)
		}
		found, err := u.of.Version(ctx, reference.Subject, reference.Version, true)
		if err != nil {
			return fmt.Errorf("%q, which it refers to: %w", reference.Name, err)
		}
		if u.size += len(found.Text); u.size > maxWriterText {
			return tooLongError{}
		}
		if err := u.add(ctx, found.References); err != nil {
			return err
		}
		u.names, u.texts = append(u.names, reference.Name), append(u.texts, found.Text)
	}
	return nil
}

type tooLongError struct{}

func (tooLongError) Error() string { return fmt.Sprintf("it is longer than %d bytes", maxWriterText) }

func readWriter(ctx context.Context, sch registry.Schema, used *used) (*writer, error) {
	if len(sch.Text) > maxWriterText {
		return nil, tooLongError{}
	}
	w := &writer{kind: sch.Kind(), resolutions: map[*avro.Schema]*avro.Resolution{}}
	switch w.kind {
	case registry.Avro:
		compiler := avro.New(nil)
		for i, text := range used.texts {
			node, err := avroNode(text)
			if err != nil {
				return nil, fmt.Errorf("%q, which it refers to: %w", used.names[i], err)
			}
			compiler.References = append(compiler.References, node)
		}
		node, err := avroNode(sch.Text)
		if err != nil {
			return nil, err
		}
		w.avro, err = compiler.Schema(node, "")
		return w, err
	case registry.Protobuf:
		imports := map[string]string{}
		for i, text := range used.texts {
			imports[used.names[i]] = text
		}
		file, findings := protobuf.Parse(ctx, "schema.proto", sch.Text, imports)
		if file == nil {
			return nil, fmt.Errorf("it cannot be read: %s", firstError(findings))
		}
		w.proto = file
	}
	return w, nil
}

func avroNode(text string) (*tree.Node, error) {
	root, findings := tree.Parse(source.NewFile("memory:///schema.avsc", "schema.avsc", []byte(text)), tree.Options{})
	if root == nil || diag.Worst(findings) == diag.Error {
		return nil, fmt.Errorf("it cannot be read: %s", firstError(findings))
	}
	return root, nil
}

func firstError(findings []diag.Diagnostic) string {
	for i := range findings {
		if findings[i].Severity == diag.Error {
			return findings[i].Message
		}
	}
	return "it is empty"
}

// reads returns how a reader's schema reads what the writer wrote.
func (w *writer) reads(reader *avro.Schema) (*avro.Resolution, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if known, ok := w.resolutions[reader]; ok {
		return known, nil
	}
	r, err := avro.Resolve(reader, w.avro)
	if err == nil && len(w.resolutions) < maxUsed {
		w.resolutions[reader] = r
	}
	return r, err
}

// registered is the schema of a message as a registry keeps it.
func (s *Source) registered(ctx context.Context, m *messageCodec) (registry.Schema, error) {
	format, err := schema.ParseFormat(m.message.Payload.Format)
	if err != nil {
		return registry.Schema{}, err
	}
	text, err := s.set.Alone(ctx, m.message.Payload.Node, format)
	return registry.Schema{Text: text, Type: typeOf(format.Family)}, err
}

// recordName is what a message's schema is called in its own language.
func (m *messageCodec) recordName(text string) string {
	switch s := m.payload.(type) {
	case *avro.Schema:
		return s.Type.Name
	case *protobuf.Schema:
		return string(s.Descriptor().FullName())
	}
	var named struct {
		Title string `json:"title"`
	}
	_ = json.Unmarshal([]byte(text), &named) // true and false have no title
	return named.Title
}
