package stomp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/stomp/frame"
)

// entrance is how to reach and enter a server.
type entrance struct {
	server driver.Server
	vhost  string
	beat   time.Duration
}

func newEntrance(server driver.Server) (*entrance, error) {
	vhost, beat, err := urlSettings(server)
	if err != nil {
		return nil, err
	}
	if server.User != "" && server.Password == nil {
		return nil, errors.New("a login needs a user and a reference to a password")
	}
	switch strings.ToUpper(server.SASL) {
	case "", "PLAIN", "OAUTHBEARER":
		return &entrance{server: server, vhost: vhost, beat: beat}, nil
	}
	return nil, fmt.Errorf("unknown login %q: the protocol has a user and a password, or a token", server.SASL)
}

// dial goes through the hosts until one lets us in. What arrives is given to
// the handler.
func (e *entrance) dial(ctx context.Context, h handler) (*link, error) {
	var errs []error
	for _, host := range e.server.Hosts {
		l, err := e.enter(ctx, withPort(host, e.port()), h)
		if err == nil {
			return l, nil
		}
		if ctx.Err() != nil {
			return nil, errors.Join(ctx.Err(), err) // what was said then is of our making
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
		return "61613"
	}
	return "61614"
}

func withPort(host, port string) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), port)
}

// tls returns how to secure a connection to a host, or nil for not at all.
func (e *entrance) tls(host string) *tls.Config {
	if e.server.TLS == nil && e.server.Protocol != "stomps" {
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
func (e *entrance) enter(ctx context.Context, address string, h handler) (*link, error) {
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = raw.Close() })
	l, err := e.shakeHands(ctx, raw, address, h)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		_ = raw.Close() // the handshake's error says more
		return nil, err
	}
	l.start()
	return l, nil
}

func (e *entrance) shakeHands(ctx context.Context, raw net.Conn, address string, h handler) (*link, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	socket := raw
	if config := e.tls(host); config != nil {
		secure := tls.Client(raw, config)
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		socket = secure
	}
	hello, passcode, err := e.hello()
	if err != nil {
		return nil, invalidError{err}
	}
	if _, err := socket.Write(frame.Append(nil, frame.V12, hello)); err != nil {
		return nil, err
	}
	l := newLink(socket, h)
	answer, err := l.frames.Next()
	if err != nil {
		return nil, err
	}
	return l, l.greeted(answer, e.beat, passcode)
}

// hello is the frame that asks to be let in. It is in the form that all
// versions understand.
func (e *entrance) hello() (f *frame.Frame, passcode string, err error) {
	beat := strconv.FormatInt(e.beat.Milliseconds(), 10)
	f = frame.New("CONNECT", "accept-version", "1.0,1.1,1.2", "host", e.vhost, "heart-beat", beat+","+beat)
	login, passcode, ok, err := e.login()
	if err != nil {
		return nil, "", err
	}
	if ok {
		f.Add("login", login)
		f.Add("passcode", passcode)
	}
	if strings.ContainsAny(login+passcode+e.vhost, "\r\n\x00") {
		return nil, "", errors.New("user, password and virtual host can have no line breaks in this protocol")
	}
	return f, passcode, nil
}

// login says who we are, unless a certificate does. The password is asked for
// each time.
func (e *entrance) login() (user, passcode string, ok bool, err error) {
	certified := e.server.TLS != nil && (len(e.server.TLS.Certificates) > 0 || e.server.TLS.GetClientCertificate != nil)
	switch {
	case e.server.Password != nil:
		if passcode, err = e.server.Password(); err != nil {
			return "", "", false, fmt.Errorf("the password: %w", err)
		}
		return e.server.User, passcode, true, nil
	case certified:
		return "", "", false, nil
	}
	return "guest", "guest", true, nil
}

// greeted reads the server's answer to our hello.
func (l *link) greeted(f *frame.Frame, beat time.Duration, passcode string) error {
	switch f.Command {
	case "CONNECTED":
	case "ERROR":
		return refusal(f, passcode)
	default:
		return strangeError{fmt.Errorf("a server's first frame is CONNECTED, this one is %s", f.Command)}
	}
	text, given := f.Lookup("version")
	version, known := frame.ParseVersion(text)
	if given && !known {
		return unsupportedError{fmt.Sprintf("the server chose the version %.40q", text)}
	}
	l.version, l.frames.Version = version, version
	l.flavour = flavourOf(f.Get("server"))
	can, want, _ := strings.Cut(f.Get("heart-beat"), ",")
	l.beat, l.idle = slower(beat, want), slower(beat, can)
	return nil
}

// slower is how often signs of life are given when one side proposes ours and
// the other says theirs, in milliseconds; 0 is never.
func slower(ours time.Duration, theirs string) time.Duration {
	n, err := strconv.Atoi(strings.TrimSpace(theirs))
	if err != nil || n <= 0 || ours <= 0 || n > 24*60*60*1000 {
		return 0
	}
	return max(ours, time.Duration(n)*time.Millisecond)
}

// refusal is what a server says who does not let us in, without what is secret.
func refusal(f *frame.Frame, passcode string) error {
	e := answerOf(f)
	if passcode != "" && passcode != "guest" {
		e.text = strings.ReplaceAll(e.text, passcode, "(secret)")
	}
	if strings.Contains(strings.ToLower(e.text), "version") {
		return unsupportedError(e)
	}
	return loginError{e}
}
