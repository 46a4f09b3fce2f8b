package amqp1server

import "github.com/weft-dev/weft/internal/lazy"

// The descriptors (parts 2, 3 and 5).
const (
	codeOpen        = 0x10
	codeBegin       = 0x11
	codeAttach      = 0x12
	codeFlow        = 0x13
	codeTransfer    = 0x14
	codeDisposition = 0x15
	codeDetach      = 0x16
	codeEnd         = 0x17
	codeClose       = 0x18
	codeError       = 0x1d

	codeAccepted = 0x24
	codeRejected = 0x25
	codeReleased = 0x26
	codeModified = 0x27

	codeSource      = 0x28
	codeTarget      = 0x29
	codeCoordinator = 0x30

	codeMechanisms = 0x40
	codeInit       = 0x41
	codeOutcome    = 0x44

	codeHeader              = 0x70
	codeDeliveryAnnotations = 0x71
	codeMessageAnnotations  = 0x72
	codeProperties          = 0x73
	codeFooter              = 0x78
)

// codesByName are the descriptors as names, which clients may use as well.
var codesByName = lazy.Of[map[symbol]uint64]{Make: func() map[symbol]uint64 {
	return map[symbol]uint64{
		"amqp:open:list": codeOpen, "amqp:begin:list": codeBegin, "amqp:attach:list": codeAttach, "amqp:flow:list": codeFlow,
		"amqp:transfer:list": codeTransfer, "amqp:disposition:list": codeDisposition, "amqp:detach:list": codeDetach,
		"amqp:end:list": codeEnd, "amqp:close:list": codeClose, "amqp:error:list": codeError,
		"amqp:accepted:list": codeAccepted, "amqp:rejected:list": codeRejected, "amqp:released:list": codeReleased,
		"amqp:modified:list": codeModified, "amqp:source:list": codeSource, "amqp:target:list": codeTarget,
		"amqp:coordinator:list": codeCoordinator, "amqp:sasl-init:list": codeInit, "amqp:header:list": codeHeader,
		"amqp:delivery-annotations:map": codeDeliveryAnnotations, "amqp:message-annotations:map": codeMessageAnnotations,
		"amqp:properties:list": codeProperties, "amqp:footer:map": codeFooter,
	}
}}

// The conditions of errors.
const (
	condDecode       symbol = "amqp:decode-error"
	condFraming      symbol = "amqp:connection:framing-error"
	condForced       symbol = "amqp:connection:forced"
	condNotAllowed   symbol = "amqp:not-allowed"
	condNotFound     symbol = "amqp:not-found"
	condNoSupport    symbol = "amqp:not-implemented"
	condInvalid      symbol = "amqp:invalid-field"
	condUnauthorized symbol = "amqp:unauthorized-access"
	condLimit        symbol = "amqp:resource-limit-exceeded"
	condTooLarge     symbol = "amqp:link:message-size-exceeded"
	condOverCredit   symbol = "amqp:link:transfer-limit-exceeded"
	condWindow       symbol = "amqp:session:window-violation"
	condHandleInUse  symbol = "amqp:session:handle-in-use"
	condUnattached   symbol = "amqp:session:unattached-handle"
)
