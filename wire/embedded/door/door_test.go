package door_test

import (
	"crypto/tls"
	"errors"
	"net"
	"testing"

	"github.com/weft-dev/weft/wire/embedded/door"
)

func TestListensOnLoopbackAlone(t *testing.T) {
	t.Parallel()
	listener, err := door.Listen(0, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if at := listener.Addr().(*net.TCPAddr); !at.IP.IsLoopback() || at.Port == 0 {
		t.Errorf("it listens at %s", at)
	}
	if _, err := door.Listen(listener.Addr().(*net.TCPAddr).Port, nil, nil); err == nil {
		t.Error("a port that is taken is taken twice")
	}
}

// scripted is a listener of which it is known what comes.
type scripted struct {
	net.Listener
	come []error // nil is a connection
}

func (s *scripted) Accept() (net.Conn, error) {
	next := s.come[0]
	s.come = s.come[1:]
	if next != nil {
		return nil, next
	}
	client, server := net.Pipe()
	return server, client.Close()
}

func TestGoesOnAfterWhatPasses(t *testing.T) {
	t.Parallel()
	came := 0
	door.Welcome(&scripted{come: []error{nil, errors.New("too many open files"), nil, net.ErrClosed}}, func(c net.Conn) {
		came++
		_ = c.Close()
	})
	if came != 2 {
		t.Errorf("%d were let in, want 2", came)
	}
}

func TestSpeaksTLSAtAListenerThatIsThere(t *testing.T) {
	t.Parallel()
	listener, err := door.Listen(0, &scripted{come: []error{nil}}, &tls.Config{}) //nolint:gosec // nobody shakes hands
	if err != nil {
		t.Fatal(err)
	}
	c, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, is := c.(*tls.Conn); !is {
		t.Errorf("it speaks %T", c)
	}
}
