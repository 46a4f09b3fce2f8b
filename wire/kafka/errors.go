package kafka

import (
	"errors"
	"io"
	"syscall"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weft-dev/weft/wire/driver"
)

// fail turns an error of the client library into one that says where it
// happened and what to do. A context that its owner cancelled stays what it is.
func (c *conn) fail(err error, op, address string) error {
	return driver.Fail(err, driver.Place{Op: op, Server: c.server, Address: address}, func(err error) *driver.Error {
		e := classify(err)
		if op != "connect" && errors.Is(e.Kind, driver.ErrProtocol) && isBroken(err) {
			e.Kind, e.Retry, e.Hint = driver.ErrUnreachable, true, "the connection broke; it is being made anew"
		}
		return e
	})
}

// isBroken reports whether the other side went away in the middle of something,
// as a broker does that is being stopped. While connecting that may also be a
// server of another kind, which hangs up.
func isBroken(err error) bool {
	var hungUp *kgo.ErrFirstReadEOF
	return errors.As(err, &hungUp) || errors.Is(err, io.EOF) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET)
}

// strange is the hint where a connection came about, and what came through it
// was not what a broker says. A broker that expects TLS, or that refuses a
// login without a word, hangs up.
const strange = "check that a Kafka broker listens there, whether it expects TLS or a certificate of ours, and whether the login is right"

// invalidError marks a mistake in the options, for fail to put in its place.
type invalidError struct{ error }

// classify finds the kind of an error, and the hint that goes with it. The
// order matters: what is most telling comes first.
func classify(err error) *driver.Error {
	e := &driver.Error{Kind: driver.ErrProtocol, Err: err, Hint: strange}
	var broker *kerr.Error
	var invalid invalidError
	var token tokenError
	switch {
	case errors.As(err, &invalid):
		e.Kind, e.Err, e.NotSent, e.Hint = driver.ErrInvalid, invalid.error, true, ""
	case errors.As(err, &broker):
		classifyAnswer(e, broker)
	case errors.As(err, &token):
		e.Kind, e.Err, e.NotSent = driver.ErrAuth, errors.New("the broker does not take the token"), true
		e.Hint = "check that the token is meant for this broker, and has not expired"
	case errors.Is(err, kgo.ErrClientClosed):
		e.Kind, e.Err, e.NotSent, e.Hint = driver.ErrClosed, nil, true, ""
	case driver.IsCertificate(err):
		e.Kind, e.NotSent = driver.ErrAuth, true
		e.Hint = "check the CA certificates, the name in the server's certificate, and whether it wants one of ours"
	case errors.Is(err, kgo.ErrRecordTimeout), driver.IsTimeout(err):
		e.Kind, e.Retry = driver.ErrTimeout, true
		e.Hint = "check that a Kafka broker listens there, and at the address it advertises"
	case driver.IsUnreachable(err):
		e.Kind, e.NotSent, e.Retry = driver.ErrUnreachable, true, true
		e.Hint = "check the host and the port, and that the broker runs"
	}
	return e
}

// classifyAnswer sorts what a broker answered.
func classifyAnswer(e *driver.Error, answer *kerr.Error) {
	e.Kind, e.Retry, e.Hint = driver.ErrServer, answer.Retriable, ""
	switch answer {
	case kerr.UnknownTopicOrPartition, kerr.UnknownTopicID:
		e.Kind, e.Retry = driver.ErrNoSuchAddress, false
		e.Hint = "create the topic, or allow it to be created"
	case kerr.InvalidTopicException:
		e.Kind = driver.ErrInvalid
		e.Hint = "a topic's name has at most 249 of the characters a-z A-Z 0-9 . _ -"
	case kerr.InvalidPartitions, kerr.InvalidReplicationFactor, kerr.InvalidConfig:
		e.Kind = driver.ErrInvalid
		e.Hint = "change the partitions, replicas or configuration asked for to what the cluster can give"
	case kerr.MessageTooLarge, kerr.RecordListTooLarge:
		e.Kind = driver.ErrTooLarge
		e.Hint = "send less, or raise the limit here and max.message.bytes of the topic"
	case kerr.SaslAuthenticationFailed, kerr.UnsupportedSaslMechanism, kerr.IllegalSaslState:
		e.Kind, e.NotSent = driver.ErrAuth, true
		e.Hint = "check user, password and login mechanism"
	case kerr.TopicAuthorizationFailed, kerr.GroupAuthorizationFailed, kerr.ClusterAuthorizationFailed:
		e.Kind = driver.ErrAuth
		e.Hint = "ask for the permission to be granted"
	case kerr.RequestTimedOut:
		e.Kind = driver.ErrTimeout
	}
}
