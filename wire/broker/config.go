package broker

import (
	"fmt"
	"time"

	"github.com/weft-dev/weft/wire/driver"
)

// Config says how to enter a server and how patient to be. The zero Config is
// plain text without credentials, with the defaults below.
type Config struct {
	User     string // a name, or a reference to one (env:NAME, file:PATH)
	Password Ref    // where the password is; empty for none
	SASL     string // "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512" or "OAUTHBEARER"; empty lets the driver choose
	TLS      *TLS   // nil uses TLS only where the protocol's name asks for it
	Client   string // name by which the server knows this client

	// Issuer gives the secret where it is made anew now and then, instead of
	// Password. It may be nil.
	Issuer Issuer

	// APIKeys go with each request or handshake of protocols that begin with
	// HTTP.
	APIKeys []APIKey

	// ConnectTimeout bounds Open, with all its attempts. Default 10 s.
	ConnectTimeout time.Duration

	// Timeout bounds every other call that waits for an answer and was not
	// given a shorter one; Receive is not among them, as it waits for
	// messages. Default 30 s.
	Timeout time.Duration

	// Attempts is how often Open tries before it gives up. Default 4; 1 tries
	// once. What cannot get better by waiting, such as a wrong password, is
	// tried once.
	Attempts int

	Backoff Backoff // waits between attempts

	// OnEvent is told of what happens between the calls: retries and lost
	// connections. It must return soon. It may be nil.
	OnEvent func(Event)
}

// Event is something that happened to a connection.
type Event struct {
	Server string
	What   string // "retrying", "reconnected"
	Err    error  // why, may be nil
	Wait   time.Duration
}

// The defaults of Config.
const (
	DefaultConnectTimeout = 10 * time.Second
	DefaultTimeout        = 30 * time.Second
	DefaultAttempts       = 4
)

func (c Config) withDefaults() Config {
	if c.ConnectTimeout <= 0 {
		c.ConnectTimeout = DefaultConnectTimeout
	}
	if c.Timeout <= 0 {
		c.Timeout = DefaultTimeout
	}
	if c.Attempts <= 0 {
		c.Attempts = DefaultAttempts
	}
	c.Backoff = c.Backoff.withDefaults()
	return c
}

// server puts together what a driver needs to enter.
func (c Config) server(t Target) (driver.Server, error) {
	server := driver.Server{
		Protocol: t.Protocol,
		Hosts:    t.Hosts,
		Path:     t.Path,
		Params:   t.Params,
		User:     t.User,
		SASL:     c.SASL,
		Client:   c.Client,
	}
	invalid := func(err error) (driver.Server, error) {
		return driver.Server{}, &driver.Error{Kind: driver.ErrInvalid, Op: "open", Server: server.String(), Err: err}
	}
	if c.User != "" {
		user, err := userName(c.User)
		if err != nil {
			return invalid(err)
		}
		server.User = user
	}
	if c.Password != "" {
		if _, err := c.Password.Resolve(); err != nil {
			return invalid(fmt.Errorf("the password: %w", err))
		}
		server.Password = c.Password.Resolve
	}
	if c.Issuer != nil {
		if _, err := c.Issuer.Secret(); err != nil {
			return driver.Server{}, err
		}
		server.Password = c.Issuer.Secret
	}
	for _, key := range c.APIKeys {
		if _, err := key.Value.Resolve(); err != nil {
			return invalid(fmt.Errorf("the key %s: %w", key.Name, err))
		}
		server.APIKeys = append(server.APIKeys, driver.APIKey{In: key.In, Name: key.Name, Value: key.Value.Resolve})
	}
	if c.TLS != nil {
		config, err := c.TLS.Config()
		if err != nil {
			return invalid(err)
		}
		server.TLS = config
	}
	return server, nil
}

// identity names what makes two connections interchangeable.
func (c Config) identity(t Target) string {
	tls := TLS{}
	if c.TLS != nil {
		tls = *c.TLS
	}
	issuer := ""
	if c.Issuer != nil {
		issuer = c.Issuer.Identity()
	}
	return fmt.Sprintf("%q %q %q %q %v %q %q %q %t %+v %q %q %+q",
		t.Protocol, t.Hosts, t.Path, t.User, t.Params, c.User, string(c.Password), c.SASL, c.TLS != nil, tls.fields(), c.Client, issuer, c.APIKeys)
}
