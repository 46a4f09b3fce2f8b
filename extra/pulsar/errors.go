package pulsar

import (
	"errors"
	"net"
	"strings"
	"syscall"

	client "github.com/apache/pulsar-client-go/pulsar"

	"github.com/weft-dev/weft/extra/pulsar/frame"
	"github.com/weft-dev/weft/wire/driver"
)

// invalidError marks a mistake in the options, and loginError credentials that
// cannot be had, for fail to put in their places.
type (
	invalidError struct{ error }
	loginError   struct{ error }
)

// errClosed is for what was closed on our side, and errReplay for starts that
// the protocol does not promise.
var (
	errClosed = errors.New("closed here")
	errReplay = errors.New("whether earlier messages are kept is a policy of the namespace")
)

// fail turns an error of the client library into one that says where it
// happened and what to do. A context that its owner cancelled stays what it is.
func (c *conn) fail(err error, op, address string) error {
	return driver.Fail(err, driver.Place{Op: op, Server: c.server, Address: address}, classify)
}

// The hints that are given more than once.
const (
	strange = "check that a Pulsar broker answers there, and whether it expects TLS"
	away    = "check the host and the port, and that the broker runs there"
	login   = "check the token, or the user and the password"
)

// classify finds the kind of an error, and the hint that goes with it. The
// order matters: what is most telling comes first.
func classify(err error) *driver.Error {
	e := &driver.Error{Kind: driver.ErrProtocol, Err: err, Hint: strange}
	var invalid invalidError
	var unknown loginError
	var answer *answerError
	var told *client.Error
	switch {
	case errors.As(err, &invalid):
		e.Kind, e.Err, e.NotSent, e.Hint = driver.ErrInvalid, invalid.error, true, ""
	case errors.As(err, &unknown):
		e.Kind, e.Err, e.NotSent, e.Hint = driver.ErrAuth, unknown.error, true, "check what the references to the credentials lead to"
	case errors.Is(err, errReplay):
		e.Kind, e.NotSent, e.Hint = driver.ErrUnsupported, true, "start now, in a group that goes on where it was"
	case errors.Is(err, errClosed):
		e.Kind, e.Err, e.NotSent, e.Hint = driver.ErrClosed, nil, true, ""
	case errors.As(err, &answer):
		classifyAnswer(e, answer.code)
	case driver.IsCertificate(err):
		e.Kind, e.NotSent, e.Hint = driver.ErrAuth, true, "check the CA certificates, the name in the server's certificate and our own certificate"
	case isUnreachable(err):
		e.Kind, e.NotSent, e.Retry, e.Hint = driver.ErrUnreachable, true, true, away
	case driver.IsTimeout(err):
		e.Kind, e.Retry, e.Hint = driver.ErrTimeout, true, "check that the broker answers"
	case errors.As(err, &told):
		classifyResult(e, told.Result(), err.Error())
	case driver.IsHangup(err):
		e.Retry = true
	default:
		classifyText(e, err.Error())
	}
	return e
}

// classifyAnswer sorts what a broker told us at the door.
func classifyAnswer(e *driver.Error, code uint64) {
	e.Kind, e.NotSent, e.Hint = driver.ErrServer, true, ""
	switch code {
	case frame.AuthenticationError, frame.AuthorizationError:
		e.Kind, e.Hint = driver.ErrAuth, login
	case frame.TooManyRequests:
		e.Retry = true
	}
}

// classifyResult sorts what the client library found.
func classifyResult(e *driver.Error, result client.Result, text string) {
	e.Kind, e.Hint = driver.ErrServer, ""
	switch result {
	case client.TimeoutError:
		e.Kind, e.Retry, e.Hint = driver.ErrTimeout, true, "check that the broker answers; whether the message arrived is unknown"
	case client.AuthenticationError, client.ErrorGettingAuthenticationData:
		e.Kind, e.NotSent, e.Hint = driver.ErrAuth, true, login
	case client.AuthorizationError:
		e.Kind, e.NotSent, e.Hint = driver.ErrAuth, true, "ask for the permission to be granted"
	case client.TopicNotFound, client.SubscriptionNotFound:
		e.Kind, e.NotSent, e.Hint = driver.ErrNoSuchAddress, true, "create it, or let the broker create what is missing"
	case client.InvalidTopicName:
		e.Kind, e.NotSent = driver.ErrInvalid, true
	case client.MessageTooBig:
		e.Kind, e.NotSent, e.Hint = driver.ErrTooLarge, true, "send less, or raise maxMessageSize of the broker"
	case client.AlreadyClosedError, client.ConsumerClosed, client.ProducerClosed:
		e.Kind, e.Err, e.NotSent = driver.ErrClosed, nil, true
	case client.ConsumerBusy:
		e.Hint = "another receiver has the subscription for itself: join it as shared, failover or key_shared in both"
	case client.ConnectError, client.ReadError, client.NotConnectedError:
		e.Kind, e.Retry, e.Hint = driver.ErrUnreachable, true, away
	case client.ProducerQueueIsFull, client.ClientMemoryBufferIsFull, client.ProducerBlockedQuotaExceededError, client.ProducerBlockedQuotaExceededException:
		e.Retry, e.NotSent, e.Hint = true, true, "too much waits to be received: receive it, or raise the quota of the namespace"
	default:
		classifyText(e, text)
	}
}

// classifyText sorts what has no other mark: what a broker told the client
// library, which has the name of the error in it.
func classifyText(e *driver.Error, text string) {
	for _, known := range []struct {
		text string
		kind error
		hint string
	}{
		{"AuthenticationError", driver.ErrAuth, login},
		{"AuthorizationError", driver.ErrAuth, "ask for the permission to be granted"},
		{"TopicNotFound", driver.ErrNoSuchAddress, "create it, or let the broker create what is missing"},
		{"Namespace not found", driver.ErrNoSuchAddress, "an administrator makes namespaces: pulsar-admin namespaces create TENANT/NAMESPACE"},
		{"Policies not found", driver.ErrNoSuchAddress, "an administrator makes namespaces: pulsar-admin namespaces create TENANT/NAMESPACE"},
		{"InvalidTopicName", driver.ErrInvalid, ""},
		{"ConsumerBusy", driver.ErrServer, "another receiver has the subscription for itself: join it as shared, failover or key_shared in both"},
		{"connection error", driver.ErrUnreachable, away},
		{"connection closed", driver.ErrUnreachable, away},
		{"request timed out", driver.ErrTimeout, "check that the broker answers"},
	} {
		if strings.Contains(text, known.text) {
			e.Kind, e.Hint = known.kind, known.hint
			e.Retry = known.kind == driver.ErrUnreachable || known.kind == driver.ErrTimeout //nolint:errorlint // they are kinds
			return
		}
	}
	if strings.Contains(text, "server error") {
		e.Kind, e.Hint = driver.ErrServer, ""
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
