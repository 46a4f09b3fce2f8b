package contract

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/endpoint"
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
	overfull bool
}

// pairUp lets the request's tap and the reply's know of each other.
func pairUp(list []*tap) {
	if len(list) != 2 || list[0].receiver == nil || list[1].receiver == nil {
		return
	}
	e := &exchange{requests: map[string]bool{}, replies: map[string]*driver.Message{}}
	list[0].exchange, list[1].exchange = e, e
}

// heard notes the correlation id of a message.
func (e *exchange) heard(reply bool, m *endpoint.Message) {
	if e == nil || m.CorrelationID == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	id := fmt.Sprint(m.CorrelationID)
	switch {
	case len(e.requests) >= maxIDs || len(e.replies) >= maxIDs:
		e.overfull = true
	case reply:
		e.replies[id] = m.Raw
	default:
		e.requests[id] = true
	}
}

// asked reports whether any request was heard, where requests are heard.
func (e *exchange) asked() bool {
	if e == nil {
		return true
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.requests) > 0
}

// end tells of replies that answer none of the requests. Where no request was
// heard that means nothing: they were sent before.
func (e *exchange) end(j *judge) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.requests) == 0 || e.overfull {
		return
	}
	waiting := len(e.requests)
	for id := range e.replies {
		if e.requests[id] {
			waiting--
		}
	}
	for _, id := range slices.Sorted(maps.Keys(e.replies)) {
		raw := e.replies[id]
		if e.requests[id] {
			continue
		}
		j.found(CodeCorrelation, diag.Error, raw, channelNode(j.target.Channel), 0, "a reply carries a correlation id that no request had",
			fmt.Sprintf("it is %q; %d of %d requests were not answered by their own id: copy the id of the request into its reply", clip(id), waiting, len(e.requests)))
	}
}
