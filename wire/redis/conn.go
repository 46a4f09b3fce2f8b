package redis

import (
	"context"
	"errors"
	"fmt"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/weft-dev/weft/wire/driver"
)

// closing bounds what saying goodbye to a server may take that no longer answers.
const closing = 5 * time.Second

// conn is a connection to one server: one client for all commands that are
// answered at once. Receivers have connections of their own, as they wait.
type conn struct {
	server driver.Server
	opts   *goredis.Options
	main   *goredis.Client

	opened driver.Opened
}

func newConn(server driver.Server) (*conn, error) {
	opts, err := entrance(server)
	if err != nil {
		return nil, err
	}
	return &conn{
		server: server, opts: opts, main: client(opts, answerTimeout, nil),
	}, nil
}

// client makes a client of its own connections, whose reads take at most so
// long. The options are copied, since a client changes its own.
func client(opts *goredis.Options, patience time.Duration, connected func(context.Context, *goredis.Conn) error) *goredis.Client {
	own := *opts
	own.ReadTimeout = patience
	own.OnConnect = connected
	return goredis.NewClient(&own)
}

// greet makes sure that the server answers and lets us in; the connection is
// closed when it does not.
func (c *conn) greet(ctx context.Context) error {
	err := c.ping(ctx)
	if err == nil {
		return nil
	}
	_ = c.main.Close() // also ends a ping that still waits
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	var failed *driver.Error
	err = c.fail(err, "connect", "")
	if errors.As(err, &failed) && errors.Is(failed.Kind, driver.ErrUnreachable) && !failed.NotSent {
		failed.Kind, failed.Retry, failed.Hint = driver.ErrProtocol, false, strange
	}
	return err
}

// ping keeps to ctx also when it is cancelled, which the client does not.
func (c *conn) ping(ctx context.Context) error {
	answer := make(chan error, 1)
	go func() { answer <- c.main.Ping(ctx).Err() }()
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Ping asks the server for a sign of life.
func (c *conn) Ping(ctx context.Context) error {
	return c.fail(c.ping(ctx), "ping", "")
}

// Close closes all that was opened from the connection, at once, then the
// connection.
func (c *conn) Close() error {
	return c.opened.Close(c.main.Close)
}

// checkSender refuses what no sender here can do.
func (c *conn) checkSender(opts driver.SenderOptions, known ...string) error {
	switch err := driver.CheckParams(opts.Params, known...); {
	case opts.Address == "":
		return invalidError{errors.New("the address is empty")}
	case err != nil:
		return invalidError{err}
	case opts.Compression != "" && opts.Compression != "none":
		return invalidError{fmt.Errorf("unknown compression %q: there is none", opts.Compression)}
	}
	return nil
}

// checkReceiver refuses what no receiver here can do.
func (c *conn) checkReceiver(opts driver.ReceiverOptions, known ...string) error {
	if opts.Address == "" {
		return invalidError{errors.New("the address is empty")}
	}
	if err := driver.CheckParams(opts.Params, known...); err != nil {
		return invalidError{err}
	}
	if err := opts.Start.Check(); err != nil {
		return invalidError{err}
	}
	return nil
}
