package webhook

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/web"
)

// usualHooks is how many webhooks may wait to be settled unless somebody says.
const usualHooks = 100

// hook is a receiver that listens.
type hook struct {
	conn   *conn
	place  *place
	path   []string // its segments, * for any
	group  string
	inbox  *web.Inbox
	slots  chan struct{} // one for each webhook that is not settled
	letter driver.Sender // to the dead letters, or nil

	once sync.Once
	ctx  context.Context // ends with the receiver
	end  context.CancelFunc
}

func (c *conn) listen(ctx context.Context, opts driver.ReceiverOptions) (driver.Receiver, error) {
	if opts.Start.Kind != driver.Now {
		return nil, c.placed(unsupported("webhooks start now"), opts)
	}
	params := opts.Params
	p, err := c.settings.placeOf(opts.Address, params, "method")
	if err != nil {
		return nil, web.InvalidError{Err: err}
	}
	where, err := c.settings.URL(opts.Address, nil)
	if err != nil {
		return nil, web.InvalidError{Err: err}
	}
	limit := opts.Prefetch
	if limit < 1 {
		limit = usualHooks
	}
	h := &hook{
		conn: c, place: p, path: strings.Split(where.Path, "/"), group: opts.Group,
		inbox: web.NewInbox(limit), slots: make(chan struct{}, limit),
	}
	h.ctx, h.end = context.WithCancel(context.Background())
	if opts.DeadLetter != "" {
		if h.letter, err = c.toDeadLetters(ctx, opts.DeadLetter); err != nil {
			h.end()
			return nil, err
		}
	}
	if err := c.join(h); err != nil {
		h.end()
		return nil, err
	}
	return h, nil
}

// toDeadLetters opens a sender to an address, or to the URL of another server:
// the server of these addresses is we ourselves.
func (c *conn) toDeadLetters(ctx context.Context, to string) (driver.Sender, error) {
	if !strings.HasPrefix(to, "http://") && !strings.HasPrefix(to, "https://") {
		return c.OpenSender(ctx, driver.SenderOptions{Address: to})
	}
	where, err := url.Parse(to)
	if err != nil || where.Host == "" || where.User != nil {
		return nil, web.InvalidError{Err: errors.New("the URL of the dead letters cannot be read, or holds a user")}
	}
	opened, err := c.OpenSender(ctx, driver.SenderOptions{Address: "/"})
	if s, ok := opened.(*sender); ok && err == nil {
		s.elsewhere = where
	}
	return opened, err
}

// matches reports whether webhooks for a path are for the receiver.
func (h *hook) matches(path string) bool {
	segments := strings.Split(path, "/")
	if len(segments) != len(h.path) {
		return false
	}
	for i, want := range h.path {
		if want != segments[i] && (want != "*" || segments[i] == "") {
			return false
		}
	}
	return true
}

// methods are those by which messages come: the one that was asked for, else
// those that have a body.
func (h *hook) methods() []string {
	if h.place.method != http.MethodPost {
		return []string{h.place.method}
	}
	return []string{http.MethodPost, http.MethodPut, http.MethodPatch}
}

func (h *hook) takes(method string) bool {
	for _, m := range h.methods() {
		if m == method {
			return true
		}
	}
	return false
}

// delivery is one webhook for one receiver, until it is settled or its sender
// has been sent away.
type delivery struct {
	hook    *hook
	outcome chan driver.Outcome // has room for one

	mu      sync.Mutex
	settled bool
	over    bool // its sender has an answer already
}

// verdict is what becomes of a webhook; the worst of its receivers counts.
type verdict int

const (
	accepted verdict = iota // it is there
	done
	rejected
	later
)

// give hands a webhook to all who listen at its path.
func (l *listener) give(r *http.Request, body []byte, hooks []*hook) verdict {
	ctx, cancel := context.WithTimeout(r.Context(), l.conn.settings.wait)
	defer cancel()
	verdicts := make([]verdict, len(hooks))
	var all sync.WaitGroup
	for i, h := range hooks {
		if h.takes(r.Method) {
			all.Go(func() { verdicts[i] = h.give(ctx, r, body) })
		}
	}
	all.Wait()
	worst := accepted
	for _, v := range verdicts {
		worst = max(worst, v)
	}
	return worst
}

func (h *hook) give(ctx context.Context, r *http.Request, body []byte) verdict {
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		return later
	case <-h.ctx.Done():
		return later
	}
	d := &delivery{hook: h, outcome: make(chan driver.Outcome, 1)}
	if h.group == "" {
		d.over = true // who has no group has nothing to settle
	}
	if h.inbox.Put(ctx, h.message(r, body, d)) != nil {
		return later
	}
	if h.group == "" {
		return accepted
	}
	select {
	case outcome := <-d.outcome:
		return verdictOf(outcome)
	case <-ctx.Done():
	case <-h.ctx.Done():
	}
	return d.leave()
}

// leave ends waiting. What was settled at the last moment counts.
func (d *delivery) leave() verdict {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.over = true
	select {
	case outcome := <-d.outcome:
		return verdictOf(outcome)
	default:
		return later
	}
}

func verdictOf(outcome driver.Outcome) verdict {
	switch outcome {
	case driver.Ack:
		return done
	case driver.Reject:
		return rejected
	case driver.Requeue:
	}
	return later
}

// answer tells the sender of a webhook what became of it.
func (l *listener) answer(w http.ResponseWriter, v verdict) {
	switch v {
	case accepted:
		w.WriteHeader(http.StatusAccepted)
	case done:
		w.WriteHeader(http.StatusNoContent)
	case rejected:
		http.Error(w, "the message was rejected", http.StatusUnprocessableEntity)
	case later:
		refuseForNow(w, "the message cannot be dealt with now")
	}
}

func (h *hook) message(r *http.Request, body []byte, d *delivery) *driver.Message {
	m := new(driver.Message)
	readMessage(m, listed(r.Header), time.Now())
	m.Body, m.Address, m.Token = body, h.place.address, d
	m.Params = map[string]string{"method": r.Method}
	if strings.Contains(h.place.address, "*") {
		m.Address = strings.TrimPrefix(r.URL.Path, h.conn.settings.Base)
		if !strings.HasPrefix(h.place.address, "/") {
			m.Address = strings.TrimPrefix(m.Address, "/")
		}
	}
	return m
}

func (h *hook) Receive(ctx context.Context, limit int) ([]*driver.Message, error) {
	messages, err := h.inbox.Take(ctx, limit)
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return messages, h.conn.fail(err, "receive from", h.place.address)
}

// Settle has the webhooks answered. One whose sender has been sent away is lost:
// it will come again.
func (h *hook) Settle(ctx context.Context, settlements []driver.Settlement) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if h.ctx.Err() != nil {
		return h.conn.fail(web.ErrClosed, "settle", h.place.address)
	}
	var late error
	for _, s := range settlements {
		d, ok := s.Message.Token.(*delivery)
		if !ok || d.hook != h {
			return lost(h.conn, h.place.address)
		}
		if err := h.settle(ctx, d, s); err != nil && late == nil {
			late = err
		}
	}
	return late
}

func (h *hook) settle(ctx context.Context, d *delivery, s driver.Settlement) error {
	d.mu.Lock()
	over, settled := d.over, d.settled
	d.settled = true
	d.mu.Unlock()
	switch {
	case settled || h.group == "":
		return nil
	case over:
		return lost(h.conn, h.place.address)
	}
	if s.Outcome == driver.Reject && h.letter != nil {
		if err := h.bury(ctx, s.Message); err != nil {
			d.mu.Lock()
			d.settled = false
			d.mu.Unlock()
			return err
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.over {
		return lost(h.conn, h.place.address)
	}
	d.outcome <- s.Outcome
	return nil
}

// bury sends a rejected message to the dead letters.
func (h *hook) bury(ctx context.Context, m *driver.Message) error {
	letter := *m
	letter.Params, letter.Address, letter.Token = nil, "", nil
	return h.letter.Send(ctx, []*driver.Message{&letter})
}

// Close has unsettled webhooks sent again later.
func (h *hook) Close() error {
	h.once.Do(func() {
		h.end()
		h.inbox.Close()
		h.conn.part(h)
		if h.letter != nil {
			_ = h.letter.Close() // it only waits
		}
	})
	return nil
}
