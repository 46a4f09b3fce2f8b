package amqp1

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/weft-dev/weft/wire/driver"
)

// patience is how long a server may take no bytes at all before its connection
// counts as broken.
const patience = 15 * time.Second

// idle is how long a server may be silent before its connection counts as broken.
const idle = 20 * time.Second

// frameSize is the largest frame that we take, in bytes.
const frameSize = 128 << 10

// entrance is how to reach and enter a server.
type entrance struct {
	server    driver.Server
	host      string // the hostname to ask for; empty for the host's own
	container string
	idle      time.Duration
}

func newEntrance(server driver.Server) (*entrance, error) {
	e := &entrance{server: server, idle: idle, container: server.Client}
	if server.Path != "" {
		name, err := url.PathUnescape(server.Path)
		if err != nil {
			return nil, errors.New("the virtual host in the URL cannot be read")
		}
		e.host = "vhost:" + name
	}
	if server.User != "" && server.Password == nil {
		return nil, errors.New("a login needs a user and a reference to a password")
	}
	if err := e.read(server.Params); err != nil {
		return nil, err
	}
	if e.container == "" {
		name, err := newName()
		if err != nil {
			return nil, err
		}
		e.container = "weft-" + name
	}
	switch strings.ToUpper(server.SASL) {
	case "", "PLAIN", "EXTERNAL", "ANONYMOUS":
		return e, nil
	case "XOAUTH2":
		if server.Password == nil {
			return nil, errors.New("the login XOAUTH2 needs a reference to a token, as the password")
		}
		return e, nil
	}
	return nil, fmt.Errorf("unknown login %q: there is PLAIN, EXTERNAL, ANONYMOUS, XOAUTH2", server.SASL)
}

// read reads the parameters of the URL.
func (e *entrance) read(params map[string][]string) error {
	for name, values := range params {
		value := values[len(values)-1]
		switch name {
		case "container.id":
			e.container = value
		case "idle.timeout":
			n, err := strconv.Atoi(value)
			if err != nil || n < 1 || n > 3600 {
				return errors.New("idle.timeout in the URL must be a number of seconds from 1 to 3600")
			}
			e.idle = time.Duration(n) * time.Second
		default:
			return fmt.Errorf("unknown parameter %q in the URL: there is container.id, idle.timeout", name)
		}
	}
	return nil
}

// newName makes a name that nobody else has.
func newName() (string, error) {
	var random [9]byte
	if _, err := rand.Read(random[:]); err != nil {
		return "", err
	}
	return hex.EncodeToString(random[:]), nil
}

// dial goes through the hosts until one lets us in.
func (e *entrance) dial(ctx context.Context) (*link, error) {
	var errs []error
	for _, host := range e.server.Hosts {
		c, err := e.enter(ctx, withPort(host, e.port()))
		if err == nil {
			return c, nil
		}
		if ctx.Err() != nil {
			// What the library says then is of our making.
			return nil, errors.Join(ctx.Err(), err)
		}
		errs = append(errs, err)
	}
	if len(errs) == 0 {
		return nil, invalidError{errors.New("the URL has no host")}
	}
	return nil, errors.Join(errs...)
}

func (e *entrance) port() string {
	if e.tls("") == nil {
		return "5672"
	}
	return "5671"
}

func withPort(host, port string) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), port)
}

// tls returns how to secure a connection to a host, or nil for not at all.
func (e *entrance) tls(host string) *tls.Config {
	if e.server.TLS == nil && e.server.Protocol != "amqp1s" && e.server.Protocol != "solaces" && e.server.Protocol != "ibmmqs" {
		return nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if e.server.TLS != nil {
		config = e.server.TLS.Clone()
	}
	if config.ServerName == "" {
		config.ServerName = host
	}
	return config
}

// enter connects to one host and does the handshake. It ends with ctx.
func (e *entrance) enter(ctx context.Context, address string) (*link, error) {
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	c, err := e.shakeHands(ctx, raw, address)
	if err != nil {
		_ = raw.Close() // the handshake's error says more
		return nil, err
	}
	return &link{Conn: c, raw: raw, dialect: dialectOf(c)}, nil
}

func (e *entrance) shakeHands(ctx context.Context, conn net.Conn, address string) (*amqp.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if config := e.tls(host); config != nil {
		secure := tls.Client(conn, config)
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		conn = secure
	}
	login, err := e.login()
	if err != nil {
		return nil, invalidError{err}
	}
	if e.host != "" {
		host = e.host
	}
	return amqp.NewConn(ctx, conn, &amqp.ConnOptions{
		ContainerID: e.container, HostName: host, IdleTimeout: e.idle, MaxFrameSize: frameSize,
		Properties: map[string]any{"product": "weft"}, SASLType: login, WriteTimeout: patience,
	})
}

// login is how to say who we are. The password is asked for each time.
func (e *entrance) login() (amqp.SASLType, error) {
	user, password := e.server.User, ""
	if e.server.Password != nil {
		var err error
		if password, err = e.server.Password(); err != nil {
			return nil, fmt.Errorf("the password: %w", err)
		}
	}
	certified := e.server.TLS != nil && (len(e.server.TLS.Certificates) > 0 || e.server.TLS.GetClientCertificate != nil)
	switch named := strings.ToUpper(e.server.SASL); {
	case named == "EXTERNAL":
		return amqp.SASLTypeExternal(""), nil
	case named == "ANONYMOUS":
		return amqp.SASLTypeAnonymous(), nil
	case named == "XOAUTH2":
		const longest = 64 << 10 // of a frame with a token, in bytes
		return amqp.SASLTypeXOAUTH2(user, password, longest), nil
	case named == "PLAIN" || user != "" || e.server.Password != nil:
		return amqp.SASLTypePlain(user, password), nil
	case certified:
		return either(amqp.SASLTypeExternal(""), amqp.SASLTypeAnonymous()), nil
	}
	return amqp.SASLTypeAnonymous(), nil
}

// either offers several logins: the server's order decides.
func either(logins ...amqp.SASLType) amqp.SASLType {
	return func(c *amqp.Conn) error {
		for _, login := range logins {
			if err := login(c); err != nil {
				return err
			}
		}
		return nil
	}
}
