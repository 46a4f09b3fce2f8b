package stomp

import (
	"context"
	"errors"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/weft-dev/weft/wire/stomp/frame"
)

// closing bounds what a goodbye may take from a server that no longer answers.
const closing = 3 * time.Second

// limits are what a server may send at one time.
var limits = frame.Limits{Headers: 1000, Head: 1 << 20, Body: 256 << 20}

// handler is who takes what arrives on a link. It is called by the one who
// reads there.
type handler interface {
	arrive(l *link, messages []*frame.Frame)
	lost(l *link)
}

// link is one connection to a server. Its frames are written by one goroutine
// and read by another, so that nobody who sends is held by a server that takes
// nothing.
type link struct {
	socket  net.Conn
	frames  *frame.Reader
	version frame.Version
	flavour flavour
	beat    time.Duration // how often we give a sign of life; 0 is never
	idle    time.Duration // how often the server does; 0 is never
	handler handler       // nil where nothing but receipts comes
	outlet  *outlet
	work    sync.WaitGroup
	done    chan struct{} // closed when the link has ended

	mu      sync.Mutex
	ended   bool
	failure error
	last    uint64 // the last receipt that was asked for
	pending map[uint64]claim
}

// claim is a receipt that somebody waits for.
type claim struct {
	ticket *ticket
	index  int
}

// ticket is what became of several frames. Its fields are guarded by the link's
// lock until done is closed.
type ticket struct {
	errs  []error
	left  int
	first uint64 // of its receipts
	count int
	done  chan struct{}
}

func newLink(socket net.Conn, h handler) *link {
	l := &link{socket: socket, handler: h, outlet: newOutlet(), done: make(chan struct{}), pending: make(map[uint64]claim)}
	l.frames = frame.NewReader(l, limits)
	return l
}

// Read reads from the socket. Each read has the time that the server may say
// nothing.
func (l *link) Read(b []byte) (int, error) {
	if l.idle > 0 {
		_ = l.socket.SetReadDeadline(time.Now().Add(2*l.idle + time.Second)) // reading says it
	}
	return l.socket.Read(b)
}

func (l *link) start() {
	l.work.Go(func() { l.outlet.write(l.socket, l.beat) })
	l.work.Go(l.read)
}

// gathered is how many messages are taken from what has arrived before they
// are passed on.
const gathered = 64

// read takes frames until the link ends.
func (l *link) read() {
	var messages []*frame.Frame
	for {
		f, err := l.frames.Next()
		if err != nil {
			l.pass(messages)
			l.end(ended(err))
			return
		}
		switch f.Command {
		case "MESSAGE":
			messages = append(messages, f)
		case "RECEIPT":
			l.receipt(f, nil)
		case "ERROR":
			l.pass(messages)
			answer := answerOf(f)
			l.receipt(f, answer)
			l.end(answer)
			return
		default:
			l.end(strangeError{&frame.SyntaxError{Text: "a server does not send " + f.Command}})
			return
		}
		if len(messages) >= gathered || !l.frames.More() {
			l.pass(messages)
			messages = messages[:0]
		}
	}
}

func (l *link) pass(messages []*frame.Frame) {
	if l.handler != nil && len(messages) > 0 {
		l.handler.arrive(l, messages)
	}
}

// receipt settles a claim.
func (l *link) receipt(f *frame.Frame, err error) {
	id, wrong := strconv.ParseUint(f.Get("receipt-id"), 10, 64)
	if wrong != nil {
		return // none of ours
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if c, ok := l.pending[id]; ok {
		delete(l.pending, id)
		c.ticket.settle(c.index, err)
	}
}

// settle notes what became of one frame; the caller holds the link's lock.
func (t *ticket) settle(index int, err error) {
	t.errs[index] = err
	if t.left--; t.left == 0 {
		close(t.done)
	}
}

// end gives the link up: what waits for receipts learns why.
func (l *link) end(why error) {
	l.mu.Lock()
	if l.ended {
		l.mu.Unlock()
		return
	}
	l.ended, l.failure = true, why
	for id, c := range l.pending {
		delete(l.pending, id)
		c.ticket.settle(c.index, brokenError{why, false})
	}
	l.mu.Unlock()
	close(l.done)
	l.outlet.finish()
	_ = l.socket.Close() // it is of no use any more
	if l.handler != nil {
		l.handler.lost(l)
	}
}

func (l *link) alive() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.ended
}

// claims makes a ticket for frames to come, which ask for the receipts from
// first on.
func (l *link) claims(count int) (*ticket, error) {
	t := &ticket{errs: make([]error, count), left: count, count: count, done: make(chan struct{})}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return nil, brokenError{l.failure, true}
	}
	t.first = l.last + 1
	for i := range count {
		l.last++
		l.pending[l.last] = claim{t, i}
	}
	return t, nil
}

// wait waits until all has become of the frames that can. Those that nothing is
// known of when ctx ends have its error.
func (l *link) wait(ctx context.Context, t *ticket) []error {
	select {
	case <-t.done:
		return t.errs
	case <-ctx.Done():
	}
	l.abandon(t, ctx.Err())
	return t.errs
}

// abandon gives an error to all that nothing has become of.
func (l *link) abandon(t *ticket, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range t.count {
		id := t.first + uint64(i)
		if _, open := l.pending[id]; open {
			delete(l.pending, id)
			t.settle(i, err)
		}
	}
}

// put writes frames without waiting for what becomes of them.
func (l *link) put(ctx context.Context, frames ...*frame.Frame) error {
	err := l.outlet.put(ctx, func(b []byte) []byte {
		for _, f := range frames {
			b = frame.Append(b, l.version, f)
		}
		return b
	})
	if errors.Is(err, errEnded) {
		l.mu.Lock()
		defer l.mu.Unlock()
		return brokenError{l.failure, true}
	}
	return err
}

// ask writes a frame and waits for its receipt.
func (l *link) ask(ctx context.Context, frames ...*frame.Frame) error {
	t, err := l.claims(1)
	if err != nil {
		return err
	}
	frames[len(frames)-1].Add("receipt", strconv.FormatUint(t.first, 10))
	if err := l.put(ctx, frames...); err != nil {
		l.abandon(t, err)
	}
	return l.wait(ctx, t)[0]
}

// ping asks for a sign of life; the protocol has no frame for it.
func (l *link) ping(ctx context.Context) error {
	return l.ask(ctx, frame.New("BEGIN", "transaction", "ping"), frame.New("ABORT", "transaction", "ping"))
}

// goodbye ends a link in bounded time, after all that was written before. That
// one which is broken, or breaks meanwhile, cannot say it is no news.
func (l *link) goodbye() {
	ctx, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	if l.alive() {
		_ = l.ask(ctx, frame.New("DISCONNECT"))
	}
	l.end(errClosed)
	l.work.Wait()
}
