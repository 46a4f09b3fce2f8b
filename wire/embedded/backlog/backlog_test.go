package backlog_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/wire/embedded/backlog"
)

type text string

func (t text) Size() int { return len(t) }

func contents(b *backlog.Backlog[text]) string {
	var all []string
	for e := range b.All {
		all = append(all, string(e.Message))
	}
	return strings.Join(all, " ")
}

func TestWhatComesBackGoesToItsPlace(t *testing.T) {
	var b backlog.Backlog[text]
	for _, m := range []text{"a", "bb", "ccc", "d"} {
		b.Push(m, time.Time{})
	}
	first, second, third := b.Pop(), b.Pop(), b.Pop()
	b.PutBack(second)
	b.PutBack(third)
	b.PutBack(first)
	if got := contents(&b); got != "a bb ccc d" || b.Bytes() != 7 || b.Len() != 4 {
		t.Errorf("it holds %q, %d bytes", got, b.Bytes())
	}
	last := []*backlog.Entry[text]{b.Pop(), b.Pop(), b.Pop(), b.Pop()}
	b.PutBack(last[3])
	b.PutBack(last[0])
	if got := contents(&b); got != "a d" {
		t.Errorf("it holds %q", got)
	}
}

func TestTimeOfTheFirstMessage(t *testing.T) {
	var b backlog.Backlog[text]
	if e, left := b.Expired(); e != nil || left != 0 {
		t.Errorf("an empty backlog has %v, %v", e, left)
	}
	b.Push("over", time.Now().Add(-time.Second))
	b.Push("later", time.Now().Add(time.Hour))
	if e, _ := b.Expired(); e == nil || e.Message != "over" {
		t.Errorf("got %v, want the one whose time is over", e)
	}
	if e, left := b.Expired(); e != nil || left < 50*time.Minute {
		t.Errorf("got %v with %v left", e, left)
	}
}

type consumer struct {
	name string
	busy bool
}

func (c consumer) Ready() bool { return !c.busy }

func TestConsumersHaveTurns(t *testing.T) {
	var got []string
	turn := 0
	consumers := []consumer{{"a", false}, {"b", true}, {"c", false}}
	for range 4 {
		c, _ := backlog.Next(consumers, &turn)
		got = append(got, c.name)
	}
	if want := []string{"c", "a", "c", "a"}; !slices.Equal(got, want) {
		t.Errorf("turns %v, want %v", got, want)
	}
	if _, ok := backlog.Next([]consumer{{"b", true}}, &turn); ok {
		t.Error("one that is busy has its turn")
	}
}
