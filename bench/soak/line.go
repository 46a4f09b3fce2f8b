package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
)

// line is one protocol under load.
type line struct {
	protocol protocol
	house    *house
	broker   *broker.Broker
	address  string
	kept     int // bytes that the address keeps
	ledger   *ledger
	// Of what is received: which number a message has, and who is told; by nil
	// the first bytes of its body, and the ledger.
	number func(*driver.Message) int
	note   func([]int)

	sent     atomic.Int64 // numbers that the server confirmed
	retried  atomic.Int64 // sends that failed and were made again
	returned atomic.Int64 // acknowledgements that came too late, after a restart
	reopened atomic.Int64 // receivers that said that they could not go on
	renewed  atomic.Int64 // connections that wire/broker made anew
	restarts atomic.Int64
	last     atomic.Int64 // when something arrived, in nanoseconds
	silence  atomic.Int64 // the longest time in which nothing did
	took     atomic.Int64 // how long sending took, in nanoseconds

	mu     sync.Mutex
	broken error          // why the line gave up
	said   map[string]int // errors that were met, by their text
}

// What is in one Send, and how many Sends are under way at once.
const (
	mostInSend = 250
	senders    = 4
	receivers  = 2
	mostAtOnce = 500
)

// patience is how long something may fail before the line gives up: longer
// than a broker on a busy machine needs to start.
const patience = 10 * time.Minute

// maxTexts bounds how many different errors are remembered.
const maxTexts = 12

func (l *line) noteEvent(what string) {
	if what == "reconnected" {
		l.renewed.Add(1)
	}
}

func (l *line) noteError(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.said == nil {
		l.said = make(map[string]int)
	}
	text := err.Error()
	if _, known := l.said[text]; known || len(l.said) < maxTexts {
		l.said[text]++
	}
}

func (l *line) giveUp(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken == nil {
		l.broken = err
	}
}

func (l *line) failure() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.broken
}

// drive sends for as long as it should, restarts the broker meanwhile, and
// waits for what is still on its way. Its own restarts begin after a delay, so
// that the brokers do not all start at once.
func (l *line) drive(ctx context.Context, opts options, delay time.Duration) {
	// Whoever interrupts ends the sending: what was sent is still to arrive.
	lasting := context.WithoutCancel(ctx)
	receiving, stop := context.WithCancel(lasting)
	defer stop()
	l.last.Store(time.Now().UnixNano())
	var reading sync.WaitGroup
	for range receivers {
		reading.Go(func() { l.receive(receiving) })
	}
	sending, enough := context.WithTimeout(ctx, patienceOf(opts))
	defer enough()
	restarting, quiet := context.WithCancel(sending)
	var worker sync.WaitGroup
	worker.Go(func() { l.restart(restarting, opts, delay) })
	begun := time.Now()
	l.send(sending, opts)
	l.took.Store(int64(time.Since(begun)))
	quiet()
	worker.Wait()
	l.drain(lasting)
	stop()
	reading.Wait()
}

// patienceOf is how long sending may take: on a machine that is too busy for the
// rate a run would else have no end.
func patienceOf(opts options) time.Duration { return 2 * opts.lasting }

// restart restarts the broker now and again until sending ends. One that began
// is brought to its end: what is left must be able to arrive.
func (l *line) restart(ctx context.Context, opts options, delay time.Duration) {
	if opts.every == 0 {
		return
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		begun := time.Now()
		if err := l.restartOnce(context.WithoutCancel(ctx)); err != nil {
			l.giveUp(fmt.Errorf("restart: %w", err))
			return
		}
		l.restarts.Add(1)
		// Half of the time it is up, however long it takes to start.
		timer.Reset(max(opts.every/2, opts.every-time.Since(begun)))
	}
}

// restartOnce is patient with a machine that is too busy for a broker to start
// in time.
func (l *line) restartOnce(ctx context.Context) error {
	err := l.house.restart(ctx, l.protocol)
	for range 2 {
		if err == nil {
			return nil
		}
		l.noteError(err)
		_, err = l.house.ask(ctx, "up", l.protocol)
	}
	return err
}

// job is a piece of the numbers that one Send carries.
type job struct{ from, to int }

// send gives out numbers as they fall due. What a restart held up is sent as
// fast as it goes afterwards, so that the rate holds over the whole.
func (l *line) send(ctx context.Context, opts options) {
	sender, err := l.broker.Sender(ctx, driver.SenderOptions{Address: l.address})
	if err != nil {
		l.giveUp(err)
		return
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), startPatience)
		defer cancel()
		if err := sender.Close(ctx); err != nil {
			l.noteError(err)
		}
	}()
	jobs := make(chan job)
	var workers sync.WaitGroup
	for range senders {
		workers.Go(func() {
			for j := range jobs {
				l.sendJob(ctx, sender, j, opts.size)
			}
		})
	}
	l.pace(ctx, opts, jobs)
	close(jobs)
	workers.Wait()
}

func (l *line) pace(ctx context.Context, opts options, jobs chan<- job) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	next, begun := 0, time.Now()
	for next < l.ledger.total && l.failure() == nil {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		due := min(l.ledger.total, int(float64(opts.rate)*time.Since(begun).Seconds()))
		for next < due {
			j := job{next, min(due, next+mostInSend)}
			select {
			case jobs <- j:
				next = j.to
			case <-ctx.Done():
				return
			}
		}
	}
}

// sendJob sends until the server has confirmed every message. What failed is
// sent again, which is what makes duplicates.
func (l *line) sendJob(ctx context.Context, sender *broker.Sender, j job, size int) {
	messages := make([]*driver.Message, 0, j.to-j.from)
	bodies := make([]byte, size*(j.to-j.from))
	for n := j.from; n < j.to; n++ {
		body := bodies[:size:size]
		bodies = bodies[size:]
		binary.BigEndian.PutUint64(body, uint64(n))
		messages = append(messages, &driver.Message{Body: body})
	}
	until := time.Now().Add(patience)
	for len(messages) > 0 {
		err := sender.Send(ctx, messages...)
		left := failed(messages, err)
		l.sent.Add(int64(len(messages) - len(left)))
		if messages = left; len(left) == 0 {
			return
		}
		if ctx.Err() != nil {
			return
		}
		l.noteError(err)
		l.retried.Add(1)
		if time.Now().After(until) {
			l.giveUp(err)
			return
		}
		pause(ctx, 100*time.Millisecond)
	}
}

func failed(messages []*driver.Message, err error) []*driver.Message {
	if err == nil {
		return nil
	}
	var left []*driver.Message
	for i, err := range driver.SplitBatch(err, len(messages)) {
		if err != nil {
			left = append(left, messages[i])
		}
	}
	return left
}

// receive takes messages, enters them, and acknowledges them after that.
func (l *line) receive(ctx context.Context) {
	for until := time.Now().Add(patience); ctx.Err() == nil && l.failure() == nil; {
		err := l.receiveUntil(ctx, func() { until = time.Now().Add(patience) })
		if ctx.Err() != nil || err == nil {
			return
		}
		l.noteError(err)
		l.reopened.Add(1)
		if time.Now().After(until) {
			l.giveUp(err)
		}
		pause(ctx, 200*time.Millisecond)
	}
}

// receiveUntil opens a receiver and returns the error that ends it.
func (l *line) receiveUntil(ctx context.Context, alive func()) (err error) {
	opts := driver.ReceiverOptions{Address: l.address, Start: driver.StartBeginning()}
	if l.protocol.group {
		opts.Group = "soak"
	} else {
		opts.Start = driver.Start{}
	}
	receiver, err := l.broker.Receiver(ctx, opts)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, receiver.Close()) }()
	number, note := l.number, l.note
	if number == nil {
		number, note = numberOf, l.ledger.note
	}
	numbers := make([]int, 0, mostAtOnce)
	for {
		messages, err := receiver.Receive(ctx, mostAtOnce)
		if err != nil {
			return err
		}
		alive()
		l.arrived(time.Now())
		numbers = numbers[:0]
		for _, m := range messages {
			numbers = append(numbers, number(m))
		}
		note(numbers)
		if err := receiver.Ack(ctx, messages...); errors.Is(err, driver.ErrLost) {
			l.returned.Add(int64(len(messages)))
		} else if err != nil && ctx.Err() == nil {
			l.noteError(err)
		}
	}
}

func numberOf(m *driver.Message) int {
	if len(m.Body) < 8 {
		return -1
	}
	return int(binary.BigEndian.Uint64(m.Body))
}

// arrived keeps the longest time in which nothing arrived.
func (l *line) arrived(now time.Time) {
	gap := now.UnixNano() - l.last.Swap(now.UnixNano())
	for {
		longest := l.silence.Load()
		if gap <= longest || l.silence.CompareAndSwap(longest, gap) {
			return
		}
	}
}

// quietEnough is how long nothing may arrive before what is missing is lost:
// longer than brokers hold back what a receiver took with it.
const quietEnough = 90 * time.Second

// drain waits until all that was confirmed arrived. It begins when the broker is
// up again: one that was long away has made nobody late.
func (l *line) drain(ctx context.Context) {
	begun := time.Now()
	for ctx.Err() == nil && l.failure() == nil {
		if distinct, _, _ := l.ledger.counts(); int64(distinct) >= l.sent.Load() {
			pause(ctx, time.Second) // for duplicates
			return
		}
		if isQuiet(time.Now(), begun, l.last.Load()) {
			return
		}
		pause(ctx, 100*time.Millisecond)
	}
}

// isQuiet reports whether nothing arrived for so long that nothing will. The last
// arrival is in nanoseconds; before the wait began nothing could be expected.
func isQuiet(now, begun time.Time, last int64) bool {
	return now.Sub(time.Unix(0, max(last, begun.UnixNano()))) > quietEnough
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
