package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
)

// An order is known by the id that the mock gave it: shop/publish1/RUN/17 is the
// eighteenth of the second operation. An operation sends one after the other;
// so many of them keep the rate where each waits for Kafka.
const (
	operations = 16
	idHeader   = "weft-id"
)

// orderOf is the number of an order over all operations, or -1.
func orderOf(m *driver.Message) int {
	value, _ := m.Header(idHeader)
	parts := strings.Split(string(value), "/")
	if len(parts) != 4 || parts[0] != "shop" {
		return -1
	}
	operation, err := strconv.Atoi(strings.TrimPrefix(parts[1], "publish"))
	if err != nil || operation < 0 || operation >= operations {
		return -1
	}
	n, err := strconv.Atoi(parts[3])
	if err != nil || n < 0 {
		return -1
	}
	return n*operations + operation
}

// consume is a process of its own: it takes orders from a queue, tells of each
// batch in a line, NUMBER KEY and so on, and settles it after that.
func consume(ctx context.Context, url string, out io.Writer) error {
	opened, err := broker.Open(ctx, url, broker.Config{ConnectTimeout: startPatience, Attempts: 1000})
	if err != nil {
		return err
	}
	defer func() { _ = opened.Close(context.WithoutCancel(ctx)) }()
	text := bufio.NewWriter(out)
	l := &line{protocol: protocol{scheme: "sqs"}, broker: opened, address: queueName}
	l.number = func(m *driver.Message) int {
		n := orderOf(m)
		fmt.Fprintf(text, "%d %s ", n, strings.Fields(string(m.Key) + " -")[0])
		return n
	}
	l.note = func([]int) {
		fmt.Fprintln(text)
		if err := text.Flush(); err != nil {
			l.giveUp(err) // nobody hears: nothing may be settled any more
		}
	}
	l.receive(ctx)
	return l.failure()
}

// arrivals is what the consumer told: which orders, and whether those of a key
// came in order.
type arrivals struct {
	*ledger
	latest   map[string]int // by operation and key
	disorder string         // the first that came too early
	late     int
}

// hear reads lines of a consumer until it ends.
func (a *arrivals) hear(from io.Reader, alive func()) {
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		for i := 0; i+1 < len(words); i += 2 {
			n, err := strconv.Atoi(words[i])
			if err != nil {
				n = -1
			}
			a.enter(n, words[i+1])
		}
		alive()
	}
}

// enter notes an order. One that came before is a repetition, and says nothing
// of the order of its key.
func (a *arrivals) enter(n int, key string) {
	before, _, _ := a.counts()
	a.note([]int{n})
	if after, _, _ := a.counts(); after == before {
		return
	}
	place := strconv.Itoa(n%operations) + "/" + key
	if latest, ok := a.latest[place]; ok && n < latest {
		a.late++
		if a.disorder == "" {
			a.disorder = fmt.Sprintf("%d of %s after %d", n, key, latest)
		}
		return
	}
	a.latest[place] = n
}
