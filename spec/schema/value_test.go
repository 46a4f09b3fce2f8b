package schema_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

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

// FuzzJSON: what is read, and what is written again, is what the standard
// library reads and writes.
func FuzzJSON(f *testing.F) {
	for _, text := range []string{
		`{"a":[1e2,null,"x"],"b":{"":-0.5E+3}}`, `"\ud83d\ude00\ud800x\u00e9\n\/"`, `[01]`, `[1.]`, `-`, `[1,]`, `{"a":1,}`, `{"a":1,"a":2}`,
		`{"a" : true , "b":false}`, "\"a\u2028b\x7f\"", `"\uD83D\uDE0"`, "[\"\t\"]", `nul`, `"\x"`, `""`, `0e`, ` [ ] `, `{}x`, `"\u001F\u2029"`, `"\uG000"`, `"\u\u0000"`,
		`"\u` + "\x10" + `000"`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := schema.DecodeJSON([]byte(text))
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		var want any
		wrong := d.Decode(&want)
		if wrong == nil && strings.TrimLeft(text[d.InputOffset():], " \t\r\n") != "" {
			wrong = errors.New("more")
		}
		if !utf8.ValidString(text) {
			wrong = errors.New("not UTF-8")
		}
		if (err == nil) != (wrong == nil) {
			t.Fatalf("%q: got %v, want %v", text, err, wrong)
		}
		if err != nil {
			return
		}
		if !cmp.Equal(want, got) {
			t.Fatalf("%q: got %#v, want %#v", text, got, want)
		}
		var b strings.Builder
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(want); err != nil {
			t.Fatal(err)
		}
		if written, err := schema.EncodeJSON(got); err != nil || string(written)+"\n" != b.String() {
			t.Fatalf("%q: wrote %s (%v), want %s", text, written, err, b.String())
		}
	})
}

func TestWhatIsNotPlainDataIsWrittenAsTheStandardLibraryDoes(t *testing.T) {
	t.Parallel()
	for _, value := range []any{
		1.5, 7,
		[]string{"a"},
		map[string]any{"a": []byte("x"), "b": map[string]any(nil)},
		[]any(nil), "\xff\u2028<", json.Number(""),
		map[string]any{"a": struct{ B int }{1}},
	} {
		var b strings.Builder
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(value); err != nil {
			t.Fatal(err)
		}
		if got, err := schema.EncodeJSON(value); err != nil || string(got)+"\n" != b.String() {
			t.Errorf("%#v: %s, %v, want %s", value, got, err, b.String())
		}
	}
	for _, value := range []any{json.Number("1x"), json.Number("01"), make(chan int)} {
		if got, err := schema.EncodeJSON(value); err == nil {
			t.Errorf("%#v was written: %s", value, got)
		}
	}
}

// TestAPartOfALongTextDoesNotKeepTheWhole guards against a small value that
// holds megabytes.
func TestAPartOfALongTextDoesNotKeepTheWhole(t *testing.T) {
	text := []byte(`{"long":"` + strings.Repeat("x", 1<<20) + `","short":"y"}`)
	var kept []any
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range 20 {
		value, err := schema.DecodeJSON(text)
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, value.(map[string]any)["short"])
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 8<<20 {
		t.Errorf("%d short strings keep %d bytes", len(kept), grown)
	}
	runtime.KeepAlive(kept)
}

const orderText = `{"orderRequestId":"7d444840-9dc0-11d1-b245-5ffdce74fad2","quantity":2,"lines":[{"sku":"AB-1","price":1.25},{"sku":"AB-2"}]}`

// BenchmarkDecodeOrder has the standard library beside it.
func BenchmarkDecodeOrder(b *testing.B) {
	text := []byte(orderText)
	b.Run("weft", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := schema.DecodeJSON(text); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("peer", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			d := json.NewDecoder(bytes.NewReader(text))
			d.UseNumber()
			var value any
			if err := d.Decode(&value); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkEncodeOrder(b *testing.B) {
	value, err := schema.DecodeJSON([]byte(orderText))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("weft", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := schema.EncodeJSON(value); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("peer", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := json.Marshal(value); err != nil {
				b.Fatal(err)
			}
		}
	})
}
