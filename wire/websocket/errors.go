package websocket

import (
	"errors"
	"fmt"

	"github.com/coder/websocket"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/web"
)

// strangeError marks what a server of WebSocket should not say.
type strangeError struct{ error }

// fail turns an error into one that says where it happened and what to do.
func (c *conn) fail(err error, op, address string) error {
	return driver.Fail(err, driver.Place{Op: op, Server: c.server, Address: address}, classify)
}

// classify finds the kind of an error, and the hint that goes with it.
func classify(err error) *driver.Error {
	e := web.Classify(err,
		"check that a WebSocket server listens there, and whether it expects TLS",
		"check the path: no WebSocket begins there")
	var closed websocket.CloseError
	switch {
	case errors.As(err, &closed):
		e.Retry = false
		classifyClose(e, closed)
	case errors.Is(err, websocket.ErrMessageTooBig):
		e.Kind, e.Retry, e.NotSent, e.Hint = driver.ErrTooLarge, false, false, "raise ws.max in the server's URL"
	}
	return e
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
	case websocket.StatusTryAgainLater:
		e.Retry, e.Hint = true, "the server is busy or full: make room there, or send again later"
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
