package nats

import (
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/weft-dev/weft/wire/driver"
)

// invalidError marks a mistake in the options, for fail to put in its place.
type invalidError struct{ error }

// lostError marks that there was no connection, and that nothing was written.
type lostError struct{ error }

func (e lostError) Unwrap() error { return e.error }

// brokenError marks a connection that broke while an answer was waited for.
type brokenError struct{ error }

func (e brokenError) Unwrap() error { return e.error }

// missingError marks that no stream stores a subject.
type missingError struct{ error }

// fail turns an error of the client library into one that says where it
// happened and what to do. A context that its owner cancelled stays what it is.
func (l *link) fail(err error, op, address string) error {
	return driver.Fail(err, driver.Place{Op: op, Server: l.server, Address: address}, func(err error) *driver.Error {
		e := classify(err)
		if op != "connect" && isBroken(err) {
			e.Kind, e.Retry, e.Hint = driver.ErrUnreachable, true, "the connection broke; it is being made anew"
		}
		return e
	})
}

// isBroken reports whether the other side went away in the middle of something.
// While connecting that may also be a server of another kind, which hangs up.
func isBroken(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET)
}

// strange is the hint where a connection came about, and what came through it
// was not what a NATS server says.
const strange = "check that a NATS server listens there, and whether it expects TLS"

// classify finds the kind of an error, and the hint that goes with it. The
// order matters: what is most telling comes first.
func classify(err error) *driver.Error {
	e := &driver.Error{Kind: driver.ErrProtocol, Err: err, Hint: strange}
	var invalid invalidError
	var missing missingError
	var answer *jetstream.APIError
	switch {
	case errors.As(err, &invalid):
		e.Kind, e.Err, e.NotSent, e.Hint = driver.ErrInvalid, invalid.error, true, ""
	case errors.As(err, &missing), errors.Is(err, jetstream.ErrNoStreamResponse), errors.Is(err, jetstream.ErrStreamNotFound):
		e.Kind, e.NotSent = driver.ErrNoSuchAddress, true
		e.Hint = "create a stream for the subject, or allow it to be created"
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		e.Kind, e.NotSent = driver.ErrUnsupported, true
		e.Hint = "start the server with JetStream, or write nats:// to do without storing"
	case errors.As(err, &answer):
		classifyAnswer(e, answer)
	case isLogin(err):
		e.Kind, e.NotSent = driver.ErrAuth, true
		e.Hint = "check user and password, token, nkey or creds"
	case errors.Is(err, nats.ErrPermissionViolation):
		e.Kind, e.Hint = driver.ErrAuth, "ask for the permission to be granted"
	case driver.IsCertificate(err), errors.Is(err, nats.ErrTLS):
		e.Kind, e.NotSent = driver.ErrAuth, true
		e.Hint = "check the CA certificates, the name in the server's certificate, and whether it wants one of ours"
	case errors.Is(err, nats.ErrMaxPayload):
		e.Kind, e.NotSent = driver.ErrTooLarge, true
		e.Hint = "send less, or raise max_payload of the server"
	default:
		classifyConnection(e, err)
	}
	return e
}

// classifyConnection sorts what is about the connection itself.
func classifyConnection(e *driver.Error, err error) {
	var lost lostError
	var broken brokenError
	switch {
	case errors.As(err, &broken):
		e.Kind, e.Retry, e.Hint = driver.ErrUnreachable, true, "the connection broke before the server had answered"
	case errors.Is(err, nats.ErrConnectionClosed), errors.Is(err, nats.ErrConnectionDraining):
		e.Kind, e.Err, e.NotSent, e.Hint = driver.ErrClosed, nil, true, ""
	case isUnreachable(err):
		e.Kind, e.NotSent, e.Retry = driver.ErrUnreachable, true, true
		e.Hint = "check the host and the port, and that the server runs"
	case errors.Is(err, nats.ErrTimeout), driver.IsTimeout(err):
		e.Kind, e.Retry = driver.ErrTimeout, true
		e.NotSent = errors.As(err, &lost)
		e.Hint = "check that a NATS server listens there"
	case errors.Is(err, nats.ErrSecureConnWanted), errors.Is(err, nats.ErrSecureConnRequired):
		e.NotSent = true
		e.Hint = "the server and we do not agree on TLS: change the scheme between nats and nats-secure"
	case errors.Is(err, nats.ErrReconnectBufExceeded), errors.Is(err, nats.ErrDisconnected):
		e.Kind, e.Retry, e.Hint = driver.ErrUnreachable, true, "the connection broke; it is being made anew"
	case errors.Is(err, nats.ErrNoResponders):
		e.Kind, e.Retry, e.Hint = driver.ErrServer, true, "the server's JetStream does not answer: it may be starting, or not be enabled"
	case errors.Is(err, nats.ErrBadSubject):
		e.Kind, e.NotSent, e.Hint = driver.ErrInvalid, true, ""
	}
}

// The codes of answers that are told apart, as the server numbers them.
const (
	codeMaxSize       = 10054
	codeStoreFailed   = 10077
	codeNoStorage     = 10047
	codeNoStore       = 10049
	codeNoResources   = 10023
	codeNameTaken     = 10058
	codeOverlap       = 10065
	codeReplicas      = 10074
	codeNotWorkqueue  = 10099
	codeNotSingleTake = 10100
)

// classifyAnswer sorts what JetStream answered.
func classifyAnswer(e *driver.Error, answer *jetstream.APIError) {
	e.Kind, e.Hint = driver.ErrServer, ""
	e.Retry = answer.Code >= 500
	switch answer.ErrorCode {
	case codeMaxSize:
		e.Kind, e.NotSent, e.Hint = driver.ErrTooLarge, true, "send less, or raise max_msg_size of the stream"
	case codeStoreFailed:
		e.NotSent, e.Hint = true, "the stream is full, or its store fails: let messages be consumed, or raise the limits of the stream"
	case codeNoStorage, codeNoResources:
		e.NotSent, e.Hint = true, "the server has no room left: raise its limits for JetStream, or remove streams"
	case codeNameTaken:
		e.Hint = "a stream of that name stores other subjects: choose another name, or add the subject there"
	case codeOverlap:
		e.Hint = "other streams store some of these subjects: receive from them, or make one stream of them"
	case codeReplicas:
		e.Kind, e.Hint = driver.ErrInvalid, "ask for as many replicas as the cluster has servers, or for one"
	case codeNotWorkqueue, codeNotSingleTake:
		e.Hint = "a stream with the retention workqueue has one group for each subject, and none that starts elsewhere than at the beginning"
	}
}

func isLogin(err error) bool {
	for _, kind := range []error{
		nats.ErrAuthorization, nats.ErrAuthExpired, nats.ErrAuthRevoked, nats.ErrAccountAuthExpired,
		nats.ErrNkeysNotSupported, nats.ErrNkeyButNoSigCB, nats.ErrUserButNoSigCB,
	} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return strings.Contains(strings.ToLower(err.Error()), "authorization violation")
}

// isUnreachable reports whether no connection came about.
func isUnreachable(err error) bool {
	var dns *net.DNSError
	var op *net.OpError
	if errors.As(err, &dns) {
		return true
	}
	if errors.As(err, &op) && op.Op == "dial" {
		return !op.Timeout()
	}
	return errors.Is(err, nats.ErrNoServers) && !errors.Is(err, io.EOF)
}
