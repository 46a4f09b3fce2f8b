package rules_test

import (
	"context"
	"fmt"

	"github.com/weft-dev/weft/check/lint/rules"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

// A document is judged with all that it refers to.
func ExampleLinter() {
	text := []byte(`asyncapi: 3.0.0
info: {title: Accounts, version: 1.0.0}
channels:
  users: {address: 'users/{id}', parameters: {idd: {description: the user}}}
`)
	ws := ref.New(source.Memory{}, ref.Options{})
	result := rules.Linter().Lint(context.Background(), ws, source.NewFile("memory:///a.yaml", "a.yaml", text))
	fmt.Println(result.Kind, result.Version)
	for _, f := range result.Findings {
		if f.Severity < diag.Warning {
			continue // remarks: the document does not say whom to ask
		}
		start, _ := f.Span.Range()
		fmt.Printf("%d:%d %s: %s; %s\n", start.Line, start.Column, f.Severity, f.Message, f.Help)
	}
	// Output:
	// asyncapi 3.0.0
	// 4:47 error: the parameter "idd" is not in "users/{id}"; did you mean "id"?
}
