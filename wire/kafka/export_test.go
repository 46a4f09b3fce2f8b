package kafka

import (
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weft-dev/weft/wire/driver"
)

// Hook lets a test see what the clients do that a connection opens from now on.
func Hook(c driver.Conn, hook kgo.Hook) {
	of := c.(*conn)
	of.base = append(of.base[:len(of.base):len(of.base)], kgo.WithHooks(hook))
}
