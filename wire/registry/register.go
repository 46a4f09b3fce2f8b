package registry

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// The bounds of what a schema refers to, all levels together.
const (
	maxUses      = 500
	maxUsedBytes = 8 << 20
)

// registration is the body of requests that bring a schema.
type registration struct {
	Schema
	ID      int `json:"id"`
	Version int `json:"version"`
	// What data contracts ask a registry to do to a schema.
	AddTags       json.RawMessage `json:"schemaTagsToAdd"`
	RemoveTags    json.RawMessage `json:"schemaTagsToRemove"`
	PropagateTags bool            `json:"propagateSchemaTags"`
}

// incoming is a schema that a request brings, read and ready to be compared.
type incoming struct {
	registration
	document Document
	form     Form
	// guids are those under which it may be known, the one to be kept first.
	guids []string
}

// incoming reads the schema of a request. Its references are those that are
// registered at this moment.
func (s *Server) incoming(r *request, subject string) (*incoming, error) {
	in := &incoming{}
	if err := r.body(&in.registration); err != nil {
		return nil, err
	}
	if err := in.plain(); err != nil {
		return nil, err
	}
	if in.Type == Avro {
		in.Type = "" // as the API shows it
	}
	if !slices.Contains(s.judge.Types(), in.Kind()) {
		return nil, refuse(codeInvalidSchema, "Invalid schema type %.50s: this registry knows %s", in.Kind(), strings.Join(s.judge.Types(), ", "))
	}
	st, done := s.view()
	normalize := r.flag("normalize") || st.config(subject).Normalize
	uses, err := st.resolve(&in.Schema)
	done()
	if err != nil {
		return nil, err
	}
	in.document = Document{Type: in.Kind(), Text: in.Text, Uses: uses}
	if in.form, err = s.judge.Parse(r.Context(), in.document); err != nil {
		return nil, refuse(codeInvalidSchema, "Invalid schema: %v", err)
	}
	in.Text = in.form.Canonical
	in.guids = []string{guid(in.Schema)}
	if normalize {
		in.Text = in.form.Normalized
		in.guids = append([]string{guid(in.Schema)}, in.guids...)
	}
	return in, nil
}

// plain checks all of a request that is not the schema's own language.
func (in *incoming) plain() error {
	if strings.TrimSpace(in.Text) == "" {
		return refuse(codeInvalidSchema, "Empty schema")
	}
	if present(in.AddTags) || present(in.RemoveTags) || in.PropagateTags {
		return refuse(codeNotPermitted, "this registry does not change schemas, so schemaTagsToAdd, schemaTagsToRemove and propagateSchemaTags are not supported")
	}
	var err error
	if in.Metadata, err = compactObject("metadata", in.Metadata); err != nil {
		return err
	}
	if in.RuleSet, err = compactObject("ruleSet", in.RuleSet); err != nil {
		return err
	}
	if bytes.Contains(in.Metadata, []byte(`"confluent:version"`)) {
		return refuse(codeInvalidSchema, "the metadata property confluent:version is not supported by this registry; name the version in the request")
	}
	return nil
}

func present(m json.RawMessage) bool { return len(m) > 0 && string(m) != "null" && string(m) != "[]" }

// compactObject brings what is kept as it came into one form.
func compactObject(name string, m json.RawMessage) (json.RawMessage, error) {
	if !present(m) || string(bytes.TrimSpace(m)) == "{}" {
		return nil, nil
	}
	var value map[string]any
	decoder := json.NewDecoder(bytes.NewReader(m))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return nil, refuse(codeInvalidSchema, "%s must be an object", name)
	}
	for key, v := range value {
		if v == nil {
			delete(value, key) // as the clients of some languages write what is not there
		}
	}
	if len(value) == 0 {
		return nil, nil
	}
	return encode(value), nil
}

// resolve finds all that a schema refers to, and writes the numbers of versions
// into references that say "latest".
func (s *state) resolve(schema *Schema) ([]Used, error) {
	c := &collector{state: s, seen: map[string]bool{}}
	schema.References = slices.Clone(schema.References)
	if err := c.collect(schema.References, true); err != nil {
		return nil, err
	}
	return c.list, nil
}

type collector struct {
	state *state
	seen  map[string]bool
	list  []Used
	size  int
}

func (c *collector) collect(references []Reference, direct bool) error {
	for i := range references {
		r := &references[i]
		if r.Name == "" || r.Subject == "" {
			return refuse(codeInvalidSchema, "a reference needs a name, a subject and a version")
		}
		// A version may be hidden by now: who refers to it keeps it alive.
		v, missing := c.state.version(r.Subject, r.Version, shown{deleted: !direct})
		if missing != nil {
			return refuse(codeInvalidSchema, "No schema reference found for subject \"%.200s\" and version %d", r.Subject, r.Version)
		}
		r.Version = v.Number
		if c.seen[r.Name] {
			continue
		}
		c.seen[r.Name] = true
		used := c.state.schemas[v.ID]
		c.size += len(used.Text)
		if len(c.seen) > maxUses || c.size > maxUsedBytes {
			return refuse(codeTooLarge, "the schema refers to more than %d schemas or %d bytes", maxUses, maxUsedBytes)
		}
		if err := c.collect(slices.Clone(used.References), false); err != nil {
			return err
		}
		c.list = append(c.list, Used{Name: r.Name, Text: used.Text})
	}
	return nil
}

// guid names a schema by what it says, so that it has one id everywhere.
func guid(s Schema) string {
	h := sha256.New()
	for _, part := range []string{s.Kind(), s.Text, string(s.Metadata), string(s.RuleSet)} {
		fmt.Fprintf(h, "%d:%s,", len(part), part)
	}
	for _, r := range s.References {
		fmt.Fprintf(h, "%d:%s,%d:%s,%d,", len(r.Name), r.Name, len(r.Subject), r.Subject, r.Version)
	}
	sum := h.Sum(nil)
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80 // a UUID of version 8, RFC 9562
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

// among finds an incoming schema among versions, the last first.
func (s *state) among(versions []StoredVersion, in *incoming) (StoredVersion, bool) {
	for _, id := range in.guids {
		for _, v := range slices.Backward(versions) {
			if schema := s.schemas[v.ID]; schema != nil && schema.GUID == id {
				return v, true
			}
		}
	}
	return StoredVersion{}, false
}

func (s *Server) lookup(r *request) (any, error) {
	name, err := r.subject()
	if err != nil {
		return nil, err
	}
	in, err := s.incoming(r, name)
	if err != nil {
		return nil, err
	}
	st, done := s.view()
	defer done()
	if !st.subjectShown(name, r.shown()) || len(st.subjects[name]) == 0 {
		return nil, subjectNotFound(name)
	}
	v, ok := st.among(st.versions(name, r.shown()), in)
	if !ok {
		return nil, schemaNotFound("")
	}
	return st.registered(v), nil
}

// answered is what registering a schema returns.
type answered struct {
	ID      int    `json:"id"`
	Version int    `json:"version,omitempty"`
	GUID    string `json:"guid,omitempty"`
}

func (s *Server) register(r *request) (any, error) {
	name, err := r.subject()
	if err != nil {
		return nil, err
	}
	in, err := s.incoming(r, name)
	if err != nil {
		return nil, err
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	change, answer, err := s.plan(r.Context(), name, in)
	if err != nil || change == nil {
		return orError(answer, err)
	}
	if err := s.commit(r.Context(), change); err != nil {
		return nil, err
	}
	return answer, nil
}

// plan says what registering changes; nothing where it is registered already.
func (s *Server) plan(ctx context.Context, name string, in *incoming) (*Change, answered, error) {
	st, done := s.view()
	mode, alive := st.mode(name), st.versions(name, shown{})
	v, known := st.among(alive, in)
	all := st.subjects[name]
	earlier, err := st.documents(alive)
	level := st.config(name).Level
	if err == nil { // what it refers to may have gone since it was read
		_, err = st.resolve(&in.Schema)
	}
	done()
	if known && (in.ID <= 0 || in.ID == v.ID) {
		return nil, answered{ID: v.ID, Version: v.Number, GUID: in.guids[0]}, nil
	}
	if err != nil {
		return nil, answered{}, err
	}
	if err := registrable(name, mode, in); err != nil {
		return nil, answered{}, err
	}
	if mode != Import {
		if err := s.mayFollow(ctx, name, level, in, earlier); err != nil {
			return nil, answered{}, err
		}
	}
	return s.addition(name, in, all)
}

// registrable is whether the mode lets a schema in.
func registrable(name, mode string, in *incoming) error {
	switch {
	case mode == ReadOnly || mode == ReadOnlyOverride:
		return refuse(codeNotPermitted, "Subject %s is in read-only mode", name)
	case in.ID > 0 && mode != Import:
		return refuse(codeNotPermitted, "Subject %s is not in import mode", name)
	case in.ID <= 0 && mode == Import:
		return refuse(codeNotPermitted, "Subject %s is in import mode, so a schema must come with its id", name)
	case in.ID < 0 || in.Version < Latest:
		return refuse(codeInvalidVersion, "an id and a version count from 1")
	}
	return nil
}

func (s *Server) mayFollow(ctx context.Context, name, level string, in *incoming, earlier []Version) error {
	if level == None || len(earlier) == 0 {
		return nil
	}
	verdict, err := s.judge.Compare(ctx, level, in.document, earlier)
	if err != nil {
		return refuse(codeInvalidSchema, "Invalid schema: %v", err)
	}
	if verdict.Compatible {
		return nil
	}
	return refuse(codeIncompatible, "Schema being registered is incompatible with an earlier schema for subject \"%s\", details: [%s], {compatibility: '%s'}",
		name, strings.Join(verdict.Messages, ", "), level)
}

// addition finds the id and the version of a new schema.
func (s *Server) addition(name string, in *incoming, all []StoredVersion) (*Change, answered, error) {
	st, done := s.view()
	defer done()
	number := 1
	if len(all) > 0 {
		number = all[len(all)-1].Number + 1
	}
	if in.Version > 0 && in.Version != number {
		if in.ID <= 0 {
			return nil, answered{}, refuse(codeInvalidSchema, "Version is not one more than previous version: it would be %d, not %d", number, in.Version)
		}
		number = in.Version
	}
	id, there := st.guids[in.guids[0]]
	if in.ID > 0 {
		if other := st.schemas[in.ID]; there && id != in.ID || other != nil && other.GUID != in.guids[0] {
			return nil, answered{}, refuse(codeIDMismatch, "Overwrite new schema with id %d is not permitted.", in.ID)
		}
		id = in.ID
	}
	change := &Change{}
	if !there {
		if id == 0 {
			id = st.lastID + 1
		}
		change.LastID = max(st.lastID, id)
		change.Schemas = []StoredSchema{{ID: id, GUID: in.guids[0], Schema: in.Schema}}
	}
	for _, v := range all {
		if v.Number == number && !v.Deleted && v.ID != id {
			return nil, answered{}, refuse(codeIDMismatch, "version %d of the subject is another schema", number)
		}
	}
	change.Versions = []StoredVersion{{Subject: name, Number: number, ID: id}}
	return change, answered{ID: id, Version: number, GUID: in.guids[0]}, nil
}

// documents are versions with all that they refer to.
func (s *state) documents(versions []StoredVersion) ([]Version, error) {
	list := make([]Version, 0, len(versions))
	for _, v := range versions {
		schema := s.schemas[v.ID]
		copied := schema.Schema
		uses, err := s.resolve(&copied)
		if err != nil {
			return nil, err
		}
		list = append(list, Version{Number: v.Number, Document: Document{Type: schema.Kind(), Text: schema.Text, Uses: uses}})
	}
	return list, nil
}

// outcome is what a check of compatibility returns.
type outcome struct {
	Compatible bool     `json:"is_compatible"`
	Messages   []string `json:"messages,omitempty"`
}

func (s *Server) compatible(r *request) (any, error) {
	name, err := r.subject()
	if err != nil {
		return nil, err
	}
	number := 0 // all that the level looks at
	if len(r.args) > 1 {
		if number, err = r.version(); err != nil {
			return nil, err
		}
	}
	in, err := s.incoming(r, name)
	if err != nil {
		return nil, err
	}
	st, done := s.view()
	level := st.config(name).Level
	versions := st.versions(name, shown{})
	if number != 0 && (len(versions) > 0 || number != Latest) {
		v, missing := st.version(name, number, shown{})
		if missing != nil {
			done()
			return nil, missing
		}
		versions = []StoredVersion{v}
	}
	earlier, err := st.documents(versions)
	done()
	if err != nil {
		return nil, err
	}
	if level == None || len(earlier) == 0 {
		return outcome{Compatible: true}, nil
	}
	verdict, err := s.judge.Compare(r.Context(), level, in.document, earlier)
	if err != nil {
		return nil, refuse(codeInvalidSchema, "Invalid schema: %v", err)
	}
	if !r.flag("verbose") {
		verdict.Messages = nil
	}
	return outcome(verdict), nil
}
