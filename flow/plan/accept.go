package plan

import (
	"maps"

	"github.com/weft-dev/weft/spec/schema"
)

// Accept judges what a workflow is given before anything happens (A34): the
// inputs with the schema's defaults filled in, or in which ways they do not
// fit.
func (w *Workflow) Accept(inputs map[string]any) (map[string]any, []schema.Violation) {
	given := maps.Clone(inputs)
	if given == nil {
		given = map[string]any{}
	}
	if w.Inputs == nil {
		return given, nil
	}
	completed, ok := w.Inputs.ApplyDefaults(given).(map[string]any)
	if !ok {
		completed = given
	}
	return completed, w.Inputs.Validate(completed)
}

// SourceField returns a field of a source description of the workflow's
// document, for expressions such as $sourceDescriptions.shop.url.
func (w *Workflow) SourceField(source, field string) (string, bool) {
	for _, s := range w.Document.Sources {
		if s.Name != source {
			continue
		}
		switch field {
		case "name":
			return s.Name, true
		case "url":
			return s.URL, true
		case "type":
			return s.Type.String(), true
		}
	}
	return "", false
}

// Sibling returns the workflow of that id in the same document, or nil where
// the plan does not reach it.
func (p *Plan) Sibling(w *Workflow, id string) *Workflow {
	for _, other := range p.Workflows {
		if other.Document == w.Document && other.ID == id {
			return other
		}
	}
	return nil
}
