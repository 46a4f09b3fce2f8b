package driver_test

import (
	"errors"
	"io"
	"testing"

	"github.com/weft-dev/weft/wire/driver"
)

// leaf is something opened that forgets itself when it is closed, as senders
// and receivers do.
type leaf struct {
	from  *driver.Opened
	times int
	err   error
}

func (l *leaf) Close() error {
	l.times++
	l.from.Forget(l)
	return l.err
}

func TestWhatIsOpenEndsWithTheConnection(t *testing.T) {
	var opened driver.Opened
	broken, gone := errors.New("broken"), errors.New("gone")
	a, b, forgotten := &leaf{from: &opened}, &leaf{from: &opened, err: broken}, &leaf{from: &opened}
	for _, x := range []io.Closer{a, b, forgotten} {
		if !opened.Keep(x) {
			t.Fatal("an open connection does not keep what is opened from it")
		}
	}
	opened.Forget(forgotten)
	seen := 0
	opened.Each(func(io.Closer) { seen++ })
	if seen != 2 || opened.IsClosed() {
		t.Errorf("%d are open, want 2; closed: %t", seen, opened.IsClosed())
	}
	err := opened.Close(func() error {
		if a.times != 1 || b.times != 1 {
			t.Error("the connection ends before what was opened from it")
		}
		return gone
	})
	if !errors.Is(err, broken) || !errors.Is(err, gone) {
		t.Errorf("closing says %v, want both errors", err)
	}
	if forgotten.times != 0 || opened.Keep(a) || !opened.IsClosed() {
		t.Error("a closed connection keeps what comes late, or closes what it was to forget")
	}
	if err := opened.Close(func() error { return errors.New("twice") }); err != nil || a.times != 1 {
		t.Errorf("closing again says %v and closed %d times", err, a.times)
	}
}
