package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/spec/schema/languages"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/wire/stage"
)

// services reads the documents to be played. Findings that forbid it are
// printed, and end the command.
func (r *reading) services(cmd *cobra.Command, names []string) ([]stage.Service, func(), error) {
	names, err := expand(names)
	if err != nil {
		return nil, nil, err
	}
	var services []stage.Service
	var findings []diag.Diagnostic
	var releases []func()
	release := func() {
		for _, done := range releases {
			done()
		}
	}
	for _, name := range names {
		text, err := file(cmd.InOrStdin(), name)
		if err != nil {
			release()
			return nil, nil, err
		}
		ws, done, err := r.workspace(name)
		if err != nil {
			release()
			return nil, nil, err
		}
		releases = append(releases, done)
		list, found := readServices(cmd.Context(), ws, ws.Load(text), name)
		services = append(services, list...)
		findings = append(findings, found...)
	}
	findings = diag.Unique(findings)
	if err := printFindings(cmd, atLeast(findings, diag.Error)); err != nil {
		release()
		return nil, nil, err
	}
	if diag.Worst(findings) == diag.Error {
		release()
		return nil, nil, &outcome{code: exitFindings, err: fmt.Errorf("the documents cannot be used: %s", diag.Summary(atLeast(findings, diag.Error)))}
	}
	distinct(services, names)
	return services, release, nil
}

// readServices makes services of one document: of its own, or of the sources of
// an Arazzo document.
func readServices(ctx context.Context, ws *ref.Workspace, doc *ref.Document, name string) ([]stage.Service, []diag.Diagnostic) {
	findings := doc.Findings
	if doc.Root == nil || diag.Worst(findings) == diag.Error {
		return nil, findings
	}
	service := stage.Service{Name: stem(name), References: jsonschema.In(ws), Schemas: languages.In(ws)}
	var found []diag.Diagnostic
	switch arazzo.Detect(doc.Root) {
	case arazzo.SourceAsyncAPI:
		service.AsyncAPI, found = asyncapi.Load(ctx, ws, doc)
	case arazzo.SourceOpenAPI:
		service.OpenAPI, found = openapi.Load(ctx, ws, doc)
	case arazzo.SourceArazzo:
		return sourcesOf(ctx, ws, doc)
	default:
		found = []diag.Diagnostic{unknownDocument(doc, "play")}
	}
	findings = append(findings, found...)
	if service.AsyncAPI == nil && service.OpenAPI == nil {
		return nil, findings
	}
	return []stage.Service{service}, findings
}

// unknownDocument is the finding about a document with which nothing can be done.
func unknownDocument(doc *ref.Document, verb string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "text/unknown-document", Severity: diag.Error, Span: beginning(doc),
		Message: "this is no AsyncAPI, OpenAPI or Arazzo document, so there is nothing to " + verb,
		Help:    "such a document begins with asyncapi, openapi or arazzo and its version",
	}
}

func sourcesOf(ctx context.Context, ws *ref.Workspace, doc *ref.Document) ([]stage.Service, []diag.Diagnostic) {
	document, findings := arazzo.Load(ctx, ws, doc)
	if document == nil || diag.Worst(findings) == diag.Error {
		return nil, findings
	}
	sources, found := plan.Open(ctx, ws, document)
	findings = append(findings, found...)
	references, schemas := jsonschema.In(ws), languages.In(ws)
	var list []stage.Service
	for _, spec := range document.Sources {
		source := sources[spec]
		if source == nil || (source.AsyncAPI == nil && source.OpenAPI == nil) {
			continue
		}
		list = append(list, stage.Service{Name: spec.Name, AsyncAPI: source.AsyncAPI, OpenAPI: source.OpenAPI, References: references, Schemas: schemas})
	}
	return list, findings
}

// stem is a document's name without folder and extension.
func stem(name string) string {
	base := filepath.Base(name)
	return strings.TrimSuffix(base, filepath.Ext(base))
}

// distinct gives services that share a name the folder of their document too.
func distinct(services []stage.Service, names []string) {
	count := map[string]int{}
	for _, service := range services {
		count[service.Name]++
	}
	if len(services) != len(names) {
		return // the sources of an Arazzo document have names of their own
	}
	for i := range services {
		if count[services[i].Name] > 1 {
			services[i].Name = filepath.Base(filepath.Dir(names[i])) + "/" + services[i].Name
		}
	}
}
