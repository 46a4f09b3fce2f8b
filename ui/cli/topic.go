package cli

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/spec/topic"
	"github.com/weft-dev/weft/text/diag"
)

func newTopic() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "topic",
		Short: "take names of channels apart, check them, and carry them between protocols",
		Long: `Names of channels by the topic definition, organization.team.version.type.resource.name
with a status behind it where a command was given, or by a pattern of yours. Old forms
of the definition (action, succeed, 1.0) are recognised and can be rewritten.`,
		Example: `  weft topic parse hitch.accounts.1.event.user.signedup
  weft topic map hitch.accounts.1.event.user.signedup --from kafka --to mqtt`,
		Args: cobra.NoArgs,
		RunE: action(func(cmd *cobra.Command, _ []string) error { return cmd.Help() }),
	}
	cmd.AddCommand(newTopicParse(), newTopicFormat(), newTopicCheck(), newTopicMap())
	return cmd
}

// topicFlags are what the commands about names have in common.
type topicFlags struct {
	convention string
	separator  string
	protocol   string
	format     string
}

func (f *topicFlags) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.convention, "convention", topic.DefinitionName, "the `PATTERN` of the names, such as '"+topic.SimplePattern+"', or "+topic.DefinitionName)
	cmd.Flags().StringVar(&f.separator, "separator", "", "what stands between the parts (default: what the name suggests)")
	formatFlag(cmd, &f.format, "text", "json")
}

// protocolFlag adds a flag that takes a protocol by one of its names.
func protocolFlag(cmd *cobra.Command, target *string, name, about string) {
	cmd.Flags().StringVar(target, name, "", about)
	var names []string
	for _, p := range topic.Protocols() {
		names = append(names, p.Name)
	}
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp))
}

func (f *topicFlags) open() (*topic.Convention, error) {
	convention, err := topic.ParseConvention(f.convention)
	if err != nil {
		return nil, usage("--convention: %w", err)
	}
	if utf8.RuneCountInString(f.separator) > 1 {
		return nil, usage("--separator is one character, not %q", f.separator)
	}
	return convention, nil
}

func atLeastOneName(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usage("name at least one channel, as in: hitch.accounts.1.event.user.signedup")
	}
	return nil
}

// topicNames are the names of a command line; "-" are the lines of standard
// input.
func topicNames(stdin io.Reader, args []string) ([]string, error) {
	var names []string
	for _, arg := range args {
		if arg != "-" {
			names = append(names, arg)
			continue
		}
		lines := bufio.NewScanner(stdin)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			if line := strings.TrimSpace(lines.Text()); line != "" {
				names = append(names, line)
			}
		}
		if err := lines.Err(); err != nil {
			return nil, fmt.Errorf("read names from standard input: %w", err)
		}
	}
	return names, nil
}

func newTopicParse() *cobra.Command {
	f := &topicFlags{}
	cmd := &cobra.Command{
		Use:     "parse NAME...",
		Short:   "the parts of names, and every way to read them",
		Example: "  weft topic parse hitch.email.1.event.user.welcome.send.queued",
		Args:    atLeastOneName,
		RunE: action(func(cmd *cobra.Command, args []string) error {
			convention, err := f.open()
			if err != nil {
				return err
			}
			return f.each(cmd, args, func(name string) topicResult {
				reading := convention.Parse(name, f.separator)
				return resultOf(&reading)
			}, printReading)
		}),
	}
	f.flags(cmd)
	return cmd
}

func newTopicCheck() *cobra.Command {
	f := &topicFlags{}
	cmd := &cobra.Command{
		Use:   "check NAME...",
		Short: "say what is wrong with names",
		Long: `Check names against the topic definition or a pattern of yours, and, with --protocol,
against what that protocol allows. "-" reads names from standard input, one a line.
It fails where a name has an error.`,
		Example: `  weft topic check hitch.accounts.1.event.user.signup
  weft topic check payments.invoice.overdue --convention '{domain}.{entity}.{event}' --protocol kafka`,
		Args: atLeastOneName,
		RunE: action(func(cmd *cobra.Command, args []string) error {
			convention, err := f.open()
			if err != nil {
				return err
			}
			if err := f.checkProtocol(); err != nil {
				return err
			}
			return f.each(cmd, args, func(name string) topicResult {
				reading := convention.Parse(name, f.separator)
				reading.Problems = append(reading.Problems, topic.CheckAddress(f.protocol, name)...)
				return resultOf(&reading)
			}, printProblems)
		}),
	}
	f.flags(cmd)
	protocolFlag(cmd, &f.protocol, "protocol", "a `PROTOCOL` that the names must be allowed on")
	return cmd
}

func (f *topicFlags) checkProtocol() error {
	if f.protocol == "" {
		return nil
	}
	if _, ok := topic.ProtocolOf(f.protocol); ok {
		return nil
	}
	var names []string
	for _, p := range topic.Protocols() {
		names = append(names, p.Name)
	}
	return usage("--protocol: there is no protocol %q; %s", f.protocol, cmp.Or(diag.DidYouMean(f.protocol, names), "known are "+strings.Join(names, ", ")))
}

func newTopicFormat() *cobra.Command {
	f := &topicFlags{}
	cmd := &cobra.Command{
		Use:   "format NAME... | PART=TEXT...",
		Short: "write names as they should be: old forms mended, or put together from parts",
		Long: `Print a name with everything mended that can be mended in one way only, or the name
that the given parts make. It fails where the name would still be wrong. Of a topic the
parts are organization, team, version, type, resource, name and status; of a pattern,
its placeholders.`,
		Example: `  weft topic format hitch.email.1.0.action.user.welcome.send
  weft topic format organization=hitch team=accounts version=1 type=event resource=user name=signedup`,
		Args: atLeastOneName,
		RunE: action(func(cmd *cobra.Command, args []string) error {
			convention, err := f.open()
			if err != nil {
				return err
			}
			if strings.Contains(args[0], "=") {
				return f.build(cmd, convention, args)
			}
			return f.each(cmd, args, func(name string) topicResult {
				reading := convention.Parse(name, f.separator)
				if reading.Suggested != "" {
					reading = convention.Parse(reading.Suggested, reading.Separator)
				}
				return resultOf(&reading)
			}, printName)
		}),
	}
	f.flags(cmd)
	return cmd
}

// build prints the name that parts make.
func (f *topicFlags) build(cmd *cobra.Command, convention *topic.Convention, args []string) error {
	parts := map[string]string{}
	for _, arg := range args {
		role, text, ok := strings.Cut(arg, "=")
		if !ok {
			return usage("%q is no part of a name: write PART=TEXT, as in team=accounts", arg)
		}
		parts[role] = text
	}
	name, err := convention.Format(parts, f.separator)
	if err != nil {
		return usage("%w", err)
	}
	return f.each(cmd, []string{name}, func(name string) topicResult {
		reading := convention.Parse(name, f.separator)
		return resultOf(&reading)
	}, printName)
}

func newTopicMap() *cobra.Command {
	f := &topicFlags{}
	var from, to string
	cmd := &cobra.Command{
		Use:   "map NAME...",
		Short: "carry names from the form of one protocol to that of another",
		Long: `Print names as they are on another protocol: a.b.c on Kafka is a/b/c on MQTT and
a-b-c on SQS. What is printed maps back to the same name; a name for which that is not
so, or that the other protocol does not allow, is refused with the reason.`,
		Example: "  weft topic map hitch.accounts.1.event.user.signedup --from kafka --to mqtt",
		Args:    atLeastOneName,
		RunE: action(func(cmd *cobra.Command, args []string) error {
			for flag, protocol := range map[string]string{"from": from, "to": to} {
				if protocol == "" {
					return usage("say with --%s which protocol the names are carried %s, such as kafka", flag, flag)
				}
				f.protocol = protocol
				if err := f.checkProtocol(); err != nil {
					return err
				}
			}
			return f.each(cmd, args, func(name string) topicResult {
				mapped, err := topic.Map(name, from, to)
				r := topicResult{Name: name, Mapped: mapped, Valid: err == nil}
				if err != nil {
					r.Refused = err.Error()
				}
				return r
			}, printMapped)
		}),
	}
	formatFlag(cmd, &f.format, "text", "json")
	protocolFlag(cmd, &from, "from", "the `PROTOCOL` that the names are of")
	protocolFlag(cmd, &to, "to", "the `PROTOCOL` that they are carried to")
	return cmd
}

// topicResult is what is to say about one name.
type topicResult struct {
	Name      string         `json:"name"`
	Valid     bool           `json:"valid"`
	Separator string         `json:"separator,omitempty"`
	Parts     []topicPart    `json:"parts,omitempty"`
	Others    [][]topicPart  `json:"otherReadings,omitempty"`
	Suggested string         `json:"suggested,omitempty"`
	Mapped    string         `json:"mapped,omitempty"`
	Refused   string         `json:"refused,omitempty"`
	Problems  []topicProblem `json:"problems,omitempty"`
}

type topicPart struct {
	Part string `json:"part,omitempty"`
	Text string `json:"text"`
}

// topicProblem is one problem; its columns count characters from 1.
type topicProblem struct {
	Code      string `json:"code"`
	Severity  string `json:"severity"`
	Message   string `json:"message"`
	Help      string `json:"help,omitempty"`
	Column    int    `json:"column"`
	EndColumn int    `json:"endColumn"`
	Fixed     string `json:"fixed,omitempty"`
}

func resultOf(r *topic.Reading) topicResult {
	out := topicResult{Name: r.Name, Valid: r.Valid(), Separator: r.Separator, Parts: partsOf(r.Parts), Suggested: r.Suggested}
	for _, other := range r.Others {
		out.Others = append(out.Others, partsOf(other))
	}
	for _, p := range r.Problems {
		out.Problems = append(out.Problems, topicProblem{
			Code: string(p.Code), Severity: p.Severity.String(), Message: p.Message, Help: p.Help, Fixed: p.Fixed,
			Column:    utf8.RuneCountInString(r.Name[:p.Start]) + 1,
			EndColumn: utf8.RuneCountInString(r.Name[:p.End]) + 1,
		})
	}
	return out
}

func partsOf(parts []topic.Part) []topicPart {
	var list []topicPart
	for _, p := range parts {
		list = append(list, topicPart{Part: p.Role, Text: p.Text})
	}
	return list
}

// each prints what is to say about each name, and fails where one is not
// valid.
func (f *topicFlags) each(cmd *cobra.Command, args []string, of func(string) topicResult, show func(*screen, *topicResult) error) error {
	names, err := topicNames(cmd.InOrStdin(), args)
	if err != nil {
		return err
	}
	results := []topicResult{}
	fine := true
	for _, name := range names {
		r := of(name)
		fine = fine && r.Valid
		results = append(results, r)
	}
	if f.format == "json" {
		err = printJSON(cmd.OutOrStdout(), results)
	} else {
		showAll(cmd, results, show)
	}
	if err == nil && !fine {
		return ended()
	}
	return err
}

// showAll prints results; what stands in the way of one is talk.
func showAll(cmd *cobra.Command, results []topicResult, show func(*screen, *topicResult) error) {
	out := newScreen(cmd.OutOrStdout())
	for i := range results {
		if err := show(out, &results[i]); err != nil {
			complain(cmd.ErrOrStderr(), err)
		}
	}
}

func printReading(out *screen, r *topicResult) error {
	fmt.Fprintln(out, out.paint(bold, diag.Safe(r.Name)))
	printParts(out, r.Parts)
	for _, other := range r.Others {
		fmt.Fprintln(out, out.paint(dim, "  or"))
		printParts(out, other)
	}
	return printFaults(out, r)
}

func printParts(out *screen, parts []topicPart) {
	for _, p := range parts {
		fmt.Fprintf(out, "  %-13s %s\n", diag.Safe(p.Part), diag.Safe(p.Text))
	}
}

func printProblems(out *screen, r *topicResult) error {
	if len(r.Problems) == 0 {
		fmt.Fprintf(out, "%s: %s\n", diag.Safe(r.Name), out.paint(green, "fine"))
		return nil
	}
	fmt.Fprintln(out, out.paint(bold, diag.Safe(r.Name)))
	return printFaults(out, r)
}

// printFaults prints the problems of a name, worst words first in each line.
func printFaults(out *screen, r *topicResult) error {
	for _, p := range r.Problems {
		look := cyan
		switch p.Severity {
		case diag.Error.String():
			look = red
		case diag.Warning.String():
			look = yellow
		}
		fmt.Fprintf(out, "  %s: %s  %s\n", out.paint(look, p.Severity), diag.Safe(p.Message), out.paint(dim, "["+p.Code+"]"))
		if p.Help != "" {
			fmt.Fprintf(out, "    = help: %s\n", diag.Safe(p.Help))
		}
	}
	if r.Suggested != "" {
		fmt.Fprintf(out, "  %s: %s\n", out.paint(green, "suggested"), diag.Safe(r.Suggested))
	}
	return nil
}

// printName prints a name that is right, and says why another is not.
func printName(out *screen, r *topicResult) error {
	if r.Valid {
		_, err := fmt.Fprintln(out, r.Name)
		return err
	}
	for _, p := range r.Problems {
		if p.Severity == diag.Error.String() {
			return errors.New(diag.Safe(r.Name + ": " + p.Message))
		}
	}
	return nil
}

func printMapped(out *screen, r *topicResult) error {
	if !r.Valid {
		return errors.New(diag.Safe(r.Refused))
	}
	_, err := fmt.Fprintln(out, r.Mapped)
	return err
}
