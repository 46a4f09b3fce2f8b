// Package driver is what somebody writes to put one more messaging protocol
// under weft: a handful of methods, and a table of what the protocol can
// promise. Everything that is the same for all protocols (URLs, retries,
// batching, deadlines) is written once in wire/broker, and what a driver must
// do is proven by wire/drivertest.
//
// It must not know AsyncAPI, contracts or workflows: a driver moves bytes
// between addresses.
package driver

import (
	"context"
	"crypto/tls"
	"time"
)

// Driver speaks one protocol.
type Driver interface {
	// Protocols returns the URL schemes that the driver answers to; the first
	// is its proper name.
	Protocols() []string

	// Capabilities returns what the protocol promises. It is constant.
	Capabilities() Capabilities

	// Connect reaches a server and makes sure that it answers and lets us in.
	// It ends when ctx does: a server that accepts and never answers must not
	// hold it.
	Connect(ctx context.Context, server Server) (Conn, error)
}

// Varied is what a Driver is whose addresses do not all promise the same: each
// message of an AMQP queue goes to one receiver, those of a routing key go to
// whoever wants them.
type Varied interface {
	Driver

	// CapabilitiesFor returns what the protocol promises for an address that is
	// opened with these parameters. It is constant, and without parameters the
	// same as Capabilities.
	CapabilitiesFor(params map[string]string) Capabilities
}

// Keyed is what a Driver is whose protocol begins with HTTP, where keys of APIs
// have a place (Server.APIKeys).
type Keyed interface {
	Driver

	// TakesAPIKeys does nothing: it is there to be found.
	TakesAPIKeys()
}

// Conn is a connection to one server. Its methods may be called from several
// goroutines. A Conn may also be an Admin and a Positioner.
type Conn interface {
	// OpenSender prepares to send to one address.
	OpenSender(ctx context.Context, opts SenderOptions) (Sender, error)

	// OpenReceiver subscribes to one address. When it returns, the
	// subscription stands: with StartNow, each message that is sent after
	// OpenReceiver returned is delivered.
	OpenReceiver(ctx context.Context, opts ReceiverOptions) (Receiver, error)

	// Ping asks the server for a sign of life.
	Ping(ctx context.Context) error

	// Close ends the connection and everything opened from it, and leaves no
	// goroutine behind.
	Close() error
}

// Sender sends to one address. Send may be called from several goroutines.
type Sender interface {
	// Send returns once the server has confirmed every message, as far as the
	// protocol confirms at all. When only some of them failed the error is a
	// *BatchError. Messages of one call, and calls that follow each other,
	// keep their order per key where Capabilities.Ordered is promised.
	Send(ctx context.Context, messages []*Message) error

	// Close waits for what is under way, then gives up the sender.
	Close() error
}

// Receiver receives from one address. Receive and Settle may be called from
// different goroutines.
type Receiver interface {
	// Receive waits for at least one message and returns at most max of them
	// (max < 1 means as many as there are). When ctx ends first it returns
	// ctx's error and loses nothing: what had arrived comes with the next call.
	Receive(ctx context.Context, max int) ([]*Message, error)

	// Settle says what became of messages. A message that is never settled is
	// delivered again to a later receiver of the group. Settling a message
	// that another receiver delivered, or that has meanwhile been given to
	// another one, is ErrLost; settling it twice does nothing. What failed to be
	// settled may be settled again. Where it is not, it comes again: when the
	// server has not heard of it for a while, where servers wait for that, and at
	// the latest when the receiver is gone.
	Settle(ctx context.Context, settlements []Settlement) error

	// Close makes settlements known to the server and leaves the group. A
	// Receive that waits returns ErrClosed.
	Close() error
}

// Admin is what a Conn offers when addresses can be made and removed.
type Admin interface {
	// Create makes an address. One that is already there is left as it is.
	Create(ctx context.Context, address string, spec AddressSpec) error

	// Delete removes an address and what is stored under it.
	Delete(ctx context.Context, address string) error
}

// Positioner is what a Conn offers when addresses are logs that can be read
// again (Capabilities.Replay).
type Positioner interface {
	// Positions returns, for each source of an address, the place where the
	// next message will be stored. A receiver that starts there later misses
	// nothing that is sent after this call: that is how to subscribe ahead,
	// and what to store in order to go on after a crash.
	Positions(ctx context.Context, address string) ([]Position, error)
}

// Server says where a server is and how to enter.
type Server struct {
	Protocol string              // URL scheme, "kafka"
	Hosts    []string            // "host:port", at least one unless the protocol has none
	Path     string              // what follows the hosts, without the leading slash
	Params   map[string][]string // the query of the URL, protocol-specific
	User     string
	Password func() (string, error) // nil without a password; asked at each login, never kept
	SASL     string                 // "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER", or empty for none
	APIKeys  []APIKey               // only for drivers that are Keyed
	TLS      *tls.Config            // nil for plain text
	Client   string                 // name by which the server knows this client, may be empty
}

// APIKey is a secret that goes with each request or handshake of HTTP.
type APIKey struct {
	In    string                 // "header", "query" or "cookie"
	Name  string                 // of the header, the parameter or the cookie
	Value func() (string, error) // asked at each request, never kept
}

// AddressSpec says how an address is made.
type AddressSpec struct {
	Partitions int               // 0 leaves it to the server
	Replicas   int               // 0 leaves it to the server
	Params     map[string]string // protocol-specific, documented by each driver
}

// Acks says how much of the server must have a message before Send returns.
type Acks int

// The levels of confirmation. The zero value is the safest.
const (
	AcksAll    Acks = iota // every replica that is in step
	AcksLeader             // the one server that took it
	AcksNone               // nobody: the message may be lost unnoticed
)

// SenderOptions says what to send to and how.
type SenderOptions struct {
	Address         string
	Acks            Acks
	Compression     string            // "", "none", or a codec that the driver documents
	Linger          time.Duration     // how long a message may wait for company
	MaxMessageBytes int               // 0 means the protocol's own limit
	Create          *AddressSpec      // make the address when it is missing; nil never does
	Params          map[string]string // protocol-specific; an unknown name is an error
}

// ReceiverOptions says what to receive and how.
type ReceiverOptions struct {
	Address string

	// Group names the consumers that share the messages between them, each
	// going to one of them. Without a group a receiver has its own copy of
	// everything and the server keeps no position for it.
	Group string

	// Start is where to begin. A group that has a stored position goes on
	// there, whatever Start says.
	Start Start

	Prefetch   int               // how many unsettled messages may wait here; 0 lets the driver choose
	DeadLetter string            // address that rejected messages go to; empty lets them go
	Create     *AddressSpec      // make the address when it is missing; nil never does
	Params     map[string]string // protocol-specific; an unknown name is an error
}
