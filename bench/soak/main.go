// Command soak finds what only time finds: messages that a restart loses, and
// memory that does not come back. It sends numbered messages over real brokers
// through wire/broker, restarts each broker again and again, and says at the
// end which numbers never arrived, how many came twice, and whether its own
// memory stayed flat.
//
//	go run ./bench/soak                       an hour over Kafka, AMQP and NATS
//	go run ./bench/soak -for 3m -every 45s    what CI runs
//	go run ./bench/soak bridge                an hour of a mock, bridges and a consumer
//
// "soak bridge" runs weft itself: a mock sends orders to Kafka, bridges carry
// them to a queue of SQS, which is embedded, and a consumer takes them. Kafka is
// restarted, the queue is cut off, bridges are killed; every order arrives, in
// the order of its key, and no process grows.
//
// It must not know AsyncAPI, nor how a protocol does what it promises: it
// holds what users of wire/broker hold. Brokers are installed and started by
// scripts/brokers, in a directory and at ports of their own.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// options are the flags of the command.
type options struct {
	protocols string
	rate      int // messages in a second, for each protocol
	lasting   time.Duration
	every     time.Duration // between two restarts of one broker; 0 is none
	told      time.Duration // between two lines of progress where there is no terminal
	dir       string
	script    string
	size      int // bytes of a body
	kill      bool
}

// The exit codes are those of weft.
const (
	exitFine   = 0
	exitFaults = 1 // something was lost, or memory grew
	exitUsage  = 2
	exitBroken = 3 // it could not run
)

var errUsage = errors.New("usage")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process
	faults, err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(exitFine)
	case errors.Is(err, errUsage):
		fmt.Fprintf(os.Stderr, "soak: %v\n", err)
		os.Exit(exitUsage)
	case err != nil:
		fmt.Fprintf(os.Stderr, "soak: %v\n", err)
		os.Exit(exitBroken)
	case faults:
		os.Exit(exitFaults)
	}
}

// run soaks and reports whether there were faults.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (faults bool, err error) {
	switch {
	case len(args) > 0 && args[0] == "bridge":
		return runBridge(ctx, args[1:], stdout, stderr)
	case len(args) == 2 && args[0] == "consume": // which "soak bridge" starts
		return false, consume(ctx, args[1], stdout)
	}
	opts, err := parse(args, stderr)
	if err != nil {
		return false, err
	}
	chosen, err := choose(opts.protocols)
	if err != nil {
		return false, err
	}
	house := &house{dir: opts.dir, script: opts.script, kill: opts.kill, talk: stderr}
	lines, err := house.open(ctx, chosen, opts)
	defer house.close(lines)
	if err != nil {
		return false, err
	}
	memory := newMemory()
	soak(ctx, lines, opts, memory, newTeller(stderr, opts.told))
	return report(stdout, lines, memory, opts), nil
}

func parse(args []string, stderr io.Writer) (options, error) {
	var opts options
	flags := flag.NewFlagSet("soak", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&opts.protocols, "over", "kafka,amqp,jetstream", "the protocols, with commas between them")
	flags.IntVar(&opts.rate, "rate", 5000, "messages in a second, over each protocol")
	flags.DurationVar(&opts.lasting, "for", time.Hour, "how long messages are sent")
	flags.DurationVar(&opts.every, "every", time.Minute, "how often each broker is restarted; 0 never does")
	flags.BoolVar(&opts.kill, "kill", false, "kill brokers instead of asking them to stop")
	flags.DurationVar(&opts.told, "tell", 30*time.Second, "how often progress is told where it goes to a file")
	flags.IntVar(&opts.size, "size", 200, "bytes in a message, at least 8")
	flags.StringVar(&opts.dir, "dir", ".work/soak", "where the brokers' programs, data and logs are")
	flags.StringVar(&opts.script, "script", "scripts/brokers", "what installs, starts and restarts brokers")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return opts, err
		}
		return opts, errors.Join(errUsage, err)
	}
	switch {
	case flags.NArg() > 0:
		return opts, fmt.Errorf("%w: there are only flags, and %q is none; see -help", errUsage, flags.Arg(0))
	case opts.rate < 1 || opts.lasting <= 0 || opts.size < 8 || opts.every < 0:
		return opts, fmt.Errorf("%w: -rate and -for must be above zero, -size at least 8; see -help", errUsage)
	}
	return opts, nil
}

// choose finds protocols by their names.
func choose(names string) ([]protocol, error) {
	var chosen []protocol
	for name := range strings.SplitSeq(names, ",") {
		found := false
		for _, p := range protocols {
			if p.scheme == name {
				chosen, found = append(chosen, p), true
			}
		}
		if !found {
			return nil, fmt.Errorf("%w: -over has %q: there is %s", errUsage, name, known())
		}
	}
	return chosen, nil
}
