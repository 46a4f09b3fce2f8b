package remote

import (
	"errors"
	"testing"

	"github.com/weft-dev/weft/text/source"
)

// The address that a name leads to is decided by whoever runs the name, so it
// cannot be had in a test without running one; what is done with it can.
func TestTheAddressDialledDecides(t *testing.T) {
	t.Parallel()
	tests := []struct {
		host, actual string
		named, ok    bool
	}{
		{"example.com", "93.184.216.34:443", true, true},
		{"sub.example.com", "93.184.216.34:443", false, true}, // by a wildcard
		{"example.com", "[2606:2800:220:1::1]:443", true, true},
		{"example.com", "127.0.0.1:80", true, false}, // rebound
		{"example.com", "[::1]:80", true, false},
		{"example.com", "[::ffff:127.0.0.1]:80", true, false},
		{"example.com", "169.254.169.254:80", true, false},
		{"example.com", "[::ffff:169.254.169.254]:80", true, false},
		{"example.com", "[fd00:ec2::254]:80", true, false},
		{"example.com", "[fe80::1]:80", true, false},
		{"example.com", "0.0.0.0:80", true, false},
		{"example.com", "[::]:80", true, false},
		{"example.com", "100.100.100.200:80", true, false},
		{"example.com", "[64:ff9b::7f00:1]:80", true, false},
		{"example.com", "[2002:7f00:1::]:80", true, false},
		{"example.com", "224.0.0.1:80", true, false},
		{"example.com", "255.255.255.255:80", true, false},
		{"sub.example.com", "10.1.2.3:80", false, false}, // a wildcard reaches no private network
		{"sub.example.com", "[fd12::1]:80", false, false},
		{"intranet", "10.1.2.3:80", true, true},
		{"intranet", "192.168.1.1:80", true, true},
		{"intranet", "[fd12::1]:80", true, true},
		{"localhost", "127.0.0.1:80", true, true},
		{"localhost", "[::1]:80", true, true},
		{"localhost", "127.0.0.1:80", false, false},
		{"localhost", "10.0.0.1:80", false, false},
		{"127.0.0.1", "127.0.0.1:80", true, true},
		{"169.254.169.254", "169.254.169.254:80", true, true},
		{"example.com", "nonsense", true, false},
	}
	for _, test := range tests {
		err := checkAddress(test.host, test.actual, test.named)
		if (err == nil) != test.ok {
			t.Errorf("%s at %s (named %v): %v, want allowed %v", test.host, test.actual, test.named, err, test.ok)
		}
		if err != nil && !errors.Is(err, source.ErrNotAllowed) {
			t.Errorf("%s at %s: %v is not of the kind ErrNotAllowed", test.host, test.actual, err)
		}
	}
}
