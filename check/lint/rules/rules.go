// Package rules is what weft judges documents by: the kinds of document, and
// the rules of AsyncAPI documents, one file each. A rule is data with its
// reason and two examples, which its test runs.
//
// It must not know how findings are shown, and a rule must not know another.
package rules

import (
	"cmp"
	"context"
	"slices"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/check/lint/arazzorules"
	"github.com/weft-dev/weft/check/lint/openapirules"
	"github.com/weft-dev/weft/check/lint/practice"
	"github.com/weft-dev/weft/check/lint/ruleset"
	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
)

// Linter judges every kind of document that weft knows. To add a kind, add it
// here.
func Linter() *lint.Linter {
	l := &lint.Linter{Kinds: []lint.Kind{lint.AsyncAPI(AsyncAPI()), arazzorules.Kind(), openAPIKind(), avroKind(), protobufKind()}}
	l.Kinds = append(l.Kinds, ruleset.For(l).Kind(), jsonSchemaKind())
	return l
}

func openAPIKind() lint.Kind {
	return lint.Kind{
		Name: "openapi", Title: "OpenAPI", Fields: []string{"swagger"}, Shaped: true, Rules: openapirules.Rules(),
		Check: func(ctx context.Context, ws *ref.Workspace, d *ref.Document) []diag.Diagnostic {
			_, found := openapi.Load(ctx, ws, d)
			return found
		},
	}
}

// AsyncAPI are the rules of AsyncAPI documents in the order of their codes.
func AsyncAPI() []*lint.Rule {
	list := []*lint.Rule{
		addressParameters(), addressForm(), addressSlash(), channelServers(), serverVariables(),
		operationChannel(), operationMessages(), replyChannel(),
		duplicateOperationID(), duplicateMessageID(), duplicateTags(),
		correlationLocation(), replyLocation(), parameterLocation(), securityRequirement(), securityScope(), schemaFormat(),
		addressBraces(), addressProtocol(), duplicateAddress(), contentType(), enumValue(), unusedComponent(), unusedSecurityScheme(),
	}
	list = append(list, aboutSchemas()...)
	list = append(list, recommended()...)
	list = append(list, structure()...)
	list = append(list, practice.Rules()...)
	slices.SortFunc(list, func(a, b *lint.Rule) int { return cmp.Compare(a.Code, b.Code) })
	return list
}

// aboutSchemas are the rules about schemas, and values of them.
func aboutSchemas() []*lint.Rule {
	return []*lint.Rule{
		schemaLanguage(), schemaDefault(), schemaExample(), schemaEnum(), schemaRequired(), schemaBounds(), discriminator(), messageExamples(),
	}
}
