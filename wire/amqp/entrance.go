package amqp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/rabbitmq/amqp091-go"

	"github.com/weft-dev/weft/wire/driver"
)

// frameSize is the largest frame that we take and send, in bytes.
const frameSize = 128 << 10

// entrance is how to reach and enter a server.
type entrance struct {
	server driver.Server
	vhost  string
	beat   time.Duration
}

func newEntrance(server driver.Server) (*entrance, error) {
	vhost, beat, err := settings(server)
	if err != nil {
		return nil, err
	}
	e := &entrance{server: server, vhost: vhost, beat: beat}
	if server.User != "" && server.Password == nil {
		return nil, errors.New("a login needs a user and a reference to a password")
	}
	switch strings.ToUpper(server.SASL) {
	case "", "PLAIN", "EXTERNAL":
		return e, nil
	}
	return nil, fmt.Errorf("unknown login %q: there is PLAIN, EXTERNAL", server.SASL)
}

// dial goes through the hosts until one lets us in.
func (e *entrance) dial(ctx context.Context) (*link, error) {
	var errs []error
	for _, host := range e.server.Hosts {
		l, err := e.enter(ctx, withPort(host, e.port()))
		if err == nil {
			return l, nil
		}
		if ctx.Err() != nil {
			// What the library says then is of our making.
			return nil, errors.Join(ctx.Err(), err)
		}
		errs = append(errs, err)
	}
	if len(errs) == 0 {
		return nil, invalidError{errors.New("the URL has no host")}
	}
	return nil, errors.Join(errs...)
}

func (e *entrance) port() string {
	if e.tls("") == nil {
		return "5672"
	}
	return "5671"
}

func withPort(host, port string) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), port)
}

// tls returns how to secure a connection to a host, or nil for not at all.
func (e *entrance) tls(host string) *tls.Config {
	if e.server.TLS == nil && e.server.Protocol != "amqps" {
		return nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if e.server.TLS != nil {
		config = e.server.TLS.Clone()
	}
	if config.ServerName == "" {
		config.ServerName = host
	}
	return config
}

// link is one connection to a server.
type link struct {
	*amqp091.Connection
	socket *socket
}

// enter connects to one host and does the handshake. It ends with ctx.
func (e *entrance) enter(ctx context.Context, address string) (*link, error) {
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	s := &socket{Conn: raw}
	stop := context.AfterFunc(ctx, func() { _ = raw.Close() })
	c, err := e.shakeHands(ctx, s, address)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		_ = raw.Close() // the handshake's error says more
		return nil, err
	}
	return &link{Connection: c, socket: s}, nil
}

func (e *entrance) shakeHands(ctx context.Context, s *socket, address string) (*amqp091.Connection, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	var conn net.Conn = s
	if config := e.tls(host); config != nil {
		secure := tls.Client(s, config)
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		conn = secure
	}
	logins, err := e.logins()
	if err != nil {
		return nil, invalidError{err}
	}
	properties := amqp091.Table{"product": "weft"}
	if e.server.Client != "" {
		properties.SetClientConnectionName(e.server.Client)
	}
	heard := &witness{Conn: conn}
	c, err := amqp091.Open(heard, amqp091.Config{
		SASL: logins, Vhost: e.vhost, FrameSize: frameSize, Heartbeat: e.beat, Properties: properties, Locale: "en_US",
	})
	if why := heard.end(); errors.Is(err, amqp091.ErrClosed) && why != nil {
		return nil, why // the library says no more than that it is closed
	}
	return c, err
}

// logins are the ways to say who we are, the best first. The password is asked
// for each time.
func (e *entrance) logins() ([]amqp091.Authentication, error) {
	user, password := e.server.User, "guest"
	if user == "" && e.server.Password == nil {
		user = "guest"
	}
	if e.server.Password != nil {
		var err error
		if password, err = e.server.Password(); err != nil {
			return nil, fmt.Errorf("the password: %w", err)
		}
	}
	external := &amqp091.ExternalAuth{}
	plain := &amqp091.PlainAuth{Username: user, Password: password}
	certified := e.server.TLS != nil && (len(e.server.TLS.Certificates) > 0 || e.server.TLS.GetClientCertificate != nil)
	switch {
	case strings.EqualFold(e.server.SASL, "EXTERNAL"):
		return []amqp091.Authentication{external}, nil
	case certified && e.server.User == "" && e.server.Password == nil:
		return []amqp091.Authentication{external, plain}, nil
	}
	return []amqp091.Authentication{plain}, nil
}
