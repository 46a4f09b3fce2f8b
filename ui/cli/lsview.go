package cli

import (
	"fmt"
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/text/diag"
)

func (f *lsFlags) write(out *screen, list []*listing) error {
	if f.format == "json" {
		return printJSON(out, list)
	}
	for i, l := range list {
		if i > 0 {
			fmt.Fprintln(out)
		}
		l.print(out)
	}
	return nil
}

var kindTitles = lazy.Of[map[string]string]{Make: func() map[string]string {
	return map[string]string{"asyncapi": "AsyncAPI", "openapi": "OpenAPI", "arazzo": "Arazzo", "bridges": "bridges of weft", "pipeline": "pipeline of Redpanda Connect"}
}}

func (l *listing) print(out *screen) {
	title := strings.TrimSpace(l.Title + " " + l.APIVersion)
	fmt.Fprintf(out, "%s  %s\n", out.paint(bold, fit(title, out.width)), out.paint(dim, diag.Safe(kindTitles.Get()[l.Kind]+" "+l.Version+"  "+l.File)))
	switch l.Kind {
	case "openapi":
		things(out, "server", l.serverRows())
		things(out, "operation", l.operationRows())
	case "arazzo":
		things(out, "workflow", l.workflowRows())
	case "bridges", "pipeline":
		things(out, "bridge", l.bridgeRows())
	default:
		things(out, "server", l.serverRows())
		things(out, "channel", l.channelRows())
		things(out, "operation", l.operationRows())
		things(out, "message", l.messageRows())
	}
}

func (l *listing) serverRows() [][]string {
	var rows [][]string
	for _, s := range l.Servers {
		rows = append(rows, []string{s.Name, s.Protocol, s.Host, s.Visibility})
	}
	return rows
}

func (l *listing) channelRows() [][]string {
	var rows [][]string
	for _, c := range l.Channels {
		address := c.Address
		if address == "" {
			address = "(known at run time)"
		}
		rows = append(rows, []string{c.Name, address, strings.Join(c.Messages, ", "), c.Visibility})
	}
	return rows
}

func (l *listing) operationRows() [][]string {
	var rows [][]string
	for _, o := range l.Operations {
		where := o.Channel + o.Path
		if o.Reply != "" {
			where += " -> " + o.Reply
		}
		rows = append(rows, []string{o.Name, o.Action, where, strings.Join(o.Messages, ", "), o.Visibility})
	}
	return rows
}

func (l *listing) messageRows() [][]string {
	var rows [][]string
	for _, m := range l.Messages {
		on := strings.Join(m.Channels, ", ")
		if on == "" {
			on = "(on no channel)"
		}
		rows = append(rows, []string{m.Name, m.ContentType, m.Language, on, m.Visibility})
	}
	return rows
}

func (l *listing) bridgeRows() [][]string {
	var rows [][]string
	for _, b := range l.Bridges {
		row := []string{b.From, "-> " + b.To, "", "", ""}
		for i, part := range []struct{ about, what string }{{"group ", b.Group}, {"map ", b.Map}, {"dead letters to ", b.DeadLetter}} {
			if part.what != "" {
				row[i+2] = part.about + part.what
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func (l *listing) workflowRows() [][]string {
	var rows [][]string
	for _, w := range l.Workflows {
		steps := fmt.Sprintf("%d steps", w.Steps)
		if w.Steps == 1 {
			steps = "1 step"
		}
		rows = append(rows, []string{w.Name, steps, strings.Join(w.Sources, ", ")})
	}
	return rows
}

// things prints things of one kind, in columns; those that are empty in every
// row are left out.
func things(out *screen, kind string, rows [][]string) {
	switch len(rows) {
	case 0:
		fmt.Fprintln(out, out.paint(dim, "no "+kind+"s"))
		return
	case 1:
		fmt.Fprintln(out, out.paint(cyan, "1 "+kind))
	default:
		fmt.Fprintln(out, out.paint(cyan, fmt.Sprintf("%d %ss", len(rows), kind)))
	}
	for _, line := range columns(rows) {
		fmt.Fprintln(out, fit("  "+line, out.width))
	}
}
