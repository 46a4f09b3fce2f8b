package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/endpoint"
	"github.com/weft-dev/weft/wire/mock"
	"github.com/weft-dev/weft/wire/stage"
)

// mockFlags are what the user of "weft mock" said.
type mockFlags struct {
	reading
	servers []string
	seed    uint64
	delay   time.Duration
	play    playing
	port    int
	status  int
	// described has servers listen where documents say that they are.
	described bool
	format    string
}

func newMock() *cobra.Command {
	f := &mockFlags{}
	cmd := &cobra.Command{
		Use:   "mock FILE...",
		Short: "play the applications that documents describe",
		Long: `Play the applications that AsyncAPI and OpenAPI documents describe, until Ctrl-C.

A mock of messages consumes what its application receives and sends the replies;
a mock of HTTP answers requests. With --rate it also sends what its application
sends on its own: each message's examples first, then data made from its schemas.
Given an Arazzo document, all of its sources are played.

A scenario says what is sent, in order: {repeat: true, steps: [{send: OPERATION,
message, example, payload, headers, key, after: 2s, count: 3, every: 100ms,
fault: duplicate}]}; only send is required.

With --fault some of what is sent goes wrong on purpose: it is late, comes twice,
after the next one, not at all, or as bytes that nobody can read. The same --seed
makes the same data, pauses and faults.

Brokers are servers inside this process, unless --server names one. Everything
listens on this machine only: on any port that is free, or with --as-described at
the port that the document says, so that other commands need no --server to find
it.`,
		Example: `  weft mock place-order.arazzo.yaml
  weft mock orders-asyncapi.yaml --as-described
  weft mock orders-asyncapi.yaml --server orders-asyncapi=kafka://localhost:9092
  weft mock orders-asyncapi.yaml --rate 10/s --jitter 30% --fault duplicate=5%,malformed=1%
  weft mock orders-asyncapi.yaml --scenario black-friday.yaml`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("name the documents to play, as in: weft mock orders-asyncapi.yaml")
			}
			return nil
		},
		RunE: action(f.run),
	}
	f.reading.flags(cmd)
	flags := cmd.Flags()
	flags.StringArrayVar(&f.servers, "server", nil, "the broker of a document, `NAME=URL`")
	f.sources = true
	flags.Lookup("credential").Usage = "how to enter the broker of a document, `NAME[.SCHEME]=[USER@]REF`, or HOST[:PORT]=… for a host of --allow-host; REF is env:NAME or file:PATH"
	flags.Uint64Var(&f.seed, "seed", 0, "decides what data are made where a document has no example")
	flags.DurationVar(&f.delay, "delay", 0, "how long an answer takes")
	f.play.flags(flags)
	flags.IntVar(&f.port, "port", 0, "the port of the first HTTP mock, the next on the port after (default: any that is free)")
	asDescribedFlag(flags, &f.described)
	flags.IntVar(&f.status, "status-port", -1, "serve what the mocks received as JSON on this `PORT`; 0 is any that is free")
	formatFlag(cmd, &f.format, "text", "json")
	return cmd
}

func asDescribedFlag(flags *pflag.FlagSet, described *bool) {
	flags.BoolVar(described, "as-described", false, "listen where the documents say that their servers are, where that is a port of this machine")
}

func (f *mockFlags) run(cmd *cobra.Command, names []string) error {
	services, release, err := f.services(cmd, names)
	if err != nil {
		return err
	}
	defer release()
	brokers, err := mockServers(services, f.servers)
	if err != nil {
		return err
	}
	if err := mockCredentials(services, brokers, f.forSources()); err != nil {
		return err
	}
	opt, err := f.play.options(services)
	if err != nil {
		return err
	}
	show := newMockFace(cmd.OutOrStdout(), f.format)
	opt.Seed, opt.Delay, opt.OnEvent = f.seed, f.delay, show.event
	ctx := cmd.Context()
	set, err := stage.Open(ctx, services, stage.Options{
		Mock: opt, Brokers: brokers, Web: asker{&f.reading}, Port: f.port, AsDescribed: f.described, Judge: schemaJudge{},
	})
	if err != nil {
		return placed(f.described, err)
	}
	defer closeStage(set)
	status, err := f.serveStatus(set)
	if err != nil {
		return err
	}
	if status != nil {
		defer closeServer(status)
	}
	show.begins(set, status)
	<-ctx.Done()
	return nil
}

// placed says what to do where somebody else has the port that a document says.
func placed(described bool, err error) error {
	if described && errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%w; leave out --as-described to take a port that is free", err)
	}
	return err
}

func (f *mockFlags) serveStatus(set *stage.Stage) (*mock.Server, error) {
	if f.status < 0 {
		return nil, nil //nolint:nilnil // no status is wanted, and that is fine
	}
	return mock.Listen(mock.Status(set.Mocks...), f.status)
}

func closeStage(set *stage.Stage) {
	ctx, cancel := context.WithTimeout(context.Background(), closeLimit)
	defer cancel()
	_ = set.Close(ctx)
}

func closeServer(server *mock.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), closeLimit)
	defer cancel()
	_ = server.Close(ctx)
}

// mockServers reads --server flags for the services that are played.
func mockServers(services []stage.Service, flags []string) (map[string]endpoint.Choice, error) {
	choices := map[string]endpoint.Choice{}
	names := withMessages(services)
	for _, flag := range flags {
		name, choice, err := endpoint.ParseChoice(flag)
		if err != nil {
			return nil, usage("--server: %w", err)
		}
		if !slices.Contains(names, name) {
			return nil, usage("--server: no messages of %q are played%s", name, didYouMean(name, names))
		}
		choice.Create = true
		choices[name] = choice
	}
	return choices, nil
}

// mockCredentials reads --credential flags for the brokers that --server names:
// those in this process are open.
func mockCredentials(services []stage.Service, brokers map[string]endpoint.Choice, flags []string) error {
	for _, flag := range flags {
		name, value, ok := strings.Cut(flag, "=")
		if !ok {
			return usage("--credential names no secret: %s", credentialForm)
		}
		user, ref, err := reference(value)
		if err != nil {
			return err
		}
		source, scheme, _ := strings.Cut(name, ".")
		choice, ok := brokers[source]
		if !ok {
			return usage("--credential: no --server is named for %q%s", source, didYouMean(source, slices.Sorted(maps.Keys(brokers))))
		}
		i := slices.IndexFunc(services, func(s stage.Service) bool { return s.Name == source })
		if err := brokerCredential(&choice, services[i].AsyncAPI, scheme, user, ref); err != nil {
			return err
		}
		brokers[source] = choice
	}
	return nil
}

// mockFace shows what mocks do.
type mockFace struct {
	mu   sync.Mutex
	out  *screen
	json bool
}

func newMockFace(out io.Writer, format string) *mockFace {
	return &mockFace{out: newScreen(out), json: format == "json"}
}

func (m *mockFace) begins(set *stage.Stage, status *mock.Server) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.json {
		m.places(set, status)
		return
	}
	width := 0
	for _, part := range set.Parts {
		width = max(width, diag.Columns(diag.Safe(part.Service)))
	}
	for _, part := range set.Parts {
		fmt.Fprintf(m.out, "  %s  %s  %s  %s\n", padTo(diag.Safe(part.Service), width), padTo(part.Role, 6), part.URL, m.out.paint(dim, diag.Safe(part.Title)))
	}
	if status != nil {
		fmt.Fprintf(m.out, "  %s  %s\n", padTo("counts", width), status.URL)
	}
	lines := mockHints(set)
	fmt.Fprintln(m.out)
	for _, line := range lines {
		fmt.Fprintln(m.out, m.out.paint(dim, line))
	}
	fmt.Fprintln(m.out)
}

// mockHints say how other commands find what is played. What is where its
// document says needs no --server.
func mockHints(set *stage.Stage) []string {
	use, watch := []string{"to use them: weft run FILE"}, []string(nil)
	for _, part := range set.Parts {
		if part.Role != "mock" {
			continue
		}
		server := ""
		if !part.AsDescribed {
			server = " --server " + part.URL
			use = append(use, "--server "+part.Service+"="+part.URL)
		}
		if _, messages := set.Brokers[part.Service]; messages {
			watch = append(watch, "to see what is there: weft tail FILE"+server)
		}
	}
	return append([]string{strings.Join(use, " ")}, slices.Compact(watch)...)
}

// places writes where everything is as one line of JSON.
func (m *mockFace) places(set *stage.Stage, status *mock.Server) {
	servers := map[string]string{}
	for _, part := range set.Parts {
		if part.Role == "mock" {
			servers[part.Service] = part.URL
		}
	}
	line := map[string]any{"event": "ready", "servers": servers}
	if status != nil {
		line["counts"] = status.URL
	}
	_ = json.NewEncoder(m.out).Encode(line)
}

func (m *mockFace) event(e mock.Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.json {
		_ = json.NewEncoder(m.out).Encode(eventLine(e))
		return
	}
	look := dim
	if e.Kind == mock.Rejected || e.Kind == mock.Failed || e.Kind == mock.Skipped || e.Kind == mock.Dropped || e.Fault != "" {
		look = yellow
	}
	fmt.Fprintf(m.out, "  %s  %s\n", m.out.paint(dim, e.Time.Format("15:04:05.000")), m.out.paint(look, fit(e.String(), m.out.width-18)))
}

// eventLine is an event for programs.
func eventLine(e mock.Event) map[string]any {
	line := map[string]any{"event": e.Kind, "time": e.Time, "source": e.Source}
	set := func(name string, value any, there bool) {
		if there {
			line[name] = value
		}
	}
	set("operation", e.Operation, e.Operation != "")
	set("message", e.Message, e.Message != nil)
	set("duplicate", true, e.Duplicate)
	set("method", e.Method, e.Method != "")
	set("path", e.Path, e.Path != "")
	set("status", e.Status, e.Status != 0)
	if e.Rejected != nil {
		line["rejected"] = e.Rejected.Explanation
	}
	set("fault", e.Fault, e.Fault != "")
	set("text", e.Text, e.Text != "")
	if e.Err != nil {
		line["error"] = e.Err.Error()
	}
	return line
}
