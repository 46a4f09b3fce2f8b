package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/weft-dev/weft/wire/embedded"
	_ "github.com/weft-dev/weft/wire/sqs"
)

// orderBytes is at least what an order of the mock has, with its headers.
const orderBytes = 512

// bridgeOptions are the flags of "soak bridge".
type bridgeOptions struct {
	rate    int // orders in a second
	lasting time.Duration
	every   time.Duration // between two restarts of Kafka, and two times that the queue is away
	kill    time.Duration // between two kills of a bridge
	away    time.Duration // how long the queue is away
	told    time.Duration
	bridges int
	dir     string
	script  string
	weft    string
}

// queueName is the queue that the consumer takes from.
const queueName = "orders.fifo"

// The contracts. The address of the topic is new in each run.
const (
	shopText = `asyncapi: 3.0.0
info: {title: Shop, version: 1.0.0}
defaultContentType: application/json
servers: {local: {host: 'localhost:9092', protocol: kafka}}
channels:
  orders:
    address: %s
    bindings: {kafka: {partitions: 4}}
    messages:
      Order:
        bindings: {kafka: {key: {type: string, pattern: '^c[0-9]{2}$'}}}
        payload:
          type: object
          required: [order, quantity]
          properties: {order: {type: string, format: uuid}, quantity: {type: integer, minimum: 1, maximum: 99}, note: {type: string, maxLength: 80}}
operations:
`
	publishText = "  publish%d: {action: send, channel: {$ref: '#/channels/orders'}}\n"
	storeText   = `asyncapi: 3.0.0
info: {title: Store, version: 1.0.0}
defaultContentType: application/json
servers: {local: {host: 'localhost:4566', protocol: sqs}}
channels:
  orders:
    address: orders.fifo
    bindings: {sqs: {queue: {name: orders, fifoQueue: true}}}
    messages:
      Order:
        payload:
          type: object
          required: [id, amount]
          additionalProperties: false
          properties: {id: {type: string, format: uuid}, amount: {type: integer, maximum: 99}}
operations: {take: {action: receive, channel: {$ref: '#/channels/orders'}}}
`
	mapText = "payload: {id: $message.payload#/order, amount: $message.payload#/quantity}\n"
)

func parseBridge(args []string, stderr io.Writer) (bridgeOptions, error) {
	var opts bridgeOptions
	flags := flag.NewFlagSet("soak bridge", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&opts.rate, "rate", 2000, "orders in a second")
	flags.DurationVar(&opts.lasting, "for", time.Hour, "how long orders are sent")
	flags.DurationVar(&opts.every, "every", 2*time.Minute, "how often Kafka is restarted, and the queue is away")
	flags.DurationVar(&opts.kill, "kill", 3*time.Minute, "how often a bridge is killed")
	flags.DurationVar(&opts.away, "away", 5*time.Second, "how long the queue is away")
	flags.DurationVar(&opts.told, "tell", 30*time.Second, "how often progress is told")
	flags.IntVar(&opts.bridges, "bridges", 2, "how many bridges share the work")
	flags.StringVar(&opts.dir, "dir", ".work/soak-bridge", "where Kafka's program and data are, and all logs")
	flags.StringVar(&opts.script, "script", "scripts/brokers", "what installs, starts and restarts brokers")
	flags.StringVar(&opts.weft, "weft", "", "the `PROGRAM` to run (default: it is built)")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return opts, err
		}
		return opts, errors.Join(errUsage, err)
	}
	switch {
	case flags.NArg() > 0:
		return opts, fmt.Errorf("%w: there are only flags, and %q is none; see bridge -help", errUsage, flags.Arg(0))
	case opts.rate < operations || opts.lasting <= 0 || opts.bridges < 1:
		return opts, fmt.Errorf("%w: -rate is at least %d, -for above zero, -bridges at least 1", errUsage, operations)
	case opts.every <= 0 || opts.kill <= 0 || opts.away <= 0 || opts.away >= opts.every/2:
		return opts, fmt.Errorf("%w: -every, -kill and -away are above zero, and -away is less than half of -every", errUsage)
	}
	var err error
	if opts.dir, err = filepath.Abs(opts.dir); err != nil {
		return opts, fmt.Errorf("find the directory: %w", err)
	}
	return opts, os.MkdirAll(opts.dir, 0o700)
}

// crossing is the mock of a shop that sends orders to Kafka, bridges that carry
// them to a queue of SQS, and a consumer there: each a process of its own.
type crossing struct {
	opts     bridgeOptions
	house    *house
	kafka    *line // which also reads all that Kafka has
	gate     *gate
	stored   *ledger // what Kafka has
	arrived  *arrivals
	mock     *actor
	bridges  []*actor
	consumer *actor
	begun    time.Time

	sent     atomic.Bool  // the mock has ended
	last     atomic.Int64 // when something arrived, in nanoseconds
	restarts atomic.Int64
	absences atomic.Int64
}

// runBridge soaks a bridge and reports whether there were faults.
func runBridge(ctx context.Context, args []string, stdout, stderr io.Writer) (faults bool, err error) {
	opts, err := parseBridge(args, stderr)
	if err != nil {
		return false, err
	}
	// As many numbers as a mock that makes up for a pause can need.
	total := int(float64(opts.rate)*opts.lasting.Seconds()*1.25) + 64*opts.rate
	c := &crossing{
		opts: opts, house: &house{dir: opts.dir, script: opts.script, talk: stderr}, begun: time.Now(),
		stored: newLedger(total), arrived: &arrivals{ledger: newLedger(total), latest: map[string]int{}},
	}
	queue, err := embedded.Start(ctx, "sqs", embedded.Options{Addresses: []string{queueName}})
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, queue.Close()) }()
	if c.gate, err = newGate(strings.TrimPrefix(queue.URL, "sqs://")); err != nil {
		return false, err
	}
	defer c.gate.shut()
	defer func() { c.house.close([]*line{c.kafka}) }()
	if err := c.prepare(ctx); err != nil {
		return false, err
	}
	c.drive(ctx, stderr)
	return c.report(stdout), nil
}

// prepare starts Kafka, builds weft and writes the contracts.
func (c *crossing) prepare(ctx context.Context) error {
	c.kafka = &line{
		protocol: protocols[0], house: c.house, address: "orders-" + strconv.FormatInt(time.Now().Unix(), 10),
		kept: kept(c.opts.rate, c.opts.lasting, orderBytes), ledger: c.stored,
	}
	c.kafka.number, c.kafka.note = orderOf, c.stored.note
	if err := c.house.start(ctx, c.kafka); err != nil {
		return fmt.Errorf("kafka: %w", err)
	}
	if c.opts.weft == "" {
		c.opts.weft = filepath.Join(c.opts.dir, "weft")
		built, err := exec.CommandContext(ctx, "go", "build", "-o", c.opts.weft, "./cmd/weft").CombinedOutput() //nolint:gosec // our own
		if err != nil {
			return fmt.Errorf("build weft: %w: %s", err, built)
		}
	}
	weft, err := filepath.Abs(c.opts.weft)
	if err != nil {
		return fmt.Errorf("find weft: %w", err)
	}
	shop := fmt.Sprintf(shopText, c.kafka.address)
	for i := range operations {
		shop += fmt.Sprintf(publishText, i)
	}
	for name, text := range map[string]string{"shop.yaml": shop, "store.yaml": storeText, "map.yaml": mapText} {
		if err := os.WriteFile(filepath.Join(c.opts.dir, name), []byte(text), 0o600); err != nil {
			return fmt.Errorf("write a contract: %w", err)
		}
	}
	return c.cast(weft)
}

// cast says who plays what.
func (c *crossing) cast(weft string) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	kafka, queue := "shop="+c.kafka.broker.Server(), "store=sqs://"+c.gate.address
	c.mock = &actor{name: "mock", dir: c.opts.dir, args: []string{
		weft, "mock", "shop.yaml", "--server", kafka, "--rate", strconv.Itoa(c.opts.rate/operations) + "/s", "--format", "json",
	}}
	for i := range c.opts.bridges {
		name := "bridge " + strconv.Itoa(i+1)
		c.bridges = append(c.bridges, &actor{name: name, dir: c.opts.dir, said: c.keep(name), args: []string{
			weft, "bridge", "shop.yaml#publish0", "store.yaml#take", "--server", kafka, "--server", queue, "--map", "@map.yaml",
			"--group", c.kafka.address, "--format", "json",
		}})
	}
	c.consumer = &actor{name: "consumer", dir: c.opts.dir, args: []string{self, "consume", "sqs://" + c.gate.address}}
	c.consumer.said = func(from io.Reader) {
		c.arrived.hear(from, func() { c.last.Store(time.Now().UnixNano()) })
	}
	return nil
}

// keep writes what an actor prints beside its log: what a bridge told tells where
// to look for what was lost.
func (c *crossing) keep(name string) func(io.Reader) {
	return func(from io.Reader) {
		file, err := os.OpenFile(filepath.Join(c.opts.dir, name+".jsonl"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			c.kafka.giveUp(err)
			return
		}
		defer func() { _ = file.Close() }()
		_, _ = io.Copy(file, from) // a full disk ends the record, not the run
	}
}

// drive lets all play while things go wrong, and waits for what is on its way.
func (c *crossing) drive(ctx context.Context, talk io.Writer) {
	c.last.Store(time.Now().UnixNano())
	// Whoever interrupts ends the sending: what was sent is still to arrive.
	playing, end := context.WithCancel(context.WithoutCancel(ctx))
	var all sync.WaitGroup
	all.Go(func() { c.kafka.receive(playing) })
	all.Go(func() { c.watch(playing, talk) })
	for _, a := range append([]*actor{c.consumer}, c.bridges...) {
		all.Go(func() { a.play(playing) })
	}
	sending, enough := context.WithTimeout(ctx, c.opts.lasting)
	var trouble sync.WaitGroup
	c.troubles(sending, &trouble)
	c.mock.play(sending)
	enough()
	trouble.Wait()
	c.sent.Store(true)
	c.drain(playing)
	end()
	all.Wait()
}

// troubles begins what goes wrong, each at a time of its own.
func (c *crossing) troubles(ctx context.Context, all *sync.WaitGroup) {
	again := func(first, every time.Duration, do func() error) {
		all.Go(func() {
			for pause(ctx, first); ctx.Err() == nil; pause(ctx, every) {
				if err := do(); err != nil {
					c.kafka.giveUp(err)
					return
				}
			}
		})
	}
	again(c.opts.every/2, c.opts.every, func() error {
		if err := c.kafka.restartOnce(context.WithoutCancel(ctx)); err != nil {
			return fmt.Errorf("restart kafka: %w", err)
		}
		c.restarts.Add(1)
		return nil
	})
	again(c.opts.every, c.opts.every, func() error {
		c.gate.shut()
		pause(context.WithoutCancel(ctx), c.opts.away)
		c.absences.Add(1)
		return c.gate.open()
	})
	turn := 0
	again(c.opts.kill/2, c.opts.kill, func() error {
		c.bridges[turn%len(c.bridges)].kill()
		turn++
		return nil
	})
}

// settled is how long nothing may arrive, once all servers are up, before what is
// missing is lost. A busy machine needs long for a group to be whole again.
const settled = 4 * time.Minute

// drain waits until what Kafka has is what arrived, for as long as anything does.
// It begins when the last trouble is over: what a server that is away holds back
// is not lost.
func (c *crossing) drain(ctx context.Context) {
	begun := time.Now()
	for ctx.Err() == nil && c.kafka.failure() == nil {
		quiet := time.Since(time.Unix(0, max(c.last.Load(), c.kafka.last.Load())))
		missing, _ := c.stored.beyond(c.arrived.ledger)
		foreign, _ := c.arrived.beyond(c.stored)
		stored, _, _ := c.stored.counts()
		if min(quiet, time.Since(begun)) > settled || stored > 0 && missing+foreign == 0 && quiet > 5*time.Second {
			return
		}
		pause(ctx, time.Second)
	}
}

// watch weighs the actors, and tells how it goes.
func (c *crossing) watch(ctx context.Context, talk io.Writer) {
	t := newTeller(talk, c.opts.told)
	for pause(ctx, betweenSamples); ctx.Err() == nil; pause(ctx, betweenSamples) {
		at := time.Since(c.begun)
		for _, a := range c.actors() {
			a.weigh(at)
		}
		stored, _, _ := c.stored.counts()
		arrived, twice, _ := c.arrived.counts()
		t.line(fmt.Sprintf("%s | stored %d, arrived %d +%d | kafka ↻%d, queue away %d", at.Round(time.Second), stored, arrived, twice,
			c.restarts.Load(), c.absences.Load()))
	}
	t.end()
}

func (c *crossing) actors() []*actor { return append([]*actor{c.mock, c.consumer}, c.bridges...) }
