package sqs

import (
	"errors"
	"net"
	"strings"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/weft-dev/weft/wire/driver"
)

// invalidError marks a mistake in the options, and loginError credentials that
// cannot be had, for fail to put in their places.
type (
	invalidError struct{ error }
	loginError   struct{ error }
)

// errClosed is for what was closed on our side.
var errClosed = errors.New("closed here")

// fail turns an error of the client library into one that says where it
// happened and what to do. A context that its owner cancelled stays what it is.
func (c *conn) fail(err error, op, address string) error {
	return driver.Fail(err, driver.Place{Op: op, Server: c.server, Address: address}, classify)
}

// strange is the hint where something answered that is not the service.
const strange = "check that SQS and SNS, or an emulator of them, answer there, and whether it expects TLS"

// classify finds the kind of an error, and the hint that goes with it. The
// order matters: what is most telling comes first.
func classify(err error) *driver.Error {
	e := &driver.Error{Kind: driver.ErrProtocol, Err: cause(err), Hint: strange}
	var answer smithy.APIError
	var invalid invalidError
	var login loginError
	switch {
	case errors.As(err, &invalid):
		e.Kind, e.Err, e.NotSent, e.Hint = driver.ErrInvalid, invalid.error, true, ""
	case errors.As(err, &login):
		e.Kind, e.Err, e.NotSent, e.Hint = driver.ErrAuth, login.error, true, "check what the references to the credentials lead to"
	case errors.Is(err, errClosed):
		e.Kind, e.Err, e.NotSent, e.Hint = driver.ErrClosed, nil, true, ""
	case errors.As(err, &answer):
		classifyAnswer(e, answer.ErrorCode(), answer.ErrorMessage(), statusOf(err))
	case driver.IsCertificate(err):
		e.Kind, e.NotSent = driver.ErrAuth, true
		e.Hint = "check the CA certificates, the name in the server's certificate, and whether it wants one of ours"
	case driver.IsUnreachable(err):
		e.Kind, e.NotSent, e.Retry = driver.ErrUnreachable, true, true
		e.Hint = "check the host and the port, and that the service runs there"
	case driver.IsTimeout(err):
		e.Kind, e.Retry = driver.ErrTimeout, true
		e.Hint = "check that the service, or an emulator of it, answers there"
	case isBroken(err), statusOf(err) >= 500:
		e.Retry = true
	}
	return e
}

// cause leaves out what the client library says around an error: which service
// and operation it was, which the driver's own error tells.
func cause(err error) error {
	var operation *smithy.OperationError
	if errors.As(err, &operation) {
		err = operation.Err
	}
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) && response.Err != nil {
		err = response.Err
	}
	var sending *smithyhttp.RequestSendError
	if errors.As(err, &sending) && sending.Err != nil {
		err = sending.Err
	}
	return err
}

func statusOf(err error) int {
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) {
		return response.HTTPStatusCode()
	}
	return 0
}

// classifyAnswer sorts what a service answered, by its codes old and new.
func classifyAnswer(e *driver.Error, code, message string, status int) {
	code = code[strings.LastIndexAny(code, ".#")+1:]
	e.Kind, e.Hint = driver.ErrServer, ""
	switch code {
	case "QueueDoesNotExist", "NonExistentQueue", "NotFound", "NotFoundException", "ResourceNotFoundException":
		e.Kind, e.Hint = driver.ErrNoSuchAddress, "create it, or allow it to be created"
	case "InvalidClientTokenId", "SignatureDoesNotMatch", "UnrecognizedClientException", "MissingAuthenticationToken",
		"IncompleteSignature", "ExpiredToken", "ExpiredTokenException", "InvalidSignatureException", "RequestExpired", "InvalidSecurity":
		e.Kind, e.NotSent = driver.ErrAuth, true
		e.Hint = "check the access key id, the secret access key, the session token, the region and the clock"
	case "AccessDenied", "AccessDeniedException", "AuthorizationError", "KmsAccessDenied":
		e.Kind, e.NotSent, e.Hint = driver.ErrAuth, true, "ask for the permission to be granted"
	case "BatchRequestTooLong", "RequestEntityTooLarge":
		e.Kind, e.Hint = driver.ErrTooLarge, "send less"
	case "ReceiptHandleIsInvalid", "MessageNotInflight":
		e.Kind, e.Hint = driver.ErrLost, ""
	case "InvalidParameterValue", "InvalidParameter", "InvalidParameterException", "MissingParameter", "InvalidAttributeName", "InvalidAttributeValue", "InvalidMessageContents", "ValidationError":
		e.Kind = driver.ErrInvalid
		if strings.Contains(message, "shorter than") || strings.Contains(message, "too long") {
			e.Kind, e.Hint = driver.ErrTooLarge, "send less, or raise the limit here and MaximumMessageSize of the queue"
		}
	case "QueueNameExists", "QueueAlreadyExists":
		e.Kind, e.Hint = driver.ErrInvalid, "it is there with other attributes: use it as it is, or change them there"
	case "RequestThrottled", "ThrottlingException", "Throttling", "TooManyRequestsException", "QueueDeletedRecently", "OverLimit":
		e.Retry = true
	case "InvalidAction", "UnsupportedOperation":
		e.Kind = driver.ErrUnsupported
	case "UnknownError", "":
		e.Kind, e.Hint = driver.ErrProtocol, strange
	}
	if status >= 500 {
		e.Retry = true
	}
}

// isBroken reports whether a connection ended before its answer did.
func isBroken(err error) bool {
	var op *net.OpError
	var sending *smithyhttp.RequestSendError
	return errors.As(err, &op) || errors.As(err, &sending)
}
