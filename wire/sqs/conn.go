package sqs

import (
	"context"
	"net/http"

	awssns "github.com/aws/aws-sdk-go-v2/service/sns"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/weft-dev/weft/wire/driver"
)

// conn is a way in: the protocol has no connections, only requests.
type conn struct {
	server    driver.Server
	region    string
	subscribe bool // receivers of topics may make queues
	transport *http.Transport
	sqs       *awssqs.Client
	sns       *awssns.Client // nil for queues

	opened driver.Opened
}

var (
	_ driver.Conn  = (*conn)(nil)
	_ driver.Admin = (*conn)(nil)
)

// Ping asks for one queue. Who may not list them is known all the same.
func (c *conn) Ping(ctx context.Context) error {
	if err := c.check("ping", ""); err != nil {
		return err
	}
	one := int32(1)
	_, err := c.sqs.ListQueues(ctx, &awssqs.ListQueuesInput{MaxResults: &one})
	return c.fail(admitted(err), "ping", "")
}

// check returns an error when the connection is closed.
func (c *conn) check(op, address string) error {
	if c.opened.IsClosed() {
		return c.fail(errClosed, op, address)
	}
	return nil
}

// OpenSender finds the queue, so that a missing one is told now.
func (c *conn) OpenSender(ctx context.Context, opts driver.SenderOptions) (driver.Sender, error) {
	const op = "send to"
	if err := c.check(op, opts.Address); err != nil {
		return nil, err
	}
	if err := checkSender(opts); err != nil {
		return nil, c.fail(invalidError{err}, op, opts.Address)
	}
	s, err := c.queueSender(ctx, opts)
	if err != nil {
		return nil, c.fail(err, op, opts.Address)
	}
	return c.keepSender(s)
}

func (c *conn) queueSender(ctx context.Context, opts driver.SenderOptions) (*sender, error) {
	q, err := c.openQueue(ctx, opts.Address, opts.Create)
	if err != nil {
		return nil, err
	}
	return newSender(c, opts, q.fifo, q.content, c.toQueue(q.url)), nil
}

func (c *conn) keepSender(s *sender) (driver.Sender, error) {
	if !c.opened.Keep(s) {
		return nil, c.fail(errClosed, "send to", s.opts.Address)
	}
	return s, nil
}

// OpenReceiver finds the queue. A message that is there waits for whoever comes.
func (c *conn) OpenReceiver(ctx context.Context, opts driver.ReceiverOptions) (driver.Receiver, error) {
	const op = "receive from"
	if err := c.check(op, opts.Address); err != nil {
		return nil, err
	}
	r, err := c.newReceiver(opts, c.queueSender)
	if err != nil {
		return nil, c.fail(invalidError{err}, op, opts.Address)
	}
	q, err := c.openQueue(ctx, opts.Address, opts.Create)
	if err == nil {
		err = r.begin(ctx, q)
	}
	if err != nil {
		return nil, c.fail(err, op, opts.Address)
	}
	return r, nil
}

// Create makes a queue unless it is there.
func (c *conn) Create(ctx context.Context, address string, spec driver.AddressSpec) error {
	if err := c.check("create", address); err != nil {
		return err
	}
	_, err := c.ensureQueue(ctx, address, &spec)
	return c.fail(err, "create", address)
}

// Delete removes a queue and its messages.
func (c *conn) Delete(ctx context.Context, address string) error {
	if err := c.check("delete", address); err != nil {
		return err
	}
	url, err := c.findQueue(ctx, address)
	if err == nil {
		_, err = c.sqs.DeleteQueue(ctx, &awssqs.DeleteQueueInput{QueueUrl: &url})
	}
	return c.fail(err, "delete", address)
}

// Close closes all that was opened from the connection.
func (c *conn) Close() error {
	return c.opened.Close(func() error {
		c.transport.CloseIdleConnections()
		return nil
	})
}
