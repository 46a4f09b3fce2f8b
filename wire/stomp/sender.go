package stomp

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/stomp/frame"
)

// sender sends to one address.
type sender struct {
	conn    *conn
	place   place
	style   style
	queue   map[string]string // the headers by which a queue is made
	limit   int
	receipt bool
	ids     *ids

	mu      sync.Mutex
	closed  bool
	pending sync.WaitGroup
}

// OpenSender prepares to send. Whether a server takes messages for an address
// it says when it gets one.
func (c *conn) OpenSender(_ context.Context, opts driver.SenderOptions) (driver.Sender, error) {
	const op = "send to"
	s, err := c.newSender(opts)
	if err != nil {
		return nil, c.fail(invalidError{err}, op, opts.Address)
	}
	if !c.opened.Keep(s) {
		return nil, c.fail(errClosed, op, opts.Address)
	}
	return s, nil
}

func (c *conn) newSender(opts driver.SenderOptions) (*sender, error) {
	s := &sender{conn: c, limit: maxMessage, receipt: opts.Acks != driver.AcksNone}
	if opts.MaxMessageBytes > 0 {
		s.limit = opts.MaxMessageBytes
	}
	if opts.Compression != "" && opts.Compression != "none" {
		return nil, fmt.Errorf("unknown compression %q: there is none", opts.Compression)
	}
	var err error
	if s.place, err = placeOf(opts.Address, opts.Params); err != nil {
		return nil, err
	}
	queue, rest, err := queueHeaders(opts.Params)
	if err != nil {
		return nil, err
	}
	s.queue = queue
	known := append([]string{paramKind}, messageParams...)
	if err := driver.CheckParams(rest, append(known, append(queueParams, "x-...")...)...); err != nil {
		return nil, err
	}
	if s.style, err = (style{persistent: true, expiration: -1}).with(rest); err != nil {
		return nil, err
	}
	s.ids, err = newIDs()
	return s, err
}

// Send writes all messages and waits for their receipts.
func (s *sender) Send(ctx context.Context, messages []*driver.Message) error {
	if err := s.begin(); err != nil {
		return s.fail(err)
	}
	defer s.pending.Done()
	errs := make([]error, 0, len(messages))
	for window := range slices.Chunk(messages, maxBatch) {
		errs = append(errs, s.window(ctx, window)...)
	}
	for i := range errs {
		errs[i] = s.fail(errs[i])
	}
	return driver.JoinBatch(errs)
}

func (s *sender) fail(err error) error { return s.conn.fail(err, "send to", s.place.address) }

func (s *sender) begin() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.conn.opened.IsClosed() {
		return errClosed
	}
	s.pending.Add(1)
	return nil
}

// window sends as many messages as may wait for their receipts at one time, to
// one server or, where a reply is to come to a temporary queue, on the
// connection which that belongs to.
func (s *sender) window(ctx context.Context, messages []*driver.Message) []error {
	errs := make([]error, len(messages))
	for start := 0; start < len(messages); {
		host := s.hostOf(messages[start])
		end := start + 1
		for end < len(messages) && s.hostOf(messages[end]) == host {
			end++
		}
		copy(errs[start:end], s.through(ctx, host, messages[start:end]))
		start = end
	}
	return errs
}

// hostOf is the temporary queue that a message is to be answered at, or "".
func (s *sender) hostOf(m *driver.Message) string {
	if strings.HasPrefix(m.ReplyTo, tempPrefix) {
		return m.ReplyTo
	}
	return ""
}

func (s *sender) through(ctx context.Context, host string, messages []*driver.Message) []error {
	l, err := s.linkOf(ctx, host)
	if err != nil {
		return repeat(err, len(messages))
	}
	frames := make([]*frame.Frame, 0, len(messages))
	errs := make([]error, len(messages))
	for i, m := range messages {
		f, err := s.frame(l, m)
		if errs[i] = err; err == nil {
			frames = append(frames, f)
		}
	}
	rest := s.deliver(ctx, l, frames)
	for i := range errs {
		if errs[i] == nil {
			errs[i], rest = rest[0], rest[1:]
		}
	}
	return errs
}

func repeat(err error, n int) []error {
	errs := make([]error, n)
	for i := range errs {
		errs[i] = err
	}
	return errs
}

func (s *sender) linkOf(ctx context.Context, host string) (*link, error) {
	if host == "" {
		return s.conn.out.get(ctx)
	}
	r := s.conn.hostOf(host)
	if r == nil {
		return nil, invalidError{fmt.Errorf("nobody receives from %s on this connection: open a receiver for it first", host)}
	}
	return r.live(ctx)
}

// portion is how many messages are put together before they are written, so
// that the server has something to do meanwhile.
const portion = 100

// deliver writes frames and, where receipts are wanted, waits for them.
func (s *sender) deliver(ctx context.Context, l *link, frames []*frame.Frame) []error {
	if len(frames) == 0 {
		return nil
	}
	if !s.receipt {
		return repeat(l.put(ctx, frames...), len(frames))
	}
	t, err := l.claims(len(frames))
	if err != nil {
		return repeat(err, len(frames))
	}
	for i, f := range frames {
		f.Add("receipt", strconv.FormatUint(t.first+uint64(i), 10))
	}
	for piece := range slices.Chunk(frames, portion) {
		if err := l.put(ctx, piece...); err != nil {
			l.abandon(t, err)
			break
		}
	}
	return l.wait(ctx, t)
}

// frame makes the protocol's form of a message.
func (s *sender) frame(l *link, m *driver.Message) (*frame.Frame, error) {
	style, err := s.style.of(m)
	if err != nil {
		return nil, invalidError{err}
	}
	f := &frame.Frame{Command: "SEND", Headers: make([]frame.Header, 0, 8+len(m.Headers)+len(s.queue)), Body: m.Body, Bare: style.bare}
	if f.Body == nil {
		f.Body = []byte{} // a body's length is said in any case
	}
	f.Add("destination", s.place.on(l.flavour))
	if err := addStyle(f, l.flavour, style); err != nil {
		return nil, invalidError{err}
	}
	if err := s.addFields(f, l.flavour, m); err != nil {
		return nil, invalidError{err}
	}
	addAll(f, s.queue)
	addHeaders(f, l.version, m.Headers)
	if size := max(m.Size(), f.Size()-256); size > s.limit {
		return nil, &driver.Error{
			Kind: driver.ErrTooLarge, Op: "send to", Server: s.conn.server.String(), Address: s.place.address, NotSent: true,
			Err: fmt.Errorf("%d bytes, the limit is %d", size, s.limit), Hint: "send less, or raise the limit here and on the server",
		}
	}
	return f, nil
}

func addStyle(f *frame.Frame, flavour flavour, s style) error {
	f.Add("persistent", strconv.FormatBool(s.persistent))
	if s.priority != "" {
		f.Add("priority", s.priority)
	}
	switch {
	case s.expiration < 0:
	case flavour.seconds:
		f.Add("expiration", strconv.FormatInt(s.expiration.Milliseconds(), 10))
	default:
		f.Add("expires", strconv.FormatInt(time.Now().Add(s.expiration).UnixMilli(), 10))
	}
	if s.kind != "" {
		f.Add("type", s.kind)
	}
	if s.bare && slices.Contains(f.Body, 0) {
		return errors.New("without its length a body can have no zero byte")
	}
	return nil
}

// addFields adds what a message has fields for.
func (s *sender) addFields(f *frame.Frame, flavour flavour, m *driver.Message) error {
	if flavour.fleeting {
		f.Add(headerAMQPID, s.ids.next())
	}
	addTimestamp(f, flavour, m.Timestamp)
	for _, field := range []struct{ name, value string }{{headerCorrelation, m.CorrelationID}, {headerReplyTo, m.ReplyTo}} {
		if field.value == "" {
			continue
		}
		if !utf8.ValidString(field.value) || !frame.V11.CanCarry(field.name, field.value) {
			return fmt.Errorf("the %s has characters that no header has", field.name)
		}
		if field.name == headerReplyTo {
			field.value = replyOn(flavour, field.value)
		}
		f.Add(field.name, field.value)
	}
	return nil
}

// Close waits for what is under way.
func (s *sender) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.pending.Wait()
	s.conn.opened.Forget(s)
	return nil
}

// ids makes message ids that nobody else makes.
type ids struct {
	prefix string
	count  atomic.Uint64
}

func newIDs() (*ids, error) {
	var random [9]byte
	if _, err := rand.Read(random[:]); err != nil {
		return nil, err
	}
	return &ids{prefix: hex.EncodeToString(random[:]) + "-"}, nil
}

func (i *ids) next() string { return i.prefix + strconv.FormatUint(i.count.Add(1), 36) }
