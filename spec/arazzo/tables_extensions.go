package arazzo

import (
	"fmt"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/spec/shape"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// The names of the extensions that are modelled in extensions.go.
const (
	extOperation = "x-async-operation"
	extAggregate = "x-async-aggregate"
	extFinal     = "x-final-response"
	extCallbacks = "x-async-callbacks"
	extIsAsync   = "x-is-asyncapi"
	extVersion   = "x-asyncapi-version"
	extFilter    = "x-message-filter"

	extInteraction = "x-interaction"
)

// placeholderExtensions are those with which a step's target is a placeholder.
var placeholderExtensions = []string{extOperation, extAggregate, extFinal, extInteraction}

// stepExtensions are fields of the Step Object that 1.0 and 1.1 leave to
// extensions; that they are modelled makes their faults findable.
func stepExtensions() []shape.Field {
	return []shape.Field{
		{Name: extOperation, Type: shape.Is("async operation extension"), Doc: "What the step sends or awaits, in place of its operationId."},
		{Name: extAggregate, Type: shape.Is("async aggregate extension"), Doc: "The answers to a group of messages that the step awaits."},
		{Name: extFinal, Type: shape.Is("final response extension"), Doc: "The run ends here."},
		{Name: extInteraction, Type: shape.Is("interaction extension"), Doc: "A person is asked, and the step waits for the answer."},
		{Name: extFilter, Type: shape.String().NonEmpty(), Doc: "A condition that a message must meet before it counts as received."},
	}
}

func extensionObjects() []shape.Object {
	text := func() *shape.Type { return shape.String().NonEmpty() }
	return []shape.Object{{
		Name: "async operation extension", Title: extOperation,
		Doc: "An asynchronous operation in a document of Arazzo 1.0.", Extensions: true, Check: checkDraftExtension,
		Fields: []shape.Field{
			{Name: "type", Required: true, Type: shape.String().Enum("send", "receive"), Doc: "Whether a message is sent or awaited."},
			{Name: "channel", Type: text(), Doc: "The address of the channel."},
			{Name: "operationId", Type: text(), Doc: "The operation of the AsyncAPI document."},
			{Name: "fire-and-forget", Type: shape.Boolean(), Doc: "Nobody waits for an answer."},
			{Name: "correlationId", Type: text(), Doc: "The id that the message carries."},
			{Name: "trackingId", Type: text(), Doc: "The id by which callbacks know the message."},
			{Name: "x-correlation-key", Type: text(), Doc: "The field of the message that holds the id."},
			{Name: "x-track-for-aggregation", Type: text(), Doc: "The group that the message belongs to."},
			{Name: "x-callback-registration", Type: shape.Is("callback registration extension"), Doc: "Channels to watch after the workflow has ended."},
			{Name: "timeout", Type: shape.Number().Min(0), Doc: "How long to wait, in seconds."},
			{Name: "correlation", Type: shape.Is("correlation extension"), Doc: "Which message is awaited."},
		},
	}, {
		Name: "correlation extension", Title: "correlation of " + extOperation, Doc: "Which message is awaited.", Extensions: true,
		Fields: []shape.Field{
			{Name: "id", Required: true, Type: text(), Doc: "The value expected."},
			{Name: "match", Required: true, Type: text(), Doc: "The expression that finds the value in a message."},
		},
	}, {
		Name: "callback registration extension", Title: "x-callback-registration", Doc: "Channels to watch after the workflow has ended.", Extensions: true,
		Fields: []shape.Field{
			{Name: "events", Required: true, Type: shape.List(shape.Is("callback event extension")).MinItems(1), Doc: "The channels, and where their messages go."},
		},
	}, {
		Name: "callback event extension", Title: "events of x-callback-registration", Doc: "One channel to watch.", Extensions: true,
		Fields: []shape.Field{
			{Name: "event", Required: true, Type: text(), Doc: "The address of the channel."},
			{Name: "webhook", Required: true, Type: text(), Doc: "Where matching messages are delivered."},
			{Name: "filter", Type: text(), Doc: "The condition that a message must meet."},
		},
	}, {
		Name: "async aggregate extension", Title: extAggregate, Doc: "The answers to a group of messages.", Extensions: true, Check: checkDraftExtension,
		Fields: []shape.Field{
			{Name: "wait-for-group", Required: true, Type: text(), Doc: "The group whose answers are awaited."},
			{Name: "timeout", Type: shape.Number().Min(0), Doc: "How long to wait, in seconds."},
			{Name: "strategy", Type: shape.String().Pattern(`^(all|any|quorum: *[1-9][0-9]{0,5})$`, `"all", "any" or "quorum: " and a number`), Doc: "When the answers are enough."},
			{Name: "channels", Required: true, Type: shape.List(shape.Is("aggregate channel extension")).MinItems(1), Doc: "Where the answers come from."},
		},
	}, {
		Name: "aggregate channel extension", Title: "channels of " + extAggregate, Doc: "Where one answer comes from.", Extensions: true,
		Fields: []shape.Field{
			{Name: "channel", Required: true, Type: text(), Doc: "The address of the channel."},
			{Name: "correlationMatch", Required: true, Type: text(), Doc: "The correlation id that the answer carries."},
			{Name: "outputAs", Required: true, Type: text(), Doc: "The name of the answer among the responses."},
		},
	}, {
		Name: "async callbacks extension", Title: extCallbacks, Doc: "Callbacks of a workflow.", Extensions: true, Check: checkDraftExtension,
		Fields: []shape.Field{
			{Name: "enabled", Type: shape.Boolean(), Doc: "Whether callbacks are registered."},
			{Name: "correlationStore", Type: text(), Doc: "The address of the store of registrations."},
			{Name: "webhookBase", Type: text(), Doc: "The URL below which webhooks lie."},
		},
	}, {
		Name: "final response extension", Title: extFinal, Doc: "The run ends here.", Extensions: true, Check: checkDraftExtension,
		Fields: []shape.Field{
			{Name: "immediate", Type: shape.Boolean(), Doc: "The run does not wait for what is still under way."},
		},
	}, {
		Name: "interaction extension", Title: extInteraction, Doc: "A person is asked, and the step waits for the answer.", Extensions: true,
		Fields: []shape.Field{
			{Name: "prompt", Required: true, Type: text(), Doc: "What the person is asked, with runtime expressions inside."},
			{Name: "context", Type: shape.Any(), Doc: "What the person has to know to answer: any value, with runtime expressions inside."},
			{Name: "schema", Type: shape.Either(shape.Boolean(), shape.Map(shape.Any())), Doc: "The JSON Schema of the answer."},
			{Name: "mode", Type: shape.String().Enum("form", "acknowledge"), Doc: "Whether the person fills in a form or only takes notice; form where it is missing."},
			{Name: "timeout", Type: shape.Number().Min(0), Doc: "How long to wait for the answer, in seconds."},
			{Name: "onTimeout", Type: shape.String().Enum("fail", "continue"), Doc: "Whether the step fails without an answer or goes on; fail where it is missing."},
		},
	}}
}

// checkDraftExtension tells that an extension of the public discussion is read
// and what has taken its place.
func checkDraftExtension(c *shape.Context, n *tree.Node) {
	name := n.Name()
	d := c.ReportKey(CodeDraftExtension, n, "%q is an extension of the discussion before Arazzo 1.1", name)
	d.Severity = diag.Info
	d.Help = draftHelp.Get()[name]
}

var draftHelp = lazy.Of[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		extOperation: `in 1.1 a step says this itself, with "action", "correlationId" and "timeout" (in milliseconds)`,
		extAggregate: `1.1 has no aggregation; several receive steps and a step that depends on all of them come nearest`,
		extFinal:     `1.1 has no early answer; the extension is kept`,
		extCallbacks: `1.1 has no callbacks; the extension is kept`,
		extIsAsync:   `in 1.1 write "type: asyncapi"`,
	}
}}

// checkIsAsync judges the extension that marks a source as AsyncAPI.
func checkIsAsync(c *shape.Context, n *tree.Node) {
	d := c.ReportKey(CodeDraftExtension, n, "%q is an extension of the discussion before Arazzo 1.1", n.Name())
	d.Severity = diag.Info
	d.Help = draftHelp.Get()[n.Name()]
	if n.True() && n.Parent.Get("type").Str() == SourceAsyncAPI.String() {
		d.Message = fmt.Sprintf("%q says nothing that \"type: asyncapi\" does not say", n.Name())
	}
}
