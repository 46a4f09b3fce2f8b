package redis

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/weft-dev/weft/wire/driver"
)

const defaultPort = "6379"

const (
	dialTimeout = 5 * time.Second
	// answerTimeout bounds the wait for an answer where the caller's context
	// has no earlier deadline.
	answerTimeout = 30 * time.Second
	// poolSize is more than is ever used: the client library goes into a mode
	// of its own, with a goroutine that stays, after so many failures to dial.
	poolSize = 64
)

// silence keeps the client library from writing to stderr: what it would say
// there comes back as errors, too.
var silence = sync.OnceFunc(logging.Disable)

// entrance returns the client options that reach and enter a server.
func entrance(server driver.Server) (*goredis.Options, error) {
	silence()
	if len(server.Hosts) != 1 {
		return nil, errors.New("it needs exactly one host: clusters of Redis are not supported yet")
	}
	db, err := database(server.Path)
	if err != nil {
		return nil, err
	}
	if method := strings.ToUpper(server.SASL); method != "" && method != "PLAIN" {
		return nil, fmt.Errorf("unknown login %q: there is a user with a password", server.SASL)
	}
	if server.User != "" && server.Password == nil {
		return nil, errors.New("a login needs a reference to a password beside the user")
	}
	opts := &goredis.Options{
		Addr:       withPort(server.Hosts[0]),
		DB:         db,
		ClientName: clientName(server.Client),
		Protocol:   2, // one form of answers for old servers and new ones
		Dialer:     dialer(tlsConfig(server)),

		DialTimeout:           dialTimeout,
		DialerRetries:         1,
		MaxRetries:            -1, // what is tried again is decided above, where it is known whether it was sent
		ReadTimeout:           answerTimeout,
		WriteTimeout:          answerTimeout,
		ContextTimeoutEnabled: true,
		PoolSize:              poolSize,
		DisableIdentity:       true,
		MaintNotificationsConfig: &maintnotifications.Config{
			Mode: maintnotifications.ModeDisabled,
		},
	}
	if server.Password != nil {
		opts.CredentialsProviderContext = func(context.Context) (string, string, error) {
			password, err := server.Password()
			return server.User, password, err
		}
	}
	return opts, nil
}

func database(path string) (int, error) {
	if path == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(path)
	if err != nil || n < 0 {
		return 0, errors.New("the path of its URL is not the number of a database: write redis://host:6379/0")
	}
	return n, nil
}

// clientName makes a name that Redis takes: it allows no spaces.
func clientName(name string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return '-'
		}
		return r
	}, name)
}

func withPort(host string) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), defaultPort)
}

func tlsConfig(server driver.Server) *tls.Config {
	if server.TLS != nil {
		return server.TLS
	}
	if server.Protocol == "redis" || server.Protocol == "redis-streams" {
		return nil
	}
	return &tls.Config{MinVersion: tls.VersionTLS12}
}

// dialer ends with its context also within the TLS handshake, which that of
// the client library does not.
func dialer(config *tls.Config) func(ctx context.Context, network, address string) (net.Conn, error) {
	plain := &net.Dialer{Timeout: dialTimeout, KeepAlive: 15 * time.Second}
	if config == nil {
		return plain.DialContext
	}
	return (&tls.Dialer{NetDialer: plain, Config: config}).DialContext
}
