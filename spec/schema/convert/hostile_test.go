package convert_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/spec/schema/avro"
	"github.com/weft-dev/weft/spec/schema/convert"
)

func TestHostileSchemasAreConvertedInTime(t *testing.T) {
	t.Parallel()
	chain := func(n int, format string) string {
		var list []string
		for i := range n {
			next := fmt.Sprintf(`{"$ref":"#/definitions/d%d"}`, i+1)
			list = append(list, fmt.Sprintf(`"d%d":`, i)+strings.ReplaceAll(format, "NEXT", next))
		}
		list = append(list, fmt.Sprintf(`"d%d":{"type":"null"}`, n))
		return `{"$ref":"#/definitions/d0","definitions":{` + strings.Join(list, ",") + `}}`
	}
	many := func(n int, format string) string {
		list := make([]string, n)
		for i := range list {
			list[i] = fmt.Sprintf(format, i)
		}
		return strings.Join(list, ",")
	}
	for name, text := range map[string]string{
		"doubled arrays":  chain(60, `{"anyOf":[{"type":"array","items":NEXT},{"type":"array","items":NEXT}]}`),
		"doubled maps":    chain(60, `{"type":"object","additionalProperties":{"anyOf":[NEXT,NEXT]}}`),
		"doubled allOf":   chain(60, `{"allOf":[NEXT,NEXT],"properties":{"a":NEXT}}`),
		"long chain":      chain(700, `{"type":"array","items":NEXT}`),
		"references":      chain(700, `NEXT`),
		"many branches":   `{"anyOf":[` + many(2000, `{"type":"array","items":{"type":"object","title":"T%d","properties":{"a":{}}}}`) + `]}`,
		"many properties": `{"type":"object","properties":{` + many(2000, `"a-%d":{"type":"string","pattern":"x"}`) + `}}`,
		"same titles":     `{"type":"object","properties":{` + many(1500, `"a%d":{"title":"T","type":"object","properties":{"x":{}}}`) + `}}`,
		"same names":      `{"type":"object","properties":{` + many(800, `"a-%d":{}`) + "," + many(800, `"a.%d":{}`) + `}}`,
	} {
		n, refs := document(t, text)
		start := time.Now()
		out, found := convert.JSONSchemaToAvro(n, convert.Options{Refs: refs})
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s took %v", name, took)
		}
		if size := len(printed(t, out)); size > 64<<20 {
			t.Errorf("%s became %d bytes, with %d findings", name, size, len(found))
		}
	}
	var list []string
	for i := range 1000 {
		list = append(list, fmt.Sprintf(`{"name":"f%d","type":["null",{"type":"record","name":"R%d","fields":[{"name":"r","type":["null","Root"]}]},"bytes","string"]}`, i, i))
	}
	root, _ := document(t, `{"type":"record","name":"Root","fields":[`+strings.Join(list, ",")+`]}`)
	s, err := avro.Parse(root)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	convert.AvroToJSONSchema(s, convert.Options{})
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("the large record took %v", took)
	}
}
