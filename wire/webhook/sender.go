package webhook

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/web"
)

// sender posts to one address.
type sender struct {
	conn  *conn
	place *place
	limit int
	gzip  bool

	// elsewhere is where to post to instead of the server, without what lets us
	// in there; nil for the server.
	elsewhere *url.URL

	mu     sync.Mutex
	closed bool
	busy   sync.WaitGroup
}

// OpenSender prepares to post. There is nothing to ask the server for.
func (c *conn) OpenSender(ctx context.Context, opts driver.SenderOptions) (driver.Sender, error) {
	const op = "send to"
	s := &sender{conn: c, limit: opts.MaxMessageBytes}
	if s.limit <= 0 {
		s.limit = maxMessage
	}
	p, err := c.settings.placeOf(opts.Address, opts.Params, "method")
	if err != nil {
		return nil, c.fail(web.InvalidError{Err: err}, op, opts.Address)
	}
	s.place = p
	compression, err := web.OneOf("compression", opts.Compression, "none", "gzip")
	if err != nil {
		return nil, c.fail(web.InvalidError{Err: err}, op, opts.Address)
	}
	s.gzip = compression == "gzip"
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return s, c.fail(c.keep(s), op, opts.Address)
}

// letter is a message that is ready to go.
type letter struct {
	message *driver.Message
	method  string
	header  http.Header
	body    []byte
	id      string // by which it is signed
}

// Send posts one message after the other. One that the server does not want for
// itself does not keep back the others; any other failure does.
func (s *sender) Send(ctx context.Context, messages []*driver.Message) error {
	if err := s.begin(); err != nil {
		return s.fail(err)
	}
	defer s.busy.Done()
	if err := ctx.Err(); err != nil {
		return err
	}
	errs := make([]error, len(messages))
	var stop error
	for i, m := range messages {
		if stop != nil {
			errs[i] = s.keptBack(stop)
			continue
		}
		l, err := s.letter(m)
		if err == nil {
			if err = s.deliver(ctx, l); !isOfOne(err) {
				stop = err
			}
		}
		errs[i] = s.fail(err)
	}
	return driver.JoinBatch(errs)
}

func (s *sender) begin() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return web.ErrClosed
	}
	s.busy.Add(1)
	return nil
}

// isOfOne reports whether an error says something of one message alone.
func isOfOne(err error) bool {
	var answer web.AnswerError
	if err == nil {
		return true
	}
	if !errors.As(err, &answer) || answer.Passing() || answer.Status < 400 {
		return false
	}
	switch answer.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusProxyAuthRequired, http.StatusGone:
		return false
	}
	return true
}

// keptBack is the error of a message that was not sent since one before it failed.
func (s *sender) keptBack(why error) error {
	err := s.fail(why)
	if e, ok := errors.AsType[*driver.Error](err); ok {
		later := *e
		later.NotSent, later.Err = true, fmt.Errorf("one before it was not sent: %w", e.Err)
		return &later
	}
	return err
}

// letter checks a message and makes it ready.
func (s *sender) letter(m *driver.Message) (*letter, error) {
	if size := m.Size(); size > s.limit {
		return nil, &driver.Error{
			Kind: driver.ErrTooLarge, Op: "send to", Server: s.conn.server.String(), Address: s.place.address,
			Err: fmt.Errorf("%d bytes, the limit is %d", size, s.limit), NotSent: true,
		}
	}
	l := &letter{message: m, method: s.place.method, header: s.place.extra.Header.Clone(), body: m.Body}
	if err := s.params(l, m.Params); err != nil {
		return nil, web.InvalidError{Err: err}
	}
	if l.header.Get("User-Agent") == "" {
		l.header.Set("User-Agent", userAgent)
	}
	if err := writeMessage(l.header, m); err != nil {
		return nil, err
	}
	if s.gzip && len(l.body) > 0 {
		l.body = packed(l.body)
		l.header.Set("Content-Encoding", "gzip")
	}
	if l.id = l.header.Get(IDHeader); l.id == "" {
		l.id = newID()
	}
	return l, nil
}

// params takes what only this message has: the method, and headers that it has
// unless its own list does.
func (s *sender) params(l *letter, params map[string]string) error {
	own := web.Extra{Header: l.header}
	for name, value := range params {
		var err error
		switch {
		case strings.HasPrefix(name, "header."):
			_, err = own.Read(name, value, reserved)
		case name == "method":
			l.method, err = web.OneOf(name, value, methods...)
		default:
			err = driver.CheckParams(map[string]string{name: value}, "header.NAME", "method")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func packed(body []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(body) // into memory
	_ = w.Close()
	return out.Bytes()
}

// deliver offers a message until the server takes it, refuses it for good, or
// has been asked often enough.
func (s *sender) deliver(ctx context.Context, l *letter) error {
	for attempt := 1; ; attempt++ {
		err := s.post(ctx, l)
		answer, answered := errors.AsType[web.AnswerError](err)
		if !answered || !answer.Passing() || attempt >= s.conn.settings.attempts {
			return err
		}
		wait := max(answer.Wait, pause(attempt))
		if end, ok := ctx.Deadline(); ok && time.Until(end) < wait {
			return err // there is nobody to tell by then
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return err
		}
	}
}

// pause is how long to wait after the attempt of that number when the server
// does not say.
func pause(attempt int) time.Duration { return min(50*time.Millisecond<<attempt, 5*time.Second) }

// post sends one request and reads its answer.
func (s *sender) post(ctx context.Context, l *letter) error {
	request, err := s.request(ctx, l)
	if err != nil {
		return err
	}
	response, err := s.conn.client.Do(request)
	if err != nil {
		return undelivered(ctx, err)
	}
	defer response.Body.Close()
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return refusal(response)
	}
	return s.answer(ctx, l, response)
}

func (s *sender) request(ctx context.Context, l *letter) (*http.Request, error) {
	settings := s.conn.settings
	where, err := settings.URL(s.place.address, s.place.extra.Query)
	if err != nil {
		return nil, web.InvalidError{Err: err}
	}
	request, err := http.NewRequestWithContext(ctx, l.method, where.String(), bytes.NewReader(l.body))
	if err != nil {
		return nil, web.InvalidError{Err: errors.New("the URL cannot be asked for")}
	}
	request.Header = l.header.Clone()
	if s.elsewhere != nil {
		request.URL, request.Host = s.elsewhere, s.elsewhere.Host
	} else if _, err := settings.Enter(request.URL, request.Header); err != nil {
		return nil, err
	}
	keys, err := settings.secrets()
	if err != nil {
		return nil, web.InvalidError{Err: err}
	}
	if len(keys) > 0 {
		sign(request.Header, keys, l.id, l.body, time.Now())
	}
	return request, nil
}

// undelivered is the error of a request without an answer. Where no connection
// came about nothing was sent; else it may have been.
func undelivered(ctx context.Context, err error) error {
	err = web.WithoutURL(err)
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	if driver.IsUnreachable(err) {
		return err
	}
	return web.BrokenError{Err: err}
}

// answer hands the body of an answer to those who wait for answers.
func (s *sender) answer(ctx context.Context, l *letter, response *http.Response) error {
	waiting := s.conn.awaiting(s.place.address)
	if len(waiting) == 0 {
		_, _ = io.CopyN(io.Discard, response.Body, 64<<10) // so that the connection can be used again
		return nil
	}
	body, err := web.ReadBody(response.Header, response.Body, s.conn.settings.max)
	if err != nil {
		return web.BrokenError{Err: err}
	}
	if len(body) == 0 {
		return nil // no more than that it was taken
	}
	for _, receiver := range waiting {
		if err := receiver.answered(ctx, l, response, body); err != nil && ctx.Err() != nil {
			return web.BrokenError{Err: ctx.Err()}
		}
	}
	return nil
}

func (s *sender) fail(err error) error { return s.conn.fail(err, "send to", s.place.address) }

// Close waits for what is under way.
func (s *sender) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()
	s.busy.Wait()
	s.conn.opened.Forget(s)
	return nil
}
