package stage

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/openapi"
)

// portHere is the port that a described "host:port" has on this machine; 0 is
// that it is elsewhere, or not said.
func portHere(host string) int {
	u, err := url.Parse("//" + host)
	if err != nil || !loopback(u.Hostname()) {
		return 0
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil {
		return 0
	}
	return int(port)
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && a.IsLoopback()
}

// portOf is where the server of a broker is to listen.
func (o *Options) portOf(server *asyncapi.Server) int {
	if !o.AsDescribed {
		return 0
	}
	return portHere(server.Host)
}

// addressOf is where the registry is to listen that documents know by a URL.
func (o *Options) addressOf(described string) string {
	port := 0
	if u, err := url.Parse(described); err == nil && o.AsDescribed {
		port = portHere(u.Host)
	}
	return "127.0.0.1:" + strconv.Itoa(port)
}

// placeOf is the first server of an HTTP document that can be played where it is
// described: its port, and the path that all of its paths begin with.
func (o *Options) placeOf(doc *openapi.Document) (port int, base string) {
	if !o.AsDescribed {
		return 0, ""
	}
	for _, server := range doc.Servers {
		u, err := url.Parse(server.URL)
		if err == nil && u.Scheme == "http" && portHere(u.Host) != 0 {
			return portHere(u.Host), strings.TrimSuffix(u.Path, "/")
		}
	}
	return 0, ""
}
