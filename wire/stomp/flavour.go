package stomp

import "strings"

// flavour is what a server does its own way where the protocol leaves it open.
type flavour struct {
	// decides says that NACK has the header requeue, by which a message is
	// delivered again or let go. Elsewhere NACK lets it go, and what is to be
	// delivered again is so by us.
	decides bool
	// queues says that a topic's subscription can name its queue, and the
	// arguments of it.
	queues bool
	// virtual says that there are virtual topics.
	virtual bool
	// encoded says that names within destinations are percent-encoded.
	encoded bool
	// fleeting says that a message-id is that of one delivery.
	fleeting bool
	// replies says that a temporary queue is subscribed to by sending with it as
	// a reply-to.
	replies bool
	// seconds says that a timestamp is in seconds, and an expiration the
	// milliseconds that a message has; else it is the time at which they are over.
	seconds bool
	// prefetch is the header that limits unsettled messages.
	prefetch string
}

// flavourOf knows a server by the name that it gives itself.
func flavourOf(server string) flavour {
	name, _, _ := strings.Cut(server, "/")
	switch strings.ToLower(name) {
	case "rabbitmq":
		return flavour{decides: true, queues: true, encoded: true, fleeting: true, replies: true, seconds: true, prefetch: "prefetch-count"}
	case "weft":
		return flavour{decides: true, queues: true, seconds: true, prefetch: "prefetch-count"}
	case "activemq":
		return flavour{virtual: true, prefetch: "activemq.prefetchSize"}
	}
	return flavour{prefetch: "prefetch-count"}
}
