package drivertest

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/internal/freeport"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
)

// Faults are servers that nobody should have to do with. What a driver says of
// them is the same on every protocol: within its deadline, where, and what to do.
type Faults struct {
	// Scheme is the protocol's, in plain text, as "kafka".
	Scheme string
	// Query ends the URL, with its "?", where the protocol needs one.
	Query string
	// Config is a login, where there must be one.
	Config broker.Config
	// Greeting is what a server says before TLS begins, for protocols whose
	// connections begin in plain text.
	Greeting string
	// More are servers that only this protocol knows.
	More []Fault
	// Secrets are what no error may tell: parts of Query.
	Secrets []string
}

// Fault is a server in plain text that does what it should not.
type Fault struct {
	Name  string
	Serve func(net.Conn)
	// Kind is driver.ErrTimeout where it never answers.
	Kind error
	Says string
}

// FallsSilent is a server that says something and then nothing more.
func FallsSilent(says string) func(net.Conn) {
	return func(c net.Conn) {
		_, _ = io.WriteString(c, says)
		silent(c)
	}
}

// Answers is a server that hears the first words, says something and then nothing
// more.
func Answers(says string) func(net.Conn) {
	return func(c net.Conn) {
		_, _ = c.Read(make([]byte, 4096))
		FallsSilent(says)(c)
	}
}

// Run tries them all.
func (f Faults) Run(t *testing.T) {
	t.Helper()
	expired := NewCertificate(t, "expired", time.Now().Add(-time.Hour))
	unknown := NewCertificate(t, "unknown", time.Now().Add(time.Hour))
	plain := f.Config
	plain.Attempts = 2
	trusting := plain
	trusting.TLS = &broker.TLS{CA: expired.Cert}
	door := func(name, host string, cfg broker.Config, kind error, says string) Door {
		if errors.Is(kind, driver.ErrTimeout) {
			cfg.ConnectTimeout = Haste
		}
		return Door{Name: name, URL: f.Scheme + "://" + host + f.Query, Config: cfg, Kind: kind, Says: says}
	}
	doors := []Door{
		door("accepts and never answers", Listen(t, silent), plain, driver.ErrTimeout, "check"),
		door("hangs up", Listen(t, func(c net.Conn) { _ = c.Close() }), plain, driver.ErrProtocol, "check"),
		door("sends garbage", Listen(t, garbage), plain, driver.ErrProtocol, "check"),
		door("refuses", Refusing(t), plain, driver.ErrUnreachable, "check the host and the port"),
		door("has no such name", "no-such-host.invalid:1", plain, driver.ErrUnreachable, "check the host"),
		door("never answers a TLS handshake", Listen(t, silent), trusting, driver.ErrTimeout, "check"),
		door("has a certificate that expired", Listen(t, f.secure(expired.Pair)), trusting, driver.ErrAuth, "expired"),
		door("has a certificate of an unknown CA", Listen(t, f.secure(unknown.Pair)), trusting, driver.ErrAuth, "check the CA"),
	}
	for _, more := range f.More {
		doors = append(doors, door(more.Name, Listen(t, more.Serve), plain, more.Kind, more.Says))
	}
	Doors(t, doors, append(f.Secrets, "planted-wrong-secret")...)
}

// secure is a server that shows a certificate, and says nothing more.
func (f Faults) secure(certificate tls.Certificate) func(net.Conn) {
	return func(c net.Conn) {
		_, _ = io.WriteString(c, f.Greeting)
		silent(tls.Server(c, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}))
	}
}

// Listen serves connections with a behaviour that no server should have, and
// returns where.
func Listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	open := make(chan net.Conn, 1000)
	go func() {
		defer close(served)
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			open <- c
			go serve(c)
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		<-served
		close(open)
		for c := range open {
			_ = c.Close()
		}
	})
	return listener.Addr().String()
}

func silent(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

func garbage(c net.Conn) {
	FallsSilent(strings.Repeat("neither fish nor fowl\x00\x01\r\n", 100))(c)
}

// Refusing is an address where nobody listens.
func Refusing(t *testing.T) string {
	t.Helper()
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(freeport.Of(t)))
}
