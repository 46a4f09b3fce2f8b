package cli

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
	"github.com/weft-dev/weft/wire/bridge"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/endpoint"
	"github.com/weft-dev/weft/wire/stage"
)

// bridgeFlags are what the user of "weft bridge" said.
type bridgeFlags struct {
	reading
	servers, registries, params []string
	mapping                     string
	group, from                 string
	deadLetter                  string
	skip, create, dryRun        bool
	limit, lanes                int
	seed                        uint64
	duration, every, timeout    time.Duration
	export                      string
	imports                     bool
	format                      string
}

func newBridge() *cobra.Command {
	f := &bridgeFlags{}
	cmd := &cobra.Command{
		Use:   "bridge FROM TO",
		Short: "carry messages from one contract to another, converting them",
		Long: `Carry the messages of one operation to another, until Ctrl-C. FROM and TO are
operations of AsyncAPI documents, written DOCUMENT#OPERATION: what is received by
FROM is decoded, changed by --map, validated and sent as TO says. Key and headers
are kept unless the map says otherwise.

A message is settled at its source when the target has confirmed it, so that a
bridge that is killed loses nothing; what it carries twice has the same weft-id.
Messages of one key stay in order. Bridges of one --group share the work.

A message that breaks a contract stops the bridge and stays where it is, unless
--dead-letter or --skip-invalid says what else becomes of it.

The map is YAML or JSON, @FILE or written out: payload, headers, key, message and
when, each with runtime expressions ($message.payload#/id, $message.header.NAME,
$inputs.key) or one of {$text: …}, {$number: …}, {$time: …}, {$first: […]} and
{$each: …, item: …}. A text alone is the payload.

With --import, FILEs are pipelines of Redpanda Connect, and what they carry from
where to where is printed.`,
		Example: `  weft bridge shop.yaml#publishOrder store.yaml#receiveOrder --map @orders.map.yaml --dry-run
  weft bridge shop.yaml#publishOrder store.yaml#receiveOrder --map @orders.map.yaml \
    --server shop=kafka://127.0.0.1:9092 --server store=sqs://127.0.0.1:4566 --dead-letter orders.dead
  weft bridge shop.yaml#publishOrder store.yaml#receiveOrder --export redpanda-connect > pipeline.yaml`,
		Args: f.args,
		RunE: action(f.run),
	}
	f.sources = true
	f.reading.flags(cmd)
	flags := cmd.Flags()
	flags.Lookup("credential").Usage = "how to enter the broker of a document, `NAME[.SCHEME]=[USER@]REF`, or HOST[:PORT]=… for a host of --allow-host; REF is env:NAME or file:PATH"
	flags.StringArrayVar(&f.servers, "server", nil, "the broker of a document, `NAME=URL` or NAME=SERVER (default: the document's own)")
	flags.StringArrayVar(&f.registries, "registry", nil, "the schema registry of a document, `NAME=URL` (default: the document's own)")
	flags.StringArrayVar(&f.params, "param", nil, "a value for a parameter of a channel's address, `NAME=VALUE`, on whichever side has it")
	flags.StringVar(&f.mapping, "map", "", "what a message becomes: a `MAP`, or @FILE with one (default: what it is)")
	flags.StringVar(&f.group, "group", "", "the `NAME` that bridges share that share the work (default: the contract's, else one that names both operations)")
	flags.StringVar(&f.from, "from", "beginning", "where a new group begins: beginning, now, a time as 2026-01-31T12:00:00Z, or how long ago as `10m`")
	flags.StringVar(&f.deadLetter, "dead-letter", "", "the `ADDRESS`, at the source, of messages that cannot be carried")
	flags.BoolVar(&f.skip, "skip-invalid", false, "let go of messages that cannot be carried")
	flags.BoolVar(&f.create, "create", false, "make topics and queues that are missing")
	flags.BoolVar(&f.dryRun, "dry-run", false, "show what becomes of an example of each message, and call nobody")
	flags.Uint64Var(&f.seed, "seed", 0, "with --dry-run: decides what data are made where a document has no example")
	flags.IntVar(&f.limit, "limit", 0, "end after this many messages")
	flags.DurationVar(&f.duration, "for", 0, "end after this time")
	flags.IntVar(&f.lanes, "parallel", 8, "how many batches are under way at the same time")
	flags.DurationVar(&f.every, "every", 10*time.Second, "how often to tell what was carried; 0 is only at the end")
	flags.DurationVar(&f.timeout, "timeout", 10*time.Second, "how long to wait for a server to answer")
	flags.StringVar(&f.export, "export", "", "write the equivalent pipeline of another program instead: `redpanda-connect`")
	flags.BoolVar(&f.imports, "import", false, "print what pipelines of Redpanda Connect carry from where to where")
	formatFlag(cmd, &f.format, "text", "json")
	return cmd
}

func (f *bridgeFlags) args(_ *cobra.Command, args []string) error {
	switch {
	case f.imports && len(args) == 0:
		return usage("name the pipelines to read, as in: weft bridge --import pipeline.yaml")
	case f.imports:
		return nil
	case len(args) != 2:
		return usage("name where from and where to, as in: weft bridge shop.yaml#publishOrder store.yaml#receiveOrder")
	}
	return nil
}

func (f *bridgeFlags) run(cmd *cobra.Command, args []string) error {
	if f.imports {
		return f.readPipelines(cmd, args)
	}
	mapping, opt, err := f.options()
	if err != nil {
		return err
	}
	talk := newTalk(cmd.ErrOrStderr())
	ends, err := f.open(cmd, args, talk.event)
	if err != nil {
		return err
	}
	defer ends.close()
	switch {
	case f.export != "":
		return f.writePipeline(cmd, ends, mapping)
	case f.dryRun:
		return f.try(cmd, ends, mapping)
	}
	if opt.Group == "" {
		opt.Group = groupOf(ends)
	}
	show := newBridgeView(cmd, f.format, talk)
	opt.OnEvent = show.event
	return f.carry(cmd.Context(), ends, opt, show)
}

// options are what was said of how to carry.
func (f *bridgeFlags) options() (*bridge.Mapping, bridge.Options, error) {
	opt := bridge.Options{Group: f.group, Lanes: f.lanes, Limit: f.limit, DeadLetter: f.deadLetter}
	switch {
	case f.export != "" && f.export != "redpanda-connect":
		return nil, opt, usage("--export writes redpanda-connect, not %q", f.export)
	case f.limit < 0 || f.duration < 0 || f.every < 0:
		return nil, opt, usage("--limit, --for and --every are not negative")
	case f.lanes < 1 || f.lanes > 256:
		return nil, opt, usage("--parallel is 1 to 256")
	case f.skip && f.deadLetter != "":
		return nil, opt, usage("--skip-invalid lets go of what --dead-letter keeps: choose one")
	case f.skip:
		opt.OnFailure = bridge.Skip
	case f.deadLetter != "":
		opt.OnFailure = bridge.Bury
	}
	var err error
	if opt.Start, err = parseFrom(f.from, time.Now()); err != nil {
		return nil, opt, err
	}
	opt.Mapping, err = readMapping(f.mapping)
	return opt.Mapping, opt, err
}

// maxMapping is the largest mapping that is read, in bytes.
const maxMapping = 1 << 20

// readMapping reads a mapping as written, or the file that it names.
func readMapping(text string) (*bridge.Mapping, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // a nil mapping keeps everything
	}
	doc := source.NewFile("map:///map", "--map", []byte(text))
	if name, ok := strings.CutPrefix(text, "@"); ok {
		info, err := os.Stat(name)
		if err != nil {
			return nil, fmt.Errorf("--map: %s: %w", name, withoutPath(err))
		}
		if info.Size() > maxMapping {
			return nil, usage("--map: %s has more than %d bytes", name, maxMapping)
		}
		if doc, err = source.ReadFile(name); err != nil {
			return nil, err
		}
	}
	node, findings := tree.Parse(doc, tree.Options{})
	for _, finding := range findings {
		if finding.Severity == diag.Error {
			return nil, usage("--map: %s", finding.Message)
		}
	}
	if node == nil {
		return nil, usage("--map says nothing: write an expression for the payload, or an object with payload, headers, key, message and when")
	}
	mapping, err := bridge.ParseMapping(node.Value())
	if err != nil {
		return nil, usage("--map: %w", err)
	}
	return mapping, nil
}

// bridgeEnds are both ends of a bridge, and the hub they are on.
type bridgeEnds struct {
	from, to bridge.End
	hub      *endpoint.Hub
	close    func()
}

// open reads the documents. No server is opened yet.
func (f *bridgeFlags) open(cmd *cobra.Command, args []string, onEvent func(broker.Event)) (*bridgeEnds, error) {
	var names, ids [2]string
	for i, arg := range args {
		at := strings.LastIndex(arg, "#")
		if at < 1 || at == len(arg)-1 {
			return nil, usage("%q names no operation: write DOCUMENT#OPERATION, as in shop.yaml#publishOrder", arg)
		}
		names[i], ids[i] = arg[:at], arg[at+1:]
	}
	services, release, err := f.services(cmd, slices.Compact(names[:]))
	if err != nil {
		return nil, err
	}
	ends, err := f.connect(services, ids, onEvent)
	if err != nil {
		release()
		return nil, err
	}
	closeHub := ends.close
	ends.close = func() {
		closeHub()
		release()
	}
	return ends, nil
}

func (f *bridgeFlags) connect(services []stage.Service, ids [2]string, onEvent func(broker.Event)) (*bridgeEnds, error) {
	if len(services) > 2 {
		return nil, usage("an end of a bridge is an operation of one AsyncAPI document, not of several")
	}
	choices, err := f.choices(services)
	if err != nil {
		return nil, err
	}
	params, err := assignments("--param", f.params)
	if err != nil {
		return nil, err
	}
	ends := &bridgeEnds{hub: endpoint.NewHub(endpoint.HubOptions{
		Choices: choices, Broker: broker.Config{ConnectTimeout: f.timeout, Timeout: f.timeout, OnEvent: onEvent}, Web: asker{&f.reading},
	})}
	if ends.from, err = bridgeEnd(services[0], ids[0], endpoint.Receive, params); err != nil {
		return nil, err
	}
	if ends.to, err = bridgeEnd(services[len(services)-1], ids[1], endpoint.Send, params); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(params)) {
		if ends.from.Parameters[name] == "" && ends.to.Parameters[name] == "" {
			return nil, usage("--param: neither channel has a parameter %s", name)
		}
	}
	ends.close = func() {
		ctx, cancel := context.WithTimeout(context.Background(), closeLimit)
		defer cancel()
		_ = ends.hub.Close(ctx)
	}
	return ends, nil
}

// bridgeEnd finds an operation, and the values for the parameters of its channel.
func bridgeEnd(service stage.Service, id string, intent endpoint.Intent, params map[string]string) (bridge.End, error) {
	if service.AsyncAPI == nil {
		return bridge.End{}, usage("%s is no AsyncAPI document: messages are described by one", service.Name)
	}
	src := endpoint.NewSource(service.Name, service.AsyncAPI, service.Schemas)
	op, err := src.Operation(id)
	if err != nil {
		return bridge.End{}, usage("%w", err)
	}
	end := bridge.End{Source: src, Target: endpoint.RequestOf(op, intent), Parameters: map[string]string{}}
	for _, p := range op.Channel.Parameters {
		if value, ok := params[p.Name]; ok {
			end.Parameters[p.Name] = value
		}
	}
	return end, nil
}

// choices are where the documents' servers are, and how to enter them.
func (f *bridgeFlags) choices(services []stage.Service) (map[string]endpoint.Choice, error) {
	choices, err := mockServers(services, f.servers)
	if err != nil {
		return nil, err
	}
	for _, service := range services {
		choice := choices[service.Name]
		choice.Create = f.create
		choices[service.Name] = choice
	}
	for _, flag := range f.registries {
		name, url, ok := strings.Cut(flag, "=")
		choice, known := choices[name]
		if !ok || !known {
			return nil, usage("--registry %q is not NAME=URL of one of %s", flag, strings.Join(slices.Sorted(maps.Keys(choices)), ", "))
		}
		choice.Registry.URL = url
		choices[name] = choice
	}
	return choices, mockCredentials(services, choices, f.forSources())
}

// groupOf is the group of the application that the bridge plays, where the source
// document is about the one that receives; else the bridge's own, the same for
// each that carries the same.
func groupOf(ends *bridgeEnds) string {
	if name := ends.from.Target.GroupID(); name != "" && string(ends.from.Target.Operation.Action) == endpoint.Receive.String() {
		return name
	}
	name := strings.Map(func(c rune) rune {
		if c < 0x80 && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
			return c
		}
		return '-'
	}, "weft-"+ends.from.Name()+"-"+ends.to.Name())
	return name[:min(len(name), 200)]
}

// carry carries until it is enough.
func (f *bridgeFlags) carry(ctx context.Context, ends *bridgeEnds, opt bridge.Options, show *bridgeView) error {
	b, err := bridge.Open(ctx, ends.hub, ends.from, ends.to, opt)
	if err != nil {
		if ctx.Err() != nil {
			return nil // Ctrl-C while it connects
		}
		return helped(err, "NAME=URL")
	}
	if f.duration > 0 {
		limited, cancel := context.WithTimeout(ctx, f.duration)
		defer cancel()
		ctx = limited
	}
	show.begins(ends, b)
	ended := show.tell(b, f.every)
	err = b.Run(ctx)
	ended()
	return bridgeEnded(err)
}
