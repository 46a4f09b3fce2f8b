package discover

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/wire/driver"
)

// checkFits fails where a message of a sample does not fit the schema that was
// made of it.
func checkFits(t rapid.TB, bodies [][]byte) {
	t.Helper()
	sample := make([]*driver.Message, len(bodies))
	for i, body := range bodies {
		sample[i] = &driver.Message{Body: body}
	}
	f := &Find{Holding: driver.Holding{Address: "orders"}}
	f.describe(sample)
	format, err := schema.ParseFormat("application/schema+json;version=draft-07")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	list := make([]*message, len(sample))
	for i, raw := range sample {
		list[i] = read(raw)
	}
	tell(list)
	for _, k := range f.kinds {
		compiled, err := jsonschema.New(nil).Compile(k.shape.schema(), format)
		if err != nil {
			t.Fatalf("the schema made of %q cannot be read: %v", bodies, err)
		}
		for _, m := range list {
			if m.form != inJSON || k.form != inJSON || m.says != k.says {
				continue
			}
			seen++
			if wrong := compiled.Validate(m.value); len(wrong) > 0 {
				t.Fatalf("%s does not fit: %v", m.Body, wrong)
			}
		}
	}
	if seen != f.JSON {
		t.Fatalf("%d of %d messages are of a type", seen, f.JSON)
	}
}

func FuzzWhatIsSampledFitsItsSchema(f *testing.F) {
	f.Add([]byte("{\"type\":\"a\",\"n\":1}\n{\"type\":\"a\",\"n\":2.5}\n{\"type\":\"b\"}\n{\"type\":\"b\",\"at\":\"2026-01-31T12:00:00,5Z\"}"))
	f.Add([]byte("[1,\"x\",null]\n[]\n{\"1001\":{\"a\":\"x\"},\"b\":{\"a\":\"y\"}}\n{\"b\":{\"a\":3},\"1002\":[]}"))
	f.Add([]byte("{\"id\":\"3f2504e0-4f89-41d3-9a0c-0305e82c3301\",\"m\":\"a@b.c\",\"u\":\"http://a b\",\"ip\":\"::1\"}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 64<<10 {
			return
		}
		checkFits(t, bytes.Split(data, []byte("\n")))
	})
}

// anyValue makes plain data with names and texts of few kinds, so that they meet.
func anyValue(depth int) *rapid.Generator[any] {
	name := rapid.SampledFrom([]string{"type", "id", "status", "1001", "1002", "email", "lines", "at", "password"})
	text := rapid.SampledFrom([]string{
		"open", "paid", "OrderCreated", "OrderPaid", "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "2026-01-31", "2026-01-31T12:00:00Z",
		"2026-01-31T24:00:00Z", "ada@example.com", "a..b@example.com", "http://example.com/x", "10.0.0.1", "::1", "", "Zürich", "hunter2",
	})
	return rapid.Custom(func(t *rapid.T) any {
		kinds := 6
		if depth == 0 {
			kinds = 4
		}
		switch rapid.IntRange(0, kinds).Draw(t, "kind") {
		case 0:
			return nil
		case 1:
			return json.Number(rapid.SampledFrom([]string{"0", "-1", "2.0", "1e3", "123456789012345678901234567890"}).Draw(t, "number"))
		case 2:
			return rapid.Bool().Draw(t, "bool")
		case 3, 4:
			return text.Draw(t, "text")
		case 5:
			return rapid.SliceOfN(anyValue(depth-1), 0, 3).Draw(t, "list")
		}
		return rapid.MapOfN(name, anyValue(depth-1), 0, 5).Draw(t, "object")
	})
}

func TestWhatIsSampledFitsItsSchema(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var bodies [][]byte
		for _, value := range rapid.SliceOfN(rapid.MapOfN(rapid.StringMatching(`[a-d]|type|eventType`), anyValue(2), 0, 4), 1, 12).Draw(t, "messages") {
			body, err := json.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			bodies = append(bodies, body)
		}
		checkFits(t, bodies)
	})
}

func TestManyNamesOfDataAreNotForgotten(t *testing.T) {
	t.Parallel()
	var bodies [][]byte
	for i := range 10 {
		fields := make([]string, 0, 60)
		for j := range 60 {
			fields = append(fields, fmt.Sprintf(`"n%c%d":{"value":%d}`, 'a'+i, j, j))
		}
		bodies = append(bodies, []byte("{"+strings.Join(fields, ",")+"}"))
	}
	checkFits(t, append(bodies, []byte(`{"naa":"other"}`)))
}
