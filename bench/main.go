// Command bench measures whole journeys of weft, as processes, beside a peer
// that does the same work in the same run: a time alone says more about the
// machine than about the program.
//
// It must not know weft's packages: it runs the binary, as users do.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"text/tabwriter"
)

// options are the flags of the command.
type options struct {
	weft    string
	peer    string
	rounds  int
	only    *regexp.Regexp
	gate    bool
	results string
}

func main() {
	if file := os.Getenv(launchFile); file != "" {
		os.Exit(launch(os.Args[1:], file))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	opts, err := parse(args, stderr)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "weft-bench-")
	if err != nil {
		return fmt.Errorf("make a directory to work in: %w", err)
	}
	defer os.RemoveAll(dir)
	shop := &workshop{dir: dir, opts: opts, talk: stderr}
	journeys, err := shop.journeys(ctx)
	if err != nil {
		return err
	}
	var measured []result
	for _, j := range journeys {
		if !shop.wants(j.name) {
			continue
		}
		fmt.Fprintf(stderr, "%s…\n", j.name)
		measured = append(measured, measure(ctx, j, opts.rounds))
	}
	return report(opts, measured, stdout)
}

func parse(args []string, stderr io.Writer) (options, error) {
	var opts options
	var only string
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&opts.weft, "weft", filepath.Join("bin", "weft"), "the weft binary, built as for a release")
	flags.StringVar(&opts.peer, "peer", "", "the AsyncAPI CLI; without it, .work/peers and then the PATH are looked at")
	flags.IntVar(&opts.rounds, "count", 6, "how often each journey is made")
	flags.StringVar(&only, "only", "", "a regular expression that chooses journeys by name")
	flags.BoolVar(&opts.gate, "gate", false, "fail where a journey is over its limit")
	flags.StringVar(&opts.results, "o", "", "a file for every single time, in the form that benchstat reads")
	if err := flags.Parse(args); err != nil {
		return opts, err
	}
	if opts.rounds < 1 || flags.NArg() > 0 {
		return opts, fmt.Errorf("usage: bench [flags], with -count of at least 1; see -help")
	}
	var err error
	opts.only, err = regexp.Compile(only)
	if err != nil {
		return opts, fmt.Errorf("-only: %w", err)
	}
	return opts, nil
}

// report prints the table, writes what benchstat reads, and turns limits that
// were missed and journeys that failed into an error.
func report(opts options, measured []result, stdout io.Writer) error {
	table := tabwriter.NewWriter(stdout, 2, 0, 2, ' ', 0)
	fmt.Fprintln(table, "journey\tweft\tCPU\tmax RSS\tprivate\tpeer\tCPU\tmax RSS\tprivate\ttime ratio\tless CPU\tless RSS\tless private\tlimit\t")
	var faults int
	for _, r := range measured {
		fmt.Fprintln(table, r.row())
		if r.failed() || (opts.gate && r.over() != "") {
			faults++
		}
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print the table: %w", err)
	}
	for _, r := range measured {
		for _, line := range r.remarks() {
			fmt.Fprintf(stdout, "%s: %s\n", r.journey.name, line)
		}
	}
	if opts.results != "" {
		if err := writeBenchmarks(opts.results, measured); err != nil {
			return err
		}
	}
	if faults > 0 {
		return fmt.Errorf("%d of %d journeys failed or were over their limit", faults, len(measured))
	}
	return nil
}
