package frame_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/weft-dev/weft/internal/cputime"
	"github.com/weft-dev/weft/wire/stomp/frame"
)

var versions = []frame.Version{frame.V10, frame.V11, frame.V12}

func read(t *testing.T, v frame.Version, text string) (*frame.Frame, error) {
	t.Helper()
	r := frame.NewReader(iotest.OneByteReader(strings.NewReader(text)), frame.DefaultLimits)
	r.Version = v
	return r.Next()
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	for _, v := range versions {
		for name, f := range map[string]*frame.Frame{
			"no body":        frame.New("SUBSCRIBE", "id", "0", "destination", "/queue/a"),
			"text":           {Command: "SEND", Headers: []frame.Header{{"destination", "/queue/a"}}, Body: []byte("hello")},
			"empty body":     {Command: "SEND", Body: []byte{}},
			"zeros":          {Command: "MESSAGE", Body: []byte{0, 1, 0, 0, '\n', 0}},
			"bare":           {Command: "SEND", Bare: true, Body: []byte("text\n")},
			"value's colon":  frame.New("SEND", "destination", "/queue/a:b"),
			"empty value":    frame.New("SEND", "a", ""),
			"repeated names": frame.New("SEND", "a", "1", "b", "2", "a", "3"),
			"not ASCII":      frame.New("SEND", "Größe", "groß"),
			"large":          {Command: "SEND", Body: bytes.Repeat([]byte("0123456789"), 50_000)},
			"login":          frame.New("CONNECT", "login", "a", "passcode", `b\c:d`),
		} {
			wire := string(frame.Append(nil, v, f))
			got, err := read(t, v, "\n\r\n"+wire)
			if err != nil {
				t.Errorf("%v %s: %v", v, name, err)
				continue
			}
			got.Headers = slices.DeleteFunc(got.Headers, func(h frame.Header) bool { return h.Name == "content-length" })
			if got.Command != f.Command || !slices.Equal(got.Headers, f.Headers) || !bytes.Equal(got.Body, f.Body) {
				t.Errorf("%v %s: read %+v, want %+v", v, name, got, f)
			}
		}
	}
}

func TestEscapes(t *testing.T) {
	f := frame.New("SEND", "a:b", "1\n2\r3\\4:5")
	for v, want := range map[frame.Version]string{
		frame.V10: "SEND\na:b:1 2 3\\4:5\n\n\x00",
		frame.V11: "SEND\na\\cb:1\\n2 3\\\\4\\c5\n\n\x00",
		frame.V12: "SEND\na\\cb:1\\n2\\r3\\\\4\\c5\n\n\x00",
	} {
		if got := string(frame.Append(nil, v, f)); got != want {
			t.Errorf("%v writes %q, want %q", v, got, want)
		}
	}
	got, err := read(t, frame.V12, "SEND\na\\cb:1\\n2\\r3\\\\4\\c5\n\n\x00")
	if err != nil || !slices.Equal(got.Headers, f.Headers) {
		t.Errorf("read %+v, %v", got, err)
	}
}

func TestWhatAVersionCarriesComesBack(t *testing.T) {
	texts := []string{"", "a", "a:b", "a\nb", "a\rb", `a\b`, " a", "a ", "a b", "\x00", "ä"}
	for _, v := range versions {
		for _, name := range texts {
			for _, value := range texts {
				if !v.CanCarry(name, value) {
					continue
				}
				got, err := read(t, v, string(frame.Append(nil, v, frame.New("SEND", name, value))))
				if err != nil || len(got.Headers) != 1 || got.Headers[0] != (frame.Header{Name: name, Value: value}) {
					t.Errorf("%v: %q: %q is read as %+v, %v", v, name, value, got, err)
				}
			}
		}
	}
}

func TestLinesMayEndByCRLF(t *testing.T) {
	for text, v := range map[string]frame.Version{
		"CONNECT\r\nlogin:a\r\n\r\n\x00": frame.V10,
		"SEND\r\nlogin:a\r\n\r\n\x00":    frame.V12,
	} {
		f, err := read(t, v, text)
		if err != nil || f.Get("login") != "a" || f.Command != text[:strings.IndexByte(text, '\r')] {
			t.Errorf("%q is read as %+v, %v", text, f, err)
		}
	}
	f, err := read(t, frame.V11, "SEND\na:b\r\n\n\x00")
	if err != nil || f.Get("a") != "b\r" {
		t.Errorf("1.1 reads %+v, %v: a carriage return belongs to the value there", f, err)
	}
}

func TestWhatIsNoFrame(t *testing.T) {
	limits := frame.Limits{Headers: 3, Head: 200, Body: 100}
	for name, c := range map[string]struct{ text, kind string }{
		"HTTP":               {"HTTP/1.1 400 Bad Request\r\n\r\n", "syntax"},
		"lower case":         {"send\n\n\x00", "syntax"},
		"no colon":           {"SEND\ndestination\n\n\x00", "syntax"},
		"unknown escape":     {"SEND\na:\\t\n\n\x00", "syntax"},
		"half an escape":     {"SEND\na:\\\n\n\x00", "syntax"},
		"negative length":    {"SEND\ncontent-length:-1\n\n\x00", "syntax"},
		"no length":          {"SEND\ncontent-length:one\n\n\x00", "syntax"},
		"no zero at the end": {"SEND\ncontent-length:1\n\nab\x00", "syntax"},
		"huge length":        {"SEND\ncontent-length:99999999\n\n", "large"},
		"long body":          {"SEND\n\n" + strings.Repeat("x", 102) + "\x00", "large"},
		"many headers":       {"SEND\na:\na:\na:\na:\n\n\x00", "large"},
		"long header":        {"SEND\na:" + strings.Repeat("x", 300) + "\n\n\x00", "large"},
		"half a command":     {"SEN", "end"},
		"half a head":        {"SEND\na:b\n", "end"},
		"half a body":        {"SEND\ncontent-length:9\n\nabc", "end"},
		"nothing":            {"\n\n", "eof"},
	} {
		_, err := frame.NewReader(strings.NewReader(c.text), limits).Next()
		var syntax *frame.SyntaxError
		var large *frame.TooLargeError
		is := map[string]bool{
			"syntax": errors.As(err, &syntax), "large": errors.As(err, &large),
			"end": errors.Is(err, io.ErrUnexpectedEOF), "eof": errors.Is(err, io.EOF),
		}
		if !is[c.kind] {
			t.Errorf("%s: %v, want an error of the kind %s", name, err, c.kind)
		}
	}
}

func TestTheFirstOfRepeatedHeadersCounts(t *testing.T) {
	f, err := read(t, frame.V12, "MESSAGE\nfoo:World\nfoo:Hello\n\n\x00")
	if err != nil || f.Get("foo") != "World" {
		t.Errorf("foo is %q, %v", f.Get("foo"), err)
	}
}

func TestVersions(t *testing.T) {
	for _, v := range versions {
		if got, ok := frame.ParseVersion(v.String()); !ok || got != v {
			t.Errorf("%v is read as %v, %t", v, got, ok)
		}
	}
	if _, ok := frame.ParseVersion("2.0"); ok {
		t.Error("there is a version 2.0")
	}
}

func FuzzReader(f *testing.F) {
	f.Add(2, []byte("SEND\ndestination:/queue/a\ncontent-length:3\n\na\x00b\x00\n\nACK\nid:1\n\n\x00"))
	f.Add(1, []byte("CONNECT\r\naccept-version:1.2\r\n\r\n\x00"))
	f.Add(2, []byte("CONNECT\r\naccept-version:1.2\r:1.2\r\n\r\n\x00"))
	f.Add(1, []byte("A\r\r\n\n\x00"))
	f.Add(0, []byte("MESSAGE\na: b\\c\n\nbody\x00"))
	f.Add(2, []byte("SEND\na\\c:\\n\\r\\\\\n\n\x00"))
	f.Fuzz(func(t *testing.T, version int, data []byte) {
		v := frame.Version(((version % 3) + 3) % 3)
		r := frame.NewReader(bytes.NewReader(data), frame.Limits{Headers: 100, Head: 8 << 10, Body: 64 << 10})
		r.Version = v
		start := cputime.Start(t)
		for {
			one, err := r.Next()
			if err != nil {
				break
			}
			one.Headers = slices.DeleteFunc(one.Headers, func(h frame.Header) bool {
				plain := one.Command == "CONNECT" || one.Command == "CONNECTED" || one.Command == "STOMP" // nothing is escaped there
				return h.Name == "content-length" || !v.CanCarry(h.Name, h.Value) || plain && strings.Contains(h.Name+h.Value, "\r")
			})
			again := frame.NewReader(bytes.NewReader(frame.Append(nil, v, one)), frame.DefaultLimits)
			again.Version = v
			got, err := again.Next()
			if err != nil {
				t.Fatalf("%+v cannot be read again: %v", one, err)
			}
			got.Headers = slices.DeleteFunc(got.Headers, func(h frame.Header) bool { return h.Name == "content-length" })
			if got.Command != one.Command || !slices.Equal(got.Headers, one.Headers) || !bytes.Equal(got.Body, one.Body) {
				t.Fatalf("%+v is read again as %+v", one, got)
			}
		}
		if took := start(); took > time.Second {
			t.Errorf("it took %v", took)
		}
	})
}
