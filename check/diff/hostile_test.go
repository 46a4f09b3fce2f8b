package diff_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/check/diff"
	"github.com/weft-dev/weft/internal/cputime"
)

// Documents of 64 KB that are made to take for ever are compared in a second;
// what could not be decided by then is said to be unknown.
func TestHostileDocumentsAreComparedInTime(t *testing.T) {
	const size = 64 << 10
	for name, payload := range map[string]func(i int, end string) string{
		"forms": func(i int, end string) string {
			var list []string
			for j := range 14 {
				list = append(list, fmt.Sprintf("{type: object, properties: {k%d: {type: string}, %s: {type: integer}}, required: [k%d]}", j, end, j+i%3))
			}
			return "{oneOf: [" + strings.Join(list, ", ") + "]}"
		},
		"conditions": func(i int, end string) string {
			var list []string
			for j := range 20 {
				list = append(list, fmt.Sprintf("{if: {required: [a%d]}, then: {required: [a%d, %s]}, else: {properties: {b%d: {type: string}}}}", j, j+i%5, end, j))
			}
			return "{type: object, additionalProperties: true, allOf: [" + strings.Join(list, ", ") + "]}"
		},
		"dependencies": func(i int, end string) string {
			var list []string
			for j := range 40 {
				list = append(list, fmt.Sprintf("a%d: [a%d, %s]", j, (j+7+i)%40, end))
			}
			return "{type: object, additionalProperties: true, dependentRequired: {" + strings.Join(list, ", ") + "}}"
		},
		"lists": func(i int, end string) string {
			return fmt.Sprintf(`{type: array, minItems: %d, uniqueItems: true, items: {type: integer}, contains: {const: %d, title: %s}}`, 400+i%9+len(end), -i, end)
		},
		"automata": func(i int, end string) string {
			return fmt.Sprintf(`{type: string, pattern: "^(a|b)*a(a|b){%d}%s$"}`, 12+i%3, end)
		},
		"long enumerations": func(i int, end string) string {
			var list []string
			for j := range 4500 {
				list = append(list, fmt.Sprintf("{a: %d}", j+len(end)))
			}
			return "{enum: [" + strings.Join(list, ", ") + "]}"
		},
		"enumerations in lists": func(i int, end string) string {
			var list []string
			for j := range 3000 {
				list = append(list, fmt.Sprint(j+len(end)))
			}
			return fmt.Sprintf("{type: array, uniqueItems: true, minItems: %d, items: {enum: [%s]}}", 2990+len(end), strings.Join(list, ", "))
		},
		"many multiples": func(i int, end string) string {
			var list []string
			for j := range 3000 {
				list = append(list, fmt.Sprintf("{multipleOf: %d}", j+1+len(end)))
			}
			return "{type: integer, allOf: [" + strings.Join(list, ", ") + "]}"
		},
		"many properties": func(i int, end string) string {
			var list []string
			for j := range 300 {
				list = append(list, fmt.Sprintf("p%d: {type: string, maxLength: %d}", j, 1+i+len(end)))
			}
			return "{type: object, properties: {" + strings.Join(list, ", ") + "}}"
		},
		"numbers": func(i int, end string) string {
			return fmt.Sprintf(`{type: integer, minimum: 1, maximum: 1e300, not: {anyOf: [{multipleOf: 2}, {multipleOf: 3}, {multipleOf: 7%d}, {multipleOf: 1%d}]}}`, i, len(end))
		},
	} {
		t.Run(name, func(t *testing.T) {
			document := func(end string) string {
				var b strings.Builder
				b.WriteString("asyncapi: 3.0.0\ninfo: {title: t, version: 1.0.0}\nchannels:\n  c:\n    address: c\n    messages:\n")
				for i := 0; b.Len() < size; i++ {
					fmt.Fprintf(&b, "      m%d: {payload: %s}\n", i, payload(i, end))
				}
				return b.String()
			}
			before, after := load(t, "old.yaml", document("a")), load(t, "new.yaml", document("bb"))
			start := cputime.Start(t)
			report := diff.Compare(before, after, diff.Options{})
			took := start()
			t.Logf("%d changes, %s, in %s", len(report.Changes), report.Verdict(diff.JSON), took.Round(time.Millisecond))
			if took > 3*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}
