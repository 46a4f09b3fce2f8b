// Package door is where clients come in to the embedded servers: it listens on
// loopback and nowhere else, and goes on when the machine is out of descriptors
// for a moment.
//
// It must not know protocols, nor how many clients a server takes: it hands over
// connections.
package door

import (
	"crypto/tls"
	"errors"
	"net"
	"strconv"
	"time"
)

// pause is how long to wait before the next try after one could not be let in.
const pause = 10 * time.Millisecond

// Listen listens on a port of 127.0.0.1, any free one for 0, or at a listener
// that was made before. With a TLS configuration all that comes in speaks it.
func Listen(port int, made net.Listener, secure *tls.Config) (net.Listener, error) {
	if made == nil {
		var err error
		if made, err = net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err != nil {
			return nil, err
		}
	}
	if secure != nil {
		made = tls.NewListener(made, secure)
	}
	return made, nil
}

// Welcome hands each connection over as it comes, until the listener is closed.
// What it is handed to must not wait for the client.
func Welcome(listener net.Listener, welcome func(net.Conn)) {
	for {
		socket, err := listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			time.Sleep(pause) // out of descriptors, or such
		default:
			welcome(socket)
		}
	}
}
