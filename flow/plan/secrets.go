package plan

import (
	"github.com/weft-dev/weft/spec/expr"
	"github.com/weft-dev/weft/text/tree"
)

// secrets collects where the inputs have values that must not be shown: those
// with "format: password" (Arazzo 1.1, Data Types).
func (c *compiler) secrets(w *Workflow, schema *tree.Node, path []expr.Access, depth int) {
	if !c.visit(depth) {
		return
	}
	if ref := schema.Get("$ref"); ref.Is(tree.String) {
		c.secrets(w, c.dereference(ref), path, depth+1)
	}
	if schema.Get("format").Str() == "password" && len(path) > 0 {
		w.Secrets = append(w.Secrets, append([]expr.Access(nil), path...))
	}
	if properties := schema.Get("properties"); properties.Is(tree.Mapping) {
		for _, m := range properties.Members {
			c.secrets(w, m.Value, append(path, expr.Access{Name: m.Key.Text}), depth+1)
		}
	}
	if all := schema.Get("allOf"); all.Is(tree.Sequence) {
		for _, item := range all.Items {
			c.secrets(w, item, path, depth+1)
		}
	}
}

// SecretValues returns the values among inputs that must not be shown.
func (w *Workflow) SecretValues(inputs map[string]any) []string {
	var values []string
	for _, path := range w.Secrets {
		var at any = inputs
		for _, step := range path {
			object, _ := at.(map[string]any)
			at = object[step.Name]
		}
		if text, ok := at.(string); ok && text != "" {
			values = append(values, text)
		}
	}
	return values
}
