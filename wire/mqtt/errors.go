package mqtt

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/eclipse/paho.golang/packets"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/mqtt/frame"
)

var (
	errClosed = errors.New("closed")
	errLeft   = errors.New("the connection was left")
)

// invalidError marks a mistake in the options, unsupportedError what the
// version or the server cannot do, and strangeError what no server of MQTT says.
type (
	invalidError     struct{ error }
	unsupportedError struct{ text string }
	strangeError     struct{ error }
)

func (e unsupportedError) Error() string { return e.text }
func (e strangeError) Unwrap() error     { return e.error }

// answerError is the server's answer to a message or a subscription.
type answerError struct {
	code   byte
	reason string
}

func (e answerError) Error() string {
	return "the server answers with " + reasonText(e.code, e.reason)
}

// oversizeError is a message that is too large to be sent.
type oversizeError struct{ size, limit int }

func (e oversizeError) Error() string {
	return fmt.Sprintf("%d bytes, the limit is %d", e.size, e.limit)
}

// brokenError is a connection that broke before a message without confirmation
// was written.
type brokenError struct{ err error }

func (e brokenError) Error() string { return "the connection broke: " + e.err.Error() }
func (e brokenError) Unwrap() error { return e.err }

// awayError is a wait for a connection that ended before there was one.
type awayError struct{ ended, last error }

func (e awayError) Error() string {
	if e.last == nil {
		return e.ended.Error()
	}
	return e.last.Error()
}

func (e awayError) Unwrap() []error {
	if e.last == nil {
		return []error{e.ended}
	}
	return []error{e.ended, e.last}
}

// takenError is another client under our name.
type takenError struct {
	id    string
	group bool
	said  error // how it showed
}

func (e takenError) Error() string {
	text := fmt.Sprintf("another client has the name %q and took the session over", e.id)
	if isSuspected(e.said) {
		text += ", as it seems: " + e.said.Error()
	}
	return text
}

func (e takenError) hint() string {
	if e.group {
		return "a group has one receiver at a time in MQTT 3.1.1: end the other, use mqtt:// (MQTT 5), or start this one again if there is no other"
	}
	return "give each client a client.id of its own"
}

// rivalError is a session that ended without a word as soon as it was there,
// again and again: another client under our name would look like that, and so
// would a network that breaks.
type rivalError struct{ err error }

func (e rivalError) Error() string {
	return fmt.Sprintf("the connection ended %d times in a row as soon as it was there: %v", rivals, e.err)
}

func (e rivalError) Unwrap() error { return e.err }

func isSuspected(err error) bool {
	var rival rivalError
	return errors.As(err, &rival)
}

// isTakenOver reports whether the server said so.
func isTakenOver(err error) bool {
	var left leftError
	return errors.As(err, &left) && left.code == packets.DisconnectSessionTakenOver
}

// interruptedError is a session that ended before it was ready, and not for a
// reason of its own: another try may do.
type interruptedError struct{ error }

func (e interruptedError) Unwrap() error { return e.error }

func reasonOf(properties *packets.Properties) string {
	if properties == nil {
		return ""
	}
	return properties.ReasonString
}

// reasonText names a reason by its code in the specification.
func reasonText(code byte, reason string) string {
	text := fmt.Sprintf("0x%02X", code)
	full := (&packets.Disconnect{ReasonCode: code}).Reason()
	if full == "" {
		full = (&packets.Connack{ReasonCode: code}).Reason()
	}
	if name, _, _ := strings.Cut(full, " - "); name != "" {
		text += " (" + strings.ToLower(name) + ")"
	}
	if reason != "" {
		text += ": " + reason
	}
	return text
}

// fail turns an error into one that says where it happened and what to do. A
// context that its owner cancelled stays what it is.
func (c *conn) fail(err error, op, address string) error {
	return driver.Fail(err, driver.Place{Op: op, Server: c.server, Address: address}, classify)
}

// strange is the hint where a connection came about, and what came through it
// was not what a server says.
const strange = "check that an MQTT server listens there, and whether it expects TLS or a certificate of ours"

// classify finds the kind of an error, and the hint that goes with it. The
// order matters: what is most telling comes first.
func classify(err error) *driver.Error {
	e := &driver.Error{Kind: driver.ErrProtocol, Err: err, Hint: strange}
	var invalid invalidError
	var unsupported unsupportedError
	var refused refusedError
	var answer answerError
	var left leftError
	var oversize oversizeError
	var large frame.TooLargeError
	var taken takenError
	var away awayError
	var interrupted interruptedError
	switch {
	case errors.As(err, &invalid):
		e.Kind, e.Err, e.NotSent, e.Hint = driver.ErrInvalid, invalid.error, true, ""
	case errors.Is(err, errClosed), errors.Is(err, errLeft):
		e.Kind, e.Err, e.NotSent, e.Hint = driver.ErrClosed, nil, true, ""
	case errors.As(err, &unsupported):
		e.Kind, e.NotSent, e.Hint = driver.ErrUnsupported, true, ""
	case errors.As(err, &oversize):
		e.Kind, e.NotSent, e.Hint = driver.ErrTooLarge, true, "send less, or raise the limit here and at the server"
	case errors.As(err, &large):
		e.Kind, e.Hint = driver.ErrTooLarge, "raise packet.max, if a message may be so large"
	case errors.As(err, &refused):
		classifyReason(e, refused.code)
		e.NotSent = true
	case errors.As(err, &answer):
		classifyReason(e, answer.code)
	case errors.As(err, &taken):
		e.Kind, e.Hint = driver.ErrServer, taken.hint()
	case errors.As(err, &left):
		classifyReason(e, left.code)
		e.Retry = e.Retry || left.code < 0x80
	default:
		classifyNetwork(e, err)
	}
	if errors.As(err, &away) {
		e.NotSent, e.Retry = true, true
	}
	if errors.As(err, &interrupted) {
		e.Retry = true
	}
	return e
}

// classifyReason sorts what the server said, by its code.
func classifyReason(e *driver.Error, code byte) {
	e.Kind, e.Hint = driver.ErrServer, ""
	switch code {
	case packets.ConnackUnsupportedProtocolVersion:
		e.Kind, e.Hint = driver.ErrUnsupported, "the server does not speak this version of MQTT: mqtt:// is MQTT 5, mqtt3:// is 3.1.1"
	case packets.ConnackBadUsernameOrPassword, packets.ConnackBadAuthenticationMethod:
		e.Kind, e.Hint = driver.ErrAuth, "check user and password"
	case packets.ConnackNotAuthorized, packets.ConnackBanned:
		e.Kind, e.Hint = driver.ErrAuth, "check user and password, or ask for the permission to be granted"
	case packets.ConnackInvalidClientID:
		e.Kind, e.Hint = driver.ErrInvalid, "set client.id to one that the server allows"
	case packets.ConnackTopicNameInvalid, packets.SubackTopicFilterinvalid, packets.ConnackPayloadFormatInvalid:
		e.Kind = driver.ErrInvalid
	case packets.ConnackPacketTooLarge:
		e.Kind, e.Hint = driver.ErrTooLarge, "send less, or raise the limit at the server"
	case packets.ConnackRetainNotSupported, packets.ConnackQoSNotSupported, packets.SubackSharedSubscriptionnotsupported,
		packets.SubackWildcardsubscriptionsnotsupported, packets.SubackSubscriptionIdentifiersnotsupported:
		e.Kind = driver.ErrUnsupported
	case packets.ConnackUseAnotherServer, packets.ConnackServerMoved:
		e.Hint = "reach the server under its new address"
	case packets.SubackUnspecifiederror:
		e.Hint = "check the permissions of the user"
	case packets.ConnackServerUnavailable, packets.ConnackServerBusy, packets.DisconnectServerShuttingDown,
		packets.ConnackQuotaExceeded, packets.ConnackConnectionRateExceeded, packets.DisconnectKeepAliveTimeout,
		packets.DisconnectMaximumConnectTime, packets.DisconnectMessageRateTooHigh, packets.DisconnectAdministrativeAction:
		e.Retry = true
	}
}

// classifyNetwork sorts what the network said.
func classifyNetwork(e *driver.Error, err error) {
	switch {
	case driver.IsCertificate(err):
		e.Kind, e.NotSent = driver.ErrAuth, true
		e.Hint = "check the CA certificates, the name in the server's certificate, and whether it wants a certificate of ours"
	case isUnreachable(err):
		e.Kind, e.NotSent, e.Retry = driver.ErrUnreachable, true, true
		e.Hint = "check the host and the port, and that the server runs"
	case errors.Is(err, os.ErrDeadlineExceeded), driver.IsTimeout(err):
		e.Kind, e.Retry = driver.ErrTimeout, true
		e.Hint = "check that an MQTT server listens there and answers"
	case driver.IsHangup(err), errors.Is(err, net.ErrClosed):
		e.Retry = true
	}
}

// isUnreachable reports whether no connection came about.
func isUnreachable(err error) bool {
	var dns *net.DNSError
	var op *net.OpError
	if errors.As(err, &dns) || errors.Is(err, syscall.ECONNREFUSED) {
		return true
	}
	return errors.As(err, &op) && op.Op == "dial" && !op.Timeout()
}
