package bridge_test

import (
	"strings"
	"testing"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
	"github.com/weft-dev/weft/wire/bridge"
)

func TestAMappingThatCannotBeReadSaysWhy(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`[]`, "a mapping is an object"},
		{`{"heders": {}}`, `no "heders"; did you mean "headers"?`},
		{`{"headers": "$message.header.x"}`, "headers is an object"},
		{`{"message": 1}`, "message is the name"},
		{`{"when": "$message.payload#/a >"}`, "when: "},
		{`{"when": "$steps.s.outputs.o == 1"}`, "is not known here"},
		{`"$inputs.kei"`, `no $inputs.kei; did you mean "key"?`},
		{`{"payload": {"a": {"$txt": 1}}}`, `payload/a: there is no form "$txt"; did you mean "$text"?`},
		{`{"payload": {"$text": 1, "b": 2}}`, "$text stands in an object of its own"},
		{`{"payload": {"$each": [1]}}`, "with item beside it"},
		{`{"payload": {"$each": [1], "itm": 2}}`, "$each needs item beside it"},
		{`{"payload": {"$first": 1}}`, "$first takes a list"},
		{`{"payload": "${{ 1 + }}"}`, "payload: "},
		{`{"payload": ` + strings.Repeat(`[`, 70) + strings.Repeat(`]`, 70) + `}`, "nested deeper"},
	} {
		value, err := schema.DecodeJSON([]byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := bridge.ParseMapping(value); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.60s: %v, want %q", c.text, err, c.want)
		}
	}
}

func TestAMappingInBloblangSaysTheSameOrNothing(t *testing.T) {
	for _, c := range []struct{ text, want, fails string }{
		{text: `"$message.payload#/a/0/b~1c"`, want: `root = this."a".index(0)."b/c"`},
		{text: `{"key": "$message.header.region", "headers": {"x": "y"}}`, want: `meta "x" = "y"`},
		{text: `{"payload": {"$first": ["$message.payload#/a", {"$number": "$inputs.key"}]}}`, want: `(this."a" | metadata("kafka_key").number())`},
		{text: `{"payload": {"$each": "$message.payload", "item": {"$each": "$inputs.item.list", "item": "$inputs.item"}}}`, want: `this.map_each(item -> item."list".map_each(item_ -> item_))`},
		{text: `"a {$inputs.key}"`, fails: "more than one expression"},
		{text: `"$inputs.address"`, fails: "no form in Bloblang"},
		{text: `{"when": "$inputs.key == 'a'"}`, fails: "by hand"},
	} {
		got, err := mapping(t, c.text).Bloblang()
		switch {
		case c.fails != "" && (err == nil || !strings.Contains(err.Error(), c.fails)):
			t.Errorf("%s: %q, %v, want %q", c.text, got, err, c.fails)
		case c.fails == "" && (err != nil || !strings.Contains(got, c.want)):
			t.Errorf("%s: %q, %v, want %q", c.text, got, err, c.want)
		}
	}
}

// FuzzMapping looks for texts that a mapping is not refused for and cannot be
// written or read either.
func FuzzMapping(f *testing.F) {
	f.Add(conversion)
	f.Add(`payload: {$each: $message.payload, item: {$first: [$inputs.item, 1]}}`)
	f.Add(`{when: "$message.header.a == 'b'", key: "${{ inputs.key + 1 }}"}`)
	f.Fuzz(func(t *testing.T, text string) {
		root, _ := tree.Parse(source.NewFile("map:///map", "map", []byte(text)), tree.Options{})
		if root == nil {
			return
		}
		m, err := bridge.ParseMapping(root.Value())
		if (m == nil) == (err == nil) {
			t.Fatalf("%v and %v", m, err)
		}
		if err == nil {
			_, _ = m.Bloblang()
		}
	})
}
