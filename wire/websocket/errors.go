package websocket

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"

	"github.com/coder/websocket"

	"github.com/weft-dev/weft/wire/driver"
)

var errClosed = errors.New("closed")

// invalidError marks a mistake in the options, strangeError what a server of
// WebSocket should not say, and brokenError a connection that ended when
// messages were under way.
type (
	invalidError struct{ error }
	strangeError struct{ error }
	brokenError  struct{ error }
)

func (e brokenError) Unwrap() error { return e.error }

// answerError is an answer to a handshake that is none.
type answerError struct{ status int }

func (e answerError) Error() string {
	return fmt.Sprintf("the server answers with %d %s", e.status, http.StatusText(e.status))
}

// fail turns an error into one that says where it happened and what to do. A
// context that its owner cancelled stays what it is.
func (c *conn) fail(err error, op, address string) error {
	if err == nil {
		return nil
	}
	var known *driver.Error
	if errors.As(err, &known) || errors.Is(err, context.Canceled) {
		return err
	}
	e := classify(err)
	e.Op, e.Server, e.Address = op, c.server.String(), address
	return e
}

// classify finds the kind of an error, and the hint that goes with it. What is
// most telling comes first.
func classify(err error) *driver.Error {
	e := &driver.Error{
		Kind: driver.ErrProtocol, Err: err, NotSent: true,
		Hint: "check that a WebSocket server listens there, and whether it expects TLS",
	}
	var invalid invalidError
	var answer answerError
	var broken brokenError
	var closed websocket.CloseError
	switch {
	case errors.As(err, &invalid):
		e.Kind, e.Err, e.Hint = driver.ErrInvalid, invalid.error, ""
	case errors.Is(err, errClosed):
		e.Kind, e.Err, e.Hint = driver.ErrClosed, nil, ""
	case errors.As(err, &answer):
		classifyAnswer(e, answer.status)
	case errors.As(err, &closed):
		classifyClose(e, closed)
	case errors.Is(err, websocket.ErrMessageTooBig):
		e.Kind, e.NotSent, e.Hint = driver.ErrTooLarge, false, "raise ws.max in the server's URL"
	case isCertificate(err):
		e.Kind, e.Hint = driver.ErrAuth, "check the CA certificates, the name in the server's certificate and our own certificate"
	case errors.Is(err, context.DeadlineExceeded), isTimeout(err):
		e.Kind, e.Retry, e.NotSent = driver.ErrTimeout, true, !errors.As(err, &broken)
	case errors.As(err, &broken):
		e.Kind, e.Retry, e.NotSent, e.Hint = driver.ErrUnreachable, true, false, "the connection broke: what was under way may be lost"
	case isUnreachable(err):
		e.Kind, e.Retry, e.Hint = driver.ErrUnreachable, true, "check the host and the port, and that the server runs"
	}
	return e
}

// classifyAnswer sorts what a server answered to a handshake instead of
// switching protocols.
func classifyAnswer(e *driver.Error, status int) {
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusProxyAuthRequired:
		e.Kind, e.Hint = driver.ErrAuth, "check user and password, or the token"
	case status == http.StatusNotFound, status == http.StatusGone:
		e.Kind, e.Hint = driver.ErrNoSuchAddress, "check the path: the server has nothing there"
	case status == http.StatusTooManyRequests, status >= 500 && status != http.StatusNotImplemented:
		e.Kind, e.Retry, e.Hint = driver.ErrServer, true, "try again later"
	case status >= 300 && status < 400:
		e.Kind, e.Hint = driver.ErrProtocol, "give the URL that the server sends us to: credentials do not follow"
	default:
		e.Kind, e.Hint = driver.ErrProtocol, "check the path: no WebSocket begins there"
	}
}

// classifyClose sorts the reasons for which a server closes a connection
// (RFC 6455, 7.4.1). Codes from 4000 are the application's own.
func classifyClose(e *driver.Error, closed websocket.CloseError) {
	e.Kind, e.NotSent = driver.ErrServer, false
	e.Err, e.Hint = closeReason(closed), ""
	switch closed.Code {
	case websocket.StatusMessageTooBig:
		e.Kind, e.Hint = driver.ErrTooLarge, "send less, or raise the limit of the server"
	case websocket.StatusProtocolError, websocket.StatusMandatoryExtension, websocket.StatusTLSHandshake:
		e.Kind = driver.ErrProtocol
	case websocket.StatusUnsupportedData, websocket.StatusInvalidFramePayloadData:
		e.Kind, e.Hint = driver.ErrProtocol, "the server does not take such messages: see whether it expects text or binary frames"
	case websocket.StatusPolicyViolation:
		e.Hint = "the server does not want this connection: see what it expects"
	default:
		e.Retry = closed.Code < 4000
	}
}

// closeReason is a close frame in words. The reason is the server's text.
func closeReason(closed websocket.CloseError) error {
	if closed.Reason == "" {
		return fmt.Errorf("the server closed the connection with %d", closed.Code)
	}
	return fmt.Errorf("the server closed the connection with %d: %q", closed.Code, closed.Reason)
}

func isCertificate(err error) bool {
	var verification *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var alert tls.AlertError
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &alert)
}

// isUnreachable reports whether no connection came about.
func isUnreachable(err error) bool {
	var dns *net.DNSError
	var op *net.OpError
	if errors.As(err, &dns) || errors.Is(err, syscall.ECONNREFUSED) {
		return true
	}
	return errors.As(err, &op) && op.Op == "dial"
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}
