// Package apart is what weft knows of the protocols that it is not built with:
// their client libraries weigh more than all else together, so that they are in
// a program of their own, weft-full, which is weft with more drivers. It exists
// so that plain weft can say where they are, what they promise, and how to get
// there, without a line of those libraries.
//
// It holds data and must not know the drivers. They take what they promise from
// here, so that there is one place that says it.
package apart

import (
	"slices"

	"github.com/weft-dev/weft/wire/driver"
)

// Program is the name of the program that has these protocols too.
const Program = "weft-full"

// Way is what to do where a protocol of this package is asked for and missing.
const Way = "use " + Program + ", which is weft with more drivers: make full builds it from weft's source"

// Protocol is one that is built apart.
type Protocol struct {
	// Schemes are the beginnings of URLs; the first is its proper name.
	Schemes []string
	// Promises are what its driver promises.
	Promises driver.Capabilities
	// Embedded says that weft-full brings a server of its own.
	Embedded bool
}

// Name is the protocol's proper name.
func (p Protocol) Name() string { return p.Schemes[0] }

// Protocols returns all, by name.
func Protocols() []Protocol { return []Protocol{GooglePubSub(), Pulsar()} }

// Find returns the protocol of a URL scheme.
func Find(scheme string) (Protocol, bool) {
	for _, p := range Protocols() {
		if slices.Contains(p.Schemes, scheme) {
			return p, true
		}
	}
	return Protocol{}, false
}

// GooglePubSub is Google Cloud Pub/Sub. Order is a promise of subscriptions
// that ask for it, which those do that weft makes.
func GooglePubSub() Protocol {
	return Protocol{
		Schemes:  []string{"googlepubsub"},
		Embedded: true,
		Promises: driver.Capabilities{
			AtLeastOnce: true,
			Reject:      true,
			Requeue:     true,
			Ordered:     true,
			Groups:      true,
			FanOut:      true,
			Headers:     true,
			HeaderOrder: true,
			Keys:        true,
			Timestamps:  true,
			Correlation: true,
			ReplyTo:     true,
			Create:      true,
			NeedsCreate: true,

			// The service takes ten million bytes with all that is around them.
			MaxMessageBytes: 9 << 20,
		},
	}
}

// Pulsar is Apache Pulsar.
func Pulsar() Protocol {
	return Protocol{
		Schemes:  []string{"pulsar", "pulsar+ssl"},
		Embedded: true,
		Promises: driver.Capabilities{
			AtLeastOnce: true,
			Reject:      true,
			Requeue:     true,
			Ordered:     true,
			Groups:      true,
			FanOut:      true,
			Headers:     true,
			HeaderOrder: true,
			Keys:        true,
			Timestamps:  true,
			Correlation: true,
			ReplyTo:     true,
			Pipelined:   true,

			// The broker's own default is five mebibytes with all that is around them.
			MaxMessageBytes: 5<<20 - 64<<10,
		},
	}
}
