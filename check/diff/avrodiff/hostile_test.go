package avrodiff_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/check/diff/avrodiff"
	"github.com/weft-dev/weft/check/diff/schemadiff"
	"github.com/weft-dev/weft/internal/cputime"
	"github.com/weft-dev/weft/spec/schema/avro"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

func many(n int, format string) string {
	list := make([]string, n)
	for i := range list {
		list[i] = strings.ReplaceAll(format, "#", fmt.Sprint(i))
	}
	return strings.Join(list, ",")
}

func TestHostilePairsAreComparedInTime(t *testing.T) {
	t.Parallel()
	chain := func(n int, end string) string {
		text := end
		for i := range n {
			text = fmt.Sprintf(`{"type":"record","name":"C%d","fields":[{"name":"a","type":%s},{"name":"b","type":["null","C%d"]}]}`, i, text, max(0, i-1))
		}
		return text
	}
	for name, pair := range map[string][2]string{
		"many branches": {
			`{"type":"record","name":"U","fields":[{"name":"u","type":["null",` + many(800, `{"type":"record","name":"R#","fields":[{"name":"x","type":["null","U"]}]}`) + `]}]}`,
			`{"type":"record","name":"U","fields":[{"name":"u","type":["null",` + many(800, `{"type":"record","name":"R#","fields":[{"name":"x","type":["null","U"]},{"name":"y","type":"int"}]}`) + `]}]}`,
		},
		"many fields":  {`{"type":"record","name":"U","fields":[` + many(1500, `{"name":"f#","type":"int"}`) + `]}`, `{"type":"record","name":"U","fields":[` + many(1500, `{"name":"g#","type":"string"}`) + `]}`},
		"many types":   {`{"type":"record","name":"U","fields":[` + many(1500, `{"name":"f#","type":"int"}`) + `]}`, `{"type":"record","name":"U","fields":[` + many(1500, `{"name":"f#","type":"string"}`) + `]}`},
		"many symbols": {`{"type":"enum","name":"U","symbols":[` + many(6000, `"a#"`) + `]}`, `{"type":"enum","name":"U","symbols":[` + many(6000, `"b#"`) + `]}`},
		"many aliases": {`{"type":"record","name":"U","fields":[` + many(500, `{"name":"f#","type":"int","aliases":["x#","y#","z#"]}`) + `]}`, `{"type":"record","name":"U","fields":[` + many(500, `{"name":"z#","type":"int","aliases":["x#","y#"]}`) + `]}`},
		"deep":         {chain(80, `"int"`), chain(80, `"string"`)},
		"different names": {
			`[` + many(600, `{"type":"record","name":"R#","fields":[]}`) + `]`, `[` + many(600, `{"type":"record","name":"S#","fields":[]}`) + `]`,
		},
		"same short name": {
			`[` + many(400, `{"type":"record","name":"a#.R","fields":[{"name":"x","type":"int"}]}`) + `]`, `[` + many(400, `{"type":"record","name":"b#.R","fields":[{"name":"x","type":"string"}]}`) + `]`,
		},
	} {
		before, after := parse(t, pair[0]), parse(t, pair[1])
		start := cputime.Start(t)
		c := avrodiff.Compare(before, after)
		if took := start(); took > 5*time.Second {
			t.Errorf("%s took %v", name, took)
		}
		if c.Forward == schemadiff.Accepted && c.Backward == schemadiff.Accepted {
			t.Errorf("%s: nothing is found", name)
		}
	}
}

func FuzzCompare(f *testing.F) {
	for seed := range uint64(4) {
		rng := rand.New(rand.NewPCG(seed, 3))
		f.Add(record(field(`"int"`)), `{"type":"map","values":["null","string"]}`)
		f.Add(random(f, rng), random(f, rng))
	}
	read := func(text string) *avro.Schema {
		n, _ := tree.Parse(source.NewFile("memory:///a.avsc", "a.avsc", []byte(text)), tree.Options{})
		if n == nil {
			return nil
		}
		s, err := avro.Parse(n)
		if err != nil {
			return nil
		}
		return s
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		a, b := read(before), read(after)
		if a == nil || b == nil {
			return
		}
		c := avrodiff.Compare(a, b)
		for _, change := range c.Changes {
			if change.Forward != nil && c.Forward == schemadiff.Accepted || change.Backward != nil && c.Backward == schemadiff.Accepted {
				t.Errorf("%s and %s: %s breaks what is accepted", before, after, change.Kind)
			}
		}
		if same := avrodiff.Compare(a, a); len(same.Changes) > 0 || same.Forward != schemadiff.Accepted {
			t.Errorf("%s differs from itself: %v", before, same.Changes)
		}
	})
}
