package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/wire/apart"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/embedded"
)

func newProtocols() *cobra.Command {
	format := ""
	cmd := &cobra.Command{
		Use:   "protocols",
		Short: "what each driver promises, as a table",
		Long: `Show what the driver of each protocol promises. A promise is kept on embedded and
on real servers; one that is not made is missing from the protocol, and what needs
it is refused. Where addresses of one protocol promise different things, it is what
holds for one that the contract says nothing more about.`,
		Example: `  weft protocols
  weft protocols --format json`,
		Args: cobra.NoArgs,
		RunE: action(func(cmd *cobra.Command, _ []string) error {
			rows, err := protocolRows(broker.Default)
			if err != nil {
				return err
			}
			switch format {
			case "json":
				return printJSON(cmd.OutOrStdout(), rows)
			case "markdown":
				return protocolMarkdown(cmd.OutOrStdout(), rows)
			}
			return protocolTable(newScreen(cmd.OutOrStdout()), rows)
		}),
	}
	formatFlag(cmd, &format, "text", "json", "markdown")
	return cmd
}

// protocolRow is a driver and what it promises.
type protocolRow struct {
	Protocol string `json:"protocol"`
	// Schemes are the beginnings of URLs that it answers to.
	Schemes  []string `json:"schemes"`
	Embedded bool     `json:"embedded"`
	// BuiltIn says that this program has the driver; where not, weft-full has.
	BuiltIn  bool            `json:"builtIn"`
	Promises map[string]bool `json:"promises"`
	// MaxBatch and MaxMessageBytes are 0 where there is no limit known.
	MaxBatch        int `json:"maxBatch"`
	MaxMessageBytes int `json:"maxMessageBytes"`

	list []driver.Promise
}

// protocolRows asks every driver, sorted by name, and adds those that are built
// apart.
func protocolRows(mux *broker.Mux) ([]protocolRow, error) {
	var rows []protocolRow
	for _, p := range apart.Protocols() {
		if _, err := mux.Driver(p.Name()); err != nil {
			row := rowOf(p.Schemes, p.Promises)
			row.Embedded = p.Embedded
			rows = append(rows, row)
		}
	}
	for _, scheme := range mux.Protocols() {
		d, err := mux.Driver(scheme)
		if err != nil {
			return nil, err
		}
		if d.Protocols()[0] == scheme {
			row := rowOf(d.Protocols(), d.Capabilities())
			row.BuiltIn = true
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, func(a, b protocolRow) int { return strings.Compare(a.Protocol, b.Protocol) })
	return rows, nil
}

func rowOf(schemes []string, promise driver.Capabilities) protocolRow {
	row := protocolRow{
		Protocol: schemes[0], Schemes: schemes, Promises: map[string]bool{}, list: promise.Promises(),
		MaxBatch: promise.MaxBatch, MaxMessageBytes: promise.MaxMessageBytes,
	}
	for _, p := range row.list {
		row.Promises[p.Name] = p.Kept
	}
	row.Embedded = slices.ContainsFunc(schemes, func(scheme string) bool { return slices.Contains(embedded.Protocols(), scheme) })
	return row
}

const embeddedMeaning = "weft brings a server of its own"

// protocolTable prints promises as rows and protocols as columns, in as many
// tables side by side as the width asks for.
func protocolTable(out *screen, rows []protocolRow) error {
	if len(rows) == 0 {
		_, err := fmt.Fprintln(out, "this program was built without drivers")
		return err
	}
	name := 0
	for _, p := range rows[0].list {
		name = max(name, len(p.Name))
	}
	for first := 0; first < len(rows); {
		used, last := name, first
		for last < len(rows) && (last == first || used+2+len(rows[last].Protocol) <= out.width) {
			used += 2 + max(3, len(rows[last].Protocol))
			last++
		}
		if first > 0 {
			fmt.Fprintln(out)
		}
		protocolBlock(out, rows[first:last], name, out.width-used-2)
		first = last
	}
	return nil
}

// protocolBlock prints some of the protocols. What a promise means is shown
// where there is room for it.
func protocolBlock(out *screen, rows []protocolRow, name, room int) {
	const leastMeaning = 24
	head := padTo("", name)
	for _, row := range rows {
		head += "  " + padTo(row.Protocol, 3)
	}
	fmt.Fprintln(out, out.paint(bold, strings.TrimRight(head, " ")))
	line := func(title, meaning string, kept func(protocolRow) bool) {
		text := padTo(title, name)
		for _, row := range rows {
			word, look := "-", dim
			if kept(row) {
				word, look = "yes", green
			}
			text += "  " + out.paint(look, word) + strings.Repeat(" ", max(3, len(row.Protocol))-len(word))
		}
		if room >= leastMeaning {
			text += "  " + out.paint(dim, fit(meaning, room))
		}
		fmt.Fprintln(out, strings.TrimRight(text, " "))
	}
	for i, p := range rows[0].list {
		line(p.Name, p.Meaning, func(row protocolRow) bool { return row.list[i].Kept })
	}
	line("Embedded", embeddedMeaning, func(row protocolRow) bool { return row.Embedded })
	if slices.ContainsFunc(rows, func(row protocolRow) bool { return !row.BuiltIn }) {
		line("BuiltIn", "this program has it; if not, "+apart.Program+" does", func(row protocolRow) bool { return row.BuiltIn })
	}
}

// protocolMarkdown prints the same for the documentation.
func protocolMarkdown(out io.Writer, rows []protocolRow) error {
	if len(rows) == 0 {
		return nil
	}
	var b strings.Builder
	b.WriteString("| promise | meaning |")
	for _, row := range rows {
		b.WriteString(" " + row.Protocol + " |")
	}
	b.WriteString("\n|---|---|" + strings.Repeat(":-:|", len(rows)) + "\n")
	line := func(title, meaning string, value func(protocolRow) string) {
		b.WriteString("| " + title + " | " + meaning + " |")
		for _, row := range rows {
			b.WriteString(" " + value(row) + " |")
		}
		b.WriteByte('\n')
	}
	yes := func(kept bool) string {
		if kept {
			return "yes"
		}
		return "-"
	}
	for i, p := range rows[0].list {
		line("`"+p.Name+"`", p.Meaning, func(row protocolRow) string { return yes(row.list[i].Kept) })
	}
	line("embedded", embeddedMeaning, func(row protocolRow) string { return yes(row.Embedded) })
	line("program", "which of the two has the driver", func(row protocolRow) string {
		if row.BuiltIn {
			return "weft"
		}
		return "`" + apart.Program + "`"
	})
	line("`MaxMessageBytes`", "the largest message by default", func(row protocolRow) string { return sizeOf(row.MaxMessageBytes) })
	line("URLs", "what a server's URL begins with", func(row protocolRow) string {
		return "`" + strings.Join(row.Schemes, "` `") + "`"
	})
	_, err := io.WriteString(out, b.String())
	return err
}

// sizeOf writes a number of bytes as people do.
func sizeOf(bytes int) string {
	switch {
	case bytes == 0:
		return "-"
	case bytes%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", bytes>>20)
	case bytes%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", bytes>>10)
	}
	return fmt.Sprintf("%d B", bytes)
}
