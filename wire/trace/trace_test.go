package trace_test

import (
	"strings"
	"testing"

	"github.com/weft-dev/weft/wire/trace"
)

const (
	id     = "0af7651916cd43dd8448eb211c80319c"
	span   = "b7ad6b7169203331"
	parent = "00-" + id + "-" + span + "-01"
)

func TestOnlyWellFormedContextsAreRead(t *testing.T) {
	t.Parallel()
	for text, good := range map[string]bool{
		parent:                               true,
		"00-" + id + "-" + span + "-00":      true,
		"cc-" + id + "-" + span + "-01":      true,
		"cc-" + id + "-" + span + "-01-what": true,
		"":                                   false,
		"00":                                 false,
		"ff-" + id + "-" + span + "-01":      false,
		"cc-" + id + "-" + span + "-01what":  false,
		parent + "-more":                     false,
		strings.ToUpper(parent):              false,
		"00-" + id + "-" + span + "-0g":      false,
		"00-" + id + "_" + span + "-01":      false,
		"0g-" + id + "-" + span + "-01":      false,
		"00-" + id[1:] + "g-" + span + "-01": false,
		"00-" + id[1:] + "--" + span + "-01": false,
		"00-" + id + "-" + span[1:] + "x-01": false,

		"00-" + strings.Repeat("0", 32) + "-" + span + "-01":         false,
		"00-" + id + "-" + strings.Repeat("0", 16) + "-01":           false,
		"cc-" + id + "-" + span + "-01-" + strings.Repeat("x", 1000): false,
	} {
		if got := trace.Read(text, "a=1"); got.IsZero() == good {
			t.Errorf("%q is read as %+v", text, got)
		} else if good && (got.Parent != text || got.State != "a=1") {
			t.Errorf("%q is changed to %+v", text, got)
		}
	}
}

func TestAStateThatIsNotWellFormedIsLeftOutAlone(t *testing.T) {
	t.Parallel()
	for text, good := range map[string]bool{
		"rojo=00f067aa0ba902b7,congo=t61rcWkgMzE": true,
		" a=1 ,\tb=2,,":                       true,
		"a1_-*/=x y":                          true,
		"1tenant@sys=x":                       true,
		"a=1,a=2":                             false,
		"a":                                   false,
		"a=":                                  false,
		"A=1":                                 false,
		"1=1":                                 false,
		"a=b=c":                               false,
		"a=ü":                                 false,
		"a@=1":                                false,
		"@a=1":                                false,
		"t@" + strings.Repeat("s", 15) + "=1": false,
		strings.Repeat("k", 257) + "=1":       false,
		"a=" + strings.Repeat("v", 257):       false,
		strings.Repeat("x=1,", 1<<20):         false,
		strings.Repeat(",", 100):              true,
		"a=" + strings.Repeat("v", 256):       true,
		strings.Join(members(32), ","):        true,
		strings.Join(members(33), ","):        false,
	} {
		got := trace.Read(parent, text)
		if got.Parent != parent || (got.State == text) != good {
			t.Errorf("%.60q is read as %.200q", text, got)
		}
	}
}

func members(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = "k" + strings.Repeat("x", i) + "=1"
	}
	return list
}

func TestWhatIsCausedBelongsToTheTraceOfItsCause(t *testing.T) {
	t.Parallel()
	cause := trace.Read("cc-"+id+"-"+span+"-03-later", "a=1")
	next := cause.Next("one")
	if !strings.HasPrefix(next.Parent, "00-"+id+"-") || !strings.HasSuffix(next.Parent, "-01") || next.State != "a=1" || strings.Contains(next.Parent, span) {
		t.Errorf("after %v comes %v", cause, next)
	}
	if trace.Read(next.Parent, next.State) != next {
		t.Errorf("%v is not well-formed", next)
	}
	if cause.Next("one") != next || cause.Next("two") == next || next.Next("one") == next {
		t.Error("ids of spans are not those of what they are for")
	}
	if cause.Next("") != cause {
		t.Error("what has no id of its own changes its context")
	}
	quiet := trace.Read("00-"+id+"-"+span+"-fe", "").Next("one")
	if !strings.HasSuffix(quiet.Parent, "-00") {
		t.Errorf("a trace that is not sampled goes on as %v", quiet)
	}
}

func TestATraceBeginsWhereThereIsNone(t *testing.T) {
	t.Parallel()
	a, b := trace.Context{}.Next("a"), trace.Context{}.Next("b")
	if trace.Read(a.Parent, "") != a || a == b || !strings.HasSuffix(a.Parent, "-01") || a.Parent[3:35] == b.Parent[3:35] {
		t.Errorf("traces begin with %v and %v", a, b)
	}
	if !(trace.Context{}).Next("").IsZero() {
		t.Error("a trace begins for nothing")
	}
}

func FuzzRead(f *testing.F) {
	f.Add(parent, "a=1,b=2")
	f.Fuzz(func(t *testing.T, parent, state string) {
		c := trace.Read(parent, state)
		next := c.Next("x")
		if trace.Read(next.Parent, next.State) != next {
			t.Errorf("%q goes on as %q", c, next)
		}
	})
}
