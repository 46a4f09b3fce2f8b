package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
)

// lsFlags are what the user of "weft ls" said.
type lsFlags struct {
	reading
	visibility []string
	format     string
}

func newLs() *cobra.Command {
	f := &lsFlags{}
	cmd := &cobra.Command{
		Use:   "ls FILE|DIR...",
		Short: "what is in documents: servers, channels, operations, messages, workflows",
		Long: `List what documents describe: the servers, channels, operations and messages of
AsyncAPI documents of any version, the operations of OpenAPI documents, the
workflows of Arazzo documents, and what bridges.yaml and pipelines of Redpanda
Connect carry from where to where. Of a folder the AsyncAPI, OpenAPI and Arazzo
documents in it and below it are listed.

--visibility shows only what is for somebody: what says so by x-visibility. What
does not say it is for whom its channel is, and a channel for whom its document is.`,
		Example: `  weft ls asyncapi.yaml
  weft ls 'contracts/**/*.yaml' --visibility public --format json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("name the documents to list, as in: weft ls asyncapi.yaml")
			}
			return nil
		},
		RunE: action(f.run),
	}
	f.flags(cmd)
	cmd.Flags().StringSliceVar(&f.visibility, "visibility", nil, "list only what is for these: a `WORD` such as public or internal; repeat it for more")
	formatFlag(cmd, &f.format, "text", "json")
	return cmd
}

func (f *lsFlags) run(cmd *cobra.Command, names []string) error {
	names, err := expandFolders(names)
	if err != nil {
		return err
	}
	list := []*listing{}
	broken := false
	for _, name := range names {
		l, findings, err := f.list(cmd, name)
		if err != nil {
			return err
		}
		if l == nil {
			broken = true
			if err := printFindings(cmd, atLeast(findings, diag.Error)); err != nil {
				return err
			}
			continue
		}
		if diag.Worst(findings) == diag.Error {
			fmt.Fprintf(cmd.ErrOrStderr(), "weft: something is wrong with %s, so not all of it may be listed: weft validate tells\n", name)
		}
		list = append(list, l)
	}
	f.filter(cmd, list)
	if err := f.write(newScreen(cmd.OutOrStdout()), list); err != nil {
		return err
	}
	if broken {
		return ended()
	}
	return nil
}

// list reads one document. The listing is nil where there is nothing to list,
// which the findings explain.
func (f *lsFlags) list(cmd *cobra.Command, name string) (*listing, []diag.Diagnostic, error) {
	text, err := file(cmd.InOrStdin(), name)
	if err != nil {
		return nil, nil, err
	}
	ws, release, err := f.workspace(name)
	if err != nil {
		return nil, nil, err
	}
	defer release()
	doc := ws.Load(text)
	if doc.Root == nil || diag.Worst(doc.Findings) == diag.Error {
		return nil, doc.Findings, nil
	}
	if arazzo.Detect(doc.Root) == arazzo.SourceUnknown && (isBridges(doc.Root) || isPipeline(doc.Root)) {
		l, err := listBridges(text, doc)
		return l, doc.Findings, err
	}
	l, findings := listingOf(cmd.Context(), ws, doc)
	return l, append(doc.Findings, findings...), nil
}

func listingOf(ctx context.Context, ws *ref.Workspace, doc *ref.Document) (*listing, []diag.Diagnostic) {
	switch arazzo.Detect(doc.Root) {
	case arazzo.SourceAsyncAPI:
		model, findings := asyncapi.Load(ctx, ws, doc)
		if model == nil {
			return nil, findings
		}
		return listAsyncAPI(model), findings
	case arazzo.SourceOpenAPI:
		model, findings := openapi.Load(ctx, ws, doc)
		if model == nil {
			return nil, findings
		}
		return listOpenAPI(model, doc), findings
	case arazzo.SourceArazzo:
		model, findings := arazzo.Load(ctx, ws, doc)
		if model == nil {
			return nil, findings
		}
		return listArazzo(model, doc), findings
	}
	return nil, []diag.Diagnostic{unknownDocument(doc, "list")}
}

func (f *lsFlags) wants(word string) bool { return slices.Contains(f.visibility, word) }

// filter leaves what is for those that were asked for.
func (f *lsFlags) filter(cmd *cobra.Command, list []*listing) {
	if len(f.visibility) == 0 {
		return
	}
	silent, known := 0, []string{}
	for _, l := range list {
		l.each(func(v visibility) bool {
			if len(v.words) == 0 {
				silent++
			}
			known = append(known, v.words...)
			return slices.ContainsFunc(v.words, f.wants)
		})
		l.narrow(f.wants)
	}
	slices.Sort(known)
	known = slices.Compact(known)
	for _, word := range f.visibility {
		if !slices.Contains(known, word) {
			fmt.Fprintf(cmd.ErrOrStderr(), "weft: nothing is %q%s\n", diag.Safe(word), orThese(word, known))
		}
	}
	if silent > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "weft: %d things do not say for whom they are, and are left out: %s says it\n", silent, asyncapi.VisibilityField)
	}
}
