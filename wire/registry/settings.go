package registry

import (
	"encoding/json"
	"strings"
)

// optionalSubject is the subject of a setting: "" for that of all.
func (r *request) optionalSubject() (string, error) {
	if len(r.args) == 0 || r.args[0] == "__GLOBAL" {
		return "", nil
	}
	return r.subject()
}

// configAnswer is how a setting is shown. "normalize" is there where it was set.
type configAnswer struct {
	Level     string `json:"compatibilityLevel,omitempty"`
	Normalize *bool  `json:"normalize,omitempty"`
}

// configChange is how one is asked for, and confirmed.
type configChange struct {
	Level     string `json:"compatibility,omitempty"`
	Normalize *bool  `json:"normalize,omitempty"`
	// What data contracts and other forms of checking add.
	Alias            json.RawMessage `json:"alias,omitempty"`
	Group            json.RawMessage `json:"compatibilityGroup,omitempty"`
	Policy           json.RawMessage `json:"compatibilityPolicy,omitempty"`
	ValidateFields   json.RawMessage `json:"validateFields,omitempty"`
	DefaultMetadata  json.RawMessage `json:"defaultMetadata,omitempty"`
	OverrideMetadata json.RawMessage `json:"overrideMetadata,omitempty"`
	DefaultRuleSet   json.RawMessage `json:"defaultRuleSet,omitempty"`
	OverrideRuleSet  json.RawMessage `json:"overrideRuleSet,omitempty"`
}

func (c *configChange) check() error {
	c.Level = strings.ToUpper(c.Level)
	if c.Level != "" && !isLevel(c.Level) {
		return refuse(codeInvalidLevel, "Invalid compatibility level. Valid values are none, backward, forward, full, backward_transitive, forward_transitive, and full_transitive")
	}
	for _, more := range []struct {
		name  string
		value json.RawMessage
		plain string
	}{
		{"alias", c.Alias, `""`},
		{"compatibilityGroup", c.Group, `""`},
		{"compatibilityPolicy", c.Policy, `"STRICT"`},
		{"validateFields", c.ValidateFields, "false"},
		{"defaultMetadata", c.DefaultMetadata, "{}"},
		{"overrideMetadata", c.OverrideMetadata, "{}"},
		{"defaultRuleSet", c.DefaultRuleSet, "{}"},
		{"overrideRuleSet", c.OverrideRuleSet, "{}"},
	} {
		if present(more.value) && string(more.value) != more.plain {
			return refuse(codeNotPermitted, "the setting %s is not supported by this registry", more.name)
		}
	}
	if c.Level == "" && c.Normalize == nil {
		return refuse(codeInvalidLevel, "the request sets nothing: give compatibility or normalize")
	}
	return nil
}

func (s *Server) getConfig(r *request) (any, error) {
	name, err := r.optionalSubject()
	if err != nil {
		return nil, err
	}
	st, done := s.view()
	defer done()
	own := st.settings[name]
	if name == "" || r.flag("defaultToGlobal") {
		c := st.config(name)
		answer := configAnswer{Level: c.Level}
		if c.Normalize || own.Normalize != nil {
			answer.Normalize = &c.Normalize
		}
		return answer, nil
	}
	if own.Level == "" && own.Normalize == nil {
		return nil, refuse(codeNoSubjectLevel, "Subject '%s' does not have subject-level compatibility configured", name)
	}
	return configAnswer{Level: own.Level, Normalize: own.Normalize}, nil
}

func (s *Server) putConfig(r *request) (any, error) {
	name, err := r.optionalSubject()
	if err != nil {
		return nil, err
	}
	var c configChange
	if err := r.body(&c); err != nil {
		return nil, err
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	err = s.set(r, name, func(own *Setting) error {
		if c.Level != "" {
			own.Level = c.Level
		}
		if c.Normalize != nil {
			own.Normalize = c.Normalize
		}
		return nil
	})
	return orError(configChange{Level: c.Level, Normalize: c.Normalize}, err)
}

// deletedConfig names the level in both ways in which clients look for it.
type deletedConfig struct {
	configAnswer
	Confirmed string `json:"compatibility,omitempty"`
}

func (s *Server) deleteConfig(r *request) (any, error) {
	name, err := r.optionalSubject()
	if err != nil {
		return nil, err
	}
	var answer deletedConfig
	err = s.set(r, name, func(own *Setting) error {
		if name != "" && own.Level == "" && own.Normalize == nil {
			return refuse(codeNoSubjectLevel, "Subject '%s' does not have subject-level compatibility configured", name)
		}
		answer.Level, answer.Normalize = own.Level, own.Normalize
		if name == "" && own.Level == "" {
			answer.Level = Backward
		}
		answer.Confirmed = answer.Level
		own.Level, own.Normalize = "", nil
		return nil
	})
	return orError(answer, err)
}

// set changes what is set for a subject.
func (s *Server) set(r *request, name string, how func(own *Setting) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	st, done := s.view()
	own := st.settings[name]
	done()
	own.Subject = name
	if err := how(&own); err != nil {
		return err
	}
	return s.commit(r.Context(), &Change{Settings: []Setting{own}})
}

type modeBody struct {
	Mode string `json:"mode"`
}

func (s *Server) getMode(r *request) (any, error) {
	name, err := r.optionalSubject()
	if err != nil {
		return nil, err
	}
	st, done := s.view()
	defer done()
	if name != "" && st.settings[name].Mode == "" && !r.flag("defaultToGlobal") {
		return nil, refuse(codeNoSubjectMode, "Subject '%s' does not have subject-level mode configured", name)
	}
	return modeBody{st.mode(name)}, nil
}

func (s *Server) putMode(r *request) (any, error) {
	name, err := r.optionalSubject()
	if err != nil {
		return nil, err
	}
	var m modeBody
	if err := r.body(&m); err != nil {
		return nil, err
	}
	m.Mode = strings.ToUpper(m.Mode)
	if !isMode(m.Mode) {
		return nil, refuse(codeInvalidMode, "Invalid mode. Valid values are %s", strings.Join(Modes(), ", "))
	}
	if name != "" && m.Mode == ReadOnlyOverride {
		return nil, refuse(codeInvalidMode, "the mode %s is for the whole registry, not for one subject", ReadOnlyOverride)
	}
	if m.Mode == Import && !r.flag("force") && s.occupied(name) {
		return nil, refuse(codeNotPermitted, "Cannot import since found existing subjects")
	}
	return orError(m, s.set(r, name, func(own *Setting) error {
		own.Mode = m.Mode
		return nil
	}))
}

// occupied is whether there are schemas that an import could meet.
func (s *Server) occupied(subject string) bool {
	st, done := s.view()
	defer done()
	if subject != "" {
		return len(st.versions(subject, shown{})) > 0
	}
	for name := range st.subjects {
		if len(st.versions(name, shown{})) > 0 {
			return true
		}
	}
	return false
}

func (s *Server) deleteMode(r *request) (any, error) {
	name, err := r.optionalSubject()
	if err != nil {
		return nil, err
	}
	var was modeBody
	err = s.set(r, name, func(own *Setting) error {
		was.Mode = own.Mode
		switch {
		case name == "" && was.Mode == "":
			was.Mode = ReadWrite
		case was.Mode == "":
			return refuse(codeNoSubjectMode, "Subject '%s' does not have subject-level mode configured", name)
		}
		own.Mode = ""
		return nil
	})
	return orError(was, err)
}
