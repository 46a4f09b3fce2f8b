package engine

import (
	"encoding/json"
	"strings"

	"github.com/weft-dev/weft/flow/machine"
)

// mask hides the values of inputs that are passwords in what people are shown.
// The run's outputs are its author's choice and are left as they are.
type mask struct {
	replacer *strings.Replacer
}

// masked is what stands in the place of a secret.
const masked = "***"

func newMask(secrets []string) mask {
	var pairs []string
	for _, secret := range secrets {
		pairs = append(pairs, secret, masked)
	}
	if len(pairs) == 0 {
		return mask{}
	}
	return mask{strings.NewReplacer(pairs...)}
}

func (m mask) text(s string) string {
	if m.replacer == nil {
		return s
	}
	return m.replacer.Replace(s)
}

func (m mask) value(v any) any {
	switch v := v.(type) {
	case string:
		return m.text(v)
	case json.Number:
		if shown := m.text(string(v)); shown != string(v) {
			return shown
		}
	case map[string]any:
		return m.object(v)
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = m.value(item)
		}
		return list
	}
	return v
}

func (m mask) object(v map[string]any) map[string]any {
	if v == nil {
		return nil
	}
	object := make(map[string]any, len(v))
	for name, member := range v {
		object[m.text(name)] = m.value(member)
	}
	return object
}

func (m mask) happening(h machine.Happening) machine.Happening {
	if m.replacer == nil {
		return h
	}
	h.Text, h.Address = m.text(h.Text), m.text(h.Address)
	h.Headers, h.Outputs, h.Payload = m.object(h.Headers), m.object(h.Outputs), m.value(h.Payload)
	h.Criteria, h.Failure = m.criteria(h.Criteria), m.failure(h.Failure)
	return h
}

func (m mask) criteria(list []machine.CriterionResult) []machine.CriterionResult {
	if m.replacer == nil || list == nil {
		return list
	}
	out := make([]machine.CriterionResult, len(list))
	for i, c := range list {
		c.Detail = m.text(c.Detail)
		out[i] = c
	}
	return out
}

func (m mask) failure(f *machine.Failure) *machine.Failure {
	if m.replacer == nil || f == nil {
		return f
	}
	out := *f
	out.Message, out.Help, out.Criteria = m.text(f.Message), m.text(f.Help), m.criteria(f.Criteria)
	return &out
}

func (m mask) result(r machine.Result) machine.Result {
	if m.replacer == nil {
		return r
	}
	r.Failure = m.failure(r.Failure)
	steps := make([]machine.StepResult, len(r.Steps))
	for i, s := range r.Steps {
		s.Failure, s.Criteria = m.failure(s.Failure), m.criteria(s.Criteria)
		steps[i] = s
	}
	r.Steps = steps
	return r
}
