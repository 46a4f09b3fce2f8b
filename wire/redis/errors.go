package redis

import (
	"errors"
	"net"
	"strings"

	goredis "github.com/redis/go-redis/v9"

	"github.com/weft-dev/weft/wire/driver"
)

// fail turns an error of the client library into one that says where it
// happened and what to do. A context that its owner cancelled stays what it is.
func (c *conn) fail(err error, op, address string) error {
	return driver.Fail(err, driver.Place{Op: op, Server: c.server, Address: address}, classify)
}

// strange is the hint where a connection came about, and what came through it
// was not what Redis says. A server that expects TLS hangs up.
const strange = "check that a Redis server listens there, and whether it expects TLS"

// lost is the hint where a connection broke that had stood.
const lost = "check that the Redis server runs, and try again"

// invalidError marks a mistake in the options, for fail to put in its place.
type invalidError struct{ error }

// unsupportedError marks what this way of passing messages does not have.
type unsupportedError struct{ error }

// errMissing is a stream that is not there.
var errMissing = errors.New("there is no such stream")

// errClosed is what the client library says when it is closed.
var errClosed = goredis.ErrClosed

// classify finds the kind of an error, and the hint that goes with it. The
// order matters: what is most telling comes first.
func classify(err error) *driver.Error {
	e := &driver.Error{Kind: driver.ErrProtocol, Err: err, Hint: strange}
	var answer goredis.Error
	var invalid invalidError
	var unsupported unsupportedError
	switch {
	case errors.As(err, &invalid):
		e.Kind, e.Err, e.NotSent, e.Hint = driver.ErrInvalid, invalid.error, true, ""
	case errors.As(err, &unsupported):
		e.Kind, e.Err, e.NotSent, e.Hint = driver.ErrUnsupported, unsupported.error, true, ""
	case errors.Is(err, errMissing):
		e.Kind, e.NotSent, e.Hint = driver.ErrNoSuchAddress, true, "create the stream, or allow it to be created"
	case errors.Is(err, goredis.ErrClosed):
		e.Kind, e.Err, e.NotSent, e.Hint = driver.ErrClosed, nil, true, ""
	case errors.As(err, &answer):
		classifyAnswer(e, answer.Error())
	case driver.IsCertificate(err):
		e.Kind, e.NotSent = driver.ErrAuth, true
		e.Hint = "check the CA certificates, the name in the server's certificate, and whether it wants one of ours"
	case driver.IsUnreachable(err):
		e.Kind, e.NotSent, e.Retry = driver.ErrUnreachable, true, true
		e.Hint = "check the host and the port, and that the server runs"
	case isTimeout(err):
		e.Kind, e.Retry = driver.ErrTimeout, true
		e.Hint = "check that a Redis server listens there"
	case isLost(err):
		e.Kind, e.Retry, e.Hint = driver.ErrUnreachable, true, lost
	}
	return e
}

// answers sorts what a server answers by how it begins.
var answers = []struct {
	prefix         string
	kind           error
	retry, untaken bool
	hint           string
}{
	{"NOAUTH", driver.ErrAuth, false, true, "give a user and a password"},
	{"WRONGPASS", driver.ErrAuth, false, true, "check user and password"},
	{"ERR invalid password", driver.ErrAuth, false, true, "check the password"},
	{"ERR AUTH", driver.ErrAuth, false, true, "the server has no passwords: leave them out"},
	{"ERR Client sent AUTH", driver.ErrAuth, false, true, "the server has no passwords: leave them out"},
	{"NOPERM", driver.ErrAuth, false, true, "ask for the permission to be granted (ACL SETUSER)"},
	{"DENIED", driver.ErrAuth, false, true, "the server is in protected mode: it takes remote clients only with a password"},
	{"ERR DB index", driver.ErrInvalid, false, true, "choose a lower number in the path of the URL"},
	{"WRONGTYPE", driver.ErrInvalid, false, true, "something else is stored under that key: choose another address"},
	{"NOGROUP", driver.ErrNoSuchAddress, false, true, "the stream or its group was removed"},
	{"ERR no such key", driver.ErrNoSuchAddress, false, true, "create the stream, or allow it to be created"},
	{"ERR The XGROUP", driver.ErrNoSuchAddress, false, true, "create the stream, or allow it to be created"},
	{"ERR Protocol error: invalid bulk length", driver.ErrTooLarge, false, true, "send less, or raise proto-max-bulk-len of the server"},
	{"OOM", driver.ErrServer, true, true, "the server's memory is full: trim streams with maxlen, or raise maxmemory"},
	{"MISCONF", driver.ErrServer, true, true, "the server cannot write to its disk"},
	{"READONLY", driver.ErrServer, false, true, "this is a replica: give the address of the one that takes writes"},
	{"LOADING", driver.ErrServer, true, true, "the server is starting: try again"},
	{"BUSY ", driver.ErrServer, true, true, "the server is busy with a script: try again"},
	{"ERR max number of clients", driver.ErrServer, true, true, "close other clients, or raise maxclients"},
	{"MOVED", driver.ErrUnsupported, false, true, "the server is part of a cluster, which is not supported yet"},
	{"ASK", driver.ErrUnsupported, false, true, "the server is part of a cluster, which is not supported yet"},
	{"CROSSSLOT", driver.ErrUnsupported, false, true, "the server is part of a cluster, which is not supported yet"},
	{"ERR unknown command", driver.ErrUnsupported, false, true, "streams need Redis 6.2 or later"},
}

func classifyAnswer(e *driver.Error, text string) {
	e.Kind, e.Hint = driver.ErrServer, ""
	for _, a := range answers {
		if strings.HasPrefix(text, a.prefix) {
			e.Kind, e.Retry, e.NotSent, e.Hint = a.kind, a.retry, a.untaken, a.hint
			return
		}
	}
}

func isTimeout(err error) bool {
	return driver.IsTimeout(err) || errors.Is(err, goredis.ErrPoolTimeout)
}

// isLost reports whether a connection broke that had stood.
func isLost(err error) bool {
	return driver.IsHangup(err) || errors.Is(err, net.ErrClosed)
}

// isPassing reports whether what failed may succeed when it is tried again, so
// that a receiver does.
func isPassing(err error) bool {
	e := classify(err)
	return e.Retry
}
