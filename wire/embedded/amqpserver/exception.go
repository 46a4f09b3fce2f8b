package amqpserver

import (
	"fmt"

	"github.com/weft-dev/weft/internal/lazy"
)

// The reply codes of exceptions. Those of channels end a channel, the others
// the connection.
const (
	codeOK                 = 200
	codeNoRoute            = 312
	codeForced             = 320
	codeAccessRefused      = 403
	codeNotFound           = 404
	codeResourceLocked     = 405
	codePreconditionFailed = 406
	codeFrameError         = 501
	codeSyntaxError        = 502
	codeCommandInvalid     = 503
	codeChannelError       = 504
	codeUnexpectedFrame    = 505
	codeResourceError      = 506
	codeNotAllowed         = 530
	codeNotImplemented     = 540
)

var codeNames = lazy.Of[map[uint16]string]{Make: func() map[uint16]string {
	return map[uint16]string{
		codeForced: "CONNECTION_FORCED", codeAccessRefused: "ACCESS_REFUSED", codeNotFound: "NOT_FOUND",
		codeResourceLocked: "RESOURCE_LOCKED", codePreconditionFailed: "PRECONDITION_FAILED",
		codeFrameError: "FRAME_ERROR", codeSyntaxError: "SYNTAX_ERROR", codeCommandInvalid: "COMMAND_INVALID",
		codeChannelError: "CHANNEL_ERROR", codeUnexpectedFrame: "UNEXPECTED_FRAME", codeResourceError: "RESOURCE_ERROR",
		codeNotAllowed: "NOT_ALLOWED", codeNotImplemented: "NOT_IMPLEMENTED",
	}
}}

// exception is why a channel or a connection ends.
type exception struct {
	code   uint16
	text   string
	method uint32 // class and method that caused it, or 0
}

func (e *exception) Error() string { return fmt.Sprintf("%d %s", e.code, e.text) }

// hard reports whether it ends the connection.
func (e *exception) hard() bool {
	switch e.code {
	case codeAccessRefused, codeNotFound, codeResourceLocked, codePreconditionFailed:
		return false
	}
	return true
}

func failure(code uint16, format string, args ...any) *exception {
	return &exception{code: code, text: codeNames.Get()[code] + " - " + fmt.Sprintf(format, args...)}
}
