package contract

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/driver"
)

// maxIDs bounds how many correlation ids are kept of each side. Beyond it
// exchanges are no longer compared.
const maxIDs = 100_000

// exchange is what was heard of an operation's requests and replies. It is nil
// where only one side is listened to.
type exchange struct {
	mu       sync.Mutex
	requests map[string]bool
	replies  map[string]*driver.Message
	// How many there were of each, with and without an id; what came twice is one.
	asks, answers int
	overfull      bool
}

// pairUp lets the request's tap and the reply's know of each other.
func pairUp(list []*tap) {
	if len(list) != 2 || list[0].receiver == nil || list[1].receiver == nil {
		return
	}
	e := &exchange{requests: map[string]bool{}, replies: map[string]*driver.Message{}}
	list[0].exchange, list[1].exchange = e, e
	list[0].answer = list[1]
}

// heard notes a message and its correlation id, whether or not it is as the
// contract says: a faulty reply is told once, and not also as none.
func (e *exchange) heard(reply bool, correlation any, raw *driver.Message) {
	if e == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if correlation != nil && !e.fresh(reply, fmt.Sprint(correlation), raw) {
		return
	}
	if reply {
		e.answers++
	} else {
		e.asks++
	}
}

// fresh notes an id, and reports whether it is the first message with it.
func (e *exchange) fresh(reply bool, id string, raw *driver.Message) bool {
	switch {
	case len(e.requests) >= maxIDs || len(e.replies) >= maxIDs:
		e.overfull = true
	case reply && e.replies[id] != nil, !reply && e.requests[id]:
		return false
	case reply:
		e.replies[id] = raw
	default:
		e.requests[id] = true
	}
	return true
}

// asked reports whether any request was heard, where requests are heard.
func (e *exchange) asked() bool {
	if e == nil {
		return true
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.asks > 0
}

// over reports whether so many requests were heard, and of each its reply: by its
// id, or else as many replies as there were requests.
func (e *exchange) over(limit int) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.asks < limit {
		return false
	}
	return e.answers >= e.asks || len(e.requests) > 0 && e.unanswered() == 0
}

// unanswered is how many of the requests with an id have no reply with it; the
// caller holds e.mu.
func (e *exchange) unanswered() int {
	waiting := len(e.requests)
	for id := range e.requests {
		if e.replies[id] != nil {
			waiting--
		}
	}
	return waiting
}

// end tells of replies that answer none of the requests. Where no request was
// heard that means nothing: they were sent before.
func (e *exchange) end(j *judge) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.requests) == 0 || e.overfull {
		return
	}
	for _, id := range slices.Sorted(maps.Keys(e.replies)) {
		raw := e.replies[id]
		if e.requests[id] {
			continue
		}
		j.found(CodeCorrelation, diag.Error, raw, channelNode(j.target.Channel), 0, "a reply carries a correlation id that no request had",
			fmt.Sprintf("it is %q; %d of %d requests were not answered by their own id: copy the id of the request into its reply", clip(id), e.unanswered(), len(e.requests)))
	}
}
