package avro_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/internal/cputime"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/avro"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// work does all that can be done with a schema that somebody else wrote.
func work(t testing.TB, text string) {
	n, _ := tree.Parse(source.NewFile("memory:///a.avsc", "a.avsc", []byte(text)), tree.Options{})
	if n == nil {
		return
	}
	found := avro.New(nil).Check(t.Context(), n, schema.Format{Family: schema.Avro})
	for _, d := range found {
		if d.Span.Start < 0 || d.Span.End > len(text) || d.Message == "" || len(d.Message) > 2000 {
			t.Errorf("%s at %d to %d: %.300s", d.Code, d.Span.Start, d.Span.End, d.Message)
		}
	}
	s, err := avro.Parse(n)
	if (err == nil) != (diag.Worst(found) < diag.Error) {
		t.Errorf("%.200s: Check finds %v, Parse says %v", text, found, err)
	}
	if err != nil {
		return
	}
	if again, err := avro.Parse(node(t, string(s.Canonical()))); err != nil || again.Fingerprint() != s.Fingerprint() {
		t.Errorf("%.200s: canonical %.200s: %v", text, s.Canonical(), err)
	}
	if r, err := avro.Resolve(s, s); err != nil || !r.Readable() {
		t.Errorf("%.200s cannot read itself: %v", text, err)
	}
	v, err := s.Sample(1)
	if err != nil {
		return // too large an example
	}
	data, err := s.Encode(v)
	if err != nil {
		t.Errorf("%.200s: %v", text, err)
		return
	}
	if _, err := s.Decode(data); err != nil {
		t.Errorf("%.200s: %v", text, err)
	}
	s.ApplyDefaults(v)
}

func FuzzSchema(f *testing.F) {
	f.Add(everything)
	for _, rule := range avro.Rules() {
		f.Add(rule.Good)
		f.Add(rule.Bad)
	}
	f.Fuzz(func(t *testing.T, text string) { work(t, text) })
}

func TestHostileSchemasCostLittle(t *testing.T) {
	t.Parallel()
	branches := func(n int) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(`{"type":"record","name":"R%d","fields":[{"name":"u","type":"U"}]}`, i))
		}
		return strings.Join(list, ",")
	}
	fields := func(n int, field string) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(field, i))
		}
		return strings.Join(list, ",")
	}
	for name, text := range map[string]string{
		"deep":           strings.Repeat(`{"type":"array","items":`, 120) + `"int"` + strings.Repeat(`}`, 120),
		"long name":      `{"type":"fixed","size":1,"name":"` + strings.Repeat("a", 1<<20) + `"}`,
		"long bad name":  `{"type":"fixed","size":1,"name":"` + strings.Repeat("a-", 1<<19) + `"}`,
		"long type":      `"` + strings.Repeat("a", 1<<20) + `"`,
		"long namespace": `{"type":"fixed","size":1,"name":"a","namespace":"` + strings.Repeat("a.", 1<<15) + `a"}`,
		"many branches":  `{"type":"record","name":"U","fields":[{"name":"u","type":["null",` + branches(1000) + `]}]}`,
		"many symbols":   `{"type":"enum","name":"E","symbols":[` + fields(8000, `"s%d"`) + `]}`,
		"many fields":    `{"type":"record","name":"R","fields":[` + fields(2000, `{"name":"f%d","type":"int"}`) + `]}`,
		"many unknown":   `{"type":"record","name":"R","fields":[` + fields(2000, `{"name":"f%d","type":"strnig"}`) + `]}`,
		"many aliases":   `{"type":"record","name":"R","aliases":[` + fields(8000, `"a%d"`) + `],"fields":[]}`,
		"digits":         `{"type":"array","items":{"type":"bytes","logicalType":"decimal","precision":1000000000,"scale":5}}`,
		"most digits":    `{"type":"array","items":{"type":"bytes","logicalType":"decimal","precision":2000,"scale":1999}}`,
		"large fixed":    `{"type":"fixed","name":"F","size":2147483647}`,
		"fixed in array": `{"type":"record","name":"R","fields":[{"name":"f","type":{"type":"fixed","name":"F","size":1000000}},` + fields(1000, `{"name":"f%d","type":"F"}`) + `]}`,
		"doubling":       `{"type":"record","name":"R0","fields":[` + doubling(40) + `]}`,
		"long number":    `{"type":"fixed","name":"F","size":` + strings.Repeat("9", 60_000) + `}`,
	} {
		start := cputime.Start(t)
		work(t, text)
		if took := start(); took > 5*time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
}

// doubling are records each of which holds the next one twice, so that a value
// would be 2^n large.
func doubling(n int) string {
	if n == 0 {
		return `{"name":"end","type":"int"}`
	}
	return fmt.Sprintf(`{"name":"a","type":{"type":"record","name":"R%d","fields":[%s]}},{"name":"b","type":"R%d"}`, n, doubling(n-1), n)
}

// TestAmbiguousValuesCostLittle tries values that fit no branch in very many
// ways.
func TestAmbiguousValuesCostLittle(t *testing.T) {
	t.Parallel()
	var list []string
	for i := range 30 {
		list = append(list, fmt.Sprintf(`{"type":"record","name":"R%d","fields":[{"name":"n","type":["null","int"]},{"name":"u","type":["null","U"]}]}`, i))
	}
	s := parse(t, `{"type":"record","name":"U","fields":[{"name":"u","type":["null",`+strings.Join(list, ",")+`]}]}`)
	var v any = "wrong"
	for range 60 {
		v = map[string]any{"u": map[string]any{"n": nil, "u": v}}
	}
	start := cputime.Start(t)
	if found := s.Validate(v); len(found) == 0 {
		t.Error("the value is taken")
	}
	if _, err := s.Encode(v); err == nil {
		t.Error("the value is written")
	}
	s.ApplyDefaults(v)
	if took := start(); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
}
