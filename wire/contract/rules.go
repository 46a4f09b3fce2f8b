package contract

import "github.com/weft-dev/weft/text/diag"

// The codes of findings.
const (
	CodeContentType  diag.Code = "contract/content-type"
	CodeNoType       diag.Code = "contract/content-type-unknown"
	CodeUnreadable   diag.Code = "contract/unreadable"
	CodeEncoding     diag.Code = "contract/encoding"
	CodeNotUTF8      diag.Code = "contract/not-utf8"
	CodeJSONForBytes diag.Code = "contract/json-for-binary"
	CodeSchemaID     diag.Code = "contract/schema-id"
	CodeMessage      diag.Code = "contract/unknown-message"
	CodePayload      diag.Code = "contract/payload"
	CodeExtraField   diag.Code = "contract/extra-field"
	CodeHeader       diag.Code = "contract/header-missing"
	CodeHeaders      diag.Code = "contract/headers"
	CodeKey          diag.Code = "contract/key"
	CodeAddress      diag.Code = "contract/address"
	CodeNoAddress    diag.Code = "contract/address-missing"
	CodeCorrelation  diag.Code = "contract/correlation"
	CodeSize         diag.Code = "contract/size"
	CodeSilent       diag.Code = "contract/silent"
	CodeRefused      diag.Code = "contract/valid-refused"
	CodeAccepted     diag.Code = "contract/invalid-accepted"
	CodeNoReply      diag.Code = "contract/no-reply"
	CodeUnseen       diag.Code = "contract/outcome-unseen"
	CodeNotMade      diag.Code = "contract/case-not-made"
)

// Rules describe the findings of this package.
func Rules() []diag.Rule {
	shown := examples()
	rule := func(code diag.Code, severity diag.Severity, summary, why string) diag.Rule {
		return diag.Rule{Code: code, Severity: severity, Summary: summary, Why: why, Bad: shown[code][0], Good: shown[code][1]}
	}
	return []diag.Rule{
		rule(CodeContentType, diag.Error, "messages say the content type that the contract declares",
			"Consumers choose how to read a message by its content type. Under another one they refuse it, or read something else."),
		rule(CodeNoType, diag.Warning, "somebody says what the content type is, the message or the contract",
			"Where neither does, every consumer guesses. JSON was assumed here; declare a contentType in the contract."),
		rule(CodeUnreadable, diag.Error, "what the contract declares can be judged",
			"Messages whose content type or schema cannot be read were not judged, and what is not judged is no pass."),
		rule(CodeEncoding, diag.Error, "bytes can be read as the contract says",
			"A consumer that keeps to the contract cannot read this message at all, and will drop it or stop."),
		rule(CodeNotUTF8, diag.Error, "text and JSON are UTF-8",
			"JSON is UTF-8 (RFC 8259, section 8.1). Many readers refuse other bytes, others replace them without a word. Encode text as UTF-8 before sending."),
		rule(CodeJSONForBytes, diag.Error, "a wire that is declared Avro or Protobuf has no plain JSON on it",
			"Consumers that were made from the contract read Avro's or Protobuf's bytes, and fail on the first brace. Use the serializer of the schema's language, or declare application/json and a JSON Schema."),
		rule(CodeSchemaID, diag.Error, "the id of a schema that a message carries is that of the contract's schema",
			"Consumers fetch the schema by its id. One that the registry does not know, or that is of another message, makes the message unreadable; nothing tells the sender."),
		rule(CodeMessage, diag.Error, "every message on a channel is one of those that the contract lists",
			"Consumers know only the listed ones. Add it to the channel, or send it elsewhere."),
		rule(CodePayload, diag.Error, "payloads fit their schema",
			"The schema is what consumers were built on. Mend the service, or change the contract and tell the consumers."),
		rule(CodeExtraField, diag.Error, "payloads have no members that the schema forbids",
			"Under additionalProperties: false strict consumers refuse the whole message. Add the member to the contract first, or leave it out."),
		rule(CodeHeader, diag.Error, "messages have all headers that the contract requires",
			"Headers are read before the payload, for routing and tracing: without them a message goes astray."),
		rule(CodeHeaders, diag.Error, "headers fit their schema",
			"Consumers and routers read headers by the types and values that the contract declares."),
		rule(CodeKey, diag.Error, "messages have the key that the contract declares",
			"The key decides on the partition, and so on order: with another key or none the messages of one thing overtake each other."),
		rule(CodeAddress, diag.Error, "messages are at the address that their content says",
			"Consumers subscribe by the parameters of an address. A message at another one reaches those it was not meant for, and not those it was."),
		rule(CodeNoAddress, diag.Error, "the addresses of the contract are there",
			"Nobody can send to or receive from a topic or queue that does not exist. Create it, or mend the address in the contract."),
		rule(CodeCorrelation, diag.Error, "messages have the correlation id that belongs there",
			"Who waits for an answer finds it by its correlation id. Without the request's own id the answer is nobody's, and the request times out."),
		rule(CodeSize, diag.Error, "messages are not larger than declared",
			"Brokers and consumers that were set up by the contract refuse larger ones, often only under load."),
		rule(CodeSilent, diag.Error, "a service sends what it says that it sends",
			"While the test listened there was not one message, so nothing is known. Make the service send, listen longer, or begin earlier."),
		rule(CodeRefused, diag.Error, "a consumer takes every message that fits its contract",
			"Senders may send all that the contract allows, also what is rare: the limits of a range, an empty list, an older version. What was refused is lost work."),
		rule(CodeAccepted, diag.Error, "a consumer does not process what its contract forbids",
			"What breaks the contract and is processed all the same turns into wrong data further on, where nobody finds out where it came from."),
		rule(CodeNoReply, diag.Error, "a request that fits the contract is replied to",
			"The requester waits for the reply that the operation declares, and gives up or asks again when it does not come."),
		rule(CodeUnseen, diag.Error, "it can be seen what a consumer makes of a message",
			"Without a reply and without a place for dead letters, accepted and refused look the same. Name the dead letter address, or declare a reply."),
		rule(CodeNotMade, diag.Warning, "the messages to try a consumer with can be made",
			"What could not be made was not tried. Mend the schema where it allows nothing, or give the message an example."),
	}
}
