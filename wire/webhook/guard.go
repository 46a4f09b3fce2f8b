package webhook

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"time"

	"github.com/weft-dev/weft/wire/web"
)

// How long connections may take, and when silent ones are looked after.
const (
	handshakeTimeout = 10 * time.Second
	idleTimeout      = 60 * time.Second
	pingAfter        = 15 * time.Second
)

// keepAlive finds connections whose other end has gone, within half a minute.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3}

// dial connects, but not to a private address that only a name led to: whoever
// wrote the name, or runs its DNS, need not be who may reach our networks. Who
// writes an address, or localhost, means it; and a proxy is the user's own.
func (s *settings) dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{KeepAliveConfig: keepAlive}
	host, _, err := net.SplitHostPort(address)
	if err == nil && address == s.DialAddress() && !s.private && !isMeant(host) {
		d.Control = refusePrivate
	}
	return d.DialContext(ctx, network, address)
}

func isMeant(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil || strings.EqualFold(host, "localhost")
}

func refusePrivate(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if isPublic(at.Addr().Unmap()) {
		return nil
	}
	return web.InvalidError{Err: fmt.Errorf("the name leads to the private address %s: allow it with http.private=allow in the server's URL", at.Addr())}
}

// shared is the address space of carriers (RFC 6598), which netip does not know.
var shared = netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10)

func isPublic(a netip.Addr) bool {
	return a.IsGlobalUnicast() && !a.IsPrivate() && !a.IsLoopback() && !shared.Contains(a)
}
