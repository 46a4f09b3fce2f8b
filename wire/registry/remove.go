package registry

import "slices"

// writable refuses what a read-only mode forbids. The caller holds writing.
func (s *Server) writable(name string) error {
	st, done := s.view()
	defer done()
	if mode := st.mode(name); mode == ReadOnly || mode == ReadOnlyOverride {
		return refuse(codeNotPermitted, "Subject %s is in read-only mode", name)
	}
	return nil
}

func (s *Server) deleteSubject(r *request) (any, error) {
	name, err := r.subject()
	if err != nil {
		return nil, err
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.writable(name); err != nil {
		return nil, err
	}
	change, numbers, err := s.subjectRemoval(name, r.flag("permanent"))
	if err != nil {
		return nil, err
	}
	return orError(numbers, s.commit(r.Context(), change))
}

// subjectRemoval says what deleting a subject changes. For good it goes only
// after it was deleted the first time.
func (s *Server) subjectRemoval(name string, permanent bool) (*Change, []int, error) {
	st, done := s.view()
	defer done()
	all, alive := st.subjects[name], st.versions(name, shown{})
	switch {
	case len(all) == 0:
		return nil, nil, subjectNotFound(name)
	case permanent && len(alive) > 0:
		return nil, nil, refuse(codeSubjectNotSoftDeleted, "Subject '%s' was not deleted first before being permanently deleted", name)
	case !permanent && len(alive) == 0:
		return nil, nil, refuse(codeSubjectSoftDeleted, "Subject '%s' was soft deleted.Set permanent=true to delete permanently", name)
	case permanent:
		alive = all
	}
	change, numbers := &Change{}, []int{}
	for _, v := range alive {
		if err := st.unreferenced(v, permanent); err != nil {
			return nil, nil, err
		}
		st.remove(change, v, permanent)
		numbers = append(numbers, v.Number)
	}
	if _, set := st.settings[name]; set {
		change.Settings = []Setting{{Subject: name}}
	}
	return change, numbers, nil
}

// unreferenced refuses to take away what other schemas need.
func (s *state) unreferenced(v StoredVersion, permanent bool) error {
	if len(s.referrers(v.Subject, v.Number, shown{deleted: permanent})) == 0 {
		return nil
	}
	return refuse(codeReferenceExists, "One or more references exist to the schema {subject=%s,version=%d}.", v.Subject, v.Number)
}

// remove adds to a change that a version goes; its schema goes with the last.
func (s *state) remove(c *Change, v StoredVersion, permanent bool) {
	if !permanent {
		v.Deleted = true
		c.Versions = append(c.Versions, v)
		return
	}
	c.DropVersions = append(c.DropVersions, v)
	for _, use := range s.uses(v.ID, shown{deleted: true}) {
		if !slices.ContainsFunc(c.DropVersions, func(d StoredVersion) bool { return d.Subject == use.Subject && d.Number == use.Number }) {
			return
		}
	}
	c.DropSchemas = append(c.DropSchemas, v.ID)
}

func (s *Server) deleteVersion(r *request) (any, error) {
	name, err := r.subject()
	if err != nil {
		return nil, err
	}
	number, err := r.version()
	if err != nil {
		return nil, err
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.writable(name); err != nil {
		return nil, err
	}
	change, number, err := s.versionRemoval(name, number, r.flag("permanent"))
	if err != nil {
		return nil, err
	}
	return orError(number, s.commit(r.Context(), change))
}

func (s *Server) versionRemoval(name string, number int, permanent bool) (*Change, int, error) {
	st, done := s.view()
	defer done()
	if number == Latest && !permanent && len(st.versions(name, shown{})) == 0 {
		return nil, 0, subjectNotFound(name)
	}
	v, missing := st.version(name, number, shown{deleted: permanent || number != Latest})
	switch {
	case missing != nil:
		return nil, 0, missing
	case permanent && !v.Deleted:
		return nil, 0, refuse(codeVersionNotSoftDeleted, "Subject '%s' Version %d was not deleted first before being permanently deleted", name, v.Number)
	case !permanent && v.Deleted:
		return nil, 0, refuse(codeVersionSoftDeleted, "Subject '%s' Version %d was soft deleted.Set permanent=true to delete permanently", name, v.Number)
	}
	if err := st.unreferenced(v, permanent); err != nil {
		return nil, 0, err
	}
	change := &Change{}
	st.remove(change, v, permanent)
	return change, v.Number, nil
}
