package kafka

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weft-dev/weft/wire/driver"
)

// conn is a connection to a cluster: one client for administration and
// ordinary sending, further ones for senders that want something else, and one
// for each receiver.
type conn struct {
	server driver.Server
	base   []kgo.Opt
	main   *kgo.Client
	admin  *kadm.Client

	session time.Duration // usual session timeout of a member of a group

	opened driver.Opened

	mu        sync.Mutex
	producers map[producerKind]*kgo.Client // nil once they are closed
}

var (
	_ driver.Conn       = (*conn)(nil)
	_ driver.Admin      = (*conn)(nil)
	_ driver.Positioner = (*conn)(nil)
)

// producerKind is what senders must agree on to share a client. Its zero value
// is the ordinary client.
type producerKind struct {
	acks        driver.Acks
	compression string
	linger      time.Duration
	maxBytes    int
	clientID    string
}

// Ping asks any broker for a sign of life.
func (c *conn) Ping(ctx context.Context) error {
	return c.fail(ping(ctx, c.main), "ping", "")
}

// ping keeps to ctx where the client does not: a broker that accepts and never
// answers the greeting holds it for its own, longer time.
func ping(ctx context.Context, client *kgo.Client) error {
	answer := make(chan error, 1)
	go func() { answer <- client.Ping(ctx) }()
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// producer returns the client for a kind of sender.
func (c *conn) producer(kind producerKind) (*kgo.Client, error) {
	if kind == (producerKind{}) {
		return c.main, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if client, ok := c.producers[kind]; ok {
		return client, nil
	}
	if c.producers == nil {
		return nil, kgo.ErrClientClosed
	}
	client, err := c.newProducer(kind)
	if err != nil {
		return nil, err
	}
	c.producers[kind] = client
	return client, nil
}

func (c *conn) newProducer(kind producerKind) (*kgo.Client, error) {
	codec, err := codecOf(kind.compression)
	if err != nil {
		return nil, err
	}
	opts := append(c.base[:len(c.base):len(c.base)],
		kgo.RecordPartitioner(partitioner{}),
		kgo.ProducerBatchCompression(codec),
		kgo.ProducerLinger(kind.linger),
		// A Send that gave up must not send later, when nobody expects it.
		kgo.AllowIdempotentProduceCancellation(),
	)
	if kind.maxBytes > 0 {
		opts = append(opts, kgo.ProducerBatchMaxBytes(int32(kind.maxBytes+batchRoom)))
	}
	if kind.clientID != "" {
		opts = append(opts, kgo.ClientID(kind.clientID))
	}
	switch kind.acks {
	case driver.AcksAll:
	case driver.AcksLeader:
		opts = append(opts, kgo.RequiredAcks(kgo.LeaderAck()), kgo.DisableIdempotentWrite())
	case driver.AcksNone:
		opts = append(opts, kgo.RequiredAcks(kgo.NoAck()), kgo.DisableIdempotentWrite())
	}
	return kgo.NewClient(opts...)
}

// batchRoom is what a batch and a record need beside key, headers and body.
const batchRoom = 1024

func codecOf(name string) (kgo.CompressionCodec, error) {
	switch name {
	case "", "none":
		return kgo.NoCompression(), nil
	case "gzip":
		return kgo.GzipCompression(), nil
	case "snappy":
		return kgo.SnappyCompression(), nil
	case "lz4":
		return kgo.Lz4Compression(), nil
	case "zstd":
		return kgo.ZstdCompression(), nil
	}
	return kgo.CompressionCodec{}, invalidError{fmt.Errorf("unknown compression %q: there is none, gzip, snappy, lz4, zstd", name)}
}

// Close closes all that was opened from the connection, then its clients.
func (c *conn) Close() error {
	return c.opened.Close(func() error {
		c.mu.Lock()
		producers := c.producers
		c.producers = nil
		c.mu.Unlock()
		for _, client := range producers {
			client.Close()
		}
		c.main.Close()
		return nil
	})
}
