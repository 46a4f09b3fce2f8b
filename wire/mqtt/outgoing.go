package mqtt

import (
	"sync"

	"github.com/eclipse/paho.golang/packets"
)

// phase is how far a message is that is being sent.
type phase uint8

const (
	waiting  phase = iota // for its turn
	sent                  // and not confirmed
	released              // quality of service 2: the server has it, and may forget its number
)

// outgoing is one message that is being sent. All but its parcel is guarded by
// the client's lock.
type outgoing struct {
	publish   packets.Publish
	phase     phase
	turn      uint64 // in which order it was sent
	tried     bool   // it may have reached a server
	abandoned bool   // its Send gave up
	parcel    *parcel
	index     int
}

// finish tells the Send what became of its message.
func (o *outgoing) finish(err error) { o.parcel.finish(o.index, err) }

// parcel is one Send.
type parcel struct {
	messages []outgoing
	done     chan struct{}

	mu       sync.Mutex
	finished []bool
	left     int
	errs     []error // nil until the first failure
}

func newParcel(n int) *parcel {
	return &parcel{messages: make([]outgoing, n), finished: make([]bool, n), left: n, done: make(chan struct{})}
}

// finish notes the fate of one message, the first time it is told.
func (p *parcel) finish(index int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.finished[index] {
		return
	}
	p.finished[index] = true
	if err != nil {
		if p.errs == nil {
			p.errs = make([]error, len(p.messages))
		}
		p.errs[index] = err
	}
	if p.left--; p.left == 0 {
		close(p.done)
	}
}
