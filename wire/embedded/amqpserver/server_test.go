package amqpserver

import (
	"bytes"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/internal/leaks"
	"github.com/weft-dev/weft/wire/embedded/topic"
)

func TestMain(m *testing.M) { os.Exit(leaks.Run(m)) }

func start(t *testing.T, opts Options) *Server {
	t.Helper()
	s, err := Start(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// say writes to a server and returns all that it answers until it hangs up.
func say(t *testing.T, s *Server, parts ...[]byte) string {
	t.Helper()
	socket, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	_ = socket.SetDeadline(time.Now().Add(time.Minute))
	if _, err := socket.Write(bytes.Join(parts, nil)); err != nil {
		t.Fatal(err)
	}
	answer, _ := io.ReadAll(socket)
	return string(answer)
}

func TestOtherProtocolsAreToldWhichItIs(t *testing.T) {
	s := start(t, Options{})
	for _, first := range []string{"GET / HTTP/1.1\r\n\r\n", "AMQP\x00\x01\x00\x00"} {
		if got := say(t, s, []byte(first)); got != string(protocol) {
			t.Errorf("to %q it says %q", first, got)
		}
	}
}

// TestWrongFramesEndTheConnectionWithACode goes where no client library goes.
func TestWrongFramesEndTheConnectionWithACode(t *testing.T) {
	s := start(t, Options{MaxBody: 1000, MaxMemory: 10_000})
	publish := method(1, basicPublish, func(w *writer) { w.short(0); w.shortString(""); w.shortString("q"); w.octet(0) })
	header := func(size uint64, flags uint16) []byte {
		return appendFrame(nil, frameHeader, 1, func(w *writer) { w.short(classBasic); w.short(0); w.longLong(size); w.short(flags) })
	}
	for name, c := range map[string]struct {
		say  [][]byte
		want string
	}{
		"frame too long":      {[][]byte{[]byte("\x01\x00\x01\x7f\xff\xff\xff")}, "FRAME_ERROR"},
		"frame without end":   {[][]byte{[]byte("\x08\x00\x00\x00\x00\x00\x00\x00")}, "FRAME_ERROR"},
		"unknown frame":       {[][]byte{appendFrame(nil, 7, 1, func(*writer) {})}, "FRAME_ERROR"},
		"unknown method":      {[][]byte{method(1, 99<<16|9, nil)}, "NOT_IMPLEMENTED"},
		"transaction":         {[][]byte{method(1, 90<<16|10, nil)}, "NOT_IMPLEMENTED"},
		"cut arguments":       {[][]byte{method(1, queueDeclare, func(w *writer) { w.short(0) })}, "SYNTAX_ERROR"},
		"channel not open":    {[][]byte{method(2, basicQos, nil)}, "CHANNEL_ERROR"},
		"channel open twice":  {[][]byte{method(1, channelOpen, func(w *writer) { w.shortString("") })}, "CHANNEL_ERROR"},
		"channel 0":           {[][]byte{method(0, basicQos, nil)}, "COMMAND_INVALID"},
		"body from nowhere":   {[][]byte{appendBody(nil, 1, []byte("x"))}, "UNEXPECTED_FRAME"},
		"header from nowhere": {[][]byte{header(1, 0)}, "UNEXPECTED_FRAME"},
		"method for content":  {[][]byte{publish, publish}, "UNEXPECTED_FRAME"},
		"body too long":       {[][]byte{publish, header(1, 0), appendBody(nil, 1, []byte("xy"))}, "FRAME_ERROR"},
		"flags":               {[][]byte{publish, header(1, 1)}, "SYNTAX_ERROR"},
		"immediate": {[][]byte{method(1, basicPublish, func(w *writer) {
			w.short(0)
			w.shortString("")
			w.shortString("q")
			w.octet(2)
		})}, "NOT_IMPLEMENTED"},
		"too large":     {[][]byte{publish, header(1001, 0), method(0, connectionClose, func(w *writer) { w.short(200); w.shortString(""); w.long(0) })}, "PRECONDITION_FAILED"},
		"prefetch size": {[][]byte{method(1, basicQos, func(w *writer) { w.long(1); w.short(0); w.octet(0) })}, "NOT_IMPLEMENTED"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // the server waits a second for the last word
			if got := say(t, s, append([][]byte{entering()}, c.say...)...); !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %s", got, c.want)
			}
		})
	}
}

func TestMemoryIsBounded(t *testing.T) {
	s := start(t, Options{Queues: []string{"q"}, MaxMemory: 10_000})
	var all []byte
	all = append(all, entering()...)
	for range 20 {
		all = append(all, method(1, basicPublish, func(w *writer) { w.short(0); w.shortString(""); w.shortString("q"); w.octet(0) })...)
		all = appendFrame(all, frameHeader, 1, func(w *writer) { w.short(classBasic); w.short(0); w.longLong(1000); w.short(0) })
		all = appendBody(all, 1, make([]byte, 1000))
	}
	if got := say(t, s, all); !strings.Contains(got, "RESOURCE_ERROR") {
		t.Errorf("a full server says %q", got)
	}
	if held := s.memory.Load(); held > 10_000 || held < 5000 {
		t.Errorf("it holds %d bytes", held)
	}
}

func TestQuietClientsAreHungUpOn(t *testing.T) {
	s := start(t, Options{})
	b := bytes.Clone(protocol)
	b = append(b, method(0, connectionStartOK, func(w *writer) {
		w.table(nil)
		w.shortString("PLAIN")
		w.longString([]byte("\x00guest\x00guest"))
		w.shortString("en_US")
	})...)
	b = append(b, method(0, connectionTuneOK, func(w *writer) { w.short(10); w.long(minFrame); w.short(1) })...)
	b = append(b, method(0, connectionOpen, func(w *writer) { w.shortString("/"); w.shortString(""); w.octet(0) })...)
	beats := false
	for range 5 { // a process that stands still until it hangs up has sent none
		got := say(t, s, b)
		if !strings.Contains(got, "missed heartbeats") {
			t.Fatalf("it says %q", got)
		}
		if beats = strings.Contains(got, "\x08\x00\x00\x00\x00\x00\x00\xce"); beats {
			break
		}
	}
	if !beats {
		t.Error("it sends no heartbeats")
	}
}

func TestWhatIsDurableIsKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "amqp.jsonl")
	first, err := Start(Options{File: file, Queues: []string{"q"}})
	if err != nil {
		t.Fatal(err)
	}
	exchange := newExchange("e", "topic")
	exchange.arguments = table{{"alternate-exchange", "amq.fanout"}}
	first.mu.Lock()
	first.exchanges["e"] = exchange
	q := first.queues["q"]
	if e := first.bind(exchange, &binding{key: "a.#", toQueue: q, arguments: table{{"n", int64(1)}}}); e != nil {
		t.Fatal(e)
	}
	for i, mode := range []byte{1, 2, 2} {
		m := &message{key: "k", ttl: -1, body: []byte{byte('a' + i)}}
		m.properties.flags, m.properties.mode = flagDeliveryMode, mode
		first.enqueue(q, m)
	}
	first.mu.Unlock()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := start(t, Options{File: file})
	second.mu.Lock()
	defer second.mu.Unlock()
	e, kept := second.exchanges["e"], second.queues["q"]
	if e == nil || kept == nil || len(e.bindings) != 1 || !e.bindings[0].matches("a.b", topic.Words("a.b"), nil) || kept.ready.Len() != 2 {
		t.Fatalf("kept %+v and %+v", e, kept)
	}
	if body := kept.ready.Pop().Message.body; string(body) != "b" {
		t.Errorf("the first message is %s", body)
	}
	second.release(1 + overhead)
}

func TestFileThatMakesNoSenseIsRefused(t *testing.T) {
	for _, text := range []string{"{", "{}", `{"message":{"Queue":"none"}}`, `{"binding":{"From":"none"}}`, `{"queue":{"Name":"q","Arguments":"AAAA"}}`} {
		file := filepath.Join(t.TempDir(), "amqp.jsonl")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Start(Options{File: file}); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
