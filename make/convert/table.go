package convert

import (
	"context"
	"slices"
	"strings"

	"github.com/weft-dev/weft/make/convert/arazzo11"
	"github.com/weft-dev/weft/make/convert/asyncapi3"
	"github.com/weft-dev/weft/make/convert/fromopenapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// Table lists every conversion. Of those of a kind the first that fits is the
// usual one.
func Table() []Conversion {
	return slices.Concat(asyncAPIConversions(), openAPIConversions(), arazzoConversions(), schemaConversions(), []Conversion{
		{Names: []string{"json"}, About: "the same in JSON; comments are lost", Do: as(tree.JSON)},
		{Names: []string{"yaml", "yml"}, About: "the same in YAML", Do: as(tree.YAML)},
	})
}

func asyncAPIConversions() []Conversion {
	upgrade := func(version string, names ...string) Conversion {
		return Conversion{
			Kind: AsyncAPI, Names: append([]string{version, strings.TrimSuffix(version, ".0")}, names...),
			About: "AsyncAPI " + version, Fits: isMajor2, Do: toAsyncAPI3(version),
		}
	}
	return []Conversion{
		upgrade("3.1.0", "3", "asyncapi"),
		upgrade("3.0.0"),
		minorConversion("2.6.0", "2.0", "2.1", "2.2", "2.3", "2.4", "2.5"),
		minorConversion("3.1.0", "3.0"),
	}
}

func openAPIConversions() []Conversion {
	to := func(version string, names ...string) Conversion {
		return Conversion{
			Kind: OpenAPI, Names: append(names, version, strings.TrimSuffix(version, ".0")), About: "AsyncAPI " + version + " with HTTP bindings",
			Do: func(ctx context.Context, ws *ref.Workspace, d *ref.Document, opt Options) (*Draft, []diag.Diagnostic) {
				root, findings := fromopenapi.Convert(ctx, ws, d, fromopenapi.Options{Version: version, Client: opt.Client})
				if root == nil {
					return nil, findings
				}
				return &Draft{Title: "AsyncAPI " + version, Root: root}, findings
			},
		}
	}
	return []Conversion{to("3.1.0", "asyncapi", "asyncapi-3.1.0"), to("3.0.0", "asyncapi-3.0.0")}
}

func arazzoConversions() []Conversion {
	return []Conversion{{
		Kind: Arazzo, Names: []string{arazzo11.Version, "1.1", "arazzo"}, About: "Arazzo 1.1.0, of 1.0, drafts and x- extensions",
		Fits: func(d *ref.Document) bool { return arazzo11.Old(d.Root) },
		Do: func(ctx context.Context, ws *ref.Workspace, d *ref.Document, _ Options) (*Draft, []diag.Diagnostic) {
			root, findings := arazzo11.Convert(ctx, ws, d)
			if root == nil {
				return nil, findings
			}
			return &Draft{Title: "Arazzo " + arazzo11.Version, Root: root}, findings
		},
	}}
}

func isMajor2(d *ref.Document) bool {
	return strings.HasPrefix(d.Root.Get("asyncapi").Str(), "2.")
}

func toAsyncAPI3(version string) func(context.Context, *ref.Workspace, *ref.Document, Options) (*Draft, []diag.Diagnostic) {
	return func(ctx context.Context, ws *ref.Workspace, d *ref.Document, opt Options) (*Draft, []diag.Diagnostic) {
		root, findings := asyncapi3.Convert(ctx, ws, d, asyncapi3.Options{Version: version, Client: opt.Client})
		if root == nil {
			return nil, findings
		}
		return &Draft{Title: "AsyncAPI " + version, Root: root}, findings
	}
}

// as writes a document in a format.
func as(format tree.Format) func(context.Context, *ref.Workspace, *ref.Document, Options) (*Draft, []diag.Diagnostic) {
	title := map[tree.Format]string{tree.JSON: "JSON", tree.YAML: "YAML"}[format]
	return func(_ context.Context, _ *ref.Workspace, d *ref.Document, _ Options) (*Draft, []diag.Diagnostic) {
		return &Draft{Title: title, Root: d.Root, Format: &format}, nil
	}
}
