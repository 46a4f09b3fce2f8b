package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/weft-dev/weft/make/scaffold"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
)

// newFlags are what the user of "weft new" said.
type newFlags struct {
	plan        scaffold.Plan
	description string
	channels    []string
	role        string
	protocols   map[string]*bool
	output      string
	force       bool
	yes         bool
	noErrors    bool
}

func newNew() *cobra.Command {
	f := &newFlags{protocols: map[string]*bool{}}
	cmd := &cobra.Command{
		Use:   "new [NAME]",
		Short: "a first contract, from a description or from answers",
		Long: `Write an AsyncAPI document from a few words: channels with addresses by one convention,
operations, messages with payloads, keys and examples, the bindings of the protocol and
a security scheme where the protocol is secure. Nothing is asked of anybody over the
network, and the same words give the same document.

A description names what it is about, the protocol, and behind a colon what flows. On a
terminal, what is not said is asked for; elsewhere it has defaults. Without -o the
document is printed.`,
		Example: `  weft new --description 'food delivery, Kafka: restaurant orders, driver assignments' -o food.yaml
  weft new orders --kafka --channel 'orders:OrderPlaced:orderId:uuid,total:money' --role receive`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage("one NAME is enough: write words with blanks in quotes")
			}
			return nil
		},
		RunE: action(f.run),
	}
	f.flags(cmd)
	return cmd
}

func (f *newFlags) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.description, "description", "", "what it is about, as in 'food delivery, Kafka: restaurant orders, driver assignments'")
	flags.StringVar(&f.plan.Title, "title", "", "the name of the application")
	flags.StringArrayVar(&f.channels, "channel", nil, "a channel, `NAME:Message:field:type,…`; all but the name may be left out; repeat it for more")
	flags.StringVar(&f.plan.Protocol, "protocol", "", "the protocol of the broker (default kafka): "+strings.Join(scaffold.Protocols(), ", "))
	for _, name := range []string{"kafka", "amqp", "mqtt", "nats", "ws", "http"} {
		f.protocols[name] = flags.Bool(name, false, "the same as --protocol "+name)
	}
	flags.StringVar(&f.plan.Server, "server", "", "the `URL` or host of the broker")
	flags.StringVar(&f.role, "role", "", "what the application does with the messages: send, receive (default send)")
	flags.StringVar(&f.plan.Naming, "naming", "", "the convention of addresses: 'topic' for the topic definition, or a `PATTERN` (default "+scaffold.DefaultNaming+")")
	flags.StringVar(&f.plan.Domain, "domain", "", "the first part of names (default: the title)")
	flags.StringVar(&f.plan.Owner, "owner", "", "the `TEAM` that answers for it")
	flags.StringArrayVar(&f.plan.Consumers, "consumer", nil, "a `TEAM` that uses what is sent; repeat it for more")
	flags.BoolVar(&f.plan.ErrorChannels, "error-channels", false, "a channel for what fails beside each (default for --role receive)")
	flags.BoolVar(&f.noErrors, "no-error-channels", false, "no channels for what fails")
	flags.BoolVar(&f.plan.CloudEvents, "cloudevents", false, "the headers of CloudEvents on every message")
	flags.StringVar(&f.plan.Version, "version", asyncapi.Latest, "the version of AsyncAPI")
	flags.StringVarP(&f.output, "output", "o", "", "the `FILE` to write")
	flags.BoolVar(&f.force, "force", false, "write over a file that is there")
	flags.BoolVarP(&f.yes, "yes", "y", false, "ask nothing, take the defaults")
	_ = cmd.RegisterFlagCompletionFunc("role", cobra.FixedCompletions([]string{"send", "receive"}, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("protocol", cobra.FixedCompletions(scaffold.Protocols(), cobra.ShellCompDirectiveNoFileComp))
}

func (f *newFlags) run(cmd *cobra.Command, args []string) error {
	if err := f.read(args); err != nil {
		return err
	}
	if in, ok := cmd.InOrStdin().(*os.File); ok && !f.yes && term.IsTerminal(int(in.Fd())) {
		q := &questions{in: bufio.NewReader(in), out: newScreen(cmd.ErrOrStderr())}
		if err := f.ask(cmd, q); err != nil {
			return err
		}
	}
	if len(f.plan.Channels) == 0 {
		return usage("say what flows, as in: weft new --description 'food delivery, Kafka: restaurant orders, driver assignments'")
	}
	if f.plan.Role == asyncapi.Receive && !f.noErrors {
		f.plan.ErrorChannels = true
	}
	if err := f.mayWrite(); err != nil {
		return err
	}
	text, err := scaffold.Document(cmd.Context(), f.plan)
	if err != nil {
		return usage("%w", err)
	}
	if f.output == "" || f.output == "-" {
		_, err := cmd.OutOrStdout().Write(text)
		return err
	}
	if err := replaceFile(f.output, text); err != nil {
		return err
	}
	stderr := newScreen(cmd.ErrOrStderr())
	_, err = fmt.Fprintf(stderr, "%s\nNext: weft validate %s\n", stderr.paint(green, "wrote "+diag.Safe(f.output)), diag.Safe(f.output))
	return err
}

// read puts the flags together into a plan. What a flag says counts before what
// the description says.
func (f *newFlags) read(args []string) error {
	if f.description != "" {
		described, err := scaffold.Describe(f.description)
		if err != nil {
			return usage("--description: %w", err)
		}
		f.plan.Title = orElse(f.plan.Title, described.Title)
		f.plan.Protocol = orElse(f.plan.Protocol, described.Protocol)
		f.plan.Channels = described.Channels
	}
	for _, name := range []string{"kafka", "amqp", "mqtt", "nats", "ws", "http"} {
		if *f.protocols[name] {
			f.plan.Protocol = name
		}
	}
	if len(args) == 1 {
		f.plan.Domain = orElse(f.plan.Domain, args[0])
		f.plan.Title = orElse(f.plan.Title, titleOf(args[0]))
	}
	for _, text := range f.channels {
		c, err := scaffold.ParseChannel(text)
		if err != nil {
			return usage("--channel: %w", err)
		}
		f.plan.Channels = append(f.plan.Channels, c)
	}
	switch f.role {
	case "", "send", "receive":
		f.plan.Role = asyncapi.Action(f.role)
	default:
		return usage("--role: %q is not one of send, receive", f.role)
	}
	f.plan.Protocol = orElse(f.plan.Protocol, schemeOf(f.plan.Server))
	return nil
}

// schemeOf is the protocol that the address of a server begins with, or "".
func schemeOf(server string) string {
	scheme, _, ok := strings.Cut(server, "://")
	if !ok || !slices.Contains(scaffold.Protocols(), scheme) {
		return ""
	}
	return scheme
}

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// titleOf is a name as a title: "food-delivery" is "Food delivery".
func titleOf(name string) string {
	text := strings.TrimSpace(strings.NewReplacer("-", " ", "_", " ", ".", " ").Replace(name))
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// mayWrite refuses to write over a file.
func (f *newFlags) mayWrite() error {
	if f.output == "" || f.output == "-" || f.force {
		return nil
	}
	if _, err := os.Lstat(f.output); !errors.Is(err, fs.ErrNotExist) {
		return usage("%s is there already; --force writes over it", f.output)
	}
	return nil
}

// ask asks for what was not said.
func (f *newFlags) ask(cmd *cobra.Command, q *questions) error {
	said := cmd.Flags().Changed
	p := &f.plan
	if p.Title == "" {
		p.Title = q.line("What is the application called?", "My application")
	}
	if p.Protocol == "" {
		p.Protocol = q.choice("Which protocol does the broker speak?", "kafka", scaffold.Protocols())
	}
	for len(p.Channels) == 0 && !q.over {
		for part := range strings.SplitSeq(q.line("What flows? Things or events, with commas between", "orders"), ",") {
			if c, err := scaffold.ParseChannel(part); err == nil {
				p.Channels = append(p.Channels, c)
			}
		}
	}
	if !said("role") {
		p.Role = asyncapi.Action(q.choice("Does the application send these, or receive them?", "send", []string{"send", "receive"}))
	}
	if p.Owner == "" {
		p.Owner = q.line("Which team answers for it?", strings.ToLower(strings.ReplaceAll(p.Title, " ", "-"))+"-team")
	}
	if len(p.Consumers) == 0 && p.Role == asyncapi.Send {
		p.Consumers = listOf(q.line("Which teams use it? With commas between", ""))
	}
	if p.Naming == "" {
		p.Naming = q.line("How are addresses named? A pattern, or \"topic\" for the topic definition", scaffold.DefaultNaming)
	}
	if !said("error-channels") && !said("no-error-channels") {
		p.ErrorChannels = q.yes("Channels for what fails?", p.Role == asyncapi.Receive)
		f.noErrors = !p.ErrorChannels
	}
	if !said("cloudevents") {
		p.CloudEvents = q.yes("Headers of CloudEvents?", false)
	}
	if f.output == "" {
		f.output = q.line("Which file shall it be?", fileName(p.Title))
	}
	if q.missed {
		return usage("the answers ended before the questions did; -y takes the defaults")
	}
	return q.err
}

func fileName(title string) string {
	return strings.Join(strings.Fields(strings.ToLower(title)), "-") + ".asyncapi.yaml"
}

func listOf(text string) []string {
	var list []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

// questions asks a person, a line each, with what is taken for an empty answer.
type questions struct {
	in   *bufio.Reader
	out  *screen
	over bool // there are no more answers
	// missed says that a question was left without one.
	missed bool
	err    error
}

func (q *questions) line(question, otherwise string) string {
	if q.over {
		q.missed = true
		return otherwise
	}
	text := q.out.paint(bold, question)
	if otherwise != "" {
		text += " " + q.out.paint(dim, "["+otherwise+"]")
	}
	fmt.Fprint(q.out, text+" ")
	answer, err := q.in.ReadString('\n')
	if err != nil {
		q.over = true
		if !errors.Is(err, io.EOF) {
			q.err = err
		}
	}
	if answer = strings.TrimSpace(answer); answer == "" {
		return otherwise
	}
	return answer
}

// choice asks until the answer is one of some words.
func (q *questions) choice(question, otherwise string, words []string) string {
	for {
		answer := strings.ToLower(q.line(question, otherwise))
		if slices.Contains(words, answer) || q.over {
			return answer
		}
		help := diag.DidYouMean(answer, words)
		if help == "" {
			help = "it is one of " + strings.Join(words, ", ")
		}
		fmt.Fprintf(q.out, "%s\n", q.out.paint(yellow, fmt.Sprintf("%q is not known; %s", answer, help)))
	}
}

func (q *questions) yes(question string, otherwise bool) bool {
	usual := "no"
	if otherwise {
		usual = "yes"
	}
	return strings.HasPrefix(strings.ToLower(q.line(question, usual)), "y")
}
