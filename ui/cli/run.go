package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/flow/callbacks"
	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/text/diag"
)

// runFlags are what the user of "weft run" said.
type runFlags struct {
	reading
	inputs   inputFlags
	servers  []string
	workflow string
	embedded bool
	create   bool
	strict   bool
	dryRun   bool
	format   string
	report   string

	journal journalFlags
	resume  string
	answers []string
	after   afterFlags

	unmatched      unmatchedFlag
	parallel       int
	receiveTimeout time.Duration
	maxSteps       int
}

func newRun() *cobra.Command {
	f := &runFlags{}
	cmd := &cobra.Command{
		Use:   "run FILE",
		Short: "run a workflow once and show what happens at each step",
		Long: `Run a workflow of an Arazzo document across HTTP and message brokers.

With --embedded every broker that the documents describe is a server inside this
process, and every service a mock made from its own document: nothing has to be
installed or running. Without it, the servers are those of the documents, or the
ones named by --server.

The inputs come from the file beside the document (order.inputs.yaml beside
order.arazzo.yaml), from --inputs, and from --input NAME=VALUE. The document, its
sources and the inputs are judged before anything is called or sent.

A step that asks a person asks on the terminal; where there is none, --answer answers.

A run that waits for messages of real servers is kept in a journal and survives
the process: weft run --resume RUN goes on where it was.`,
		Example: `  weft run place-order.arazzo.yaml --embedded
  weft run place-order.arazzo.yaml --server AsyncOrderApi=kafka://localhost:9092 --server OrderApi=http://localhost:8080
  weft run place-order.arazzo.yaml --embedded --input CreateOrder.quantity=5 --format json
  weft run place-order.arazzo.yaml --dry-run`,
		Args: runArgs(f),
		RunE: action(func(cmd *cobra.Command, args []string) error {
			if f.resume != "" {
				return f.runResume(cmd)
			}
			return f.runOnce(cmd, args[0])
		}),
	}
	f.reading.flags(cmd)
	flags := cmd.Flags()
	flags.StringVarP(&f.workflow, "workflow", "w", "", "the `ID` of the workflow, where the document has several")
	flags.StringVar(&f.inputs.file, "inputs", "", "a `FILE` of inputs, YAML or JSON")
	flags.StringArrayVar(&f.inputs.values, "input", nil, "one input, `NAME=VALUE`; dots in the name lead into objects")
	flags.StringArrayVar(&f.servers, "server", nil, "where a source is, `SOURCE=URL` or SOURCE=NAME of one of its servers")
	f.sources = true
	flags.Lookup("credential").Usage = "where a secret is, `SOURCE[.SCHEME]=[USER@]REF`, or HOST[:PORT]=… for a host of --allow-host; REF is env:NAME or file:PATH"
	flags.BoolVar(&f.embedded, "embedded", false, "start brokers and mocks in this process for every source that has no --server")
	flags.BoolVar(&f.create, "create", false, "make topics and queues that the servers do not have")
	flags.BoolVar(&f.strict, "strict-perspective", false, "refuse a step whose action is the document's own instead of its counterpart")
	flags.BoolVar(&f.dryRun, "dry-run", false, "show the plan and do nothing")
	flags.IntVar(&f.parallel, "parallel", 1, "how many steps may be under way at once, where the workflow has dependencies")
	flags.DurationVar(&f.receiveTimeout, "receive-timeout", engine.DefaultReceiveTimeout, "how long to wait for a message where the step does not say")
	flags.IntVar(&f.maxSteps, "max-steps", 0, "how many steps a run may begin, repetitions counted (default 10000)")
	flags.StringVar(&f.resume, "resume", "", "go on with the `RUN` of that name")
	flags.StringArrayVar(&f.answers, "answer", nil, "the answer of a person to a step that asks, `STEP=JSON`")
	flags.DurationVar(&f.after.wait, "callbacks", 30*time.Second, "how long to deliver callbacks that the run registered, after its end")
	f.after.flags(flags)
	f.journal.flags(cmd)
	f.unmatched.flags(flags, engine.Requeue)
	formatFlag(cmd, &f.format, "text", "json", "junit", "html")
	flags.StringVar(&f.report, "report", "", "also write a report to this `FILE`: .html, .xml (JUnit) or .json by its name")
	return cmd
}

func runArgs(f *runFlags) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case f.resume != "" && len(args) > 0:
			return usage("--resume knows its document from the journal; leave out %s", args[0])
		case f.resume != "" && f.embedded:
			return usage("--resume goes on with the servers of its run; an embedded server ended with its process")
		case f.resume == "" && len(args) != 1:
			return usage("name one Arazzo document, as in: weft run place-order.arazzo.yaml")
		case f.report != "" && reportForm(f.report) == "":
			return usage("--report %s: the name says the form of a report: .html, .xml (JUnit) or .json", f.report)
		case f.dryRun && (f.report != "" || f.format != "text" && f.format != "json"):
			return usage("--dry-run shows a plan, as text or json; there is no report of what did not happen")
		}
		return nil
	}
}

// runOnce begins a run and follows it to its end.
func (f *runFlags) runOnce(cmd *cobra.Command, name string) error {
	compiled, err := f.compile(cmd, name)
	if err != nil {
		return err
	}
	defer compiled.close()
	inputs, err := f.inputs.read(name)
	if err != nil {
		return err
	}
	where, err := parseServers(compiled.plan, f.servers)
	if err != nil {
		return err
	}
	if f.dryRun {
		if err := where.addCredentials(compiled.plan, f.forSources()); err != nil {
			return err
		}
		return f.showPlan(cmd, compiled, where, inputs)
	}
	given, err := parseAnswers(compiled.plan, f.answers, newPrompter(cmd.InOrStdin(), cmd.ErrOrStderr()))
	if err != nil {
		return err
	}
	return f.perform(cmd, compiled, where, func(ctx context.Context, options engine.Options, shown face) (engine.Result, error) {
		options.More, inputs = splitInputs(compiled.plan, inputs)
		person := given.observing(options.Observer, shown)
		options.Observer = person
		return person.follow(ctx, func(ctx context.Context) (*engine.Running, error) {
			return engine.Begin(ctx, compiled.plan, inputs, options)
		})
	})
}

// perform opens a place to keep a new run, and performs it.
func (f *runFlags) perform(cmd *cobra.Command, c *compilation, where *servers, run performer) error {
	keep, err := f.journal.open(cmd.Context(), c.plan, f.embedded)
	if err != nil {
		return err
	}
	defer keep.close()
	return f.performWith(cmd, c, where, keep, run)
}

// performer begins a run or goes on with one.
type performer func(context.Context, engine.Options, face) (engine.Result, error)

// performWith opens the world that a plan needs, lets a run happen in it and
// tells how it ended.
func (f *runFlags) performWith(cmd *cobra.Command, c *compilation, where *servers, keep *keeping, run performer) error {
	ctx := cmd.Context()
	where.create(c.plan, f.create)
	if err := where.addCredentials(c.plan, f.forSources()); err != nil {
		return err
	}
	world, err := openWorld(ctx, c, where, f.embedded)
	if err != nil {
		return err
	}
	defer world.close()
	f.unmatched.into(&world.engine)
	if err := f.check(cmd, c, world); err != nil {
		return err
	}
	defer f.takeTurns(c.plan)()
	face := f.newFace(cmd, c.plan)
	defer face.stop()
	face.begins(c, world, keep)
	options := engine.Options{
		Wire: engine.OverWire(world.engine), Observer: face, Parallel: f.parallel, ReceiveTimeout: f.receiveTimeout, MaxSteps: f.maxSteps,
		Head: c.head(where, f.embedded),
	}
	keep.into(&options)
	exporter, flush := openTelemetry(cmd.ErrOrStderr())
	defer flush()
	if exporter != nil {
		options.RunID = cmp.Or(options.RunID, engine.NewID())
		options.Observer = exporter.Observer(options.RunID, face)
	}
	keeper, err := f.after.keeper(c.plan, options.Wire, cmd.ErrOrStderr(), f.embedded)
	if err != nil {
		return err
	}
	if err := f.after.store.check(); err != nil {
		return err
	}
	if keeper != nil {
		release, err := f.keepCallbacks(cmd, keeper, c.plan, keep, &options)
		defer release()
		if err != nil {
			return err
		}
	}
	result, err := run(ctx, options, face)
	keep.ended = err == nil
	if err := f.conclude(face, keep, &result, err); err != nil {
		return err
	}
	return f.after.after(ctx, keeper, cmd.ErrOrStderr())
}

// keepCallbacks lets a run keep callbacks, where its plan says, until the
// function that it gives is called.
func (f *runFlags) keepCallbacks(cmd *cobra.Command, keeper *callbacks.Keeper, p *plan.Plan, keep *keeping, options *engine.Options) (func(), error) {
	options.Callbacks = keeper
	server, err := f.after.store.open(cmd.Context(), p, f.embedded)
	if server == nil {
		return keeper.Close, err
	}
	options.RunID = cmp.Or(options.RunID, engine.NewID())
	return keepAfar(cmd.Context(), keeper, server, p, keep, options.RunID, cmd.ErrOrStderr())
}

// check makes sure, before anything happens, that the world can do what the
// plan asks of it.
func (f *runFlags) check(cmd *cobra.Command, c *compilation, w *world) error {
	findings, err := w.engine.Check(c.plan)
	findings = atLeast(findings, diag.Warning)
	if err := printFindings(cmd, findings); err != nil {
		return err
	}
	switch {
	case err != nil && f.embedded:
		return &outcome{code: exitUsage, err: err}
	case err != nil:
		return &outcome{code: exitUsage, err: fmt.Errorf("%w\nor use --embedded to run on servers in this process", err)}
	case diag.Worst(findings) == diag.Error:
		return &outcome{code: exitFindings, err: fmt.Errorf("%s cannot be run: %s", c.name, diag.Summary(findings))}
	}
	return nil
}

// printFindings tells on stderr what is wrong with documents.
func printFindings(cmd *cobra.Command, findings []diag.Diagnostic) error {
	stderr := newScreen(cmd.ErrOrStderr())
	return diag.Write(stderr, diag.FormatText, diag.Report{Findings: findings, Color: stderr.color, Width: stderr.width})
}

// conclude tells the end of a run and makes it the command's.
func (f *runFlags) conclude(face face, keep *keeping, result *engine.Result, err error) error {
	var wrong *engine.InputError
	switch {
	case errors.As(err, &wrong):
		return &outcome{code: exitFindings, err: wrong}
	case errors.Is(err, engine.ErrInterrupted) && keep.durable():
		return fmt.Errorf("%w; go on with: weft run --resume %s", engine.ErrInterrupted, keep.run)
	case err != nil:
		return err
	}
	if err := face.ended(result); err != nil {
		return err
	}
	switch {
	case result.Error != nil && result.Error.Code == string(machine.FailSubscribe):
		return &outcome{code: exitBroken} // it never came to run
	case !result.Succeeded():
		return ended()
	}
	return nil
}

// compile reads a document and all it needs, and makes the plan. Findings that
// forbid a run are printed, and end the command.
func (f *runFlags) compile(cmd *cobra.Command, name string) (*compilation, error) {
	c, findings, err := compile(cmd.Context(), cmd.InOrStdin(), &f.reading, name, f.workflow, f.strict)
	if err != nil {
		return nil, err
	}
	findings = atLeast(findings, diag.Warning)
	if err := printFindings(cmd, findings); err != nil {
		return nil, err
	}
	if c.plan == nil {
		c.close()
		return nil, &outcome{code: exitFindings, err: fmt.Errorf("%s cannot be run: %s; weft validate tells all there is to say about it", name, diag.Summary(findings))}
	}
	return c, nil
}

func atLeast(findings []diag.Diagnostic, least diag.Severity) []diag.Diagnostic {
	var kept []diag.Diagnostic
	for i := range findings {
		if findings[i].Severity >= least {
			kept = append(kept, findings[i])
		}
	}
	return kept
}

// splitInputs takes the inputs of workflows that the plan's depends on
// ("dep.key") from those of the plan's own (A33).
func splitInputs(p *plan.Plan, inputs map[string]any) (more map[string]map[string]any, own map[string]any) {
	own = make(map[string]any, len(inputs))
	more = map[string]map[string]any{}
	declared := map[string]bool{}
	for _, name := range p.Root.Declared {
		declared[name] = true
	}
	for name, value := range inputs {
		object, isObject := value.(map[string]any)
		if isObject && !declared[name] && dependsOn(p.Root, name) {
			more[name] = object
			continue
		}
		own[name] = value
	}
	return more, own
}

func dependsOn(w *plan.Workflow, name string) bool {
	for _, other := range w.DependsOn {
		if other.Name == name || dependsOn(other, name) {
			return true
		}
	}
	return false
}

// absolute is a document's path that holds from any folder.
func absolute(name string) string {
	if name == "-" {
		return name
	}
	if path, err := filepath.Abs(name); err == nil {
		return path
	}
	return name
}
