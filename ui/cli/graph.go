package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/make/diagram"
	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

// graphFlags are what the user of "weft graph" said.
type graphFlags struct {
	reading
	format string
}

func newGraph() *cobra.Command {
	f := &graphFlags{}
	cmd := &cobra.Command{
		Use:   "graph FILE|DIR...",
		Short: "who sends what to whom, and workflows, as a picture",
		Long: `Draw what documents describe: the steps of Arazzo workflows with what each calls,
sends or waits for and where it may go from there, and for AsyncAPI documents
which application sends which messages over which channels to which others.

Several documents are one picture. A channel of two of them is the same where the
address is the same and a server is, too, or one names no servers. What an OpenAPI
document describes is asked of the application that has its title. A folder stands
for the AsyncAPI, OpenAPI and Arazzo documents in it and below it.

bridges.yaml, as weft up reads it, and pipelines of Redpanda Connect are drawn
between the channels that they carry messages from and to.`,
		Example: `  weft graph 'services/**/asyncapi.yaml' > events.svg
  weft graph examples/order-fulfilment/bridges.yaml > bridges.svg
  weft graph place-order.arazzo.yaml --format mermaid`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("name the documents to draw, as in: weft graph asyncapi.yaml")
			}
			return nil
		},
		RunE: action(f.run),
	}
	f.flags(cmd)
	formatFlag(cmd, &f.format, "svg", "mermaid", "dot", "json")
	return cmd
}

func (f *graphFlags) run(cmd *cobra.Command, names []string) error {
	names, err := expandFolders(names)
	if err != nil {
		return err
	}
	models, broken := &drawing{}, false
	for _, name := range names {
		fine, err := f.read(cmd, models, name)
		if err != nil {
			return err
		}
		broken = broken || !fine
	}
	carriers, err := f.carriersOf(cmd, models)
	if err != nil {
		return err
	}
	graph := diagram.New()
	graph.AddWorkflows(models.workflows...)
	graph.AddEvents(models.events...)
	graph.AddAPIs(models.apis...)
	graph.AddCarriers(carriers...)
	if broken && len(graph.Nodes) == 0 {
		return ended()
	}
	if err := f.write(cmd, graph); err != nil {
		return err
	}
	if broken {
		return ended()
	}
	return nil
}

// drawing are the models of what is drawn.
type drawing struct {
	workflows []*arazzo.Document
	events    []*asyncapi.Document
	apis      []*openapi.Document
	byFile    map[string]*asyncapi.Document
	bridges   []*source.File // bridges.yaml
	pipelines []*source.File
}

// read reads one document, and reports whether there is something of it to draw.
func (f *graphFlags) read(cmd *cobra.Command, models *drawing, name string) (bool, error) {
	text, err := file(cmd.InOrStdin(), name)
	if err != nil {
		return false, err
	}
	ws, release, err := f.workspace(name)
	if err != nil {
		return false, err
	}
	defer release()
	doc := ws.Load(text)
	if doc.Root == nil || diag.Worst(doc.Findings) == diag.Error {
		return false, printFindings(cmd, atLeast(doc.Findings, diag.Error))
	}
	switch unknown := arazzo.Detect(doc.Root) == arazzo.SourceUnknown; {
	case unknown && isBridges(doc.Root):
		models.bridges = append(models.bridges, text)
		return true, nil
	case unknown && isPipeline(doc.Root):
		models.pipelines = append(models.pipelines, text)
		return true, nil
	}
	events := len(models.events)
	fine, findings := models.add(cmd.Context(), ws, doc)
	if len(models.events) > events {
		models.remember(name, models.events[events])
	}
	if !fine {
		return false, printFindings(cmd, atLeast(findings, diag.Error))
	}
	if diag.Worst(findings) == diag.Error {
		fmt.Fprintf(cmd.ErrOrStderr(), "weft: something is wrong with %s, so not all of it may be drawn: weft validate tells\n", diag.Safe(name))
	}
	return true, nil
}

func (m *drawing) add(ctx context.Context, ws *ref.Workspace, doc *ref.Document) (bool, []diag.Diagnostic) {
	switch arazzo.Detect(doc.Root) {
	case arazzo.SourceArazzo:
		model, findings := arazzo.Load(ctx, ws, doc)
		if model != nil {
			m.workflows = append(m.workflows, model)
		}
		return model != nil, findings
	case arazzo.SourceOpenAPI:
		model, findings := openapi.Load(ctx, ws, doc)
		if model != nil {
			m.apis = append(m.apis, model)
		}
		return model != nil, findings
	case arazzo.SourceAsyncAPI:
		model, findings := asyncapi.Load(ctx, ws, doc)
		if model != nil {
			m.events = append(m.events, model)
		}
		return model != nil, findings
	}
	return false, []diag.Diagnostic{unknownDocument(doc, "draw")}
}

func (f *graphFlags) write(cmd *cobra.Command, graph *diagram.Graph) error {
	out := cmd.OutOrStdout()
	switch f.format {
	case "json":
		return printJSON(out, graph)
	case "svg":
		_, err := io.WriteString(out, graph.SVG())
		return err
	case "dot":
		_, err := io.WriteString(out, graph.DOT())
		return err
	}
	text := graph.Mermaid()
	if len(graph.Edges) > diagram.MermaidEdges || len(text) > diagram.MermaidText {
		fmt.Fprintf(cmd.ErrOrStderr(), "weft: Mermaid refuses more than %d edges or %d characters unless it is configured otherwise; --format dot has no limit\n",
			diagram.MermaidEdges, diagram.MermaidText)
	}
	_, err := io.WriteString(out, text)
	return err
}
