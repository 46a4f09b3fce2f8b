package diff

import (
	"slices"

	"github.com/weft-dev/weft/check/diff/avrodiff"
	"github.com/weft-dev/weft/check/diff/protodiff"
	"github.com/weft-dev/weft/check/diff/schemadiff"
	"github.com/weft-dev/weft/text/diag"
)

// Rules explains every code of a change: what it is, and what decides whom it
// breaks. The severity is the worst that a change of that code can have.
func Rules() []diag.Rule {
	own := ruleTable()
	list := make([]diag.Rule, 0, len(own))
	for _, r := range own {
		list = append(list, diag.Rule{Code: r.code, Severity: r.worst, Summary: r.summary, Why: r.why})
	}
	return slices.Concat(list, avrodiff.Rules(), registryRules())
}

type ruleRow struct {
	code         diag.Code
	worst        diag.Severity
	summary, why string
}

func ruleTable() []ruleRow {
	return []ruleRow{
		{codeServerRemoved, diag.Error, "a server is gone", "whoever is connected to it is cut off"},
		{codeServerAdded, diag.Info, "there is a new server", "nobody is connected to it yet"},
		{codeServerHost, diag.Info, "a server has another host or key", "clients must be configured anew"},
		{codeServerProtocol, diag.Error, "a server speaks another protocol, or version of it", "clients of the old one cannot connect"},
		{codeServerVariable, diag.Warning, "a variable of a server has other values, or another default", "values that go away are hosts that go away"},
		{codeSecurity, diag.Error, "clients must authenticate in another way", "each way in that was open must still be, or clients that use it are turned away"},
		{codeChannelRemoved, diag.Error, "a channel is gone", "consumers wait for ever, or producers send where nobody reads"},
		{codeChannelAdded, diag.Info, "there is a new channel", "nobody knows it yet"},
		{codeChannelRenamed, diag.Info, "a channel has another key and the same address", "only names that code and references use are touched"},
		{codeChannelAddress, diag.Error, "a channel has another address", "one side uses the old address and the other the new, unless the old is kept for a while"},
		{codeChannelServers, diag.Error, "a channel is no longer on a server", "whoever exchanges its messages through that server is cut off"},
		{codeParameter, diag.Error, "a parameter of an address has another name or other values", "values that go away are addresses that go away"},
		{codeOperationGone, diag.Error, "the application no longer does something", "consumers wait for ever, or producers send where nobody reads"},
		{codeOperationAdded, diag.Info, "the application does something new", "nobody counts on it yet"},
		{codeOperationName, diag.Info, "an operation has another name", "only names that code and workflows use are touched"},
		{codeOperationAction, diag.Error, "an operation does another thing, or on another channel", "the other side of the old operation is left alone"},
		{codeReply, diag.Error, "requests are answered in another way", "requester and responder must agree on where the answer goes"},
		{codeMessageAdded, diag.Warning, "a channel carries one more message", "consumers meet a kind that they do not know; producers need not send it"},
		{codeMessageRemoved, diag.Error, "a message is no longer received, or no longer sent", "producers still send what is refused; consumers wait for what does not come"},
		{codeMessageRenamed, diag.Warning, "a message has another key or name", "code, and consumers that tell messages apart by name, use it"},
		{codeDeprecated, diag.Info, "something is deprecated now", "it still works"},
		{codeContentType, diag.Error, "the content type of a message changed", "the other side decodes or encodes the old one"},
		{codeSchemaFormat, diag.Error, "a schema is written in another language, or is there only now", "bytes of one language are not read by another"},
		{codeSchemaUnknown, diag.Warning, "whether two schemas are compatible could not be decided", "no proof was found for either answer; this is never taken for a yes"},
		{codeSchemaRefused, diag.Error, "a schema changed so that one side refuses what the other writes", "the message that is shown proves it"},
		{codeReplay, diag.Warning, "messages that are kept do not fit the new schema", "who reads the channel from its start meets them"},
		{codeCorrelation, diag.Error, "the correlation id stands somewhere else", "requests and replies no longer find each other"},
		{codeKey, diag.Error, "the schema of a message's key changed", "keys decide the partition, so that messages of one thing are torn apart"},
		{codeBinding, diag.Error, "something said for one protocol changed", "what it does depends on the broker"},
		{codeVersionBump, diag.Warning, "info.version does not tell of the change", "readers look at the number to know whether they must act"},
		{codeAddressVersion, diag.Warning, "the version in an address does not go with the change", "it should change when messages become incompatible, and only then"},

		{edit(schemadiff.PropertyAdded), diag.Error, "a schema has one more property", "a required one breaks producers of what is received; an optional one is passed over by who does not know it"},
		{edit(schemadiff.PropertyRemoved), diag.Error, "a schema has one property less", "consumers of what is sent may count on it, if it was required"},
		{edit(schemadiff.PropertyRenamed), diag.Error, "a property has another name", "both sides look for a name that the other does not write"},
		{edit(schemadiff.BecameRequired), diag.Error, "a property is required that was optional", "producers of what is received may leave it out"},
		{edit(schemadiff.BecameOptional), diag.Error, "a property is optional that was required", "consumers of what is sent count on it"},
		{edit(schemadiff.TypeWidened), diag.Error, "more types of value are allowed", "consumers of what is sent do not expect the new ones"},
		{edit(schemadiff.TypeNarrowed), diag.Error, "fewer types of value are allowed", "producers of what is received may send the others"},
		{edit(schemadiff.TypeChanged), diag.Error, "another type of value is asked for", "both sides refuse what the other writes"},
		{edit(schemadiff.ValueAdded), diag.Error, "one more value is allowed", "consumers of what is sent know only the old ones"},
		{edit(schemadiff.ValueRemoved), diag.Error, "one value less is allowed", "producers of what is received may still send it"},
		{edit(schemadiff.EnumAdded), diag.Error, "only some values are allowed now", "producers of what is received may send others"},
		{edit(schemadiff.EnumRemoved), diag.Error, "all values are allowed now", "consumers of what is sent know only those that were listed"},
		{edit(schemadiff.LimitChanged), diag.Error, "a limit changed", "a wider one breaks consumers of what is sent, a narrower one producers of what is received"},
		{edit(schemadiff.PatternChanged), diag.Error, "a pattern changed", "whether one holds the other is decided by their automata"},
		{edit(schemadiff.FormatChanged), diag.Error, "a format changed", "a new one breaks producers of what is received that write other texts"},
		{edit(schemadiff.AdditionalChanged), diag.Error, "what is said of undeclared properties changed", "who forbids them refuses messages of those that declare more"},
		{edit(schemadiff.BranchAdded), diag.Error, "one more form is allowed", "consumers of what is sent do not know it, and with oneOf it may overlap another"},
		{edit(schemadiff.BranchRemoved), diag.Error, "one form less is allowed", "producers of what is received may still send it"},
		{edit(schemadiff.BranchChanged), diag.Error, "a form changed", "it depends on what changed in it"},
		{edit(schemadiff.RuleChanged), diag.Error, "another rule of a schema changed", "it depends on the rule; the message that is shown proves a break"},
		{edit(schemadiff.DefaultChanged), diag.Info, "a default changed", "messages are accepted as before, and mean something else where it is left out"},

		{protoCode(protodiff.FieldAdded), diag.Error, "a message of Protobuf has one more field", "old readers pass over it; a required one is missing in what old writers send"},
		{protoCode(protodiff.FieldRemoved), diag.Error, "a message of Protobuf has one field less", "new readers pass over what old writers send in it; old readers miss a required one"},
		{protoCode(protodiff.FieldRenamed), diag.Error, "a field of Protobuf has another name", "the bytes hold numbers and are not touched; in JSON both sides look for a name that the other does not write"},
		{protoCode(protodiff.FieldNumber), diag.Error, "a field of Protobuf has another number", "on the wire a field is its number: neither side sees what the other writes"},
		{protoCode(protodiff.FieldType), diag.Error, "a field of Protobuf has another type", "some types are written alike; between the others values are lost or become other values, as the message that is shown proves"},
		{protoCode(protodiff.FieldLabel), diag.Error, "a field of Protobuf became repeated, single, a map or required", "of several values one is read, and a required one may be missing"},
		{protoCode(protodiff.FieldPresence), diag.Warning, "whether a field of Protobuf is absent can be told, or no longer", "who counts on the difference takes what is absent for zero"},
		{protoCode(protodiff.FieldPacked), diag.Error, "repeated numbers of Protobuf are written in another way", "every parser since proto 2.3 reads both"},
		{protoCode(protodiff.FieldDefault), diag.Warning, "the default of a field of Protobuf changed", "defaults are not sent: each side reads its own"},
		{protoCode(protodiff.FieldReserved), diag.Warning, "the number of a field of Protobuf that is gone may be taken again, or was", "data of the old field would be read as the new one"},
		{protoCode(protodiff.OneofChanged), diag.Error, "fields of Protobuf moved into, out of or between oneofs", "where both of two fields are written, a reader that has them in one oneof keeps the last"},
		{protoCode(protodiff.EnumValueAdded), diag.Error, "an enum of Protobuf has one more value", "an open enum keeps the number, a closed one passes over it; JSON has the name, which old readers refuse"},
		{protoCode(protodiff.EnumValueGone), diag.Error, "an enum of Protobuf has one value less", "old writers may still send it"},
		{protoCode(protodiff.EnumValueNamed), diag.Error, "a value of an enum of Protobuf has another name", "the bytes hold numbers and are not touched; JSON has the name"},
		{protoCode(protodiff.EnumNumber), diag.Error, "a value of an enum of Protobuf has another number", "each side reads another value than was written"},
		{protoCode(protodiff.EnumClosed), diag.Warning, "an enum of Protobuf became open, or closed", "what has no name is kept by an open enum and passed over by a closed one"},
		{protoCode(protodiff.TypeRenamed), diag.Warning, "a message or enum of Protobuf has another name", "generated code and messages in Any name the type; fields do not"},
		{protoCode(protodiff.FileOption), diag.Warning, "the package, or an option for generated code, changed", "generated code is in another place"},
	}
}

// edit is the code of a difference of schemas.
func edit(kind schemadiff.EditKind) diag.Code { return "diff/" + diag.Code(kind) }
