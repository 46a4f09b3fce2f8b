package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/text/diag"
)

// face shows a run, in one of the forms that it can be shown in.
type face interface {
	engine.Observer
	begins(*compilation, *world, *keeping)
	ended(*engine.Result) error
	// stop ends what moves; nothing follows but errors.
	stop()
	// leave leaves the terminal to a person, until what it returns is called.
	leave() (back func())
}

func (f *runFlags) newFace(cmd *cobra.Command, p *plan.Plan) face {
	var shown face
	switch f.format {
	case "text":
		shown = newTrace(newScreen(cmd.OutOrStdout()), p)
	default:
		shown = newReporting(f.format, cmd.OutOrStdout())
	}
	if f.report == "" {
		return shown
	}
	return faces{shown, &fileReport{reporting: newReporting(reportForm(f.report), nil), name: f.report}}
}

// faces are several at once.
type faces []face

func (list faces) Observe(h machine.Happening) {
	for _, f := range list {
		f.Observe(h)
	}
}

func (list faces) begins(c *compilation, w *world, k *keeping) {
	for _, f := range list {
		f.begins(c, w, k)
	}
}

func (list faces) ended(result *engine.Result) error {
	var err error
	for _, f := range list {
		err = errors.Join(err, f.ended(result))
	}
	return err
}

func (list faces) leave() func() {
	var backs []func()
	for _, f := range list {
		backs = append(backs, f.leave())
	}
	return func() {
		for _, back := range backs {
			back()
		}
	}
}

func (list faces) stop() {
	for _, f := range list {
		f.stop()
	}
}

// printJSON prints data for programs, in lines that people can read too.
func printJSON(out io.Writer, value any) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

// begins tells what is run and where.
func (t *trace) begins(c *compilation, w *world, keep *keeping) {
	fmt.Fprintf(t.out, "%s %s\n", t.out.paint(bold, diag.Safe(c.plan.Root.ID)), t.out.paint(dim, diag.Safe(c.name)))
	width := 0
	for _, place := range w.places {
		width = max(width, utf8.RuneCountInString(place.source))
	}
	for _, place := range w.places {
		padding := strings.Repeat(" ", width-utf8.RuneCountInString(place.source))
		fmt.Fprintf(t.out, "  %s%s  %s  %s\n", diag.Safe(place.source), padding, diag.Safe(place.url), t.out.paint(dim, diag.Safe(place.what)))
	}
	if keep.durable() {
		fmt.Fprintf(t.out, "  %s\n", t.out.paint(dim, "if it is interrupted: weft run --resume "+keep.run))
	}
	fmt.Fprintln(t.out)
}
