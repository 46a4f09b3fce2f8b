package protodiff_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/weft-dev/weft/check/diff/protodiff"
	"github.com/weft-dev/weft/spec/schema/protobuf"
)

// draft is a message that is changed at random and then written.
type draft struct {
	rng    *rand.Rand
	proto2 bool
	fields []draftField
	values []string
}

type draftField struct {
	name, label, kind, oneof string
	number                   int
}

var draftKinds = []string{"int32", "int64", "uint32", "sint32", "fixed32", "float", "double", "bool", "string", "bytes", "E", "X", "Y", "map<string, int32>", "map<int32, X>"}

func newDraft(rng *rand.Rand) *draft {
	d := &draft{rng: rng, proto2: rng.IntN(3) == 0, values: []string{"A", "B", "C"}[:1+rng.IntN(3)]}
	for i := range 1 + rng.IntN(5) {
		d.fields = append(d.fields, d.field(i+1))
	}
	return d
}

func (d *draft) field(number int) draftField {
	f := draftField{name: string(rune('a' + number)), number: number, kind: draftKinds[d.rng.IntN(len(draftKinds))]}
	return d.labelled(f)
}

func (d *draft) labelled(f draftField) draftField {
	f.label, f.oneof = "optional", ""
	switch {
	case strings.HasPrefix(f.kind, "map"):
		f.label = ""
	case d.rng.IntN(4) == 0:
		f.label = "repeated"
	case d.rng.IntN(4) == 0:
		f.label, f.oneof = "", "o"
	case d.proto2 && d.rng.IntN(3) == 0:
		f.label = "required"
	case !d.proto2 && d.rng.IntN(2) == 0:
		f.label = ""
	}
	return f
}

// changed is the draft with some changes.
func (d *draft) changed() *draft {
	c := &draft{rng: d.rng, proto2: d.proto2, fields: append([]draftField(nil), d.fields...), values: append([]string(nil), d.values...)}
	for range 1 + d.rng.IntN(2) {
		i := d.rng.IntN(len(c.fields))
		switch d.rng.IntN(7) {
		case 0:
			c.fields[i].kind = draftKinds[d.rng.IntN(len(draftKinds))]
			if strings.HasPrefix(c.fields[i].kind, "map") {
				c.fields[i].label, c.fields[i].oneof = "", ""
			} else if c.fields[i].label == "" && c.fields[i].oneof == "" && c.proto2 {
				c.fields[i].label = "optional"
			}
		case 1:
			c.fields[i] = c.labelled(c.fields[i])
		case 2:
			c.fields[i].name += "2"
		case 3:
			c.fields[i].number += 20
		case 4:
			c.fields = append(c.fields, c.field(len(c.fields)+10))
		case 5:
			c.values = []string{"A", "C", "B", "D"}[:1+d.rng.IntN(4)]
		case 6:
			if len(c.fields) > 1 {
				c.fields = append(c.fields[:i:i], c.fields[i+1:]...)
			}
		}
	}
	return c
}

func (d *draft) String() string {
	var b strings.Builder
	syntax := "proto3"
	if d.proto2 {
		syntax = "proto2"
	}
	fmt.Fprintf(&b, "syntax = %q;\nmessage M {\n", syntax)
	one := ""
	for _, f := range d.fields {
		line := fmt.Sprintf("  %s %s %s = %d;\n", f.label, f.kind, f.name, f.number)
		if f.oneof != "" {
			one += line
		} else {
			b.WriteString(line)
		}
	}
	if one != "" {
		b.WriteString("oneof o {\n" + one + "}\n")
	}
	label := ""
	if d.proto2 {
		label = "optional "
	}
	fmt.Fprintf(&b, "}\nmessage X { %sint32 x = 1; }\nmessage Y { %sstring y = 2; }\nenum E {\n", label, label)
	for i, v := range d.values {
		fmt.Fprintf(&b, "  %s = %d;\n", v, i)
	}
	return b.String() + "}\n"
}

// Where nothing is said to break, no message that can be made breaks.
func TestNothingBreaksUnsaid(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(7, 11))
	compared, broken := 0, 0
	for range 500 {
		d := newDraft(rng)
		old, new := parsed(t, d.String()), parsed(t, d.changed().String())
		if old == nil || new == nil {
			continue
		}
		compared++
		c := protodiff.Compare(old, new)
		for _, direction := range []struct {
			name           string
			writer, reader *protobuf.Schema
			of             func(*protodiff.Change) *protodiff.Break
		}{{"forward", new, old, forward}, {"backward", old, new, backward}} {
			said := worst(c.Changes, direction.of)
			if said != "" {
				broken++
			}
			for seed := range uint64(12) {
				value, err := direction.writer.Sample(seed)
				if err != nil {
					break
				}
				b := protodiff.Exchange(direction.writer, direction.reader, value)
				if b != nil && (said == "" || b.Level == protodiff.Binary && said != protodiff.Binary) {
					t.Fatalf("%s: said %q, but %v is %s/%s: %s\n%s\n%s\n%v", direction.name, said, value, b.Level, b.Effect, b.Says,
						d, direction.reader.Descriptor().ParentFile().Path(), lines(c))
				}
			}
		}
	}
	if compared < 250 || broken < 100 {
		t.Errorf("only %d pairs were compared, and %d broken", compared, broken)
	}
}

func parsed(t *testing.T, text string) *protobuf.Schema {
	t.Helper()
	file, _ := protobuf.Parse(context.Background(), "order.proto", text, nil)
	if file == nil {
		return nil
	}
	s, err := file.Message("M")
	if err != nil {
		t.Fatal(err)
	}
	return s
}
