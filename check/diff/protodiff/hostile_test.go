package protodiff_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/check/diff/protodiff"
	"github.com/weft-dev/weft/internal/cputime"
)

func TestHostileTextsAreComparedInTime(t *testing.T) {
	t.Parallel()
	fields := func(kind, name string, n int) string {
		var b strings.Builder
		b.WriteString("message M {\n")
		for i := range n {
			fmt.Fprintf(&b, "%s %s%d = %d;\n", kind, name, i, i+1)
		}
		return b.String() + "}\nmessage X {}\n"
	}
	values := func(name string, n int) string {
		var b strings.Builder
		b.WriteString("message M { E e = 1; }\nenum E {\n")
		for i := range n {
			fmt.Fprintf(&b, "%s%d = %d;\n", name, i, i)
		}
		return b.String() + "}\n"
	}
	chain := func(kind string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "message M%d { M%d next = 1; M%d other = 2; %s x = 3; }\n", i, i+1, (i*7)%n, kind)
		}
		return "message M { M0 first = 1; }\n" + b.String() + fmt.Sprintf("message M%d {}\n", n)
	}
	for name, texts := range map[string][2]string{
		"types":   {fields("int32", "f", 1_500), fields("sint32", "f", 1_500)},
		"lists":   {fields("repeated string", "f", 1_200), fields("repeated X", "f", 1_200)},
		"names":   {fields("string", "f", 1_500), fields("string", "g", 1_500)},
		"numbers": {fields("string", "f", 1_500), strings.ReplaceAll(fields("string", "f", 1_500), " = ", " = 1")},
		"values":  {values("A", 2_000), values("B", 2_000)},
		"chain":   {chain("int32", 400), chain("string", 400)},
	} {
		old, new := schemaOf(t, texts[0]), schemaOf(t, texts[1])
		start := cputime.Start(t)
		c := protodiff.Compare(old, new)
		if took := start(); took > 5*time.Second {
			t.Errorf("%s: took %v for %d bytes", name, took, len(texts[0]))
		}
		if len(c.Changes) == 0 || len(c.Changes) > 1_001 {
			t.Errorf("%s: %d changes, %s", name, len(c.Changes), c.Unknown)
		}
		if len(c.Changes) > 900 && c.Unknown == "" {
			t.Errorf("%s: it is not said that more was not looked at", name)
		}
	}
}
