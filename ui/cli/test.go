package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/wire/contract"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/endpoint"
)

// testFlags are what the user of "weft test" said.
type testFlags struct {
	contractFlags
	servers    serverList
	operations []string
	duration   time.Duration
	from       string
	limit      int
	take       bool
	drive      bool
	pairs      bool
	deadLetter string
	versions   []string
	seed       uint64
	format     string
}

func newTest() *cobra.Command {
	f := &testFlags{}
	cmd := &cobra.Command{
		Use:   "test FILE...",
		Short: "judge by its contract what a service really sends and takes",
		Long: `Judge by AsyncAPI documents what services really put on the wire: content type,
encoding, schema, headers, key, address, correlation and size of every message that
passes within --for. A content type that nobody can read is a finding, and so is a
service that sends nothing: only what was judged can pass.

With --drive it plays the counterpart of consumers instead: it sends them what they
must take (examples, made messages, values at each limit, optional parts left out) and
what they must refuse (each constraint broken, headers missing, bytes that nobody can
read), and judges by replies and dead letters what became of it. Where dead letters go
is --dead-letter, or x-dead-letter in the contract.

Several documents are compared with each other as well: all that one may send must be
readable by each that receives it. --pairs does only that, and needs no broker.

Whoever else receives is not disturbed. What would be taken away from others, as
from a queue, is only listened to with --take.`,
		Example: `  weft test orders.yaml --server kafka://127.0.0.1:9092 --for 30s
  weft test shop.yaml billing.yaml shipping.yaml --pairs
  weft test orders.yaml --operation takeOrder --drive --dead-letter orders.dead
  weft test orders.yaml --operation publishOrder --from beginning --for 5s --format junit`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("name the contracts to test by, as in: weft test orders.yaml")
			}
			return nil
		},
		RunE: action(f.run),
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.operations, "operation", nil, "test the operation of this `ID`; repeat it for more (default: all)")
	flags.DurationVar(&f.duration, "for", 10*time.Second, "how long to listen")
	flags.StringVar(&f.from, "from", "now", "where to begin, where messages are kept: beginning, now, a time as 2026-01-31T12:00:00Z, or how long ago as `10m`")
	flags.IntVar(&f.limit, "limit", 0, "end sooner, when each operation had this many messages; a reply is not counted, and waited for with its request")
	flags.BoolVar(&f.take, "take", false, "listen at queues, too: what is judged is taken out of them, and nobody else gets it")
	flags.BoolVar(&f.drive, "drive", false, "send to the consumers what they must take and what they must refuse")
	flags.BoolVar(&f.pairs, "pairs", false, "only compare the documents with each other: whether every sender fits every receiver")
	flags.StringVar(&f.deadLetter, "dead-letter", "", "the `ADDRESS` where messages go that a consumer refuses (default: what the contract says)")
	flags.StringArrayVar(&f.versions, "also", nil, "an older or newer version of the contract in `FILE`, whose messages the consumer must take, too")
	flags.Uint64Var(&f.seed, "seed", 0, "decides what messages are made")
	f.contractFlags.flags(cmd)
	server := flags.Lookup("server")
	server.Value = &f.servers
	server.Usage = "where the messages are, `[DOCUMENT=]NAME|URL`: a server of the document or any other; repeat it for more documents"
	formatFlag(cmd, &f.format, "text", "json", "junit", "html")
	return cmd
}

// serverList collects --server flags, each for one document or for all.
type serverList []string

func (s *serverList) String() string { return strings.Join(*s, " ") }
func (s *serverList) Type() string   { return "string" }

// Set adds one.
func (s *serverList) Set(text string) error {
	*s = append(*s, text)
	return nil
}

// of is the server of a document: its own, else one that is named for none.
func (s serverList) of(document string) string {
	found := ""
	for _, text := range s {
		name, own, named := strings.Cut(text, "=")
		switch {
		case named && name == document:
			return own
		case !named || strings.Contains(name, "://"):
			found = text
		}
	}
	return found
}

func (f *testFlags) run(cmd *cobra.Command, args []string) error {
	if f.duration <= 0 || f.limit < 0 {
		return usage("--for is more than nothing, and --limit not negative")
	}
	start, err := parseFrom(f.from, time.Now())
	if err != nil {
		return err
	}
	names, err := expand(args)
	if err != nil {
		return err
	}
	if f.pairs && (len(names) < 2 || f.drive) {
		return usage("--pairs compares contracts with each other: name at least two, and leave out --drive")
	}
	if !f.drive && (f.deadLetter != "" || len(f.versions) > 0) {
		return usage("--dead-letter and --also are about what is sent to consumers: they go with --drive")
	}
	talk := newTalk(cmd.ErrOrStderr())
	work := func(name string) (*contract.Report, error) { return f.tap(cmd, name, start, talk) }
	if f.drive {
		work = func(name string) (*contract.Report, error) { return f.driven(cmd, name, talk) }
	}
	reports, err := f.reports(cmd, names, work)
	if err != nil {
		return err
	}
	if err := writeTests(cmd.OutOrStdout(), f.format, reports); err != nil {
		return err
	}
	for _, r := range reports {
		if r.Failed() {
			return ended()
		}
	}
	return nil
}

// reports does what was asked for with each document, and with all together.
func (f *testFlags) reports(cmd *cobra.Command, names []string, work func(string) (*contract.Report, error)) ([]*contract.Report, error) {
	var reports []*contract.Report
	if len(names) > 1 {
		report, err := f.pair(cmd, names)
		if err != nil {
			return nil, err
		}
		if len(report.Checks) > 0 || f.pairs {
			reports = append(reports, report)
		}
	}
	if f.pairs {
		return reports, nil
	}
	for _, name := range names {
		report, err := work(name)
		if err != nil {
			return nil, err
		}
		reports = append(reports, report)
	}
	return reports, nil
}

// tap listens by one document.
func (f *testFlags) tap(cmd *cobra.Command, name string, start driver.Start, talk *talk) (*contract.Report, error) {
	f.server = f.servers.of(stem(name))
	w, err := f.open(cmd, name, talk.event)
	if err != nil {
		return nil, err
	}
	defer w.close()
	if err := f.allowed(w, start); err != nil {
		return nil, err
	}
	ctx := cmd.Context()
	listening, stop := context.WithCancel(ctx)
	defer stop()
	ready := func() {
		talk.say(dim, "listening by %s for %s", w.source.Name, short(f.duration))
		time.AfterFunc(f.duration, stop)
	}
	report, err := contract.Tap(listening, w.hub, w.source, contract.TapOptions{
		Operations: f.operations, Parameters: w.params, Start: start, Limit: f.limit, OnReady: ready,
	})
	if err != nil && ctx.Err() == nil {
		return nil, helped(err, "NAME|URL")
	}
	return report, ctx.Err()
}

// helped adds to an error of the wire which flag can help: --server with a value
// of this form.
func helped(err error, form string) error {
	wire, ok := errors.AsType[*driver.Error](err)
	if ok && errors.Is(wire.Kind, driver.ErrUnreachable) {
		return fmt.Errorf("%w; --server %s says where else it is", err, form)
	}
	return err
}

// allowed refuses what the protocols cannot do, and what would take messages
// away from others, before anything is opened.
func (f *testFlags) allowed(w *wiring, start driver.Start) error {
	operations := w.doc.Operations
	if len(f.operations) > 0 {
		operations = nil
		for _, id := range f.operations {
			op, err := w.operation(id)
			if err != nil {
				return err
			}
			operations = append(operations, op)
		}
	}
	if len(operations) == 0 {
		return usage("%s has no operations, so nobody says who sends and who receives: there is nothing to test", w.source.Name)
	}
	for _, op := range operations {
		if err := f.allow(w, op, start); err != nil {
			return err
		}
	}
	return nil
}

func (f *testFlags) allow(w *wiring, op *asyncapi.Operation, start driver.Start) error {
	target := endpoint.RequestOf(op, endpoint.Receive)
	promise, err := w.hub.Capabilities(w.source, target)
	if err != nil {
		return w.failed(target, err)
	}
	t := &tailing{flags: &tailFlags{take: f.take}, contract: w, start: start}
	return t.refuse(target, promise)
}

// driven tries the consumers of one document.
func (f *testFlags) driven(cmd *cobra.Command, name string, talk *talk) (*contract.Report, error) {
	f.server = f.servers.of(stem(name))
	w, err := f.open(cmd, name, talk.event)
	if err != nil {
		return nil, err
	}
	defer w.close()
	for _, id := range f.operations {
		op, err := w.operation(id)
		if err != nil {
			return nil, err
		}
		if op.Action != asyncapi.Receive {
			return nil, usage("--drive: the operation %s sends, so there is no consumer to try; leave out --drive to listen to it", id)
		}
	}
	if err := f.outcomesAllowed(w); err != nil {
		return nil, err
	}
	opt := contract.DriveOptions{Operations: f.operations, Parameters: w.params, DeadLetter: f.deadLetter, Wait: f.duration, Seed: f.seed}
	for _, other := range f.versions {
		v, err := f.open(cmd, other, talk.event)
		if err != nil {
			return nil, err
		}
		defer v.close()
		opt.Versions = append(opt.Versions, v.source)
	}
	report, err := contract.Drive(cmd.Context(), w.hub, w.source, opt)
	if err != nil {
		return nil, helped(err, "NAME|URL")
	}
	return report, nil
}

// outcomesAllowed refuses to take replies and dead letters out of queues, unless
// the user said so.
func (f *testFlags) outcomesAllowed(w *wiring) error {
	if f.take {
		return nil
	}
	for _, op := range w.doc.Operations {
		promise, err := w.hub.Capabilities(w.source, endpoint.RequestOf(op, endpoint.Receive))
		if err != nil || !promise.Queue {
			continue // an error is told when it is opened
		}
		return usage("replies and dead letters of %s are in queues: what is read of them nobody else would get; --take does it all the same", op.ID)
	}
	return nil
}
