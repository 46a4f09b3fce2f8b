package mock

import (
	"encoding/json"
	"maps"
	nethttp "net/http"
	"sync"
)

// Count is what a mock saw of one operation.
type Count struct {
	// Received is how many messages or requests there were, repetitions
	// included; Repeated is how many had an idempotency id seen before.
	Received int `json:"received"`
	Repeated int `json:"repeated"`
	// Answered is how many were answered, and Rejected how many were none of
	// the contract's (for HTTP: were refused).
	Answered int `json:"answered"`
	Rejected int `json:"rejected"`
	// Sent is how many the application sent on its own.
	Sent int `json:"sent,omitempty"`
	// Replied is how many replies to its own requests arrived, Stray how many
	// belong to none of them, and Unanswered how many requests had no reply in
	// time. A second reply to one request is counted as Repeated.
	Replied    int `json:"replied,omitempty"`
	Stray      int `json:"stray,omitempty"`
	Unanswered int `json:"unanswered,omitempty"`
	// Dropped is how many were not sent, on purpose.
	Dropped int `json:"dropped,omitempty"`
}

// maxRemembered bounds how many ids are remembered for each operation. Beyond
// it repetitions of old messages are no longer told.
const maxRemembered = 100_000

// tally counts by operation.
type tally struct {
	mu     sync.Mutex
	counts map[string]Count
	seen   map[string]map[string]bool
}

func newTally() *tally {
	return &tally{counts: map[string]Count{}, seen: map[string]map[string]bool{}}
}

// received counts a message and reports whether its id was seen before. An
// empty id is never seen before.
func (t *tally) received(operation, id string) (repeated bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	seen := t.seen[operation]
	if seen == nil {
		seen = map[string]bool{}
		t.seen[operation] = seen
	}
	repeated = id != "" && seen[id]
	if id != "" && len(seen) < maxRemembered {
		seen[id] = true
	}
	t.add(operation, func(c *Count) {
		c.Received++
		if repeated {
			c.Repeated++
		}
	})
	return repeated
}

func (t *tally) answered(operation string) { t.locked(operation, func(c *Count) { c.Answered++ }) }

func (t *tally) rejected(operation string) { t.locked(operation, func(c *Count) { c.Rejected++ }) }

func (t *tally) dropped(operation string) { t.locked(operation, func(c *Count) { c.Dropped++ }) }

// put counts what was sent: an answer, or what nobody asked for.
func (t *tally) put(operation string, kind Kind) {
	t.locked(operation, func(c *Count) {
		if kind == Answered {
			c.Answered++
		} else {
			c.Sent++
		}
	})
}

func (t *tally) locked(operation string, change func(*Count)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.add(operation, change)
}

func (t *tally) add(operation string, change func(*Count)) {
	c := t.counts[operation]
	change(&c)
	t.counts[operation] = c
}

func (t *tally) all() map[string]Count {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.counts)
}

// Counter is a mock that counts what it saw, by operation.
type Counter interface {
	Name() string
	Counts() map[string]Count
}

// Status answers with the counts of mocks as JSON: source, then operation.
func Status(mocks ...Counter) nethttp.Handler {
	return nethttp.HandlerFunc(func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		all := make(map[string]map[string]Count, len(mocks))
		for _, m := range mocks {
			all[m.Name()] = m.Counts()
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(all) // whoever asked has gone
	})
}
