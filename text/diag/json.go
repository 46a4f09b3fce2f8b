package diag

import (
	"encoding/json"
	"io"

	"github.com/weft-dev/weft/text/source"
)

type jsonPosition struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

type jsonRange struct {
	Start jsonPosition `json:"start"`
	End   jsonPosition `json:"end"`
}

type jsonRelated struct {
	Message string     `json:"message"`
	File    string     `json:"file"`
	Range   *jsonRange `json:"range,omitempty"`
}

type jsonFinding struct {
	Code     Code          `json:"code"`
	Severity string        `json:"severity"`
	Message  string        `json:"message"`
	File     string        `json:"file"`
	Path     string        `json:"path"`
	Range    *jsonRange    `json:"range,omitempty"`
	Help     string        `json:"help"`
	Related  []jsonRelated `json:"related"`
}

// writeJSON writes an array with one object a finding. A finding that is about
// no file has no range.
func writeJSON(w io.Writer, r Report) error {
	list := make([]jsonFinding, len(r.Findings))
	for i, d := range r.Findings {
		list[i] = jsonFinding{
			Code: d.Code, Severity: d.Severity.String(), Message: d.Message, File: fileName(d.Span),
			Path: d.Path, Range: rangeOf(d.Span), Help: d.Help, Related: make([]jsonRelated, len(d.Related)),
		}
		for j, related := range d.Related {
			list[i].Related[j] = jsonRelated{Message: related.Message, File: fileName(related.Span), Range: rangeOf(related.Span)}
		}
	}
	return encode(w, list)
}

func rangeOf(span source.Span) *jsonRange {
	if !span.IsValid() {
		return nil
	}
	start, end := span.Range()
	return &jsonRange{Start: jsonPosition(start), End: jsonPosition(end)}
}

func encode(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
