package sse_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/wire/web/sse"
)

func all(t *testing.T, stream string, limit int) ([]sse.Event, *sse.Reader) {
	t.Helper()
	r := sse.NewReader(strings.NewReader(stream), limit, "")
	var list []sse.Event
	for {
		e, err := r.Next()
		if errors.Is(err, io.EOF) {
			return list, r
		}
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, *e)
	}
}

// TestStreamsAreReadAsTheStandardHasIt has the examples of WHATWG HTML, 9.2.6,
// among others.
func TestStreamsAreReadAsTheStandardHasIt(t *testing.T) {
	for name, test := range map[string]struct {
		stream string
		want   []sse.Event
	}{
		"lines":               {"data: YHOO\ndata: +2\ndata: 10\n\n", []sse.Event{{Data: []byte("YHOO\n+2\n10")}}},
		"ids and a comment":   {": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n", []sse.Event{{ID: "1", Data: []byte("first event")}, {Data: []byte("second event")}, {Data: []byte(" third event")}}},
		"empty data":          {"data\n\ndata\ndata\n\ndata:", []sse.Event{{Data: nil}, {Data: []byte("\n")}}},
		"with a space or not": {"data:test\n\ndata: test\n\n", []sse.Event{{Data: []byte("test")}, {Data: []byte("test")}}},
		"an id that stays":    {"id: 7\ndata: a\n\ndata: b\n\n", []sse.Event{{ID: "7", Data: []byte("a")}, {ID: "7", Data: []byte("b")}}},
		"an id alone":         {"id: 8\n\ndata: a\n\n", []sse.Event{{ID: "8", Data: []byte("a")}}},
		"an id with a zero":   {"id: 9\x00\ndata: a\n\n", []sse.Event{{Data: []byte("a")}}},
		"all ends of lines":   {"data: a\r\rdata: b\r\n\r\ndata: c\n\n", []sse.Event{{Data: []byte("a")}, {Data: []byte("b")}, {Data: []byte("c")}}},
		"a mark of order":     {"\xef\xbb\xbfdata: a\n\n", []sse.Event{{Data: []byte("a")}}},
		"types":               {"event: add\ndata: 1\n\nevent: gone\n\ndata: 2\n\n", []sse.Event{{Name: "add", Data: []byte("1")}, {Data: []byte("2")}}},
		"unknown fields":      {"color: red\ndata: a\nheaders: x\n\n", []sse.Event{{Data: []byte("a")}}},
		"ours":                {"header: a: 1\nheader: b:2\nencoding: base64\ndata: AP8=\n\n", []sse.Event{{Header: []sse.Header{{"a", "1"}, {"b", "2"}}, Data: []byte{0, 0xff}}}},
		"ours of others":      {"encoding: base64\ndata: not that\n\n", []sse.Event{{Data: []byte("not that")}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := all(t, test.stream, 1000)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestServersSayHowLongToWait(t *testing.T) {
	for text, want := range map[string]time.Duration{"2500": 2500 * time.Millisecond, "2x": 0, "-1": 0, "": 0, "99999999": time.Minute, "99999999999999999999": 0} {
		if _, r := all(t, "retry: "+text+"\n\n", 100); r.Retry() != want {
			t.Errorf("retry: %s is %v, want %v", text, r.Retry(), want)
		}
	}
}

func TestEventsAreBounded(t *testing.T) {
	for name, stream := range map[string]string{
		"one line":   "data: " + strings.Repeat("x", 200_000) + "\n\n",
		"many lines": strings.Repeat("data: x\n", 20_000) + "\n",
		"no end":     strings.Repeat("x", 200_000),
		"headers":    strings.Repeat("header: a: b\n", 20_000) + "\n",
	} {
		if _, err := sse.NewReader(strings.NewReader(stream), 100_000, "").Next(); !errors.Is(err, sse.ErrTooLarge) {
			t.Errorf("%s: %v, want %v", name, err, sse.ErrTooLarge)
		}
	}
}

func TestWhatHadBegunAtTheEndIsNoEvent(t *testing.T) {
	r := sse.NewReader(iotest.OneByteReader(strings.NewReader("id: 1\ndata: a\n\nid: 2\ndata: b\n")), 100, "0")
	if e, err := r.Next(); err != nil || string(e.Data) != "a" {
		t.Fatalf("read %v, %v", e, err)
	}
	if e, err := r.Next(); !errors.Is(err, io.EOF) || r.LastID() != "1" {
		t.Errorf("read %v, %v, last id %q", e, err, r.LastID())
	}
}

// TestWhatWasReadStays has events that share memory, and are read into the same
// one: many at once, as they come from a fast server.
func TestWhatWasReadStays(t *testing.T) {
	const events = 1000
	var stream []byte
	want := func(i int) sse.Event {
		e := sse.Event{ID: strconv.Itoa(i), Data: []byte(strings.Repeat("d", i%700) + strconv.Itoa(i))}
		for n := range i % 3 {
			e.Header = append(e.Header, sse.Header{Name: "name" + strconv.Itoa(n), Value: strings.Repeat("v", i%600) + strconv.Itoa(i)})
		}
		return e
	}
	for i := range events {
		e := want(i)
		stream = sse.Append(stream, &e)
	}
	r := sse.NewReader(bytes.NewReader(stream), 1<<20, "")
	var list []sse.Event
	var e sse.Event
	for range events {
		if err := r.Read(&e); err != nil {
			t.Fatal(err)
		}
		read := e
		read.Header = slices.Clone(e.Header) // whose memory is used again
		list = append(list, read)
		_ = append(e.Data, "over the edge"...)
	}
	for i := range list {
		want, got := want(i), list[i]
		if got.ID != want.ID || !bytes.Equal(got.Data, want.Data) || !slices.Equal(got.Header, want.Header) {
			t.Fatalf("event %d is now %+v", i, got)
		}
	}
}

// FuzzRead holds that whatever is read can be written, and is the same again.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{"data: a\n\n", "id: 1\revent: x\r\ndata: a\ndata\n\n", "header: a: b\nencoding: base64\ndata: AP8=\n\n", "\xef\xbb\xbf: c\n\nretry: 5\ndata:\n\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := sse.NewReader(bytes.NewReader(data), 1<<16, "")
		for {
			e, err := r.Next()
			if err != nil {
				return
			}
			again, err := sse.NewReader(bytes.NewReader(sse.Append(nil, e)), 1<<20, "").Next()
			if err != nil {
				t.Fatalf("%+v is not read again: %v", e, err)
			}
			if again.ID != e.ID || again.Name != e.Name || !bytes.Equal(again.Data, e.Data) || len(again.Header) != len(e.Header) {
				t.Fatalf("%+v is read as %+v", e, again)
			}
		}
	})
}
