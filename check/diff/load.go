package diff

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

// LoadError says that a document cannot be compared: part of it is missing, so
// that a comparison would take what is there for all there is.
type LoadError struct {
	Name string
	// Findings are what stands in the way, the first the first to mend.
	Findings []diag.Diagnostic
}

// Error tells the first finding and how many more there are.
func (e *LoadError) Error() string {
	if len(e.Findings) == 0 {
		return e.Name + ": this cannot be compared; see: weft validate " + e.Name
	}
	first := e.Findings[0]
	where := e.Name
	if start, _ := first.Span.Range(); start.Line > 0 {
		where = fmt.Sprintf("%s:%d:%d", first.Span.File.Name(), start.Line, start.Column)
	}
	more := ""
	if n := len(e.Findings) - 1; n > 0 {
		more = fmt.Sprintf(" (and %d more like it)", n)
	}
	return fmt.Sprintf("%s: %s%s; see: weft validate %s", where, first.Message, more, e.Name)
}

// Load reads a document with all that it refers to, or a schema in a file of
// its own: Avro, Protobuf or JSON Schema.
func Load(ctx context.Context, ws *ref.Workspace, file *source.File) (Document, error) {
	d := ws.Load(file)
	format := bareFormat(d)
	if format != "" && !hasErrors(d.Findings) {
		d = ws.Load(bare(d, format))
	}
	if d.Root == nil {
		return Document{}, &LoadError{file.Name(), wrong(d.Findings)}
	}
	model, findings := asyncapi.Load(ctx, ws, d)
	// A schema that cannot be fetched leaves one message undecided; anything
	// else that is missing would look as if it had been removed.
	findings = slices.DeleteFunc(findings, isSchemaElsewhere)
	if bad := wrong(findings); model == nil || len(bad) > 0 {
		return Document{}, &LoadError{file.Name(), bad}
	}
	return Document{Model: model, Workspace: ws, Schema: format != ""}, nil
}

func hasErrors(findings []diag.Diagnostic) bool { return diag.Worst(findings) == diag.Error }

func wrong(findings []diag.Diagnostic) []diag.Diagnostic {
	var list []diag.Diagnostic
	for _, f := range findings {
		if f.Severity == diag.Error {
			list = append(list, f)
		}
	}
	if len(list) == 0 && len(findings) > 0 {
		return findings[:1]
	}
	return list
}

func isSchemaElsewhere(f diag.Diagnostic) bool {
	if f.Code != ref.CodeNotAllowed && f.Code != ref.CodeUnavailable {
		return false
	}
	for _, end := range []string{"/payload/$ref", "/headers/$ref", "/payload/schema/$ref", "/headers/schema/$ref"} {
		if strings.HasSuffix(f.Path, end) {
			return true
		}
	}
	return false
}
