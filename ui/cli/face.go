package cli

import (
	"encoding/json"
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
}

func (f *runFlags) newFace(cmd *cobra.Command, p *plan.Plan) face {
	if f.format == "json" {
		return &jsonFace{out: cmd.OutOrStdout()}
	}
	return newTrace(newScreen(cmd.OutOrStdout()), p)
}

// jsonFace says nothing until the end, and then all of it.
type jsonFace struct{ out io.Writer }

func (*jsonFace) Observe(machine.Happening) {}

func (*jsonFace) begins(*compilation, *world, *keeping) {}

func (f *jsonFace) ended(result *engine.Result) error {
	return printJSON(f.out, result)
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
