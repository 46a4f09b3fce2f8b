package driver

import "context"

// Surveyor is what a Conn offers whose server tells what is on it.
type Surveyor interface {
	// Survey lists the addresses and who reads them. It changes nothing on the
	// server: no group is joined, and no position moves. Recent is about how
	// many messages a receiver that starts at a Holding's Start finds there.
	Survey(ctx context.Context, recent int) ([]Holding, error)
}

// Overhearer is what a Conn offers whose server hands out all that is sent while
// somebody listens, and so tells what nobody asked it.
type Overhearer interface {
	// Everything is how to receive it: without a group, so that nobody misses a
	// message for it. With ok false the server cannot be listened to.
	Everything() (options ReceiverOptions, ok bool)
}

// Holding is an address that a server has.
type Holding struct {
	Address    string
	Store      string // the stream that stores it, where that has a name of its own
	Partitions int    // 0 where there are none

	// Params are how it was made, as in AddressSpec, as far as that matters to who
	// describes it.
	Params map[string]string

	// Messages is how many are stored; -1 where the server does not tell.
	Messages int64

	// Start is where the most recent messages begin, and Sample how many there
	// are at least, unless some go meanwhile.
	Start  Start
	Sample int

	Groups []Readership // by name

	// Keys are by what its messages are told apart, where an address is that of
	// several: the routing keys of an exchange, as patterns.
	Keys []string

	// Feeds are where its messages come from, where the server tells: bindings of
	// a queue, a dead letter queue's sources.
	Feeds []string
}

// Readership is a group that reads an address.
type Readership struct {
	Group   string
	As      string // the ReceiverOptions.Group that is this one, where a driver names it otherwise
	Members int    // connected now; -1 where the server does not tell
	Lag     int64  // messages that it has not settled; -1 where the server does not tell
}
