package pulsar

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	client "github.com/apache/pulsar-client-go/pulsar"
	"github.com/apache/pulsar-client-go/pulsar/backoff"
	"github.com/apache/pulsar-client-go/pulsar/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/weft-dev/weft/wire/driver"
)

// opening bounds what the client library may take to open something: it cannot
// be told to stop.
var opening = 10 * time.Second

const (
	// calmest is the longest wait between two attempts to come back.
	calmest = 2 * time.Second
)

// conn is a client of the library.
type conn struct {
	server   driver.Server
	settings *settings
	client   client.Client

	opened driver.Opened
	going  sync.Once
	gone   chan struct{} // closed with the connection
	busy   sync.WaitGroup
}

var _ driver.Conn = (*conn)(nil)

// dial makes the client, which connects by itself when there is something to do.
func (c *conn) dial() error {
	scheme := "pulsar://"
	if c.settings.tls != nil {
		scheme = "pulsar+ssl://"
	}
	options := client.ClientOptions{
		URL:               scheme + strings.Join(c.settings.hosts, ","),
		ConnectionTimeout: 5 * time.Second,
		OperationTimeout:  opening,
		KeepAliveInterval: 10 * time.Second,
		TLSConfig:         c.settings.tls,
		// What happens is told by errors, and counted by those above.
		Logger:                log.DefaultNopLogger(), //nolint:forbidigo // it is the library's, and says nothing
		MetricsRegisterer:     prometheus.NewRegistry(),
		MetricsCardinality:    client.MetricsCardinalityNone,
		ConnectionMaxIdleTime: -1,
		Description:           c.server.Client,
	}
	switch {
	case c.server.Password == nil && c.settings.tls != nil && len(c.settings.tls.Certificates) > 0:
		options.Authentication = client.NewAuthenticationFromTLSCertSupplier(func() (*tls.Certificate, error) {
			return &c.settings.tls.Certificates[0], nil
		})
	case c.server.Password == nil:
	case c.server.User == "":
		options.Authentication = client.NewAuthenticationTokenFromSupplier(c.server.Password)
	default:
		secret, err := c.server.Password()
		if err != nil {
			return loginError{err}
		}
		if options.Authentication, err = client.NewAuthenticationBasic(c.server.User, secret); err != nil {
			return loginError{errors.New("user and password cannot be empty")}
		}
	}
	made, err := client.NewClient(options)
	if err != nil {
		return invalidError{err}
	}
	c.client = made
	return nil
}

// calm is how long to wait before the next attempt to come back.
type calm struct{ wait time.Duration }

func newCalm() backoff.Policy { return &calm{} }

func (c *calm) Next() time.Duration {
	c.wait = min(max(2*c.wait, 50*time.Millisecond), calmest)
	return c.wait
}

func (c *calm) IsMaxBackoffReached() bool { return false }
func (c *calm) Reset()                    { c.wait = 0 }

// Ping enters a broker once more.
func (c *conn) Ping(ctx context.Context) error {
	if err := c.check("ping", ""); err != nil {
		return err
	}
	return c.fail(c.hello(ctx), "ping", "")
}

// check returns an error when the connection is closed.
func (c *conn) check(op, address string) error {
	if c.opened.IsClosed() {
		return c.fail(errClosed, op, address)
	}
	return nil
}

// within calls the client library, which has no contexts. What comes too late is
// given up when it comes.
func within[T any](ctx context.Context, c *conn, open func() (T, error), giveUp func(T)) (T, error) {
	type result struct {
		value T
		err   error
	}
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	done := make(chan result)
	late := make(chan struct{})
	c.busy.Go(func() {
		value, err := open()
		select {
		case done <- result{value, err}:
		case <-late:
			if err == nil {
				giveUp(value)
			}
		}
	})
	defer close(late)
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		return none, ctx.Err()
	case <-c.gone:
		return none, errClosed
	}
}

// OpenSender makes a producer.
func (c *conn) OpenSender(ctx context.Context, opts driver.SenderOptions) (driver.Sender, error) {
	const op = "send to"
	if err := c.check(op, opts.Address); err != nil {
		return nil, err
	}
	s, err := c.newSender(ctx, opts)
	if err != nil {
		return nil, c.fail(err, op, opts.Address)
	}
	if !c.opened.Keep(s) {
		return nil, errors.Join(c.fail(errClosed, op, opts.Address), s.Close())
	}
	return s, nil
}

// OpenReceiver makes a consumer.
func (c *conn) OpenReceiver(ctx context.Context, opts driver.ReceiverOptions) (driver.Receiver, error) {
	const op = "receive from"
	if err := c.check(op, opts.Address); err != nil {
		return nil, err
	}
	r, err := c.newReceiver(ctx, opts)
	if err != nil {
		return nil, c.fail(err, op, opts.Address)
	}
	if !c.opened.Keep(r) {
		return nil, errors.Join(c.fail(errClosed, op, opts.Address), r.Close())
	}
	return r, nil
}

// place finds the topic of an address, and what else the options say that both
// senders and receivers have.
func (c *conn) place(address string, params map[string]string, known ...string) (string, error) {
	if err := driver.CheckParams(params, append(known, ParamNamespace, ParamPersistence)...); err != nil {
		return "", invalidError{err}
	}
	topic, err := c.settings.topic(address, params)
	if err != nil {
		return "", invalidError{err}
	}
	return topic, nil
}

// Close closes all that was opened from the connection.
func (c *conn) Close() error {
	c.going.Do(func() { close(c.gone) })
	return c.opened.Close(func() error {
		c.client.Close()
		c.busy.Wait()
		return nil
	})
}

// checkCompression keeps to what the library has.
func checkCompression(name string) (client.CompressionType, error) {
	switch name {
	case "", "none":
		return client.NoCompression, nil
	case "lz4":
		return client.LZ4, nil
	case "zlib":
		return client.ZLib, nil
	case "zstd":
		return client.ZSTD, nil
	case "snappy":
		return client.SNAPPY, nil
	}
	return 0, fmt.Errorf("unknown compression %q: there is none, lz4, zlib, zstd, snappy", name)
}
