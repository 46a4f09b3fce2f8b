package schema_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/spec/schema"
)

func TestDecodeJSON(t *testing.T) {
	t.Parallel()
	got, err := schema.DecodeJSON([]byte(` {"a":[1e2,null,"x"]} `))
	want := map[string]any{"a": []any{json.Number("1e2"), nil, "x"}}
	if err != nil || !cmp.Equal(want, got) {
		t.Errorf("got %v, %v", got, err)
	}
	for text, want := range map[string]string{
		"": "is empty", " \n": "is empty", "<a/>": "is not JSON", "{} {}": "more after its end, at byte 2", "\"\xff\"": "is not UTF-8", "{": "is not JSON",
		strings.Repeat("[", 20_000): "exceeded max depth",
	} {
		if _, err := schema.DecodeJSON([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: got %v, want %q", text, err, want)
		}
	}
}

func TestEncodeJSONIsTheSameAgain(t *testing.T) {
	t.Parallel()
	got, err := schema.EncodeJSON(map[string]any{"b": json.Number("1.50"), "a": "<&>"})
	if err != nil || string(got) != `{"a":"<&>","b":1.50}` {
		t.Errorf("got %s, %v", got, err)
	}
}
