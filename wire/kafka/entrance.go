package kafka

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/weft-dev/weft/wire/driver"
)

const defaultPort = "9092"

// entrance returns the client options that reach and enter a server; every
// client of a connection begins with them.
func entrance(server driver.Server) ([]kgo.Opt, error) {
	opts := []kgo.Opt{
		kgo.SeedBrokers(withPorts(server.Hosts)...),
		kgo.DialTimeout(5 * time.Second),
		kgo.RequestTimeoutOverhead(5 * time.Second),
		kgo.MaxDecompressBatchBytes(128 << 20),

		// A topic that was just made, or a leader that just moved, is looked up
		// again soon, and a partition that was added within a minute.
		kgo.MetadataMinAge(100 * time.Millisecond),
		kgo.MetadataMaxAge(time.Minute),
		kgo.DisableClientMetrics(),
	}
	if server.Client != "" {
		opts = append(opts, kgo.ClientID(server.Client))
	}
	if config := tlsConfig(server); config != nil {
		opts = append(opts, kgo.DialTLSConfig(config))
	}
	mechanism, err := login(server)
	if err != nil {
		return nil, err
	}
	if mechanism != nil {
		opts = append(opts, kgo.SASL(mechanism))
	}
	return opts, nil
}

func withPorts(hosts []string) []string {
	list := make([]string, len(hosts))
	for i, host := range hosts {
		list[i] = host
		if _, _, err := net.SplitHostPort(host); err != nil {
			list[i] = net.JoinHostPort(strings.Trim(host, "[]"), defaultPort)
		}
	}
	return list
}

func tlsConfig(server driver.Server) *tls.Config {
	if server.TLS != nil {
		return server.TLS
	}
	if server.Protocol == "kafka" {
		return nil
	}
	return &tls.Config{MinVersion: tls.VersionTLS12}
}

// login returns how to say who we are; nil for not at all.
func login(server driver.Server) (sasl.Mechanism, error) {
	if server.User == "" && server.Password == nil && server.SASL == "" {
		return nil, nil
	}
	if strings.EqualFold(server.SASL, "OAUTHBEARER") {
		return tokenLogin(server)
	}
	if server.User == "" || server.Password == nil {
		return nil, errors.New("a login needs a user and a reference to a password")
	}
	switch strings.ToUpper(server.SASL) {
	case "PLAIN":
		return plainLogin(server), nil
	case "SCRAM-SHA-256":
		return scram.Sha256(scramLogin(server)), nil
	case "SCRAM-SHA-512":
		return scram.Sha512(scramLogin(server)), nil
	case "":
		if tlsConfig(server) == nil {
			return nil, errors.New("without TLS the login must be named: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512")
		}
		return plainLogin(server), nil
	}
	return nil, fmt.Errorf("unknown login %q: there is PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER", server.SASL)
}

// tokenLogin shows a token (RFC 7628). It is asked for again when the broker
// wants a login again (KIP-368).
func tokenLogin(server driver.Server) (sasl.Mechanism, error) {
	if server.User != "" || server.Password == nil {
		return nil, errors.New("the login OAUTHBEARER needs a reference to a token, and no user")
	}
	return tokenMechanism{oauth.Oauth(func(context.Context) (oauth.Auth, error) {
		token, err := server.Password()
		return oauth.Auth{Token: token}, err
	})}, nil
}

// tokenMechanism tells a token that is not taken from an answer that is none: the
// broker says why in the middle of the exchange (RFC 7628, 3.2.2).
type tokenMechanism struct{ sasl.Mechanism }

func (m tokenMechanism) Authenticate(ctx context.Context, host string) (sasl.Session, []byte, error) {
	session, hello, err := m.Mechanism.Authenticate(ctx, host)
	return tokenSession{session}, hello, err
}

type tokenSession struct{ sasl.Session }

func (s tokenSession) Challenge(answer []byte) (bool, []byte, error) {
	done, more, err := s.Session.Challenge(answer)
	if err != nil {
		err = tokenError{err}
	}
	return done, more, err
}

// tokenError is a token that the broker does not take.
type tokenError struct{ error }

func plainLogin(server driver.Server) sasl.Mechanism {
	return plain.Plain(func(context.Context) (plain.Auth, error) {
		password, err := server.Password()
		return plain.Auth{User: server.User, Pass: password}, err
	})
}

func scramLogin(server driver.Server) func(context.Context) (scram.Auth, error) {
	return func(context.Context) (scram.Auth, error) {
		password, err := server.Password()
		return scram.Auth{User: server.User, Pass: password}, err
	}
}
