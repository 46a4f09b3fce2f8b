package registry

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

func (s *Server) listTypes(*request) (any, error) { return s.judge.Types(), nil }

func (s *Server) listSubjects(r *request) (any, error) {
	st, done := s.view()
	defer done()
	// ":*:" in front means: of all contexts. There is one.
	prefix := strings.TrimPrefix(r.query.Get("subjectPrefix"), ":*:")
	names := []string{}
	for _, name := range st.names() {
		if strings.HasPrefix(name, prefix) && st.subjectShown(name, r.shown()) {
			names = append(names, name)
		}
	}
	return page(r, names), nil
}

// subjectShown: a subject is deleted when all of its versions are.
func (s *state) subjectShown(name string, want shown) bool {
	alive := slices.ContainsFunc(s.subjects[name], func(v StoredVersion) bool { return !v.Deleted })
	return want.has(StoredVersion{Deleted: !alive})
}

func (s *Server) listVersions(r *request) (any, error) {
	name, err := r.subject()
	if err != nil {
		return nil, err
	}
	st, done := s.view()
	defer done()
	numbers := []int{}
	for _, v := range st.versions(name, r.shown()) {
		numbers = append(numbers, v.Number)
	}
	if len(numbers) == 0 {
		return nil, subjectNotFound(name)
	}
	return page(r, numbers), nil
}

// found is the version that a path names.
func (s *Server) found(r *request) (Registered, error) {
	name, err := r.subject()
	if err != nil {
		return Registered{}, err
	}
	number, err := r.version()
	if err != nil {
		return Registered{}, err
	}
	st, done := s.view()
	defer done()
	v, missing := st.version(name, number, r.shown())
	if missing != nil {
		return Registered{}, missing
	}
	return st.registered(v), nil
}

func (s *Server) getVersion(r *request) (any, error) {
	if err := formatKnown(r); err != nil {
		return nil, err
	}
	return orError(s.found(r))
}

func orError[T any](value T, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return value, nil
}

func (s *Server) getVersionText(r *request) (any, error) {
	if err := formatKnown(r); err != nil {
		return nil, err
	}
	v, err := s.found(r)
	return raw(v.Text), err
}

// formatKnown refuses the forms that a schema could be asked for in: each would
// need its language.
func formatKnown(r *request) error {
	for _, name := range []string{"format", "referenceFormat"} {
		if form := r.query.Get(name); form != "" && form != "default" {
			return refuse(codeInvalidSchema, "this registry gives schemas only as they are kept, not in the %s %.50q", name, form)
		}
	}
	return nil
}

func (s *Server) referencedBy(r *request) (any, error) {
	name, err := r.subject()
	if err != nil {
		return nil, err
	}
	number, err := r.version()
	if err != nil {
		return nil, err
	}
	st, done := s.view()
	defer done()
	v, missing := st.version(name, number, shown{deleted: true})
	if missing != nil {
		return nil, missing
	}
	return page(r, st.referrers(name, v.Number, r.shown())), nil
}

func (s *Server) listSchemas(r *request) (any, error) {
	st, done := s.view()
	defer done()
	prefix := strings.TrimPrefix(r.query.Get("subjectPrefix"), ":*:")
	list := []Registered{}
	for _, name := range st.names() {
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		versions := st.versions(name, r.shown())
		if r.flag("latestOnly") && len(versions) > 1 {
			versions = versions[len(versions)-1:]
		}
		for _, v := range versions {
			list = append(list, st.registered(v))
		}
	}
	return page(r, list), nil
}

// byID finds the schema that a path names, where the parameter subject allows.
func (s *Server) byID(r *request) (*StoredSchema, *state, func(), error) {
	id, err := strconv.ParseInt(r.args[0], 10, 32)
	if err != nil {
		return nil, nil, nil, schemaNotFound(strconv.Quote(r.args[0]))
	}
	st, done := s.view()
	schema := st.schemas[int(id)]
	if schema == nil || !st.usedIn(int(id), r.query.Get("subject")) {
		done()
		return nil, nil, nil, schemaNotFound(strconv.FormatInt(id, 10))
	}
	return schema, st, done, nil
}

func (s *state) usedIn(id int, subject string) bool {
	return subject == "" || slices.ContainsFunc(s.subjects[subject], func(v StoredVersion) bool { return v.ID == id })
}

// identified is a schema asked for by its id.
type identified struct {
	MaxID int    `json:"maxId,omitempty"`
	GUID  string `json:"guid,omitempty"`
	Schema
}

func (s *Server) getByID(r *request) (any, error) {
	if err := formatKnown(r); err != nil {
		return nil, err
	}
	schema, st, done, err := s.byID(r)
	if err != nil {
		return nil, err
	}
	defer done()
	answer := identified{GUID: schema.GUID, Schema: schema.Schema}
	if r.flag("fetchMaxId") {
		answer.MaxID = st.lastID
	}
	return answer, nil
}

func (s *Server) getTextByID(r *request) (any, error) {
	if err := formatKnown(r); err != nil {
		return nil, err
	}
	schema, _, done, err := s.byID(r)
	if err != nil {
		return nil, err
	}
	defer done()
	return raw(schema.Text), nil
}

func (s *Server) subjectsOfID(r *request) (any, error) {
	schema, st, done, err := s.byID(r)
	if err != nil {
		return nil, err
	}
	defer done()
	names := []string{}
	for _, v := range st.uses(schema.ID, r.shown()) {
		if want := r.query.Get("subject"); want == "" || want == v.Subject {
			names = append(names, v.Subject)
		}
	}
	return page(r, slices.Compact(names)), nil
}

// place is a version without its schema.
type place struct {
	Subject string `json:"subject"`
	Version int    `json:"version"`
}

func (s *Server) versionsOfID(r *request) (any, error) {
	schema, st, done, err := s.byID(r)
	if err != nil {
		return nil, err
	}
	defer done()
	list := []place{}
	for _, v := range st.uses(schema.ID, r.shown()) {
		if want := r.query.Get("subject"); want == "" || want == v.Subject {
			list = append(list, place{v.Subject, v.Number})
		}
	}
	slices.SortStableFunc(list, func(a, b place) int { return cmp.Compare(a.Subject, b.Subject) })
	return page(r, list), nil
}

func (s *Server) getByGUID(r *request) (any, error) {
	st, done := s.view()
	defer done()
	schema := st.schemas[st.guids[r.args[0]]]
	if schema == nil {
		return nil, schemaNotFound(strconv.Quote(r.args[0]))
	}
	return identified{GUID: schema.GUID, Schema: schema.Schema}, nil
}

func (s *Server) idsOfGUID(r *request) (any, error) {
	st, done := s.view()
	defer done()
	id, ok := st.guids[r.args[0]]
	if !ok {
		return nil, schemaNotFound(strconv.Quote(r.args[0]))
	}
	return []map[string]any{{"context": ".", "id": id}}, nil
}
