package websocket

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/web"
)

// receiver has a copy of what comes on its line.
type receiver struct {
	conn    *conn
	line    *line
	address string
	inbox   *web.Inbox

	once   sync.Once
	closed chan struct{}
}

// OpenReceiver connects to a path, or listens on the connection that is there.
func (c *conn) OpenReceiver(ctx context.Context, opts driver.ReceiverOptions) (driver.Receiver, error) {
	const op = "receive from"
	p, err := c.receiverPlace(opts)
	if err != nil {
		return nil, c.fail(err, op, opts.Address)
	}
	l, err := c.take(p, !c.settings.share)
	if err != nil {
		return nil, c.fail(err, op, opts.Address)
	}
	r := &receiver{conn: c, line: l, address: opts.Address, inbox: web.NewInbox(opts.Prefetch), closed: make(chan struct{})}
	l.join(r)
	if _, err = l.live(ctx); err == nil && !c.opened.Keep(r) {
		err = web.ErrClosed
	}
	if err != nil {
		return nil, errors.Join(c.fail(err, op, opts.Address), r.Close())
	}
	return r, nil
}

func (c *conn) receiverPlace(opts driver.ReceiverOptions) (*place, error) {
	unsupported := func(what string) error {
		return &driver.Error{
			Kind: driver.ErrUnsupported, Op: "receive from", Server: c.server.String(), Address: opts.Address,
			Err: errors.New(what), NotSent: true,
		}
	}
	switch {
	case opts.Group != "":
		return nil, unsupported("WebSocket has no groups")
	case opts.DeadLetter != "":
		return nil, unsupported("WebSocket has no dead letters")
	case opts.Start.Kind != driver.Now:
		return nil, unsupported("WebSocket stores nothing: a receiver starts now")
	}
	p, _, err := c.settings.placeOf(opts.Address, opts.Params, "")
	if err != nil {
		return nil, web.InvalidError{Err: err}
	}
	return p, nil
}

// message makes a message of a frame.
func (r *receiver) message(kind websocket.MessageType, body []byte, now time.Time) *driver.Message {
	name := string(binary)
	if kind == websocket.MessageText {
		name = string(text)
	}
	return &driver.Message{
		Body: body, Address: r.address, Timestamp: now, Token: r, Params: map[string]string{"frame": name},
	}
}

func (r *receiver) Receive(ctx context.Context, limit int) ([]*driver.Message, error) {
	messages, err := r.inbox.Take(ctx, limit)
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return messages, r.conn.fail(err, "receive from", r.address)
}

// Settle has nobody to tell: a message that was received is gone.
func (r *receiver) Settle(ctx context.Context, settlements []driver.Settlement) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-r.closed:
		return r.conn.fail(web.ErrClosed, "settle", r.address)
	default:
	}
	for _, s := range settlements {
		if owner, ok := s.Message.Token.(*receiver); !ok || owner != r {
			return &driver.Error{Kind: driver.ErrLost, Op: "settle", Server: r.conn.server.String(), Address: r.address, NotSent: true}
		}
	}
	return nil
}

func (r *receiver) Close() error {
	r.once.Do(func() {
		close(r.closed)
		r.inbox.Close()
		r.line.part(r)
		r.conn.leave(r.line)
		r.conn.opened.Forget(r)
	})
	return nil
}
