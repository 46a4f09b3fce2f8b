package topic

import "github.com/weft-dev/weft/text/diag"

// The codes of what can be wrong with a name.
const (
	CodeMissing    diag.Code = "topic/missing-part"
	CodeEmptyPart  diag.Code = "topic/empty-part"
	CodeType       diag.Code = "topic/type"
	CodeVersion    diag.Code = "topic/version"
	CodeStatus     diag.Code = "topic/status"
	CodeTense      diag.Code = "topic/tense"
	CodeOldForm    diag.Code = "topic/old-form"
	CodeAmbiguous  diag.Code = "topic/ambiguous"
	CodeCharacters diag.Code = "topic/characters"
	CodePattern    diag.Code = "topic/pattern"

	CodeAddress   diag.Code = "topic/address"
	CodeLength    diag.Code = "topic/address-length"
	CodeWildcard  diag.Code = "topic/address-wildcard"
	CodeReserved  diag.Code = "topic/address-reserved"
	CodeCollision diag.Code = "topic/address-collision"
)

// Rules describes what can be wrong with a name, for explanations. The examples
// are names; those of addresses have the protocol before them.
func Rules() []diag.Rule {
	return []diag.Rule{
		{
			Code: CodeMissing, Severity: diag.Error, Summary: "a name by the topic definition has all its parts",
			Why:  "organization, team, version, type, resource and name tell who speaks, about what, and what happened; a status may follow",
			Good: "hitch.accounts.1.event.user.signedup", Bad: "hitch.accounts.1.event.user",
		},
		{
			Code: CodeEmptyPart, Severity: diag.Error, Summary: "no part of a name is empty",
			Why:  "two separators in a row, or one at an end, are most often a slip, and brokers differ in what they make of it",
			Good: "hitch.accounts.1.event.user.signedup", Bad: "hitch..1.event.user.signedup",
		},
		{
			Code: CodeType, Severity: diag.Error, Summary: "the type of a topic is event or command",
			Why:  "an event says what happened, a command tells another service what to do; consumers treat them differently",
			Good: "hitch.accounts.1.event.user.signedup", Bad: "hitch.accounts.1.message.user.signedup",
		},
		{
			Code: CodeVersion, Severity: diag.Error, Summary: "the version in a name is one number",
			Why:  "it is the version of the messages, not of the program, and changes only when they are no longer compatible",
			Good: "hitch.accounts.1.event.user.signedup", Bad: "hitch.accounts.one.event.user.signedup",
		},
		{
			Code: CodeStatus, Severity: diag.Error, Summary: "only an event has a status",
			Why:  "queued, succeeded, failed and done tell what became of a command that was given, which is an event",
			Good: "hitch.email.1.event.user.welcome.send.queued", Bad: "hitch.email.1.command.user.welcome.send.queued",
		},
		{
			Code: CodeTense, Severity: diag.Error, Summary: "events are named in the past tense, commands in the infinitive",
			Why:  "the name alone then tells whether something happened or is asked for; an event with a status keeps the name of its command",
			Good: "hitch.accounts.1.event.user.signedup", Bad: "hitch.accounts.1.event.user.signup",
		},
		{
			Code: CodeOldForm, Severity: diag.Error, Summary: "a name has no old forms of the topic definition",
			Why:  "action became command, succeed became succeeded, and versions such as 1.0 became one number in 2017",
			Good: "hitch.email.1.command.user.welcome.send", Bad: "hitch.email.1.action.user.welcome.send",
		},
		{
			Code: CodeAmbiguous, Severity: diag.Info, Summary: "a name can be read in one way only",
			Why:  "resources have no fixed number, so that a word such as failed can be the status of a command or the name of an event",
			Good: "shop.orders.1.event.payment.charge.failed", Bad: "shop.orders.1.event.order.payment.failed",
		},
		{
			Code: CodeCharacters, Severity: diag.Error, Summary: "a name holds no blanks and nothing that cannot be seen",
			Why:  "most brokers refuse such names, and nobody can type them",
			Good: "hitch.accounts.1.event.user.signedup", Bad: "hitch.accounts.1.event.user.signed up",
		},
		{
			Code: CodePattern, Severity: diag.Error, Summary: "a name keeps to the pattern that was agreed upon",
			Why:  "who knows the pattern can find channels, filter them and set permissions by their names",
			Good: "payments.invoice.overdue", Bad: "orders-queue",
		},
		{
			Code: CodeAddress, Severity: diag.Error, Summary: "an address is one that its protocol allows",
			Why:  "a broker refuses to make or use the channel otherwise",
			Good: "sqs orders-created.fifo", Bad: "sqs orders.created",
		},
		{
			Code: CodeLength, Severity: diag.Error, Summary: "an address has a length that its protocol allows",
			Why:  "a broker refuses to make or use the channel otherwise",
			Good: "googlepubsub orders", Bad: "googlepubsub or",
		},
		{
			Code: CodeWildcard, Severity: diag.Warning, Summary: "an address holds no wildcards",
			Why:  "a wildcard stands for many channels: they can be subscribed to, and nothing can be sent to them; a parameter says which part varies",
			Good: "mqtt lights/{id}/measured", Bad: "mqtt lights/+/measured",
		},
		{
			Code: CodeReserved, Severity: diag.Warning, Summary: "an address does not begin with what belongs to the broker",
			Why:  "brokers keep such names for themselves, refuse them, or treat them differently",
			Good: "mqtt status/clients", Bad: "mqtt $SYS/clients",
		},
		{
			Code: CodeCollision, Severity: diag.Info, Summary: "names on Kafka use dots or underscores, not both",
			Why:  "Kafka writes a dot as an underscore in the names of metrics, so that a.b and a_b are one there",
			Good: "kafka orders.created-late", Bad: "kafka orders.created_late",
		},
	}
}
