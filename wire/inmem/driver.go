// Package inmem is the reference member of the family of drivers: it keeps
// every promise that a driver can make, inside this process, in code short
// enough to read. It serves tests, and runs that need no server.
//
// There are two protocols. At "inmem://NAME" addresses are topics: logs that
// each group, and each receiver without one, reads for itself. At
// "inmem-queue://NAME" they are queues: a message waits for one receiver and
// goes to it alone. Connections to one NAME see the same messages for as long
// as one of them, or the Server made by NewServer, is open.
//
// An address is one ordered stream and is made when it is first used, so that
// the partitions and replicas of an AddressSpec have nothing to change.
package inmem

import (
	"context"
	"errors"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
)

// The protocols.
const (
	Topics = "inmem"
	Queues = "inmem-queue"
)

func init() {
	broker.Register(Driver{})
	broker.Register(Driver{Queue: true})
}

// Driver is the driver for topics or, with Queue, for queues.
type Driver struct{ Queue bool }

var _ driver.Driver = Driver{}

// Protocols returns the driver's only URL scheme.
func (d Driver) Protocols() []string {
	if d.Queue {
		return []string{Queues}
	}
	return []string{Topics}
}

// Capabilities returns what topics or queues promise.
func (d Driver) Capabilities() driver.Capabilities {
	return driver.Capabilities{
		AtLeastOnce: true,
		Reject:      true,
		Requeue:     true,
		Ordered:     true,
		Groups:      !d.Queue,
		Queue:       d.Queue,
		FanOut:      !d.Queue,
		Headers:     true,
		HeaderOrder: true,
		Keys:        true,
		Timestamps:  true,
		Replay:      !d.Queue,
		StartTime:   !d.Queue,
		Correlation: true,
		ReplyTo:     true,
		Create:      true,

		MaxBatch:        1000,
		MaxMessageBytes: 16 << 20,
	}
}

// Connect joins the server of that name, which comes into being when it is not
// there.
func (d Driver) Connect(ctx context.Context, server driver.Server) (driver.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(server.Hosts) != 1 {
		return nil, &driver.Error{
			Kind: driver.ErrInvalid, Op: "connect", Server: server.String(),
			Err: errors.New("it needs exactly one name"), Hint: "write " + server.Protocol + "://NAME",
		}
	}
	return newConn(d, join(server.Protocol, server.Hosts[0], d.Queue), server.String()), nil
}
