package schemadiff_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/weft-dev/weft/check/diff/schemadiff"
)

func TestEdits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, before, after, want string }{
		{"nothing", `{type: object, properties: {a: {type: string}}}`, `{description: x, type: object, properties: {a: {title: y, type: string}}}`, ``},
		{"allOf and references", `{allOf: [{$ref: '#/$defs/a'}, {required: [a]}], $defs: {a: {properties: {a: {type: string}}}}}`, `{properties: {a: {type: string}}, required: [a]}`, ``},
		{"deep", `{properties: {a: {items: {properties: {b: {type: string}}}}}}`, `{properties: {a: {items: {properties: {b: {type: string, maxLength: 3}}}}}}`, `limit-changed .a[].b maxLength`},
		{"in a map", `{additionalProperties: {type: integer}}`, `{additionalProperties: {type: number}}`, `type-widened .* type`},
		{"in a prefix", `{prefixItems: [{type: string}, {type: integer}]}`, `{prefixItems: [{type: string}, {type: number}]}`, `type-widened [1] type`},
		{"renamed", `{properties: {order_id: {type: string}, n: {type: integer}}}`, `{properties: {orderId: {type: string}, n: {type: integer}}}`, `property-renamed order_id orderId`},
		{"not renamed", `{properties: {color: {type: string}}}`, `{properties: {weight: {type: string}}}`, `property-removed color; property-added weight`},
		{"recursive", `{$ref: '#/$defs/n', $defs: {n: {properties: {next: {$ref: '#/$defs/n'}, v: {type: integer}}}}}`, `{$ref: '#/$defs/n', $defs: {n: {properties: {next: {$ref: '#/$defs/n'}, v: {type: string}}}}}`, `type-changed .v type`},
		{"default of what is the same", `{properties: {a: {type: integer, default: 1}}}`, `{properties: {a: {type: integer, default: 2}}}`, `default-changed .a default`},
		{"branches in another order", `{anyOf: [{type: string}, {type: integer}]}`, `{anyOf: [{type: integer}, {type: string}]}`, ``},
		{"required of what is not declared", `{}`, `{required: [x]}`, `property-required x required`},
		{"conditions", `{if: {required: [a]}, then: {required: [b]}}`, `{if: {required: [a]}, then: {required: [c]}}`, `rule-changed then`},
	} {
		edits, err := schemadiff.Edits(read(t, "a.yaml", c.before), read(t, "b.yaml", c.after))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range edits {
			words := []string{string(e.Kind), e.At, e.Name, e.NewName, e.Keyword}
			got = append(got, strings.Join(slices.DeleteFunc(words, func(s string) bool { return s == "" }), " "))
		}
		if text := strings.Join(got, "; "); text != c.want {
			t.Errorf("%s: got %q, want %q", c.name, text, c.want)
		}
	}
}

// Each demand of the reader is asked about alone, and each "no" has a value of
// its own.
func TestDemandsAreToldApart(t *testing.T) {
	t.Parallel()
	w := read(t, "w.yaml", `{type: object, properties: {a: {type: string}, b: {type: array, items: {type: integer}}, c: {enum: [x, y]}}, required: [c]}`)
	r := read(t, "r.yaml", `{type: object, properties: {a: {type: string, maxLength: 2}, b: {type: array, items: {type: integer, minimum: 0}}, c: {enum: [x]}}, required: [a, c]}`)
	k := schemadiff.Compare(w, r)
	got := map[string]string{}
	for _, d := range k.Demands() {
		if a := k.Refused(d); a.Verdict == schemadiff.Refused {
			witness, err := json.Marshal(a.Witness)
			if err != nil {
				t.Fatal(err)
			}
			got[strings.TrimSpace(fmt.Sprintf("%s %s %s", d.At(), d.Keyword, d.Name))] = string(witness)
		}
	}
	for demand, part := range map[string]string{".a maxLength": `"a":"`, ".b[] minimum": `"b":[-1]`, ".c enum": `"c":"y"`, "required a": `{"c":"x"}`} {
		if !strings.Contains(got[demand], part) {
			t.Errorf("%s: got %q, want a value with %s", demand, got[demand], part)
		}
	}
	if len(got) != 4 {
		t.Errorf("got %v", got)
	}
}

func ExampleIncluded() {
	old := read(exampleTB{}, "old.yaml", `{type: object, properties: {id: {type: string}}, required: [id]}`)
	newer := read(exampleTB{}, "new.yaml", `{type: object, properties: {id: {type: string}}}`)
	answer := schemadiff.Included(newer, old)
	fmt.Println(answer.Verdict, answer.Witness, answer.Violations[0].Message)
	fmt.Println(schemadiff.Included(old, newer).Verdict)
	// Output:
	// refused map[] id: is required
	// accepted
}

// exampleTB lets an example use what tests use.
type exampleTB struct{ testing.TB }

func (exampleTB) Helper() {}
