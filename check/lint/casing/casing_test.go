package casing_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/weft-dev/weft/check/lint/casing"
)

func TestIs(t *testing.T) {
	t.Parallel()
	for name, styles := range map[string][]casing.Style{
		"order":         {casing.Flat, casing.Camel, casing.Kebab, casing.Snake, casing.Dot, casing.Path},
		"orderCreated":  {casing.Camel},
		"OrderCreated":  {casing.Pascal},
		"order-created": {casing.Kebab},
		"order_created": {casing.Snake},
		"order.created": {casing.Dot},
		"order/created": {casing.Path},
		"ORDER-CREATED": {casing.Cobol},
		"ORDER_CREATED": {casing.Constant},
		"order-":        {},
		"-order":        {},
		"order--now":    {},
		"Order-created": {},
		"1order":        {},
		"":              {},
		"order v2":      {},
	} {
		want := map[casing.Style]bool{}
		for _, s := range styles {
			want[s] = true
		}
		for _, s := range casing.Styles() {
			if got := casing.Is(casing.Style(s), name, casing.Options{}); got != want[casing.Style(s)] {
				t.Errorf("%q in %s: %v", name, s, got)
			}
		}
	}
	if casing.Is(casing.Kebab, "order-2", casing.Options{NoDigits: true}) {
		t.Error("a digit passes although none may be there")
	}
	if !casing.Is(casing.Kebab, "order-events.v2", casing.Options{Between: "."}) || casing.Is(casing.Kebab, "order.", casing.Options{Between: "."}) {
		t.Error("parts are not judged one by one")
	}
}

// What Convert suggests is in the style, for every name with a letter at its start.
func TestConvertGivesTheStyle(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[a-zA-Z][a-zA-Z0-9 ._/-]{0,20}`).Draw(t, "name")
		style := casing.Style(rapid.SampledFrom(casing.Styles()).Draw(t, "style"))
		got := casing.Convert(style, name)
		if !casing.Is(style, got, casing.Options{}) {
			t.Fatalf("%q in %s is suggested as %q", name, style, got)
		}
	})
}
