package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
	"github.com/weft-dev/weft/wire/bridge"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/endpoint"
	"github.com/weft-dev/weft/wire/mock"
	"github.com/weft-dev/weft/wire/stage"
)

// upFlags are what the user of "weft up" said.
type upFlags struct {
	reading
	only     []string
	port     int
	seed     uint64
	rate     string
	noMocks  bool
	duration time.Duration
	format   string
	// asDescribed has servers listen where documents say that they are.
	asDescribed bool
}

func newUp() *cobra.Command {
	f := &upFlags{}
	cmd := &cobra.Command{
		Use:   "up [DIR]",
		Short: "everything that a folder describes, on this machine",
		Long: `Run everything that a folder and those below it describe, until Ctrl-C: a server in
this process for each server that AsyncAPI documents describe, a schema registry
where they name one, with their schemas registered, a mock for each application,
and the bridges of bridges.yaml. Nothing is installed, nothing is written to disk,
everything listens on this machine only: on any port that is free, or with
--as-described at the port that the document says, so that other commands need no
--server to find it.

bridges.yaml is a list: {bridges: [{from: DOCUMENT#OPERATION, to: DOCUMENT#OPERATION,
map: FILE or a map, deadLetter: ADDRESS}]}; weft bridge --help says what a map is.`,
		Example: `  weft up examples/order-fulfilment --rate 2/s
  weft up services --only shop --only store --no-mocks
  weft up services --as-described`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage("name one folder, as in: weft up services")
			}
			return nil
		},
		RunE: action(f.run),
	}
	f.reading.flags(cmd)
	flags := cmd.Flags()
	flags.StringSliceVar(&f.only, "only", nil, "run only the documents of this `NAME`; repeat it for more")
	flags.BoolVar(&f.noMocks, "no-mocks", false, "start the servers and bridges, and play nobody")
	flags.StringVar(&f.rate, "rate", "", "send what the applications send on their own, each so often: `10/s` or 90/m (default: send nothing unasked)")
	flags.Uint64Var(&f.seed, "seed", 0, "decides what data are made where a document has no example")
	flags.IntVar(&f.port, "port", 0, "the port of the first HTTP mock, the next on the port after (default: any that is free)")
	asDescribedFlag(flags, &f.asDescribed)
	flags.DurationVar(&f.duration, "for", 0, "end after this time")
	formatFlag(cmd, &f.format, "text", "json")
	return cmd
}

func (f *upFlags) run(cmd *cobra.Command, args []string) error {
	begun, dir := time.Now(), "."
	if len(args) == 1 {
		dir = args[0]
	}
	every, err := pauseOf(f.rate)
	if err != nil {
		return err
	}
	described, release, err := f.described(cmd, dir)
	if err != nil {
		return err
	}
	defer release()
	ctx := cmd.Context()
	if f.duration > 0 {
		limited, cancel := context.WithTimeout(ctx, f.duration)
		defer cancel()
		ctx = limited
	}
	show := newUpView(cmd, f.format)
	up := &upWorld{described: described, show: show}
	defer up.close()
	err = up.open(ctx, stage.Options{
		Mock: mock.Options{Seed: f.seed, Every: every, OnEvent: show.mocked}, Web: asker{&f.reading}, Port: f.port, AsDescribed: f.asDescribed,
		Judge: schemaJudge{}, NoMocks: f.noMocks,
	})
	if err != nil {
		if ctx.Err() != nil {
			return nil // Ctrl-C while it starts
		}
		return placed(f.asDescribed, err)
	}
	show.begins(up, time.Since(begun))
	return up.run(ctx)
}

// described is what a folder describes.
type described struct {
	services []stage.Service
	files    map[string]string // by service
	bridges  []bridgePlan
	// without are documents that are left out, and why.
	without []string
}

// bridgePlan is an entry of bridges.yaml.
type bridgePlan struct {
	from, to   [2]string // service and operation
	mapping    *bridge.Mapping
	deadLetter string
}

// described reads the folder.
func (f *upFlags) described(cmd *cobra.Command, dir string) (*described, func(), error) {
	names, err := documentsIn(dir, func(kind arazzo.SourceType) bool {
		return kind == arazzo.SourceAsyncAPI || kind == arazzo.SourceOpenAPI
	})
	if err != nil {
		return nil, nil, err
	}
	if names = slices.DeleteFunc(names, func(name string) bool { return len(f.only) > 0 && !slices.Contains(f.only, stem(name)) }); len(names) == 0 {
		return nil, nil, fmt.Errorf("%s holds no AsyncAPI or OpenAPI document to run", dir)
	}
	services, release, err := f.services(cmd, names)
	if err != nil {
		return nil, nil, err
	}
	d := &described{files: map[string]string{}}
	for i, service := range services {
		if err := stage.Playable(service); err != nil {
			d.without = append(d.without, fmt.Sprintf("%s is left out: %v", names[i], err))
			continue
		}
		d.services = append(d.services, service)
		d.files[service.Name] = names[i]
	}
	if d.bridges, err = d.readBridges(filepath.Join(dir, "bridges.yaml"), len(f.only) > 0); err != nil {
		release()
		return nil, nil, err
	}
	return d, release, nil
}

// readBridges reads bridges.yaml, where there is one. With some documents left
// out on purpose so are their bridges.
func (d *described) readBridges(name string, some bool) ([]bridgePlan, error) {
	if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	text, err := source.ReadFile(name)
	if err != nil {
		return nil, err
	}
	entries, err := readBridgeList(text)
	if err != nil {
		return nil, err
	}
	var plans []bridgePlan
	for i, c := range entries {
		plan, known, err := d.planned(filepath.Dir(name), c)
		if err != nil {
			return nil, usage("%s: bridge %d: %w", name, i+1, err)
		}
		if known {
			plans = append(plans, plan)
		} else if !some {
			return nil, usage("%s: bridge %d is between documents that are not run: %s and %s", name, i+1, c.node.Get("from").Str(), c.node.Get("to").Str())
		}
	}
	return plans, nil
}

func (d *described) planned(dir string, c bridgeEntry) (plan bridgePlan, known bool, err error) {
	plan = bridgePlan{
		from:       [2]string{d.serviceOf(filepath.Join(dir, c.from[0])), c.from[1]},
		to:         [2]string{d.serviceOf(filepath.Join(dir, c.to[0])), c.to[1]},
		deadLetter: c.deadLetter,
	}
	plan.mapping, err = bridgeMap(dir, c.mapping)
	return plan, plan.from[0] != "" && plan.to[0] != "", err
}

// bridgeMap is a map that is written out, or the name of a file with one.
func bridgeMap(dir string, n *tree.Node) (*bridge.Mapping, error) {
	switch {
	case n == nil:
		return nil, nil //nolint:nilnil // a nil mapping keeps everything
	case n.Is(tree.String) && !strings.HasPrefix(n.Text, "$"):
		return readMapping("@" + filepath.Join(dir, n.Text))
	}
	return bridge.ParseMapping(n.Value())
}

func (d *described) serviceOf(file string) string {
	for service, name := range d.files {
		if filepath.Clean(name) == filepath.Clean(file) {
			return service
		}
	}
	return ""
}

// upWorld is what runs.
type upWorld struct {
	*described
	show    *upView
	set     *stage.Stage
	hub     *endpoint.Hub
	bridges []*bridge.Bridge
}

func (u *upWorld) open(ctx context.Context, opt stage.Options) error {
	var err error
	if u.set, err = stage.Open(ctx, u.services, opt); err != nil {
		return err
	}
	u.hub = endpoint.NewHub(endpoint.HubOptions{Choices: u.set.Brokers, Web: opt.Web})
	sources := map[string]*endpoint.Source{}
	for _, service := range u.services {
		if service.AsyncAPI == nil {
			continue
		}
		sources[service.Name] = endpoint.NewSource(service.Name, service.AsyncAPI, service.Schemas)
		if err := u.prepare(ctx, sources[service.Name]); err != nil {
			return err
		}
	}
	for _, plan := range u.described.bridges {
		b, err := u.bridge(ctx, sources, plan)
		if err != nil {
			return err
		}
		u.bridges = append(u.bridges, b)
	}
	return nil
}

// prepare makes the addresses of a document and registers its schemas: that is
// what opening a sender does. What has no fixed address waits for its first
// message.
func (u *upWorld) prepare(ctx context.Context, src *endpoint.Source) error {
	for _, op := range src.Doc.Operations {
		if op.Channel == nil {
			continue
		}
		sender, err := u.hub.Sender(ctx, src, endpoint.RequestOf(op, endpoint.Send), endpoint.SenderOptions{})
		if errors.Is(err, driver.ErrUnsupported) {
			continue // nobody sends there, as on a socket that only the server writes to
		}
		if err != nil {
			return err
		}
		if err := sender.Close(ctx); err != nil && !errors.Is(err, driver.ErrClosed) {
			return err
		}
	}
	return nil
}

func (u *upWorld) bridge(ctx context.Context, sources map[string]*endpoint.Source, plan bridgePlan) (*bridge.Bridge, error) {
	var ends [2]bridge.End
	for i, place := range [][2]string{plan.from, plan.to} {
		src := sources[place[0]]
		if src == nil {
			return nil, usage("bridges.yaml: %s has no messages: an end of a bridge is an operation of an AsyncAPI document", place[0])
		}
		op, err := src.Operation(place[1])
		if err != nil {
			return nil, usage("bridges.yaml: %w", err)
		}
		ends[i] = bridge.End{Source: src, Target: endpoint.RequestOf(op, []endpoint.Intent{endpoint.Receive, endpoint.Send}[i])}
	}
	opt := bridge.Options{Mapping: plan.mapping, Start: driver.StartBeginning(), Group: groupOf(&bridgeEnds{from: ends[0], to: ends[1]})}
	name := ends[0].Name() + " to " + ends[1].Name()
	opt.OnEvent = func(e bridge.Event) { u.show.bridged(name, e) }
	opt.OnCarried = func(from, to *endpoint.Message) { u.show.carried(name, from, to) }
	if plan.deadLetter != "" {
		opt.OnFailure, opt.DeadLetter = bridge.Bury, plan.deadLetter
	}
	return bridge.Open(ctx, u.hub, ends[0], ends[1], opt)
}

// run carries until ctx ends or a bridge cannot go on.
func (u *upWorld) run(ctx context.Context) error {
	running, stop := context.WithCancel(ctx)
	defer stop()
	var work sync.WaitGroup
	errs := make([]error, len(u.bridges))
	for i, b := range u.bridges {
		work.Go(func() {
			if errs[i] = b.Run(running); errs[i] != nil {
				stop()
			}
		})
	}
	<-running.Done()
	work.Wait()
	u.bridges = nil
	return bridgeEnded(errors.Join(errs...))
}

func (u *upWorld) close() {
	ctx, cancel := context.WithTimeout(context.Background(), closeLimit)
	defer cancel()
	if u.hub != nil {
		_ = u.hub.Close(ctx)
	}
	if u.set != nil {
		_ = u.set.Close(ctx)
	}
}
