// Command wires tells how fast the protocols are beside the libraries below
// them: it runs their benchmarks, in which both take turns, and prints a
// table of each. Each protocol is measured at its embedded server and, where the
// variable of scripts/brokers says where one is, at a real one.
//
//	go run ./bench/wires
//	eval "$(scripts/brokers up)" && go run ./bench/wires -only 'kafka|nats' -rounds 11
//
// It must not know weft's packages: it runs their tests, as developers do.
package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// wires are the protocols' packages, and the variables that name real servers.
var wires = []struct{ name, variable string }{
	{"kafka", "WEFT_KAFKA"},
	{"mqtt", "WEFT_MOSQUITTO"},
	{"amqp", "WEFT_RABBITMQ"},
	{"nats", "WEFT_NATS"},
	{"redis", "WEFT_REDIS"},
	{"sqs", ""},    // the emulator alone
	{"bridge", ""}, // from Kafka to SQS, both embedded
	{"websocket", ""},
	{"webhook", ""},
}

// What is asked for: of what moves bytes, and of what also encodes, decodes
// and judges them.
const (
	leastRaw  = 0.8
	leastJSON = 0.5
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintf(os.Stderr, "wires: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("wires", flag.ContinueOnError)
	flags.SetOutput(stderr)
	only := flags.String("only", "", "a regular expression that chooses protocols")
	rounds := flags.Int("rounds", 7, "how often both take their turn; the first does not count")
	gate := flags.Bool("gate", false, "fail where a ratio is below what is asked for")
	if err := flags.Parse(args); err != nil {
		return err
	}
	wanted, err := regexp.Compile(*only)
	if err != nil {
		return fmt.Errorf("-only: %w", err)
	}
	var failed error
	all, below := 0, 0
	for _, w := range wires {
		if !wanted.MatchString(w.name) {
			continue
		}
		fmt.Fprintf(stderr, "%s…\n", w.name)
		measured, err := measure(ctx, w.name, w.variable, *rounds)
		failed = errors.Join(failed, err)                              // the others are still worth to be known
		all, below = all+len(measured), below+report(stdout, measured) // each as soon as it is known
	}
	if *gate && below > 0 {
		failed = errors.Join(failed, fmt.Errorf("%d of %d ratios are below what is asked for", below, all))
	}
	return failed
}

// row is one benchmark at one server.
type row struct {
	protocol, server, name string
	ratio, cpu             float64
}

// measure runs a package's benchmarks at each server there is.
func measure(ctx context.Context, name, variable string, rounds int) ([]row, error) {
	servers := []string{"embedded"}
	if variable != "" && os.Getenv(variable) != "" {
		servers = append(servers, "real")
	}
	var rows []row
	var failed error
	for _, server := range servers {
		printed, err := runBenchmarks(ctx, name, variable, server, rounds)
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		for _, r := range read(printed) {
			r.protocol, r.server = name, server
			rows = append(rows, r)
		}
	}
	return rows, failed
}

func runBenchmarks(ctx context.Context, name, variable, server string, rounds int) ([]byte, error) {
	command := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", ".", "-benchtime", strconv.Itoa(rounds)+"x", "./wire/"+name)
	command.Env = os.Environ()
	if server == "embedded" && variable != "" {
		command.Env = slices.DeleteFunc(command.Env, func(v string) bool { return strings.HasPrefix(v, variable+"=") })
	}
	printed, err := command.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("the benchmarks of %s at the %s server: %w\n%s", name, server, err, printed)
	}
	return printed, nil
}

// read finds the benchmarks that report a ratio.
func read(printed []byte) []row {
	var rows []row
	lines := bufio.NewScanner(bytes.NewReader(printed))
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		r := row{name: bare(fields[0])}
		for i := 2; i+1 < len(fields); i += 2 {
			value, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				continue
			}
			switch fields[i+1] {
			case "ratio":
				r.ratio = value
			case "cpu-ratio":
				r.cpu = value
			}
		}
		if r.ratio > 0 {
			rows = append(rows, r)
		}
	}
	return rows
}

// bare is a benchmark's name without what go test puts around it.
func bare(name string) string {
	name = strings.TrimPrefix(name, "Benchmark")
	if at := strings.LastIndexByte(name, '-'); at > 0 {
		if _, err := strconv.Atoi(name[at+1:]); err == nil {
			name = name[:at]
		}
	}
	return name
}

func (r row) least() float64 {
	if strings.Contains(r.name, "JSON") {
		return leastJSON
	}
	return leastRaw
}

// report prints the table and counts the ratios that are too low.
func report(out io.Writer, rows []row) (below int) {
	table := tabwriter.NewWriter(out, 2, 0, 2, ' ', 0)
	fmt.Fprintln(table, "protocol\tserver\tbenchmark\tratio\tof processor time\tasked for\t")
	for _, r := range rows {
		mark := ""
		if r.ratio < r.least() {
			mark = "below"
			below++
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%.2f\t%.2f\t%.1f\t%s\n", r.protocol, r.server, r.name, r.ratio, r.cpu, r.least(), mark)
	}
	_ = table.Flush()
	return below
}
