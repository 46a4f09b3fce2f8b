package mqtt

import "github.com/weft-dev/weft/wire/driver"

var _ driver.Overhearer = (*conn)(nil)

// Everything is a subscription to all topics, at most once and with what is
// retained: a server of MQTT keeps no list of topics, and does not tell who
// subscribes.
func (*conn) Everything() (driver.ReceiverOptions, bool) {
	return driver.ReceiverOptions{Address: "#", Params: map[string]string{"qos": "0", "retained": "true"}}, true
}
