package websocket

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/coder/websocket"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/web"
)

// handshakeTimeout bounds one attempt to connect again, for which nobody waits.
const handshakeTimeout = 10 * time.Second

// ownPrefix begins the driver's own parameters in a URL.
const ownPrefix = "ws."

// frame says as what messages are sent.
type frame string

// The frames; auto is text where the body is UTF-8.
const (
	auto   frame = "auto"
	text   frame = "text"
	binary frame = "binary"
)

// settings are what the connections to one server have in common.
type settings struct {
	*web.Server
	subprotocols []string
	frame        frame
	confirm      bool
	share        bool
	compression  websocket.CompressionMode
	ping         time.Duration
	max          int64
	tcpProbe     bool
}

func readSettings(server driver.Server) (*settings, error) {
	base, own, err := web.ReadServer(server, ownPrefix, server.Protocol == "wss", handshakes)
	if err != nil {
		return nil, err
	}
	o := web.NewOptions(own, "ws.compression", "ws.confirm", "ws.frame", "ws.max", "ws.ping", "ws.probe", "ws.share", "ws.subprotocols")
	s := &settings{
		Server:   base,
		frame:    frame(o.OneOf("ws.frame", string(auto), string(text), string(binary))),
		confirm:  o.OneOf("ws.confirm", "ping", "none") == "ping",
		share:    o.OneOf("ws.share", "true", "false") == "true",
		ping:     time.Duration(o.Number("ws.ping", 30, 3600)) * time.Second,
		max:      o.Number("ws.max", 32<<20, 1<<30),
		tcpProbe: o.OneOf("ws.probe", "http", "tcp") == "tcp",
	}
	if err := o.Err(); err != nil {
		return nil, err
	}
	if s.compression, err = compressionOf(o.Text("ws.compression")); err != nil {
		return nil, err
	}
	s.subprotocols, err = tokens(o.Text("ws.subprotocols"))
	return s, err
}

func compressionOf(name string) (websocket.CompressionMode, error) {
	switch name {
	case "", "none":
		return websocket.CompressionDisabled, nil
	case "deflate":
		return websocket.CompressionContextTakeover, nil
	}
	return 0, fmt.Errorf("unknown compression %q: there is none, deflate", name)
}

// tokens reads names with commas between them.
func tokens(list string) ([]string, error) {
	if list == "" {
		return nil, nil
	}
	names := strings.Split(list, ",")
	for i, name := range names {
		names[i] = strings.TrimSpace(name)
		if !web.IsToken(names[i]) {
			return nil, fmt.Errorf("%q is not the name of a subprotocol", name)
		}
	}
	return names, nil
}

// place is what a connection is made with, beside the settings.
type place struct {
	address      string
	extra        web.Extra
	subprotocols []string
	compression  websocket.CompressionMode
}

// placeOf reads an address and its parameters. The frame is the sender's.
func (s *settings) placeOf(address string, params map[string]string, compression string) (*place, frame, error) {
	if address == "" {
		return nil, "", errors.New("the address is empty")
	}
	p := &place{address: address, extra: web.NewExtra(), subprotocols: s.subprotocols, compression: s.compression}
	kind := s.frame
	for name, value := range params {
		if err := p.param(name, value, &kind); err != nil {
			return nil, "", err
		}
	}
	if compression != "" {
		mode, err := compressionOf(compression)
		if err != nil {
			return nil, "", err
		}
		p.compression = mode
	}
	_, err := s.URL(address, p.extra.Query)
	return p, kind, err
}

func (p *place) param(name, value string, kind *frame) error {
	if taken, err := p.extra.Read(name, value, handshakes); taken || err != nil {
		return err
	}
	var err error
	switch name {
	case "subprotocols":
		p.subprotocols, err = tokens(value)
	case "frame":
		*kind, err = web.OneOf(name, frame(value), auto, text, binary)
	default:
		err = driver.CheckParams(map[string]string{name: value}, "frame", "header.NAME", "query.NAME", "subprotocols")
	}
	return err
}

// handshakes reports whether a header belongs to the handshake itself.
func handshakes(name string) bool {
	return strings.HasPrefix(name, "Sec-Websocket-") || slices.Contains([]string{"Connection", "Upgrade", "Host", "Content-Length", "Transfer-Encoding"}, name)
}

// key tells places apart that need connections of their own.
func (p *place) key() string {
	return fmt.Sprintf("%q %q %q %q %d", p.address, p.extra.Query.Encode(), p.extra.Header, p.subprotocols, p.compression)
}
