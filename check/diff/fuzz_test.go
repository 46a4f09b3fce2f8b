package diff_test

import (
	"context"
	"testing"
	"time"

	"github.com/weft-dev/weft/check/diff"
	"github.com/weft-dev/weft/internal/cputime"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

// FuzzCompare compares two arbitrary documents: nothing crashes, the answer
// comes in time, and a document never differs from itself.
func FuzzCompare(f *testing.F) {
	f.Add(contract("send", nil), contract("send", payload("{type: object, properties: {id: {type: integer}}, required: [id]}")))
	f.Add(contract("receive", part{"message": "        headers: {type: object}"}), contract("send", payload("{oneOf: [{type: string, pattern: '^a+$'}, {$ref: '#/channels'}]}")))
	f.Add(older, contract("receive", part{"bindings": "{kafka: {partitions: 3}}"}))
	f.Fuzz(func(t *testing.T, before, after string) {
		if len(before)+len(after) > 64<<10 {
			return
		}
		a, ok := fromText(before)
		if !ok {
			return
		}
		if again, _ := fromText(before); len(diff.Compare(a, again, diff.Options{}).Changes) > 0 {
			t.Errorf("it differs from itself:\n%s", before)
		}
		b, ok := fromText(after)
		if !ok {
			return
		}
		start := cputime.Start(t)
		checkShape(t, "fuzz", diff.Compare(a, b, diff.Options{}))
		if took := start(); took > 20*time.Second {
			t.Errorf("took %s", took)
		}
	})
}

func fromText(text string) (diff.Document, bool) {
	file := source.NewFile("memory:///a.yaml", "a.yaml", []byte(text))
	d, err := diff.Load(context.Background(), ref.New(source.Memory{}, ref.Options{}), file)
	return d, err == nil
}
