package redis

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/weft-dev/weft/wire/driver"
)

// streamConn is a connection for streams.
type streamConn struct{ *conn }

var (
	_ driver.Conn       = (*streamConn)(nil)
	_ driver.Admin      = (*streamConn)(nil)
	_ driver.Positioner = (*streamConn)(nil)
)

// Create makes an empty stream unless it is there.
func (c *streamConn) Create(ctx context.Context, stream string, spec driver.AddressSpec) error {
	return c.fail(c.ensure(ctx, stream, &spec), "create", stream)
}

// Delete removes a stream with its groups.
func (c *streamConn) Delete(ctx context.Context, stream string) error {
	return c.fail(c.main.Del(ctx, stream).Err(), "delete", stream)
}

// ensure makes sure that a stream is there. When it is missing it is made, if
// spec allows that.
func (c *streamConn) ensure(ctx context.Context, stream string, spec *driver.AddressSpec) error {
	if stream == "" {
		return invalidError{errors.New("the address is empty")}
	}
	if spec != nil {
		if err := driver.CheckParams(spec.Params); err != nil {
			return invalidError{err}
		}
	}
	kind, err := c.main.Type(ctx, stream).Result()
	switch {
	case err != nil:
		return err
	case kind == "stream":
		return nil
	case kind != "none":
		return invalidError{fmt.Errorf("a %s is stored under that key, not a stream", kind)}
	case spec == nil:
		return errMissing
	}
	return c.make(ctx, stream)
}

// make makes a stream without entries: as a group's, which then goes.
func (c *streamConn) make(ctx context.Context, stream string) error {
	const group = "weft.created"
	err := c.main.XGroupCreateMkStream(ctx, stream, group, "0").Err()
	if err != nil && !goredis.HasErrorPrefix(err, "BUSYGROUP") {
		return err
	}
	return c.main.XGroupDestroy(ctx, stream, group).Err()
}

// Positions returns the end of a stream.
func (c *streamConn) Positions(ctx context.Context, stream string) ([]driver.Position, error) {
	const op = "take positions of"
	if err := c.ensure(ctx, stream, nil); err != nil {
		return nil, c.fail(err, op, stream)
	}
	last, err := c.last(ctx, stream)
	if err != nil {
		return nil, c.fail(err, op, stream)
	}
	return []driver.Position{position(stream, last.next())}, nil
}

// last returns the id of the last entry that a stream ever had.
func (c *streamConn) last(ctx context.Context, stream string) (streamID, error) {
	info, err := c.main.XInfoStream(ctx, stream).Result()
	if err != nil {
		return streamID{}, err
	}
	if info.LastGeneratedID == "" {
		return streamID{}, nil // there was none
	}
	return parseID(info.LastGeneratedID)
}

// after resolves where a receiver starts: the id after which it reads. Doing so
// now is what makes the subscription stand when OpenReceiver returns.
func (c *streamConn) after(ctx context.Context, stream string, start driver.Start) (streamID, error) {
	switch start.Kind {
	case driver.Now:
		return c.last(ctx, stream)
	case driver.Beginning:
		return streamID{}, nil
	case driver.AtTime:
		return c.since(ctx, stream, start.Time)
	case driver.AtPositions:
		var id streamID
		for _, p := range start.Positions {
			var err error
			if id, err = readPosition(stream, p); err != nil {
				return streamID{}, invalidError{err}
			}
		}
		return id.before(), nil
	}
	return streamID{}, fmt.Errorf("unknown kind of start %d", start.Kind)
}

// skew is how much later than the server's a sender's clock may be for its
// timestamps still to be found.
const skew = time.Minute

// since finds the first entry that was produced at t or later, as its sender
// says. Entries were produced before the server took them, clocks aside, so
// that the search can begin at that time.
func (c *streamConn) since(ctx context.Context, stream string, t time.Time) (streamID, error) {
	last, err := c.last(ctx, stream)
	if err != nil {
		return streamID{}, err
	}
	from := streamID{ms: uint64(max(t.Add(-skew).UnixMilli(), 0))}
	plain := form{body: bodyField}
	for !last.less(from) {
		a, err := ask(ctx, c.main, 0, "xrange", stream, from.String(), last.String(), "count", page)
		if err != nil {
			return streamID{}, err
		}
		entries, err := a.entries()
		if err != nil {
			return streamID{}, err
		}
		for _, e := range entries {
			var m driver.Message
			if plain.read(&m, stream, e, &places{}); !m.Timestamp.Before(t) {
				return e.id.before(), nil
			}
			from = e.id.next()
		}
		if len(entries) < page {
			break
		}
	}
	return last, nil
}

// OpenSender looks the stream up, so that a missing one is found now.
func (c *streamConn) OpenSender(ctx context.Context, opts driver.SenderOptions) (driver.Sender, error) {
	s := c.newSender(opts)
	if err := c.checkSender(opts, "maxlen", "body.field"); err != nil {
		return nil, s.fail(err)
	}
	form, err := newForm(opts.Params)
	if err != nil {
		return nil, s.fail(invalidError{err})
	}
	head, err := addition(opts)
	if err != nil {
		return nil, s.fail(invalidError{err})
	}
	if err := c.ensure(ctx, opts.Address, opts.Create); err != nil {
		return nil, s.fail(err)
	}
	s.words = len(head) + 2*ownFields
	s.say = func(words []any, m *driver.Message) []any { return form.fields(append(words, head...), m) }
	s.command = func(ctx context.Context, words ...any) goredis.Cmder { return goredis.NewStringCmd(ctx, words...) }
	return s.register()
}

// addition is the command up to the fields of an entry. A stream that is gone
// meanwhile is made again only by those who may.
func addition(opts driver.SenderOptions) ([]any, error) {
	args := []any{"xadd", opts.Address}
	if opts.Create == nil {
		args = append(args, "nomkstream")
	}
	if text, given := opts.Params["maxlen"]; given {
		number, exact := strings.CutPrefix(text, "=")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("maxlen is %q: write a number of entries, as 10000, or =10000 for exactly so many", text)
		}
		if exact {
			args = append(args, "maxlen", "=", n)
		} else {
			args = append(args, "maxlen", "~", n)
		}
	}
	return append(args, "*"), nil
}
