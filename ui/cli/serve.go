package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/service"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/broker"
)

// serveFlags are what the user of "weft serve" said.
type serveFlags struct {
	reading
	journal        string
	temporal       temporalFlags
	listen         string
	token          string
	servers        []string
	embedded       bool
	create         bool
	strict         bool
	parallel       int
	receiveTimeout time.Duration
	drain          time.Duration
	after          afterFlags
	unmatched      unmatchedFlag
	format         string
}

const defaultServe = "127.0.0.1:8088"

func newServe() *cobra.Command {
	f := &serveFlags{}
	cmd := &cobra.Command{
		Use:   "serve DIR",
		Short: "run workflows as a service that survives",
		Long: `Run the workflows of all Arazzo documents of a folder, many runs at once, until
Ctrl-C. Runs are begun over the API, by messages (x-trigger) and by the clock
(x-schedule). All of them are kept in one journal: whatever happens to the process,
each goes on where it was when the service is started again.

A run's state changes exactly once; what it does to the world is done at least once,
each time with the same id. One service at a time holds a journal.

The API is described at /openapi.yaml, its events at /asyncapi.yaml. It answers this
machine only, unless --listen names another address and --token a secret; weft runs
and weft answer speak to it.`,
		Example: `  weft serve workflows/ --journal runs.db
  weft serve workflows/ --server Orders=kafka://localhost:9092 --token env:WEFT_TOKEN --listen 0.0.0.0:8088
  curl -X POST localhost:8088/v1/workflows/PlaceOrder/runs -H 'Content-Type: application/json' -d '{"inputs":{"quantity":5}}'`,
		Args: cobra.ExactArgs(1),
		RunE: action(func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0]) }),
	}
	f.reading.flags(cmd)
	f.sources = true
	flags := cmd.Flags()
	flags.Lookup("credential").Usage = "where a secret is, `SOURCE[.SCHEME]=[USER@]REF`, or HOST[:PORT]=… for a host of --allow-host; REF is env:NAME or file:PATH"
	flags.StringVar(&f.journal, "journal", "weft.db", "the `FILE` that keeps the runs")
	f.temporal.flags(flags)
	flags.StringVar(&f.listen, "listen", defaultServe, "the `ADDRESS` of the API; port 0 is any that is free")
	flags.StringVar(&f.token, "token", "", "where the secret is that requests must bear: env:NAME or file:PATH (`REF`)")
	flags.StringArrayVar(&f.servers, "server", nil, "where a source is, `SOURCE=URL` or SOURCE=NAME of one of its servers")
	flags.BoolVar(&f.embedded, "embedded", false, "start brokers and mocks in this process for every source that has no --server")
	flags.BoolVar(&f.create, "create", false, "make topics and queues that the servers do not have")
	flags.BoolVar(&f.strict, "strict-perspective", false, "refuse a step whose action is the document's own instead of its counterpart")
	flags.IntVar(&f.parallel, "parallel", 1, "how many steps of a run may be under way at once, where the workflow has dependencies")
	flags.DurationVar(&f.receiveTimeout, "receive-timeout", 0, "how long to wait for a message where the step does not say (default for ever)")
	flags.DurationVar(&f.drain, "drain", 10*time.Second, "how long the end waits for calls and messages on their way")
	f.after.flags(flags)
	f.unmatched.flags(flags, engine.Park)
	formatFlag(cmd, &f.format, "text", "json")
	return cmd
}

func (f *serveFlags) run(cmd *cobra.Command, dir string) error {
	ctx := cmd.Context()
	if err := f.temporal.check(cmd); err != nil {
		return err
	}
	token, err := f.secret()
	if err != nil {
		return err
	}
	hosted, err := f.open(cmd, dir)
	if err != nil {
		return err
	}
	defer hosted.close()
	if f.temporal.place.Address != "" {
		return f.runInTemporal(cmd, hosted, token)
	}
	// The journal before the port: of two services the second must not answer.
	store, err := openStore(ctx, f.journal)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := hosted.durable(ctx, store); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", f.listen)
	if err != nil {
		return fmt.Errorf("the service cannot listen on %s: %w; name another address with --listen", f.listen, err)
	}
	exporter, flush := openTelemetry(cmd.ErrOrStderr())
	defer flush()
	served, err := service.Open(ctx, service.Options{
		Journal: store, Workflows: hosted.workflows, Parallel: f.parallel, ReceiveTimeout: f.receiveTimeout,
		Log: func(line string) { fmt.Fprintln(cmd.ErrOrStderr(), diag.Safe(line)) }, Watch: watching(exporter),
	})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	return f.answer(cmd, hosted, served, listener, token)
}

// answer serves the API until Ctrl-C, and then lets what is on its way arrive.
func (f *serveFlags) answer(cmd *cobra.Command, hosted *hosted, served service.Host, listener net.Listener, token string) (err error) {
	ctx := cmd.Context()
	server := &http.Server{
		Handler: service.API(served, service.APIOptions{Token: token}), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	if err := f.ready(cmd, listener.Addr().String(), hosted); err != nil {
		return errors.Join(err, server.Close(), served.Close(ctx))
	}
	select {
	case <-ctx.Done():
	case err = <-failed:
		return errors.Join(err, served.Close(context.WithoutCancel(ctx)))
	}
	return f.end(served, server)
}

// end lets what is on its way arrive, and closes.
func (f *serveFlags) end(served service.Host, server *http.Server) error {
	limit, cancel := context.WithTimeout(context.Background(), f.drain)
	defer cancel()
	served.Drain(limit)
	err := served.Close(limit) // also lets those go who watch events
	if server.Shutdown(limit) != nil {
		err = errors.Join(err, server.Close())
	}
	return err
}

// secret is the token of the API. An address that others can reach needs one.
func (f *serveFlags) secret() (string, error) {
	host, _, err := net.SplitHostPort(f.listen)
	if err != nil {
		return "", usage("%q is no address to listen on: write HOST:PORT", f.listen)
	}
	if host == "" {
		return "", usage("--listen %s is every address of this machine; write 127.0.0.1%s, or 0.0.0.0%s with --token", f.listen, f.listen, f.listen)
	}
	if f.token != "" {
		user, ref, err := reference(f.token)
		if err != nil || user != "" {
			return "", usage("--token takes a reference to a secret, not the secret: env:NAME or file:PATH")
		}
		return resolved(ref)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return "", usage("others can reach %s: name a secret that requests must bear, as in --token env:WEFT_TOKEN", f.listen)
	}
	return "", nil
}

func resolved(ref broker.Ref) (string, error) {
	secret, err := ref.Resolve()
	if err != nil {
		return "", fmt.Errorf("--token: %w", err)
	}
	if secret == "" {
		return "", usage("--token: %s is empty", ref)
	}
	return secret, nil
}

func (f *serveFlags) ready(cmd *cobra.Command, address string, hosted *hosted) error {
	url := "http://" + address
	if f.format == "json" {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(map[string]any{"event": "ready", "url": url, "workflows": hosted.names(), "process": os.Getpid()})
	}
	out := newScreen(cmd.OutOrStdout())
	fmt.Fprintf(out, "  service  %s  %s\n", url, out.paint(dim, "kept "+diag.Safe(f.keptWhere())))
	for _, name := range hosted.names() {
		w := hosted.workflows[name]
		fmt.Fprintf(out, "  %s  %s\n", diag.Safe(name), out.paint(dim, begunBy(w)))
	}
	return nil
}

func begunBy(w *service.Workflow) string {
	text := "begun over the API"
	if w.Trigger != nil {
		text += ", by messages at " + diag.Safe(w.Trigger.Channel.Address)
	}
	if w.Schedule != nil {
		text += ", by the clock"
	}
	return text
}
