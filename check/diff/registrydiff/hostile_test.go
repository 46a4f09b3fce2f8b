package registrydiff_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/check/diff/registrydiff"
	"github.com/weft-dev/weft/internal/cputime"
)

// Schemas of 64 KB that are made to cost time are judged in a second, or refused.
func TestHostileSchemasEndSoon(t *testing.T) {
	many := func(count int, part func(i int) string) string {
		parts := make([]string, count)
		for i := range parts {
			parts[i] = part(i)
		}
		return strings.Join(parts, ",")
	}
	plain := func(i int) string { return fmt.Sprintf(`{"type":"string","maxLength":%d}`, i) }
	nested := func(depth int) string {
		return strings.Repeat(`{"anyOf":[{"type":"null"},`, depth) + `{"type":"string"}` + strings.Repeat(`]}`, depth)
	}
	doubled := func(depth int) string {
		var b strings.Builder
		b.WriteString(`{"$ref":"#/definitions/d0","definitions":{`)
		for i := range depth {
			fmt.Fprintf(&b, `"d%d":{"anyOf":[{"$ref":"#/definitions/d%d"},{"properties":{"x":{"$ref":"#/definitions/d%d"}}}]},`, i, i+1, i+1)
		}
		fmt.Fprintf(&b, `"d%d":{"type":"string"}}}`, depth)
		return b.String()
	}
	names := func(prefix string) string {
		return `{"type":"object","properties":{` + many(2500, func(i int) string { return fmt.Sprintf(`"%s%d":{"type":"null"}`, prefix, i) }) + `},"patternProperties":{` +
			many(50, func(i int) string { return fmt.Sprintf(`"(%d|b+)*c":{}`, i) }) + `}}`
	}
	records := func(prefix string) string {
		return `{"type":"record","name":"R","fields":[` + many(1200, func(i int) string { return fmt.Sprintf(`{"name":"%s%d","type":["null","int"]}`, prefix, i) }) + `]}`
	}
	for _, c := range []struct {
		name     string
		kind     registrydiff.Type
		old, new string
	}{
		{"many forms", registrydiff.JSON, `{"anyOf":[` + many(1500, plain) + `]}`, `{"anyOf":[` + many(1400, plain) + `]}`},
		{"nested forms", registrydiff.JSON, nested(90), nested(89)},
		{"forms that double", registrydiff.JSON, doubled(300), doubled(299)},
		{"names", registrydiff.JSON, names("a"), names("b")},
		{"fields", registrydiff.Avro, records("a"), records("b")},
		{"a union", registrydiff.Avro, `[` + many(1200, func(i int) string { return fmt.Sprintf(`{"type":"fixed","name":"A%d","size":1}`, i) }) + `]`, `[` + many(1200, func(i int) string { return fmt.Sprintf(`{"type":"fixed","name":"B%d","size":1}`, i) }) + `]`},
		{"messages", registrydiff.Protobuf, `syntax="proto3";` + strings.Repeat(`message M{`, 25) + strings.Repeat(`}`, 25), `syntax="proto3"; message M { ` + strings.ReplaceAll(many(2000, func(i int) string { return fmt.Sprintf("int32 a%d = %d;", i, i+1) }), ",", "") + ` }`},
	} {
		t.Run(c.name, func(t *testing.T) {
			begin := cputime.Start(t)
			old, err := registrydiff.Parse(registrydiff.Schema{Type: c.kind, Text: c.old})
			next, err2 := registrydiff.Parse(registrydiff.Schema{Type: c.kind, Text: c.new})
			if err == nil && err2 == nil {
				_, err = registrydiff.Compare(registrydiff.Full, next, []registrydiff.Version{{Number: 1, Schema: old}})
			}
			took := begin()
			t.Logf("%v: %v %v", took, err, err2)
			if took > 10*time.Second { // two schemas, two directions, and perhaps a machine with much else to do
				t.Errorf("it took %v", took)
			}
		})
	}
}

// Whatever two texts are, reading and comparing them ends, and a schema may
// always follow itself.
func FuzzCompare(f *testing.F) {
	kinds := registrydiff.Types()
	for _, seed := range [][3]string{
		{"0", `"int"`, `{"type":"record","name":"R","fields":[{"name":"a","type":["null","R"],"default":null}]}`},
		{"1", `{"oneOf":[{"$ref":"#"},{"enum":[1,"a"]}],"not":{}}`, `{"type":["string","null"],"patternProperties":{"^a":false}}`},
		{"1", `{"items":[{"type":"integer"}],"additionalItems":{"multipleOf":3}}`, `{"$schema":"https://json-schema.org/draft/2020-12/schema","prefixItems":[true],"items":false}`},
		{"1", `{"exclusiveMaximum":4,"dependencies":{"a":["b"],"c":{}}}`, `{"exclusiveMaximum":3,"definitions":{"x":{"$ref":"#/definitions/x"}},"allOf":[{"$ref":"#/definitions/x"}]}`},
		{"2", `syntax="proto3"; message M { oneof o { string a = 1; } }`, `syntax="proto2"; message M { required M m = 1; map<string,M> n = 2; }`},
	} {
		f.Add(int(seed[0][0]-'0'), seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, kind int, before, after string) {
		if kind < 0 || len(before)+len(after) > 1<<14 {
			return
		}
		s := kinds[kind%len(kinds)]
		old, err := registrydiff.Parse(registrydiff.Schema{Type: s, Text: before})
		if err != nil {
			return
		}
		report, err := registrydiff.Compare(registrydiff.FullTransitive, old, []registrydiff.Version{{Number: 1, Schema: old}})
		if err != nil || !report.Compatible {
			t.Errorf("%s may not follow itself: %+v, %v", before, report, err)
		}
		for _, form := range []string{old.Canonical(), old.Normalized()} {
			again, err := registrydiff.Parse(registrydiff.Schema{Type: s, Text: form})
			if err != nil || again.Normalized() != old.Normalized() {
				t.Errorf("%s is not the same as its form %s: %v", before, form, err)
			}
		}
		next, err := registrydiff.Parse(registrydiff.Schema{Type: s, Text: after})
		if err != nil {
			return
		}
		if _, err := registrydiff.Compare(registrydiff.Full, next, []registrydiff.Version{{Number: 1, Schema: old}}); err != nil {
			t.Logf("%v", err)
		}
	})
}
