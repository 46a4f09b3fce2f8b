package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// command is a word of the command line and what makes it.
type command struct {
	name string
	make func() *cobra.Command
}

// commands are the words that weft knows, in the order people meet them.
func commands() []command {
	return []command{
		{"validate", newValidate},
		{"explain", newExplain},
		{"new", newNew},
		{"fmt", newFmt},
		{"edit", newEdit},
		{"convert", newConvert},
		{"bundle", newBundle},
		{"diff", newDiff},
		{"history", newHistory},
		{"ls", newLs},
		{"graph", newGraph},
		{"topic", newTopic},
		{"mcp", newMCP},
		{"run", newRun},
		{"serve", newServe},
		{"runs", newRuns},
		{"answer", newAnswer},
		{"mock", newMock},
		{"publish", newPublish},
		{"tail", newTail},
		{"test", newTest},
		{"record", newRecord},
		{"replay", newReplay},
		{"bridge", newBridge},
		{"discover", newDiscover},
		{"up", newUp},
		{"protocols", newProtocols},
		{"registry", newRegistry},
		{"version", newVersion},
	}
}

// newRoot makes the command line for these arguments.
func newRoot(args []string) *cobra.Command {
	root := &cobra.Command{
		Use:   "weft",
		Short: "event-driven APIs from their contracts: judge, run, mock",
		Long: `weft reads AsyncAPI, OpenAPI and Arazzo documents. It says what is wrong with
them and where, and runs the workflows they describe across HTTP and message
brokers: on embedded servers with nothing installed, or on real ones.`,
		Example: `  weft validate asyncapi.yaml
  weft run place-order.arazzo.yaml --embedded`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE: action(func(cmd *cobra.Command, _ []string) error {
			return cmd.Help()
		}),
	}
	root.SetHelpFunc(help)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage("%w", err) })
	for _, sub := range wanted(args) {
		root.AddCommand(sub.make())
	}
	root.InitDefaultCompletionCmd(args...)
	return root
}

// wanted returns the commands to make: the one that the first argument names,
// and all of them for whoever reads a list or has mistyped. Each has dozens of
// flags, and making them all takes a tenth of a short command's time.
func wanted(args []string) []command {
	if len(args) == 0 {
		return commands()
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return []command{c}
		}
	}
	return commands()
}

// help prints a command's page: the example first, since it answers most
// questions. It replaces cobra's template, which would make the linker keep
// every method of the program.
func help(cmd *cobra.Command, _ []string) {
	out := cmd.OutOrStdout()
	if cmd.Example != "" {
		section(out, "Example", cmd.Example)
	}
	text := cmd.Long
	if text == "" {
		text = cmd.Short
	}
	fmt.Fprintf(out, "%s\n\n", strings.TrimSpace(text))
	section(out, "Usage", "  "+useLine(cmd))
	if cmd.HasAvailableSubCommands() {
		section(out, "Commands", subcommands(cmd))
	}
	if cmd.HasAvailableLocalFlags() {
		section(out, "Flags", cmd.LocalFlags().FlagUsages())
	}
	if !cmd.HasParent() {
		section(out, "Exit codes", `  0  fine
  1  findings at the limit, or a run that failed
  2  the command line is wrong
  3  weft could not do its work: unreadable, unreachable, internal
  130  ended by Ctrl-C before it was done; what goes on until Ctrl-C ends with 0`)
	}
}

func section(out io.Writer, title, body string) {
	fmt.Fprintf(out, "%s:\n%s\n\n", title, strings.TrimRight(body, "\n"))
}

func useLine(cmd *cobra.Command) string {
	if cmd.HasAvailableSubCommands() {
		return cmd.CommandPath() + " COMMAND"
	}
	return cmd.UseLine()
}

func subcommands(cmd *cobra.Command) string {
	var b strings.Builder
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			fmt.Fprintf(&b, "  %-12s %s\n", sub.Name(), sub.Short)
		}
	}
	return b.String()
}
