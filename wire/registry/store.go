package registry

import (
	"context"
	"slices"
)

// Store keeps what is registered. The server holds all of it in memory too, and
// makes one change at a time.
type Store interface {
	// Load returns everything that was committed.
	Load(ctx context.Context) (*Change, error)
	// Commit keeps a change as a whole, or fails and keeps nothing of it. When
	// it returns, the change outlives the process, if anything does.
	Commit(ctx context.Context, c *Change) error
	// Close lets go of what holds the data.
	Close() error
}

// Change is what one request changes.
type Change struct {
	// LastID is the highest id that was ever given. It never falls, so that no
	// id means two things in the course of time. 0 leaves it as it is.
	LastID int
	// Schemas are added or replaced by ID, Versions by subject and number,
	// Settings by subject; a setting that says nothing is removed.
	Schemas  []StoredSchema
	Versions []StoredVersion
	Settings []Setting
	// What is gone for good.
	DropSchemas  []int
	DropVersions []StoredVersion
}

// StoredSchema is a schema with its id.
type StoredSchema struct {
	ID   int
	GUID string
	Schema
}

// StoredVersion is a place of a schema in a subject.
type StoredVersion struct {
	Subject string
	Number  int
	ID      int
	// Deleted says that it is hidden: deleted, but not for good.
	Deleted bool
}

// Setting is what was set for a subject, or for all where Subject is "".
type Setting struct {
	Subject string
	// Level and Mode are "" where they were not set.
	Level, Mode string
	// Normalize is nil where it was not set.
	Normalize *bool
}

func (s Setting) empty() bool { return s.Level == "" && s.Mode == "" && s.Normalize == nil }

// Memory is a Store that keeps nothing beyond the process.
type Memory struct{}

// Load implements Store.
func (Memory) Load(context.Context) (*Change, error) { return &Change{}, nil }

// Commit implements Store. The server's own copy is the only one.
func (Memory) Commit(context.Context, *Change) error { return nil }

// Close implements Store.
func (Memory) Close() error { return nil }

// state is all that is registered, ready to be asked.
type state struct {
	lastID   int
	schemas  map[int]*StoredSchema
	guids    map[string]int
	subjects map[string][]StoredVersion // by number, hidden ones too
	settings map[string]Setting
}

func newState() *state {
	return &state{
		schemas: map[int]*StoredSchema{}, guids: map[string]int{},
		subjects: map[string][]StoredVersion{}, settings: map[string]Setting{},
	}
}

// apply takes over a change that was committed.
func (s *state) apply(c *Change) {
	s.lastID = max(s.lastID, c.LastID)
	for i := range c.Schemas {
		schema := c.Schemas[i]
		s.schemas[schema.ID], s.guids[schema.GUID] = &schema, schema.ID
		s.lastID = max(s.lastID, schema.ID)
	}
	for _, v := range c.Versions {
		s.put(v)
	}
	for _, v := range c.DropVersions {
		left := slices.DeleteFunc(slices.Clone(s.subjects[v.Subject]), func(w StoredVersion) bool { return w.Number == v.Number })
		s.subjects[v.Subject] = left
		if len(left) == 0 {
			delete(s.subjects, v.Subject)
		}
	}
	for _, id := range c.DropSchemas {
		if schema := s.schemas[id]; schema != nil {
			delete(s.guids, schema.GUID)
			delete(s.schemas, id)
		}
	}
	for _, setting := range c.Settings {
		s.settings[setting.Subject] = setting
		if setting.empty() {
			delete(s.settings, setting.Subject)
		}
	}
}

// put keeps the versions of a subject in order. It never writes into a list
// that a reader may hold.
func (s *state) put(v StoredVersion) {
	list := slices.Clone(s.subjects[v.Subject])
	i, found := slices.BinarySearchFunc(list, v.Number, func(w StoredVersion, n int) int { return w.Number - n })
	if found {
		list[i] = v
	} else {
		list = slices.Insert(list, i, v)
	}
	s.subjects[v.Subject] = list
}

// shown is which versions a request wants to see.
type shown struct{ deleted, only bool }

func (w shown) has(v StoredVersion) bool {
	if w.only {
		return v.Deleted
	}
	return w.deleted || !v.Deleted
}

// versions are those of a subject that a request wants to see.
func (s *state) versions(subject string, want shown) []StoredVersion {
	var list []StoredVersion
	for _, v := range s.subjects[subject] {
		if want.has(v) {
			list = append(list, v)
		}
	}
	return list
}

// version finds one version; Latest is the last one that may be seen.
func (s *state) version(subject string, number int, want shown) (StoredVersion, *Error) {
	list := s.versions(subject, want)
	if len(list) == 0 {
		return StoredVersion{}, subjectNotFound(subject)
	}
	if number == Latest {
		return list[len(list)-1], nil
	}
	for _, v := range list {
		if v.Number == number {
			return v, nil
		}
	}
	return StoredVersion{}, versionNotFound(number)
}

// uses are the places of a schema.
func (s *state) uses(id int, want shown) []StoredVersion {
	var list []StoredVersion
	for _, name := range s.names() {
		for _, v := range s.subjects[name] {
			if v.ID == id && want.has(v) {
				list = append(list, v)
			}
		}
	}
	return list
}

// names are the subjects, in order.
func (s *state) names() []string {
	names := make([]string, 0, len(s.subjects))
	for name := range s.subjects {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// referrers are the ids of the schemas that refer to a version and are in use.
func (s *state) referrers(subject string, number int, want shown) []int {
	ids := []int{}
	for id, schema := range s.schemas {
		refers := slices.ContainsFunc(schema.References, func(r Reference) bool { return r.Subject == subject && r.Version == number })
		if refers && len(s.uses(id, want)) > 0 {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// config is what holds for a subject: its own, else that of all.
func (s *state) config(subject string) Config {
	c := Config{Level: Backward}
	for _, name := range []string{"", subject} {
		setting := s.settings[name]
		if setting.Level != "" {
			c.Level = setting.Level
		}
		if setting.Normalize != nil {
			c.Normalize = *setting.Normalize
		}
	}
	return c
}

// mode is what holds for a subject.
func (s *state) mode(subject string) string {
	all := s.settings[""].Mode
	if own := s.settings[subject].Mode; own != "" && all != ReadOnlyOverride {
		return own
	}
	if all == "" {
		return ReadWrite
	}
	return all
}

// registered is a version as the API shows it.
func (s *state) registered(v StoredVersion) Registered {
	r := Registered{Subject: v.Subject, Version: v.Number, ID: v.ID}
	if schema := s.schemas[v.ID]; schema != nil {
		r.GUID, r.Schema = schema.GUID, schema.Schema
	}
	return r
}
