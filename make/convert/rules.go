package convert

import (
	"slices"

	"github.com/weft-dev/weft/make/convert/arazzo11"
	"github.com/weft-dev/weft/make/convert/asyncapi3"
	"github.com/weft-dev/weft/make/convert/rewrite"
	schemas "github.com/weft-dev/weft/spec/schema/convert"
	"github.com/weft-dev/weft/spec/schema/gosource"
	"github.com/weft-dev/weft/text/diag"
)

// Rule explains a code, and has a document whose conversion has the finding
// and one whose conversion has not.
type Rule struct {
	diag.Rule
	// To is what the examples are converted to, where it is not the usual.
	To string
}

// Rules explain the codes of what conversions have to say.
func Rules() []diag.Rule {
	list := make([]diag.Rule, 0, len(Explained()))
	for _, r := range Explained() {
		list = append(list, r.Rule)
	}
	return slices.Concat(list, schemas.Rules(), gosource.Rules())
}

// Explained are the rules with what their examples need.
func Explained() []Rule {
	return slices.Concat(commonRules(), asyncAPIRules())
}

func commonRules() []Rule {
	return []Rule{{
		Rule: diag.Rule{
			Code: CodeComments, Severity: diag.Warning,
			Summary: "comments are kept",
			Why:     "JSON has no comments. What people wrote for one another would be gone without anybody having decided so.",
			Bad:     "asyncapi: 3.0.0 # since May\ninfo: {title: Orders, version: 1.0.0}\n",
			Good:    "asyncapi: 3.0.0\ninfo: {title: Orders, version: 1.0.0}\n",
		}, To: "json",
	}}
}

const arazzoHead = "arazzo: 1.0.1\ninfo: {title: Orders, version: 1.0.0}\nsourceDescriptions: [{name: api, url: ./api.yaml, type: openapi}]\nworkflows:\n- workflowId: order\n  steps:\n  "

const head2 = "asyncapi: 2.6.0\ninfo: {title: Orders, version: 1.0.0}\n"

func asyncAPIRules() []Rule {
	rule := func(code diag.Code, severity diag.Severity, summary, why, bad, good string) Rule {
		return Rule{Rule: diag.Rule{Code: code, Severity: severity, Summary: summary, Why: why, Bad: head2 + bad, Good: head2 + good}}
	}
	channel := func(body string) string { return "channels:\n  orders:\n    " + body + "\n" }
	return []Rule{
		rule(asyncapi3.CodeLost, diag.Warning, "everything the source says has a place in the result",
			"The two specifications differ in what they can say. What has no place is left out, or kept as an extension, and whoever counts on it should know.",
			channel("deprecated: true"), channel("description: still in use")),
		rule(asyncapi3.CodeGuessed, diag.Info, "the source says all that the result needs",
			"Something had to be decided that the source does not say. Look whether it is what you mean.",
			channel("publish: {message: {payload: {type: object}, examples: [{orderId: 1}]}}"),
			channel("publish: {message: {payload: {type: object}, examples: [{payload: {orderId: 1}}]}}")),
		rule(asyncapi3.CodeRenamed, diag.Info, "names are kept",
			"Names must be unique, and components have fewer characters to choose from. References are changed along; what else uses the old name is not.",
			"channels: {}\ncomponents: {schemas: {orders/order: {type: object}}}\n", "channels: {}\ncomponents: {schemas: {order: {type: object}}}\n"),
		rule(asyncapi3.CodeInlined, diag.Info, "what is referred to stays where it is",
			"A part of another document that is no AsyncAPI document itself is converted by nobody else; and a channel of AsyncAPI 3 has one address. Such parts are written out where they are used.",
			"channels: {eu/orders: {$ref: '#/components/channels/orders'}, us/orders: {$ref: '#/components/channels/orders'}}\ncomponents: {channels: {orders: {description: all orders}}}\n",
			"channels: {orders: {$ref: '#/components/channels/orders'}}\ncomponents: {channels: {orders: {description: all orders}}}\n"),
		rule(asyncapi3.CodeParameter, diag.Warning, "the schema of a parameter only lists its values",
			"Parameters of AsyncAPI 3 are strings with a list of values, a default and examples. Patterns, lengths and formats cannot be said any more.",
			"channels: {'orders/{id}': {parameters: {id: {schema: {type: string, pattern: '^[0-9]+$'}}}}}\n",
			"channels: {'orders/{id}': {parameters: {id: {schema: {type: string, enum: [first, second]}}}}}\n"),
		rule(asyncapi3.CodeSecurity, diag.Warning, "each security requirement is one scheme",
			"In AsyncAPI 3 security is a list of schemes, any of which will do. That several are needed together, or none as an alternative, cannot be said: check that nobody is let in who should not be.",
			"channels: {}\nservers: {s: {url: 'h:1', protocol: kafka, security: [{user: [], key: []}]}}\ncomponents: {securitySchemes: {user: {type: userPassword}, key: {type: apiKey, in: user}}}\n",
			"channels: {}\nservers: {s: {url: 'h:1', protocol: kafka, security: [{user: []}, {key: []}]}}\ncomponents: {securitySchemes: {user: {type: userPassword}, key: {type: apiKey, in: user}}}\n"),
		rule(asyncapi3.CodeTraits, diag.Info, "traits add, and change nothing",
			"In AsyncAPI 2 a trait wins over the object that has it, in 3 the object wins. Where they differ the object says in the result what the trait made of it.",
			channel("publish: {summary: mine, traits: [{summary: the trait's}], message: {}}"), channel("publish: {traits: [{summary: the trait's}], message: {}}")),
		rule(asyncapi3.CodeBinding, diag.Warning, "bindings are of a version that AsyncAPI 3 knows",
			"Bindings have versions of their own, and AsyncAPI 3 knows only the newer ones. What a binding cannot say any more is kept as an extension, which no tool reads.",
			channel("bindings: {kafka: {bindingVersion: 0.1.0}}"), channel("bindings: {kafka: {bindingVersion: 0.5.0}}")),
		rule(asyncapi3.CodeChoice, diag.Info, "a message is one message",
			"A component that is \"oneOf\" several messages is gone in AsyncAPI 3: operations list the messages instead.",
			"channels: {}\ncomponents: {messages: {any: {oneOf: [{name: a}]}}}\n", "channels: {}\ncomponents: {messages: {a: {name: a}}}\n"),
		rule(asyncapi3.CodeReference, diag.Warning, "references lead to something in the result",
			"A reference that could not be followed is kept as it is written, and may lead nowhere.",
			channel("publish: {message: {payload: {$ref: '#/components/schemas/order'}}}"),
			channel("publish: {message: {payload: {$ref: '#/components/schemas/order'}}}")+"components: {schemas: {order: {type: object}}}\n"),
		{Rule: diag.Rule{
			Code: arazzo11.CodeKept, Severity: diag.Info,
			Summary: "Arazzo 1.1 can say what the extension says",
			Why:     "Aggregation of answers, callbacks after the end of a workflow and early answers are not in Arazzo 1.1. The extensions stay: weft reads them, other tools do not.",
			Bad:     arazzoHead + "- {stepId: a, operationId: placeholder, x-final-response: {immediate: true}}\n",
			Good:    arazzoHead + "- {stepId: a, operationId: get}\n",
		}},
		{Rule: diag.Rule{
			Code: rewrite.CodeTooLarge, Severity: diag.Error,
			Summary: "the result is not very much larger than its source",
			Why:     "Some parts that were written once have to be written out at each place that refers to them. A small document could become one that fills the memory; that is refused.",
		}},
		{Rule: diag.Rule{
			Code: asyncapi3.CodeElsewhere, Severity: diag.Info,
			Summary: "documents that refer to one another are converted together",
			Why:     "References into another AsyncAPI 2 document are written as they will be right once that is converted. Until then they may lead nowhere.",
		}},
	}
}
