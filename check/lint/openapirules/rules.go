// Package openapirules explains what spec/openapi finds in the operations that
// a workflow can call, beyond faults of structure. The rules are data; the
// checks are done while a document is read.
//
// It must not know workflows.
package openapirules

import (
	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/text/diag"
)

const head = "openapi: 3.1.0\ninfo: {title: Orders, version: 1.0.0}\n"

// Rules are all rules in the order of their codes.
func Rules() []*lint.Rule {
	get := func(fields string) string {
		return head + "paths:\n  /orders/{id}:\n    get:\n      " + fields + "\n      responses: {'200': {description: the order}}\n"
	}
	return []*lint.Rule{{
		Code: "openapi/" + openapi.CodeDuplicateOperation, Severity: diag.Error,
		Summary: "each operation has an operationId of its own",
		Why:     "A workflow step names an operation by its id. With two of an id, which one is called would depend on the tool.",
		Good:    head + "paths: {/orders: {get: {operationId: list, responses: {}}, post: {operationId: place, responses: {}}}}\n",
		Bad:     head + "paths: {/orders: {get: {operationId: orders, responses: {}}, post: {operationId: orders, responses: {}}}}\n",
	}, {
		Code: "openapi/" + openapi.CodeDuplicateParameter, Severity: diag.Error,
		Summary: "an operation has each parameter once",
		Why:     "A parameter is its name and its place. With two of them, which one describes the value would depend on the tool.",
		Good:    get("parameters: [{name: id, in: path, required: true, schema: {type: string}}, {name: id, in: query, schema: {type: string}}]"),
		Bad:     get("parameters: [{name: id, in: path, required: true, schema: {type: string}}, {name: id, in: path, required: true, schema: {type: integer}}]"),
	}, {
		Code: "openapi/" + openapi.CodePathParameter, Severity: diag.Error,
		Summary: "the names in a path's braces are its path parameters",
		Why:     "A name without a parameter leaves a brace in the URL; a parameter without a name is never sent.",
		Good:    get("parameters: [{name: id, in: path, required: true, schema: {type: string}}]"),
		Bad:     get("parameters: [{name: orderId, in: path, required: true, schema: {type: string}}]"),
	}, {
		Code: "openapi/" + openapi.CodeSecurityScheme, Severity: diag.Error,
		Summary: "a security requirement names schemes of the document",
		Why:     "Which credentials to send is told by the scheme; without it the call would be refused.",
		Good:    head + "paths: {}\nsecurity: [{key: []}]\ncomponents: {securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}}\n",
		Bad:     head + "paths: {}\nsecurity: [{keys: []}]\ncomponents: {securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}}\n",
	}, {
		Code: "openapi/" + openapi.CodeServerVariable, Severity: diag.Error,
		Summary: "the variables in a server's URL are described, with a default that is allowed",
		Why:     "A variable without a value leaves a brace in the URL.",
		Good:    head + "paths: {}\nservers: [{url: 'https://{region}.example.com', variables: {region: {default: eu}}}]\n",
		Bad:     head + "paths: {}\nservers: [{url: 'https://{region}.example.com'}]\n",
	}, {
		Code: "openapi/" + openapi.CodeVersion, Severity: diag.Error,
		Summary: "the version of the specification is one that is read",
		Why:     "A document of another version may mean something else by the same fields.",
		Good:    head + "paths: {}\n",
		Bad:     "openapi: 4.0.0\ninfo: {title: Orders, version: 1.0.0}\npaths: {}\n",
	}, {
		Code: "openapi/" + openapi.CodeVersion2, Severity: diag.Info,
		Summary: "a document of 2.0 is read, but its structure is not checked",
		Why:     "Workflows can call the operations of OpenAPI 2.0. Faults of such a document are found late.",
		Good:    head + "paths: {}\n",
		Bad:     "swagger: '2.0'\ninfo: {title: Orders, version: 1.0.0}\npaths: {}\n",
	}}
}
