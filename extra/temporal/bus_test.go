package temporal

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/machine"
)

// bus is a broker and a shop that live in the test, spoken to over HTTP, so
// that a process which is killed does not take them along. Once it is open it
// confirms every order.
type bus struct {
	mu     sync.Mutex
	orders map[string]map[string]int // how often, by request and effect id
	calls  int
	open   bool
	placed []machine.Message
}

func newBus(t testing.TB) (*bus, string) {
	b := &bus{orders: map[string]map[string]int{}}
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	return b, server.URL
}

type order struct{ ID, Request string }

func (b *bus) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch r.URL.Path {
	case "/send":
		var o order
		_ = json.NewDecoder(r.Body).Decode(&o)
		known := b.orders[o.Request] != nil
		if !known {
			b.orders[o.Request] = map[string]int{}
		}
		b.orders[o.Request][o.ID]++
		if b.open && !known {
			b.placed = append(b.placed, confirmation(o.Request))
		}
	case "/call":
		b.calls++
	case "/read":
		from, _ := strconv.Atoi(r.URL.Query().Get("from"))
		_ = json.NewEncoder(w).Encode(b.placed[min(from, len(b.placed)):])
	}
}

// confirm lets the bus confirm all orders, those that it has first.
func (b *bus) confirm() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open = true
	for request := range b.orders {
		b.placed = append(b.placed, confirmation(request))
	}
}

// sent counts the effects of each order.
func (b *bus) sent() map[string]map[string]int {
	b.mu.Lock()
	defer b.mu.Unlock()
	copied := map[string]map[string]int{}
	for request, ids := range b.orders {
		copied[request] = maps.Clone(ids)
	}
	return copied
}

// overBus is a process's connection to the bus.
type overBus struct{ url string }

func (o overBus) wire() engine.Wire { return engine.Wire{Caller: o, Sender: o, Subscriber: o} }

func (o overBus) post(ctx context.Context, path string, what any) error {
	body, err := json.Marshal(what)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, o.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

func (o overBus) Call(ctx context.Context, e machine.CallHTTP) (machine.Responded, error) {
	return machine.Responded{Status: 200, Method: e.Step.Operation.Method, Body: map[string]any{}}, o.post(ctx, "/call", nil)
}

func (o overBus) Send(ctx context.Context, e machine.SendMessage) (machine.Sent, error) {
	return machine.Sent{Address: e.Address}, o.post(ctx, "/send", order{e.ID, fmt.Sprint(e.Headers["orderRequestId"])})
}

type reading struct {
	mu   sync.Mutex
	next int
	stop context.CancelFunc
	done chan struct{}
}

func (r *reading) Positions() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return []string{strconv.Itoa(r.next)}
}

func (r *reading) deliver(ctx context.Context, list []machine.Message, to func(context.Context, engine.Delivery) error) error {
	for _, m := range list {
		if err := to(ctx, engine.Delivery{Message: m}); err != nil {
			return err
		}
		r.mu.Lock()
		r.next++
		r.mu.Unlock()
	}
	return nil
}

func (r *reading) Close() error {
	r.stop()
	<-r.done
	return nil
}

func (o overBus) Subscribe(ctx context.Context, e machine.Subscribe, deliver func(context.Context, engine.Delivery) error) (engine.Subscription, error) {
	own, stop := context.WithCancel(ctx)
	r := &reading{stop: stop, done: make(chan struct{})}
	if len(e.Positions) > 0 {
		r.next, _ = strconv.Atoi(e.Positions[0])
	}
	// What was stored comes before Subscribe returns.
	if err := r.deliver(own, o.read(own, r.next), deliver); err != nil {
		stop()
		return nil, err
	}
	go func() {
		defer close(r.done)
		for own.Err() == nil {
			if r.deliver(own, o.read(own, r.next), deliver) != nil {
				return
			}
			select {
			case <-time.After(20 * time.Millisecond):
			case <-own.Done():
			}
		}
	}()
	return r, nil
}

func (o overBus) read(ctx context.Context, from int) []machine.Message {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s/read?from=%d", o.url, from), nil)
	if err != nil {
		return nil
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil
	}
	defer answer.Body.Close()
	var list []machine.Message
	decoder := json.NewDecoder(answer.Body)
	decoder.UseNumber()
	_ = decoder.Decode(&list)
	return list
}
