package mqtt_test

import (
	"net"
	"testing"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
)

// TestFaults is what every driver says of servers that nobody should have to do
// with.
func TestFaults(t *testing.T) {
	t.Run("mqtt3", drivertest.Faults{Scheme: "mqtt3"}.Run)
	answers := func(name, bytes string, kind error) drivertest.Fault {
		return drivertest.Fault{Name: name, Serve: drivertest.Answers(bytes), Kind: kind}
	}
	cut := func(c net.Conn) { _, _ = c.Write([]byte("\x20\x20\x00")); _ = c.Close() }
	t.Run("mqtt", drivertest.Faults{Scheme: "mqtt", More: []drivertest.Fault{
		answers("speaks HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n", driver.ErrProtocol),
		answers("answers with another packet", "\xd0\x00", driver.ErrProtocol),
		answers("claims a length of 256 MiB", "\x20\xff\xff\xff\x7f", driver.ErrTooLarge),
		answers("claims an endless length", "\x20\xff\xff\xff\xff\xff\xff\xff\x01", driver.ErrProtocol),
		answers("lies about its properties", "\x20\x05\x00\x00\x7f\x21\x00", driver.ErrProtocol),
		{Name: "stops in the middle", Serve: cut, Kind: driver.ErrProtocol},
		answers("speaks 3.1.1 only", "\x20\x02\x00\x01", driver.ErrUnsupported),
		answers("lets nobody in", "\x20\x03\x00\x87\x00", driver.ErrAuth),
	}}.Run)
}
