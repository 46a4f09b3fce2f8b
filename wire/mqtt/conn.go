package mqtt

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/eclipse/paho.golang/packets"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/mqtt/frame"
)

// conn is what was opened to one server: a client that sends, and one for each
// receiver, since what a client has not acknowledged and how much it may have
// of that belong to its session.
type conn struct {
	server   driver.Server
	version3 bool
	settings *settings
	main     *publisher

	opened driver.Opened
	count  atomic.Int64 // receivers that were opened
}

var _ driver.Conn = (*conn)(nil)

func (c *conn) codec() frame.Version {
	if c.version3 {
		return frame.V3
	}
	return frame.V5
}

// login adds who we are. The password is asked for each time, and never kept.
func (s *settings) login(hello *packets.Connect) error {
	hello.UsernameFlag, hello.Username = s.user != "", s.user
	if s.password == nil {
		return nil
	}
	password, err := s.password()
	if err != nil {
		return invalidError{fmt.Errorf("the password: %w", err)}
	}
	if len(password) > frame.MaxText {
		return invalidError{fmt.Errorf("the password has %d bytes, at most %d are possible", len(password), frame.MaxText)}
	}
	hello.PasswordFlag, hello.Password = true, []byte(password)
	return nil
}

// Ping asks the server for a sign of life.
func (c *conn) Ping(ctx context.Context) error {
	return c.fail(c.main.client.ping(ctx), "ping", "")
}

// Close closes all that was opened from the connection, then says goodbye.
func (c *conn) Close() error {
	return c.opened.Close(func() error {
		c.main.client.close(c.farewell())
		return nil
	})
}

// farewell ends a connection and the session with it.
func (c *conn) farewell() *packets.Disconnect {
	var none uint32
	return &packets.Disconnect{Properties: &packets.Properties{SessionExpiryInterval: &none}}
}

// hello is what every login has in common.
func (c *conn) hello(id string) *packets.Connect {
	limit := uint32(c.settings.packetMax)
	return &packets.Connect{
		ProtocolName: "MQTT", ProtocolVersion: 5, ClientID: id, KeepAlive: uint16(c.settings.keepAlive.Seconds()),
		Properties: &packets.Properties{MaximumPacketSize: &limit},
	}
}
