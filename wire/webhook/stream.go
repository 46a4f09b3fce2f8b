package webhook

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"mime"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/web"
	"github.com/weft-dev/weft/wire/web/sse"
)

// How a stream comes back after a break: the first wait, the longest, how long a
// server may be away before the receiver is told, and how short a stream may be,
// and how often, before it is taken for one that does not work.
const (
	firstWait   = 20 * time.Millisecond
	longestWait = 5 * time.Second
	patience    = 15 * time.Second
	shortLife   = 2 * time.Second
	shortLives  = 10
)

// maxEventHead is how much of an event may be something else than its data.
const maxEventHead = 1 << 20

// stream is a receiver that subscribes, or that waits for answers.
type stream struct {
	conn  *conn
	place *place
	inbox *web.Inbox
	ctx   context.Context // ends with the receiver
	end   context.CancelFunc
	once  sync.Once
	ended chan struct{} // closed when nobody reads any more

	// These belong to whoever reads the stream.
	lastID string
	retry  time.Duration // as the server says
	short  int           // streams one after the other that ended soon
}

// OpenReceiver subscribes to a path, or listens there.
func (c *conn) OpenReceiver(ctx context.Context, opts driver.ReceiverOptions) (driver.Receiver, error) {
	if err := c.check(); err != nil {
		return nil, c.fail(err, "receive from", opts.Address)
	}
	open := c.subscribe
	if c.listens {
		open = c.listen
	}
	r, err := open(ctx, opts)
	if err != nil {
		return nil, c.fail(err, "receive from", opts.Address)
	}
	return r, nil
}

func unsupported(what string) error {
	return &driver.Error{Kind: driver.ErrUnsupported, Err: errors.New(what), NotSent: true}
}

func (c *conn) subscribe(ctx context.Context, opts driver.ReceiverOptions) (driver.Receiver, error) {
	switch {
	case opts.Group != "":
		return nil, c.placed(unsupported("a stream of events has no groups"), opts)
	case opts.DeadLetter != "":
		return nil, c.placed(unsupported("a stream of events has no dead letters"), opts)
	case opts.Start.Kind != driver.Now:
		return nil, c.placed(unsupported("a stream of events starts now"), opts)
	}
	p, err := c.settings.placeOf(opts.Address, opts.Params, "answers", "events")
	if err != nil {
		return nil, web.InvalidError{Err: err}
	}
	s := &stream{conn: c, place: p, inbox: web.NewInbox(opts.Prefetch), ended: make(chan struct{})}
	s.ctx, s.end = context.WithCancel(context.Background())
	if err := c.keep(s); err != nil {
		s.end()
		return nil, err
	}
	if p.answers && !c.settings.hub {
		c.awaits(s, true)
		close(s.ended)
		return s, nil
	}
	body, err := s.open(ctx)
	if err != nil {
		close(s.ended)
		return nil, errors.Join(err, s.Close())
	}
	c.tasks.Go(func() { defer close(s.ended); s.run(body) })
	return s, nil
}

// placed says of an error where it happened.
func (c *conn) placed(err error, opts driver.ReceiverOptions) error {
	if e, ok := errors.AsType[*driver.Error](err); ok {
		e.Op, e.Server, e.Address = "receive from", c.server.String(), opts.Address
	}
	return err
}

// open asks for the stream. Waiting for it ends with ctx, the stream itself only
// with the receiver.
func (s *stream) open(ctx context.Context) (io.ReadCloser, error) {
	asking, cancel := context.WithCancel(s.ctx)
	stop := context.AfterFunc(ctx, cancel)
	body, err := s.ask(asking)
	if !stop() && err == nil {
		err = errors.Join(ctx.Err(), body.Close())
	}
	if err != nil {
		cancel()
		if ctx.Err() != nil && s.ctx.Err() == nil {
			return nil, ctx.Err()
		}
		return nil, err
	}
	return &cancelled{body, cancel}, nil
}

// cancelled is a body whose request ends with it.
type cancelled struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (c *cancelled) Close() error {
	c.cancel()
	return c.ReadCloser.Close()
}

func (s *stream) ask(ctx context.Context) (io.ReadCloser, error) {
	settings := s.conn.settings
	where, err := settings.URL(s.place.address, s.place.extra.Query)
	if err != nil {
		return nil, web.InvalidError{Err: err}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, where.String(), nil)
	if err != nil {
		return nil, web.InvalidError{Err: errors.New("the URL cannot be asked for")}
	}
	request.Header = s.place.extra.Header.Clone()
	request.Header.Set("Accept", sse.ContentType)
	request.Header.Set("Cache-Control", "no-store")
	request.Header.Set("User-Agent", userAgent)
	if s.lastID != "" {
		request.Header.Set("Last-Event-ID", s.lastID)
	}
	if _, err := settings.Enter(request.URL, request.Header); err != nil {
		return nil, err
	}
	response, err := s.conn.client.Do(request)
	if err != nil {
		return nil, web.WithoutURL(err)
	}
	if err := isStream(response); err != nil {
		_ = response.Body.Close() // its end is not news
		return nil, err
	}
	return response.Body, nil
}

// errNoStream is an answer that is not a stream of events.
var errNoStream = errors.New("the answer is no stream of server-sent events")

// errOver is how a server says that there is nothing more to come (WHATWG HTML,
// 9.2.3).
var errOver = errors.New("the server has ended the stream for good")

func isStream(response *http.Response) error {
	switch media, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type")); {
	case response.StatusCode == http.StatusNoContent:
		return errOver
	case response.StatusCode != http.StatusOK:
		return refusal(response)
	case media != sse.ContentType:
		return errNoStream
	}
	return nil
}

// run reads the stream, and the next one when it breaks.
func (s *stream) run(body io.ReadCloser) {
	for {
		begun := time.Now()
		why := s.read(body)
		if s.ctx.Err() != nil {
			return
		}
		if s.short++; time.Since(begun) >= shortLife {
			s.short = 0
		}
		var err error
		if body, err = s.comeBack(why); err != nil {
			if s.ctx.Err() == nil {
				s.inbox.Fail(err)
			}
			return
		}
	}
}

// comeBack asks until there is a stream again, or there is no more point in it.
func (s *stream) comeBack(why error) (io.ReadCloser, error) {
	if !s.worthwhile(why) || s.short >= shortLives {
		return nil, why
	}
	late, cancel := context.WithTimeout(s.ctx, patience+s.retry)
	defer cancel()
	wait := max(s.retry, min(firstWait<<s.short, longestWait))
	for {
		select {
		case <-time.After(wait + rand.N(wait/2)): //nolint:gosec // spreads clients, no secret
		case <-late.Done():
			return nil, why
		}
		asking, cancel := context.WithTimeout(late, handshakeTimeout)
		body, err := s.open(asking)
		cancel()
		if err == nil {
			return body, nil
		}
		if !s.worthwhile(err) {
			return nil, err
		}
		if answer, ok := errors.AsType[web.AnswerError](err); ok {
			wait = max(wait, answer.Wait)
		}
		why, wait = err, max(s.retry, min(2*wait, longestWait))
	}
}

// worthwhile reports whether asking again may help after an error.
func (s *stream) worthwhile(err error) bool {
	return driver.Retryable(s.conn.fail(err, "", ""))
}

// read hands on events until the stream ends: all that came at once together,
// before it waits for more.
func (s *stream) read(body io.ReadCloser) error {
	defer body.Close()
	b := &bundle{stream: s}
	watched := s.watch(body, b.hand)
	defer watched.stop()
	r := sse.NewReader(watched, int(s.conn.settings.max)/3*4+maxEventHead, s.lastID)
	var event sse.Event
	for {
		err := r.Read(&event)
		s.retry, s.lastID = max(s.retry, r.Retry()), r.LastID()
		if err == nil && int64(len(event.Data)) > s.conn.settings.max {
			err = sse.ErrTooLarge
		}
		if err == nil {
			err = b.add(&event)
		}
		if err == nil {
			continue
		}
		if failed := b.hand(); failed != nil {
			return failed
		}
		if errors.Is(err, sse.ErrTooLarge) {
			return err
		}
		return web.BrokenError{Err: watched.why(err)}
	}
}

func isTooLarge(err error) bool {
	return errors.Is(err, sse.ErrTooLarge) || errors.Is(err, web.ErrBodyTooLarge)
}

// answered takes the answer to a message that was sent. It answers to what the
// message was about, unless it says otherwise.
func (s *stream) answered(ctx context.Context, l *letter, response *http.Response, body []byte) error {
	m := new(driver.Message)
	readMessage(m, listed(response.Header), time.Now())
	m.Body, m.Address, m.Token = body, s.place.address, s
	m.Params = map[string]string{"status": strconv.Itoa(response.StatusCode)}
	if m.CorrelationID == "" {
		m.CorrelationID = l.message.CorrelationID
	}
	return s.inbox.Put(ctx, m)
}

func (s *stream) Receive(ctx context.Context, limit int) ([]*driver.Message, error) {
	messages, err := s.inbox.Take(ctx, limit)
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return messages, s.conn.fail(err, "receive from", s.place.address)
}

// Settle has nobody to tell: an event that was received is gone.
func (s *stream) Settle(ctx context.Context, settlements []driver.Settlement) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.ctx.Err() != nil {
		return s.conn.fail(web.ErrClosed, "settle", s.place.address)
	}
	for _, x := range settlements {
		if owner, ok := x.Message.Token.(*stream); !ok || owner != s {
			return lost(s.conn, s.place.address)
		}
	}
	return nil
}

func lost(c *conn, address string) error {
	return &driver.Error{Kind: driver.ErrLost, Op: "settle", Server: c.server.String(), Address: address, NotSent: true}
}

func (s *stream) Close() error {
	s.once.Do(func() {
		s.end()
		s.inbox.Close()
		s.conn.awaits(s, false)
		<-s.ended
		s.conn.opened.Forget(s)
	})
	return nil
}
