package websocket

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"

	"github.com/weft-dev/weft/wire/driver"
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
	host         string
	base         string // path before each address, without a slash at its end
	query        url.Values
	tls          *tls.Config // nil for plain text
	user         string
	password     func() (string, error)
	keys         []driver.APIKey
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
	if len(server.Hosts) != 1 {
		return nil, fmt.Errorf("it needs exactly one host, has %d", len(server.Hosts))
	}
	if server.SASL != "" && !strings.EqualFold(server.SASL, "PLAIN") {
		return nil, fmt.Errorf("the login %q is not supported: WebSocket takes a user and a password, or a token", server.SASL)
	}
	s := &settings{
		host: server.Hosts[0], base: "/" + strings.Trim(server.Path, "/"), query: url.Values{},
		user: server.User, password: server.Password, keys: server.APIKeys, tls: server.TLS,
	}
	s.base = strings.TrimSuffix(s.base, "/")
	if s.tls == nil && server.Protocol == "wss" {
		s.tls = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	for _, key := range s.keys {
		if err := checkKey(key); err != nil {
			return nil, err
		}
	}
	own := map[string]string{}
	for name, values := range server.Params {
		if !strings.HasPrefix(name, ownPrefix) {
			s.query[name] = values
			continue
		}
		if len(values) != 1 {
			return nil, fmt.Errorf("the parameter %q is given %d times", name, len(values))
		}
		own[name] = values[0]
	}
	return s, s.read(own)
}

func (s *settings) read(own map[string]string) error {
	known := []string{"ws.compression", "ws.confirm", "ws.frame", "ws.max", "ws.ping", "ws.probe", "ws.share", "ws.subprotocols"}
	if err := driver.CheckParams(own, known...); err != nil {
		return err
	}
	var errs [8]error
	s.subprotocols, errs[0] = tokens(own["ws.subprotocols"])
	s.frame, errs[1] = oneOf("ws.frame", frame(own["ws.frame"]), auto, text, binary)
	confirm, err := oneOf("ws.confirm", own["ws.confirm"], "ping", "none")
	s.confirm, errs[2] = confirm == "ping", err
	share, err := oneOf("ws.share", own["ws.share"], "true", "false")
	s.share, errs[3] = share == "true", err
	s.compression, errs[4] = compressionOf(own["ws.compression"])
	seconds, err := number("ws.ping", own["ws.ping"], 30, 3600)
	s.ping, errs[5] = time.Duration(seconds)*time.Second, err
	s.max, errs[6] = number("ws.max", own["ws.max"], 32<<20, 1<<30)
	probe, err := oneOf("ws.probe", own["ws.probe"], "http", "tcp")
	s.tcpProbe, errs[7] = probe == "tcp", err
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// oneOf takes the first of the values where nothing is given.
func oneOf[T ~string](name string, given T, values ...T) (T, error) {
	if given == "" {
		return values[0], nil
	}
	if !slices.Contains(values, given) {
		return "", fmt.Errorf("%s is %q: write one of %v", name, string(given), values)
	}
	return given, nil
}

func number(name, given string, usual, most int64) (int64, error) {
	if given == "" {
		return usual, nil
	}
	n, err := strconv.ParseInt(given, 10, 64)
	if err != nil || n < 0 || n > most {
		return 0, fmt.Errorf("%s is %q: write a number from 0 to %d", name, given, most)
	}
	return n, nil
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
		if !isToken(names[i]) {
			return nil, fmt.Errorf("%q is not the name of a subprotocol", name)
		}
	}
	return names, nil
}

// isToken reports whether text may stand as a name in HTTP (RFC 9110, 5.6.2).
func isToken(text string) bool {
	for i := range len(text) {
		c := text[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return text != ""
}

// place is what a connection is made with, beside the settings.
type place struct {
	address      string
	query        url.Values
	header       http.Header
	subprotocols []string
	compression  websocket.CompressionMode
}

// placeOf reads an address and its parameters. The frame is the sender's.
func (s *settings) placeOf(address string, params map[string]string, compression string) (*place, frame, error) {
	if address == "" {
		return nil, "", errors.New("the address is empty")
	}
	p := &place{address: address, query: url.Values{}, header: http.Header{}, subprotocols: s.subprotocols, compression: s.compression}
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
	_, err := s.url(p)
	return p, kind, err
}

func (p *place) param(name, value string, kind *frame) (err error) {
	group, rest, _ := strings.Cut(name, ".")
	switch {
	case group == "query" && rest != "":
		p.query.Set(rest, value)
	case group == "header" && isToken(rest) && !handshakes(rest):
		if strings.ContainsAny(value, "\r\n\x00") {
			return fmt.Errorf("the header %s has a line break", rest)
		}
		p.header.Set(rest, value)
	case group == "header" && rest != "":
		return fmt.Errorf("the header %q cannot be chosen", rest)
	case name == "subprotocols":
		p.subprotocols, err = tokens(value)
	case name == "frame":
		*kind, err = oneOf(name, frame(value), auto, text, binary)
	default:
		err = driver.CheckParams(map[string]string{name: value}, "frame", "header.NAME", "query.NAME", "subprotocols")
	}
	return err
}

// handshakes reports whether a header belongs to the handshake itself.
func handshakes(name string) bool {
	name = http.CanonicalHeaderKey(name)
	return strings.HasPrefix(name, "Sec-Websocket-") || slices.Contains([]string{"Connection", "Upgrade", "Host", "Content-Length", "Transfer-Encoding"}, name)
}

// key tells places apart that need connections of their own.
func (p *place) key() string {
	return fmt.Sprintf("%q %q %q %q %d", p.address, p.query.Encode(), p.header, p.subprotocols, p.compression)
}

// url is where to connect, as HTTP sees it. An address may have a query of its own.
func (s *settings) url(p *place) (*url.URL, error) {
	u := &url.URL{Scheme: "http", Host: s.host}
	if s.tls != nil {
		u.Scheme = "https"
	}
	if strings.ContainsAny(p.address, "#\r\n") {
		return nil, fmt.Errorf("the address %q is not a path", p.address)
	}
	path, own, _ := strings.Cut(p.address, "?")
	given, err := url.ParseQuery(own)
	if err != nil {
		return nil, errors.New("the query of the address cannot be read")
	}
	u.Path = s.base + "/" + strings.TrimPrefix(path, "/")
	query := url.Values{}
	for _, values := range []url.Values{s.query, given, p.query} {
		for name, list := range values {
			query[name] = list
		}
	}
	u.RawQuery = query.Encode()
	return u, nil
}

// dialAddress is the host with its port.
func (s *settings) dialAddress() string {
	if _, _, err := net.SplitHostPort(s.host); err == nil {
		return s.host
	}
	port := "80"
	if s.tls != nil {
		port = "443"
	}
	return net.JoinHostPort(strings.Trim(s.host, "[]"), port)
}
