package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weft-dev/weft/internal/freeport"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/embedded"
	tracing "github.com/weft-dev/weft/wire/trace"
)

// killWorld is all that survives a service which is killed: a shop that is called,
// and brokers that keep what they were sent on disk and are restarted now and
// then. Whoever answers gives a word that no other answer has, and a run puts
// the words that it was given into all it does afterwards: one that remembered
// two answers to one question, or another one than before, says so itself.
type killWorld struct {
	t       *testing.T
	shop    *httptest.Server
	brokers map[string]*keptBroker // by the source of the documents
	delay   time.Duration          // of answers, at most

	words  atomic.Int64
	closed chan struct{} // one for each order that is closed for the first time

	mu      sync.Mutex
	effects map[effect]map[deed]int
	outages map[string]int    // restarts, by source
	parents map[string]string // the trace of the last call of each step
	turns   int               // how often a broker went or came: odd while one is away
}

// effect is something that a run does to the world.
type effect struct{ order, step string }

// deed is how it looked: the same effect must look the same each time.
type deed struct{ id, words string }

// keptBroker is one broker, at one port and with one directory.
type keptBroker struct {
	source, protocol string
	port             int
	dir, url         string
	server           *embedded.Server
	client           *broker.Broker
}

// addresses are those of each broker.
var addresses = map[string][]string{"desk": {"orders", "confirmed"}, "floor": {"shipments", "delivered"}, "books": {"invoices"}}

func newKillWorld(t *testing.T, delay time.Duration) *killWorld {
	t.Helper()
	w := &killWorld{
		t: t, delay: delay, closed: make(chan struct{}, 1<<20),
		effects: map[effect]map[deed]int{}, outages: map[string]int{}, brokers: map[string]*keptBroker{}, parents: map[string]string{},
	}
	w.shop = httptest.NewServer(http.HandlerFunc(w.serveShop))
	t.Cleanup(w.shop.Close)
	for source, protocol := range map[string]string{"desk": "kafka", "floor": "jetstream", "books": "amqp"} {
		w.brokers[source] = w.build(source, protocol)
	}
	answering, stop := context.WithCancel(context.Background())
	var clerks sync.WaitGroup
	clerks.Go(func() { w.answers(answering, w.brokers["desk"], "orders", "confirmed") })
	clerks.Go(func() { w.answers(answering, w.brokers["floor"], "shipments", "delivered") })
	t.Cleanup(func() { stop(); clerks.Wait() })
	return w
}

func (w *killWorld) build(source, protocol string) *keptBroker {
	w.t.Helper()
	h := &keptBroker{source: source, protocol: protocol, port: freeport.Of(w.t), dir: filepath.Join(w.t.TempDir(), source)}
	must(w.t, h.start())
	w.t.Cleanup(func() { _ = h.server.Close() })
	client, err := broker.Open(w.t.Context(), h.server.URL, broker.Config{ConnectTimeout: time.Minute, Attempts: 1000})
	must(w.t, err)
	h.client = client
	w.t.Cleanup(func() { _ = h.client.Close(context.Background()) })
	for _, address := range addresses[source] {
		must(w.t, h.client.Create(w.t.Context(), address, driver.AddressSpec{}))
	}
	return h
}

func (h *keptBroker) start() error {
	server, err := embedded.Start(context.Background(), h.protocol, embedded.Options{DataDir: h.dir, Port: h.port})
	if err != nil {
		return err
	}
	h.server = server
	if h.url == "" { // it stays where it was
		h.url = server.URL
	}
	return nil
}

// restart stops a broker, leaves it away for a while and starts it again with
// what it kept.
func (w *killWorld) restart(source string, away time.Duration) error {
	w.mu.Lock()
	w.turns++
	w.mu.Unlock()
	h := w.brokers[source]
	if err := h.server.Close(); err != nil {
		return err
	}
	time.Sleep(away)
	err := h.start()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.outages[source]++
	w.turns++
	return err
}

// away changes whenever a broker goes or comes, and is odd in between.
func (w *killWorld) away() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.turns
}

// word is one that nobody was given before.
func (w *killWorld) word(of string) string { return fmt.Sprintf("%s-%d", of, w.words.Add(1)) }

// saw notes an effect, and reports whether it is new.
func (w *killWorld) saw(order, step, id string, words []string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	key := effect{order, step}
	_, known := w.effects[key]
	if !known {
		w.effects[key] = map[deed]int{}
	}
	w.effects[key][deed{id, fmt.Sprint(words)}]++
	return !known
}

// told is what a run sends: its order, and the words it was given so far.
type told struct {
	Order string
	Words []string
}

func (w *killWorld) serveShop(out http.ResponseWriter, r *http.Request) {
	var body told
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		out.WriteHeader(http.StatusBadRequest)
		return
	}
	id, parent := r.Header.Get("Idempotency-Key"), r.Header.Get("traceparent")
	w.mu.Lock()
	w.parents[map[string]string{http.MethodPost: "create", http.MethodPut: "close"}[r.Method]] = parent
	w.mu.Unlock()
	if r.Method == http.MethodPost {
		w.saw(body.Order, "create", id, body.Words)
		out.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(out).Encode(map[string]string{"word": w.word("created")})
		return
	}
	// A PUT has no key, since it may be repeated: its span says which it is.
	if w.saw(path.Base(r.URL.Path), "close", parent, body.Words) {
		w.closed <- struct{}{}
	}
	out.WriteHeader(http.StatusNoContent)
}

// answers answers each message of one address at another, however often it
// comes, until the context ends.
func (w *killWorld) answers(ctx context.Context, h *keptBroker, from, to string) {
	var waiting sync.WaitGroup
	defer waiting.Wait()
	replies := make(chan *driver.Message, 10_000)
	waiting.Go(func() { w.send(ctx, h, to, replies) })
	err := w.each(ctx, h, from, func(m *driver.Message) {
		var body told
		if string(m.Body) == endMark || json.Unmarshal(m.Body, &body) != nil {
			return
		}
		text, _ := json.Marshal(map[string]string{"order": body.Order, "word": w.word(to)})
		waiting.Go(func() {
			select {
			case <-ctx.Done():
			case <-time.After(rand.N(w.delay)):
				replies <- &driver.Message{Body: text, Headers: traced(m)}
			}
		})
	})
	if err != nil && ctx.Err() == nil {
		w.t.Errorf("nobody answers %s any more: %v", from, err)
	}
}

// traced is what an answer says of the trace that its request belongs to.
func traced(request *driver.Message) []driver.Header {
	at := tracing.Read(headerText(request, "traceparent"), "").Next("clerk")
	return []driver.Header{{Name: "traceparent", Value: []byte(at.Parent)}}
}

// send sends what it is given, again until the broker has it.
func (w *killWorld) send(ctx context.Context, h *keptBroker, to string, replies <-chan *driver.Message) {
	for ctx.Err() == nil {
		sender, err := h.client.Sender(ctx, driver.SenderOptions{Address: to})
		if err != nil {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		for ctx.Err() == nil {
			select {
			case <-ctx.Done():
			case m := <-replies:
				for sender.Send(ctx, m) != nil && ctx.Err() == nil {
					time.Sleep(50 * time.Millisecond)
				}
			}
		}
		_ = sender.Close(context.Background())
	}
}

// each reads an address, from its beginning where it has one, until the context
// ends. A receiver that cannot go on is followed by another.
func (w *killWorld) each(ctx context.Context, h *keptBroker, address string, do func(*driver.Message)) error {
	options := driver.ReceiverOptions{Address: address}
	if h.client.Capabilities().Replay {
		options.Start = driver.StartBeginning()
	}
	var failed error
	for limit := time.Now().Add(time.Minute); ctx.Err() == nil && time.Now().Before(limit); time.Sleep(50 * time.Millisecond) {
		var r *broker.Receiver
		if r, failed = h.client.Receiver(ctx, options); failed != nil {
			continue
		}
		for failed == nil {
			var list []*driver.Message
			list, failed = r.Receive(ctx, 0)
			for _, m := range list {
				do(m)
				limit = time.Now().Add(time.Minute)
			}
			_ = r.Ack(ctx, list...) // what was not is delivered again
		}
		if positions := r.Positions(); len(positions) > 0 {
			options.Start = driver.StartAt(positions...)
		}
		_ = r.Close()
	}
	return failed
}

// collect notes all that was sent to an address.
func (w *killWorld) collect(source, address, step string) {
	w.t.Helper()
	w.read(source, address, func(m *driver.Message) {
		var body told
		if err := json.Unmarshal(m.Body, &body); err != nil {
			w.t.Errorf("%s has %q: %v", address, m.Body, err)
			return
		}
		w.saw(body.Order, step, headerText(m, "weft-id"), body.Words)
	})
}

// endMark is the body of what is sent to know where an address ends.
const endMark = `{"order":"the mark"}`

// read reads an address up to a mark that is sent now.
func (w *killWorld) read(source, address string, do func(*driver.Message)) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 5*time.Minute)
	defer cancel()
	h := w.brokers[source]
	sender, err := h.client.Sender(ctx, driver.SenderOptions{Address: address})
	must(w.t, err)
	must(w.t, sender.Send(ctx, &driver.Message{Body: []byte(endMark)}))
	reading, enough := context.WithCancel(ctx)
	defer enough()
	failed := w.each(reading, h, address, func(m *driver.Message) {
		switch {
		case string(m.Body) == endMark:
			enough()
		case reading.Err() == nil:
			do(m)
		}
	})
	if reading.Err() == nil || ctx.Err() != nil {
		w.t.Fatalf("%s cannot be read to its end: %v", address, failed)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
