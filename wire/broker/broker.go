package broker

import (
	"context"
	"errors"
	"sync"

	"github.com/weft-dev/weft/wire/driver"
)

// Broker is an open server. Its methods may be called from several goroutines.
type Broker struct {
	link *link
	cfg  Config

	mu        sync.Mutex
	closed    bool
	senders   map[*Sender]struct{}
	receivers map[*Receiver]struct{}
}

func newBroker(l *link, cfg Config) *Broker {
	return &Broker{
		link:      l,
		cfg:       cfg,
		senders:   make(map[*Sender]struct{}),
		receivers: make(map[*Receiver]struct{}),
	}
}

// Server returns the server's URL as people are shown it, without user and
// password.
func (b *Broker) Server() string { return b.link.server.String() }

// Protocol returns the URL scheme that the server was opened with.
func (b *Broker) Protocol() string { return b.link.server.Protocol }

// Capabilities returns what the server's protocol promises.
func (b *Broker) Capabilities() driver.Capabilities { return b.link.driver.Capabilities() }

// CapabilitiesFor returns what the protocol promises for an address that is
// opened with these parameters of the driver.
func (b *Broker) CapabilitiesFor(params map[string]string) driver.Capabilities {
	if varied, ok := b.link.driver.(driver.Varied); ok {
		return varied.CapabilitiesFor(params)
	}
	return b.Capabilities()
}

// Ping asks the server for a sign of life.
func (b *Broker) Ping(ctx context.Context) error {
	return b.call(ctx, "ping", func(ctx context.Context, conn driver.Conn) error {
		return conn.Ping(ctx)
	})
}

// Positions returns where the next message of each source of an address will
// be stored. A receiver that is opened later with driver.StartAt and these
// misses nothing that was sent in between.
func (b *Broker) Positions(ctx context.Context, address string) ([]driver.Position, error) {
	var positions []driver.Position
	err := b.call(ctx, "take positions", func(ctx context.Context, conn driver.Conn) error {
		positioner, ok := conn.(driver.Positioner)
		if !ok {
			return b.unsupported("take positions", address, "the protocol stores no messages to go back to")
		}
		var err error
		positions, err = positioner.Positions(ctx, address)
		return err
	})
	return positions, err
}

// Create makes an address unless it is there.
func (b *Broker) Create(ctx context.Context, address string, spec driver.AddressSpec) error {
	return b.admin(ctx, "create", address, func(ctx context.Context, admin driver.Admin) error {
		return admin.Create(ctx, address, spec)
	})
}

// Delete removes an address and what is stored under it.
func (b *Broker) Delete(ctx context.Context, address string) error {
	return b.admin(ctx, "delete", address, func(ctx context.Context, admin driver.Admin) error {
		return admin.Delete(ctx, address)
	})
}

// Survey lists the addresses of the server and who reads them, where it tells. It
// changes nothing there. See driver.Surveyor.
func (b *Broker) Survey(ctx context.Context, recent int) ([]driver.Holding, error) {
	var list []driver.Holding
	err := b.call(ctx, "survey", func(ctx context.Context, conn driver.Conn) error {
		surveyor, ok := conn.(driver.Surveyor)
		if !ok {
			return b.unsupported("survey", "", "the protocol has no way to ask what is on the server")
		}
		var err error
		list, err = surveyor.Survey(ctx, recent)
		return err
	})
	return list, err
}

// Everything is how to hear all that is sent through the server, where that is
// possible. See driver.Overhearer.
func (b *Broker) Everything() (driver.ReceiverOptions, bool) {
	conn, _ := b.link.current()
	if o, ok := conn.(driver.Overhearer); ok {
		return o.Everything()
	}
	return driver.ReceiverOptions{}, false
}

func (b *Broker) admin(ctx context.Context, op, address string, do func(context.Context, driver.Admin) error) error {
	return b.call(ctx, op, func(ctx context.Context, conn driver.Conn) error {
		admin, ok := conn.(driver.Admin)
		if !ok {
			return b.unsupported(op, address, "the protocol has no way to do it")
		}
		return do(ctx, admin)
	})
}

func (b *Broker) unsupported(op, address, hint string) error {
	return &driver.Error{Kind: driver.ErrUnsupported, Op: op, Server: b.Server(), Address: address, Hint: hint}
}

// call runs do on the connection within the deadline. When it fails because
// the connection broke and nothing was done, it is run once more on a new one.
func (b *Broker) call(ctx context.Context, op string, do func(context.Context, driver.Conn) error) error {
	if err := b.check(op); err != nil {
		return err
	}
	ctx, cancel := b.deadline(ctx)
	defer cancel()
	conn, era := b.link.current()
	if conn == nil {
		return closedError(b.link.server, op)
	}
	err := do(ctx, conn)
	if !driver.NotSent(err) || !driver.Retryable(err) || ctx.Err() != nil {
		return err
	}
	if renewed := b.link.renew(ctx, era, b.cfg.Attempts); renewed != nil {
		return renewed
	}
	if conn, _ = b.link.current(); conn == nil {
		return closedError(b.link.server, op)
	}
	return do(ctx, conn)
}

func (b *Broker) check(op string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return closedError(b.link.server, op)
	}
	return nil
}

// deadline bounds ctx by the configured timeout, so that no call waits for an
// answer for ever.
func (b *Broker) deadline(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, b.cfg.Timeout)
}

// Close ends in an order that loses nothing: no new sends are taken, those
// under way are waited for, settlements are made known, then the connection
// goes, if no other Broker shares it. Waiting ends with ctx; everything is
// given up then all the same.
func (b *Broker) Close(ctx context.Context) error {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return nil
	}
	b.closed = true
	senders, receivers := keys(b.senders), keys(b.receivers)
	b.mu.Unlock()

	ctx, cancel := b.deadline(ctx)
	defer cancel()
	var errs []error
	for _, s := range senders {
		errs = append(errs, s.Close(ctx))
	}
	for _, r := range receivers {
		errs = append(errs, r.Close())
	}
	return errors.Join(append(errs, b.link.release())...)
}

func keys[K comparable](set map[K]struct{}) []K {
	list := make([]K, 0, len(set))
	for k := range set {
		list = append(list, k)
	}
	return list
}
