package pulsar

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/weft-dev/weft/extra/pulsar/frame"
)

// hello enters a broker and leaves again. The client library does it too, but
// tries on and on where there is no hope, and says little of why.
func (c *conn) hello(ctx context.Context) error {
	var failed error
	for _, host := range c.settings.hosts {
		err := c.helloTo(ctx, host)
		if err == nil || ctx.Err() != nil {
			return err
		}
		var answer *answerError
		if failed = err; errors.As(err, &answer) {
			return err // the others know us as little
		}
	}
	return failed
}

// answerError is what a broker has against us.
type answerError struct {
	code uint64
	text string
}

func (e *answerError) Error() string {
	if e.text == "" {
		return fmt.Sprintf("the broker refused, code %d", e.code)
	}
	return e.text
}

func (c *conn) helloTo(ctx context.Context, host string) error {
	socket, err := (&net.Dialer{}).DialContext(ctx, "tcp", host)
	if err != nil {
		return err
	}
	defer socket.Close()
	stop := context.AfterFunc(ctx, func() { _ = socket.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if c.settings.tls != nil {
		secured := tls.Client(socket, c.settings.tls)
		if err := secured.HandshakeContext(ctx); err != nil {
			return ended(ctx, err)
		}
		socket = secured
	}
	method, data, err := c.login()
	if err != nil {
		return err
	}
	body := frame.Body(nil).Text(1, "weft").Uint(4, 19).Text(5, method).Bytes(3, data)
	if _, err := socket.Write(frame.Append(nil, frame.Connect, body, nil)); err != nil {
		return ended(ctx, err)
	}
	answer, err := frame.Read(bufio.NewReader(socket))
	if err != nil {
		return ended(ctx, err)
	}
	switch answer.Type {
	case frame.Connected:
		return nil
	case frame.Error:
		return &answerError{code: answer.Fields.Uint(2), text: answer.Fields.Text(3)}
	case frame.AuthChallenge:
		return &answerError{code: frame.AuthenticationError, text: "the broker asks for a login that weft does not know"}
	}
	return fmt.Errorf("the broker answers with a command of type %d", answer.Type)
}

// ended prefers the end of the context to what it has done to the socket.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// login is what we say of ourselves.
func (c *conn) login() (method string, data []byte, err error) {
	if c.server.Password == nil {
		if c.settings.tls != nil && len(c.settings.tls.Certificates) > 0 {
			return "tls", nil, nil
		}
		return "none", nil, nil
	}
	secret, err := c.server.Password()
	if err != nil {
		return "", nil, loginError{err}
	}
	if c.server.User == "" {
		return "token", []byte(secret), nil
	}
	return "basic", []byte(c.server.User + ":" + secret), nil
}
