package nats

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
)

const (
	defaultPort    = "4222"
	connectTimeout = 5 * time.Second
)

// entrance returns the client options that reach and enter the server.
func (l *link) entrance(streams bool) ([]nats.Option, error) {
	known := []string{"creds", "nkey", "tls", "inbox"}
	if streams {
		known = append(known, "domain")
	}
	params, err := single(l.server.Params, known)
	if err != nil {
		return nil, err
	}
	if l.server.Path != "" {
		return nil, fmt.Errorf("the URL has the path %q: NATS has none", l.server.Path)
	}
	if strings.ContainsAny(params["domain"], ".*> \t") {
		return nil, fmt.Errorf("the parameter domain of the URL is %q: a domain is one token of a subject", params["domain"])
	}
	name := l.server.Client
	if name == "" {
		name = "weft"
	}
	opts := []nats.Option{
		serversOption(l.server.Hosts),
		nats.Name(name),
		nats.Timeout(connectTimeout),
		nats.SetCustomDialer(l.dialer),
		nats.SkipHostLookup(), // the dialer does it, within the deadline

		// A connection that broke is made anew for as long as somebody wants
		// it. Nothing is kept to be sent then: a Send that gave up must not
		// send later, when nobody expects it.
		nats.MaxReconnects(-1),
		nats.CustomReconnectDelay(reconnectDelay),
		nats.ReconnectBufSize(-1),
		nats.PingInterval(10 * time.Second),
		nats.ReconnectHandler(l.reconnected),
		// Without one the client writes to stderr; what matters is asked for
		// where it happens.
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}),
	}
	if prefix := params["inbox"]; prefix != "" {
		opts = append(opts, nats.CustomInboxPrefix(prefix))
	}
	secure, err := l.secure(params["tls"])
	if err != nil {
		return nil, err
	}
	login, err := l.login(params)
	return append(append(opts, secure...), login...), err
}

// single reads the parameters of a URL, each of which may be given once.
func single(params map[string][]string, known []string) (map[string]string, error) {
	one := make(map[string]string, len(params))
	for name, values := range params {
		if len(values) != 1 {
			return nil, fmt.Errorf("the parameter %q of the URL is given %d times", name, len(values))
		}
		one[name] = values[0]
	}
	return one, driver.CheckParams(one, known...)
}

func serversOption(hosts []string) nats.Option {
	return func(o *nats.Options) error {
		for _, host := range hosts {
			if _, _, err := net.SplitHostPort(host); err != nil {
				host = net.JoinHostPort(strings.Trim(host, "[]"), defaultPort)
			}
			o.Servers = append(o.Servers, (&url.URL{Scheme: "nats", Host: host}).String())
		}
		return nil
	}
}

// reconnectDelay is how long to wait once all hosts were tried.
func reconnectDelay(attempts int) time.Duration {
	return min(50*time.Millisecond<<min(attempts, 8), 2*time.Second)
}

func (l *link) secure(order string) ([]nats.Option, error) {
	config := l.server.TLS
	if config == nil && strings.HasSuffix(l.server.Protocol, "-secure") {
		config = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	switch {
	case order != "" && order != "first":
		return nil, fmt.Errorf("the parameter tls of the URL is %q: there is first", order)
	case config == nil && order == "first":
		return nil, errors.New("the URL asks for tls=first, but not for TLS: write " + l.server.Protocol + "-secure://")
	case config == nil:
		return nil, nil
	case order == "first":
		return []nats.Option{nats.Secure(config), nats.TLSHandshakeFirst()}, nil
	}
	return []nats.Option{nats.Secure(config)}, nil
}

// login returns how to say who we are. Secrets are read at each login and kept
// nowhere.
func (l *link) login(params map[string]string) ([]nats.Option, error) {
	server := l.server
	creds, seed := broker.Ref(params["creds"]), broker.Ref(params["nkey"])
	if creds != "" && seed != "" || (creds != "" || seed != "") && (server.User != "" || server.Password != nil) {
		return nil, errors.New("there is more than one login: keep one of creds, nkey, and user or token")
	}
	switch server.SASL {
	case "", "PLAIN":
	default:
		return nil, fmt.Errorf("the login %q is none of NATS: it has user and password, a token, nkey and creds", server.SASL)
	}
	switch {
	case creds != "":
		return credsLogin(creds)
	case seed != "":
		return seedLogin(seed)
	case server.User == "" && server.Password == nil:
		return nil, nil
	case server.Password == nil:
		return nil, errors.New("a login needs a reference to a password beside the user")
	case server.User == "":
		return []nats.Option{nats.TokenHandler(func() string { return secretOrNone(server.Password) })}, nil
	}
	return []nats.Option{nats.UserInfoHandler(func() (user, password string) {
		return server.User, secretOrNone(server.Password)
	})}, nil
}

// secretOrNone has no way to tell of an error: without a password the server
// does not let us in, which says the same.
func secretOrNone(secret func() (string, error)) string {
	text, err := secret()
	if err != nil {
		return ""
	}
	return text
}

// credsLogin enters with the credentials of a decentralized account.
func credsLogin(ref broker.Ref) ([]nats.Option, error) {
	read := func() (jwt string, seed nkeys.KeyPair, err error) {
		text, err := ref.Resolve()
		if err != nil {
			return "", nil, fmt.Errorf("the credentials: %w", err)
		}
		jwt, err = nkeys.ParseDecoratedJWT([]byte(text))
		if err != nil || !strings.HasPrefix(jwt, "ey") {
			return "", nil, errors.New("the credentials hold no JWT")
		}
		seed, err = nkeys.ParseDecoratedNKey([]byte(text))
		if err != nil {
			return "", nil, errors.New("the credentials hold no seed")
		}
		return jwt, seed, nil
	}
	if _, _, err := read(); err != nil {
		return nil, err
	}
	return []nats.Option{nats.UserJWT(
		func() (string, error) { jwt, _, err := read(); return jwt, err },
		func(nonce []byte) ([]byte, error) {
			_, seed, err := read()
			if err != nil {
				return nil, err
			}
			defer seed.Wipe()
			return seed.Sign(nonce)
		},
	)}, nil
}

// seedLogin enters with an NKey, whose seed signs what the server sends.
func seedLogin(ref broker.Ref) ([]nats.Option, error) {
	read := func() (nkeys.KeyPair, error) {
		text, err := ref.Resolve()
		if err != nil {
			return nil, fmt.Errorf("the seed of the NKey: %w", err)
		}
		pair, err := nkeys.ParseDecoratedNKey([]byte(text))
		if err != nil {
			return nil, errors.New("what nkey refers to is no seed of an NKey")
		}
		return pair, nil
	}
	pair, err := read()
	if err != nil {
		return nil, err
	}
	defer pair.Wipe()
	public, err := pair.PublicKey()
	if err != nil {
		return nil, errors.New("what nkey refers to is no seed of an NKey")
	}
	return []nats.Option{nats.Nkey(public, func(nonce []byte) ([]byte, error) {
		pair, err := read()
		if err != nil {
			return nil, err
		}
		defer pair.Wipe()
		return pair.Sign(nonce)
	})}, nil
}
