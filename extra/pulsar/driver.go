// Package pulsar speaks Apache Pulsar: topics whose subscriptions remember how
// far they are. It adds to the client library what a driver promises: deadlines
// of each call, a limit on what is unsettled, dead letters on rejection, and
// errors that say what to do.
//
// It must not know AsyncAPI: bindings arrive here as options.
//
// # Servers
//
//	pulsar://127.0.0.1:6650                    topics of public/default
//	pulsar+ssl://broker:6651/acme/sales        over TLS, topics of another namespace
//	pulsar://one:6650,two:6650?tenant=acme     several brokers
//
// A password without a user is a token, with one it is their basic login. A
// client certificate is a login of its own where there is neither. Certificates
// of all brokers must be for the first host, or for the name that is given.
//
// # Addresses
//
// A topic is addressed by its name, or as persistent://TENANT/NAMESPACE/NAME.
// Whether it is made when it is missing is the broker's decision.
//
// # Subscriptions
//
// A group is a subscription of its name, in which the messages of a key go to
// one receiver at a time (Key_Shared). A receiver alone has a subscription that
// nobody stores.
//
// # Messages
//
// A key that is text is the key of the message, its timestamp the event time. A
// header that is text, and the only one of its name, is a property; the
// correlation id is the property "correlationId" and the reply address
// "replyTo". The rest is JSON in the property "weft".
//
// # Parameters
//
//	to send, to receive   namespace, persistence (persistent, non-persistent):
//	                      where a topic is that is addressed by its name
//	to receive            subscriptionType: exclusive, shared, failover or
//	                      key_shared, of a group
//
// A message's As fills a pulsar.Message of the client library.
package pulsar

import (
	"context"

	"github.com/weft-dev/weft/wire/apart"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
)

func init() { broker.Register(Driver{}) }

// Driver is the driver.
type Driver struct{}

var _ driver.Driver = Driver{}

// Protocols returns the URL schemes, without and with TLS.
func (Driver) Protocols() []string { return apart.Pulsar().Schemes }

// Capabilities returns what Pulsar promises. What is read and kept depends on
// the policies of a namespace, and so is none of the protocol's promises.
func (Driver) Capabilities() driver.Capabilities { return apart.Pulsar().Promises }

// Connect makes sure that a broker answers and lets us in.
func (Driver) Connect(ctx context.Context, server driver.Server) (driver.Conn, error) {
	c := &conn{server: server, gone: make(chan struct{})}
	settings, err := settingsOf(server)
	if err != nil {
		return nil, c.fail(invalidError{err}, "connect", "")
	}
	c.settings = settings
	if err := c.hello(ctx); err != nil {
		return nil, c.fail(err, "connect", "")
	}
	if err := c.dial(); err != nil {
		return nil, c.fail(err, "connect", "")
	}
	return c, nil
}
