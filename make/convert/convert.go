// Package convert makes one document of another: AsyncAPI 3 of AsyncAPI 2 or
// of OpenAPI, Arazzo 1.1 of its drafts, JSON of YAML. What the result cannot
// say is told as a finding, never lost in silence.
//
// The conversions are data (Table). The package must not know files: it reads
// what a workspace has opened, and returns a text.
package convert

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// Options say what is made of a document.
type Options struct {
	// To is one of the names of a conversion, or "" for the usual one of the
	// document.
	To string
	// Format is how the result is written, or nil for that of the source.
	Format *tree.Format
	// Client says that the document describes what clients do, not the
	// application: the actions of the result are the other way round.
	Client bool
	// Message is the message of a Protobuf file that is meant, or "" for the one
	// that the file is about.
	Message string
	// Type is the type of a source of Go that is meant, or "" for the only one.
	Type string
	// Package is the name of the package of types of Go, or "" for one that is
	// made of the document's.
	Package string
	// Place is the URI where the result will be, or "" for that of the source:
	// relative references are written to fit.
	Place string
	// Together says where documents go that are converted in the same run, by
	// their URIs: references to them lead there.
	Together map[string]string
}

// Result is what became of a document.
type Result struct {
	// Text is nil where the source cannot be converted; the findings say why.
	Text []byte
	// From and To name what was converted into what, for people: "AsyncAPI
	// 2.6.0", "AsyncAPI 3.1.0".
	From, To string
	// Suffix is the usual end of a file's name for the result: ".yaml".
	Suffix string
	// Findings say what was lost, guessed or changed, at places of the source.
	Findings []diag.Diagnostic
}

// Conversion is one thing that documents of a kind can become.
type Conversion struct {
	// Kind is the kind of the source; "" is any that is YAML or JSON.
	Kind Kind
	// Names are what users type, the first as it is shown: "3.1.0".
	Names []string
	// About says in a few words what it makes.
	About string
	// Fits reports whether it is of use for a document; nil is always.
	Fits func(d *ref.Document) bool
	// Do converts. It returns a nil draft where the findings say why not.
	Do func(ctx context.Context, ws *ref.Workspace, d *ref.Document, opt Options) (*Draft, []diag.Diagnostic)
}

// Draft is a result before it is written: a value, or a text.
type Draft struct {
	Title string
	Root  *tree.Node
	Text  []byte
	// Suffix is that of a format of its own, or "" for YAML and JSON.
	Suffix string
	// Format is how the value is written, or nil for the source's.
	Format *tree.Format
}

// TargetError says that a document cannot become what was asked for.
type TargetError struct {
	// From is what the document is, in words, and To what was asked for.
	From, To string
	// Names are what it can become.
	Names []string
	// Help is what to do first, or "".
	Help string
}

// Error implements error.
func (e *TargetError) Error() string {
	can := "it can become nothing else"
	if len(e.Names) > 0 {
		can = "it can become " + strings.Join(e.Names, ", ")
	}
	if e.Help != "" {
		can += "; " + e.Help
	}
	if e.To == "" {
		return fmt.Sprintf("%s: there is nothing to bring up to date; %s", e.From, can)
	}
	message := fmt.Sprintf("%s cannot become %q; %s", e.From, e.To, can)
	if near := diag.DidYouMean(e.To, e.Names); near != "" {
		message += "; " + near
	}
	return message
}

// Convert converts a document. The error is a *TargetError or the context's.
func Convert(ctx context.Context, ws *ref.Workspace, d *ref.Document, opt Options) (*Result, error) {
	result := &Result{From: Describe(d)}
	if !d.Raw && d.Root == nil {
		result.Findings = d.Findings
		return result, nil
	}
	c, err := find(d, opt)
	if err != nil {
		return nil, err
	}
	draft, findings := c.Do(ctx, ws, d, opt)
	result.Findings = diag.Unique(findings)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if draft == nil {
		return result, nil
	}
	draft.move(d, opt)
	if err := result.write(d, draft, opt); err != nil {
		return nil, err
	}
	return result, nil
}

// Targets are the names of what a document can become.
func Targets(d *ref.Document) []string {
	var names []string
	for _, c := range Table() {
		if c.fits(d) && !slices.Contains(names, c.Names[0]) {
			names = append(names, c.Names[0])
		}
	}
	return names
}

func (c *Conversion) fits(d *ref.Document) bool {
	if c.Kind == "" && d.Raw || c.Kind != "" && c.Kind != KindOf(d) {
		return false
	}
	return c.Fits == nil || c.Fits(d)
}

// find chooses a conversion. Without a name it is the first that the table has
// for the kind; where another format is all that is asked for, it is that.
func find(d *ref.Document, opt Options) (*Conversion, error) {
	if opt.To == "" && !d.Raw && opt.Format != nil && *opt.Format != formatOf(d) {
		opt.To = strings.TrimPrefix(suffixes.Get()[*opt.Format], ".")
	}
	table := Table()
	for i := range table {
		c := &table[i]
		if !c.fits(d) {
			continue
		}
		if opt.To == "" && c.Kind != "" || slices.Contains(c.Names, strings.ToLower(opt.To)) {
			return c, nil
		}
	}
	missed := &TargetError{From: Describe(d), To: opt.To, Names: Targets(d)}
	if KindOf(d) == Swagger {
		missed.Help = "bring it to OpenAPI 3 first, as with swagger2openapi, and convert that"
	}
	return nil, missed
}

// write prints a draft.
func (r *Result) write(d *ref.Document, draft *Draft, opt Options) error {
	r.To, r.Text, r.Suffix = draft.Title, draft.Text, draft.Suffix
	if draft.Suffix != "" {
		return nil
	}
	format := formatOf(d)
	for _, f := range []*tree.Format{opt.Format, draft.Format} {
		if f != nil {
			format = *f
		}
	}
	r.Suffix = suffixes.Get()[format]
	if draft.Root == nil && format == formatOf(d) {
		return nil
	}
	root := draft.Root
	if root == nil {
		root, _ = tree.Parse(sourceOf(d, draft.Text), tree.Options{})
	}
	if format == tree.JSON {
		if f, lost := lostComments(d, root); lost {
			r.Findings = append(r.Findings, f)
		}
	}
	var err error
	r.Text, err = tree.Print(root, format)
	return err
}

var suffixes = lazy.Of[map[tree.Format]string]{Make: func() map[tree.Format]string {
	return map[tree.Format]string{tree.YAML: ".yaml", tree.JSON: ".json"}
}}

// formatOf is how a document is written.
func formatOf(d *ref.Document) tree.Format {
	switch strings.ToLower(path.Ext(d.File.Name())) {
	case ".json", ".avsc":
		return tree.JSON
	case ".yaml", ".yml":
		return tree.YAML
	}
	if text := strings.TrimLeft(string(d.File.Data()[:min(len(d.File.Data()), 100)]), "\ufeff \t\r\n"); strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[") {
		return tree.JSON
	}
	return tree.YAML
}
