// Package googlepubsub speaks Google Cloud Pub/Sub: topics that copy messages
// into subscriptions, whose messages are leased to whoever pulls them. It adds
// to the client library what a driver promises: one stream of messages that is
// made anew when it breaks, extension of leases while messages are unsettled,
// dead letters on rejection, and errors that say what to do.
//
// It must not know AsyncAPI: bindings arrive here as options.
//
// # Servers
//
//	googlepubsub://pubsub.googleapis.com/PROJECT          the service, over TLS
//	googlepubsub://europe-west1-pubsub.googleapis.com/P   one region of it
//	googlepubsub://127.0.0.1:8085/PROJECT                 an emulator, in plain text on loopback
//
// cloud.google.com/pubsub, which contracts give, means the service too. The
// password is a service account's key, the JSON of its file, or an access token;
// there is no user. Parameters of the URL, all optional:
//
//	project      where the path does not say it; addresses may hold it too
//	credentials  adc: what the machine is logged in with, which nobody takes unasked
//	subscribe    "allow" lets a receiver make a subscription for itself
//	tls          on or off; off without TLS, and only on loopback
//
// # Addresses
//
// A topic is addressed by its name, or as projects/PROJECT/topics/NAME.
//
// # Subscriptions
//
// A group is a subscription: the one that the parameter names, else one of its
// own, which stays. A receiver alone has one that goes with it, or by itself
// after a day; it owes nobody an answer, so that what it hands out is settled.
//
// # Messages
//
// A key that is text is the ordering key. A header that Pub/Sub can carry is an
// attribute of its name, the correlation id is the attribute "correlationId" and
// the reply address "replyTo". What Pub/Sub cannot carry is JSON in the
// attributes "weft", "weft.1" and so on: the order of headers that are not in
// the order of their names, headers that have no legal name, the same name as
// another or a value that is long or not text, a key that is not text, and the
// sender's timestamp.
//
// # Parameters
//
//	to receive   subscription: its name, or projects/PROJECT/subscriptions/NAME
//	to create    label:NAME, messageRetentionDuration (as 86400s), kmsKey,
//	             allowedPersistenceRegions (with commas between), schema,
//	             schemaEncoding (JSON, BINARY), schemaFirstRevision, schemaLastRevision
//	of a message orderingKey, where it has no key; attribute:NAME
//
// A message's As fills a *pubsubpb.PubsubMessage of the client library.
package googlepubsub

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

// Protocols returns the driver's only URL scheme.
func (Driver) Protocols() []string { return apart.GooglePubSub().Schemes }

// Capabilities returns what Pub/Sub promises.
func (Driver) Capabilities() driver.Capabilities { return apart.GooglePubSub().Promises }

// Connect makes sure that the service answers and knows us.
func (Driver) Connect(ctx context.Context, server driver.Server) (driver.Conn, error) {
	c := &conn{server: server}
	if err := c.enter(ctx); err != nil {
		return nil, c.fail(err, "connect", "")
	}
	if err := c.Ping(ctx); err != nil {
		_ = c.line.Close() // nothing was sent on it
		return nil, c.fail(err, "connect", "")
	}
	return c, nil
}
