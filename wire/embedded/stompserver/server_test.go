package stompserver_test

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/internal/leaks"
	"github.com/weft-dev/weft/wire/embedded/stompserver"
	"github.com/weft-dev/weft/wire/stomp/frame"
)

func TestMain(m *testing.M) { os.Exit(leaks.Run(m)) }

func start(t *testing.T, opts stompserver.Options) *stompserver.Server {
	t.Helper()
	s, err := stompserver.Start(opts)
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

// client writes frames as they are given and reads what comes.
type client struct {
	*testing.T
	conn   net.Conn
	frames *frame.Reader
}

func dial(t *testing.T, s *stompserver.Server, hello string) *client {
	t.Helper()
	conn, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	c := &client{t, conn, frame.NewReader(conn, frame.DefaultLimits)}
	c.say(hello)
	return c
}

func enter(t *testing.T, s *stompserver.Server, version string) *client {
	t.Helper()
	c := dial(t, s, "CONNECT\naccept-version:"+version+"\nhost:/\nlogin:guest\npasscode:guest\n\n")
	if f := c.hear("CONNECTED"); f.Get("version") != version {
		t.Fatalf("the version is %q", f.Get("version"))
	}
	return c
}

func (c *client) say(text string) {
	c.Helper()
	if _, err := c.conn.Write([]byte(text + "\x00")); err != nil {
		c.Fatal(err)
	}
}

func (c *client) hear(command string) *frame.Frame {
	c.Helper()
	_ = c.conn.SetReadDeadline(time.Now().Add(time.Minute))
	f, err := c.frames.Next()
	if err != nil || f.Command != command {
		c.Fatalf("heard %+v, %v, want %s", f, err, command)
	}
	return f
}

func (c *client) silence() {
	c.Helper()
	_ = c.conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if f, err := c.frames.Next(); err == nil {
		c.Fatalf("heard %+v, want nothing", f)
	}
	c.frames = frame.NewReader(c.conn, frame.DefaultLimits)
}

// sync waits until all before was done.
func (c *client) sync() {
	c.Helper()
	c.say("BEGIN\ntransaction:sync\n\n")
	c.say("ABORT\ntransaction:sync\nreceipt:sync\n\n")
	c.hear("RECEIPT")
}

func TestWhatIsWrongEndsTheConnectionWithAReason(t *testing.T) {
	s := start(t, stompserver.Options{MaxBody: 1000, MaxMemory: 5000})
	for text, want := range map[string]string{
		"FLY\n\n": "unknown command", "SEND\n\nx": "destination", "SEND\ndestination:/nowhere/a\n\nx": "Unknown destination",
		"SEND\ndestination:a\n\nx": "Unknown destination", "SUBSCRIBE\ndestination:/queue/a\n\n": "id",
		"SUBSCRIBE\nid:1\ndestination:/queue/a\nack:maybe\n\n":          "ack mode",
		"SUBSCRIBE\nid:1\ndestination:/queue/a\nselector:a=1\n\n":       "selectors",
		"SUBSCRIBE\nid:1\ndestination:/amq/queue/a\n\n":                 "NOT_FOUND",
		"SUBSCRIBE\nid:1\ndestination:/queue/a\nx-max-priority:9\n\n":   "not supported",
		"SUBSCRIBE\nid:1\ndestination:/queue/a\nx-message-ttl:soon\n\n": "invalid arg",
		"ACK\nid:7\n\n": "unsettled", "NACK\nid:7\n\n": "unsettled", "UNSUBSCRIBE\nid:7\n\n": "no subscription", "COMMIT\ntransaction:7\n\n": "no transaction",
		"SEND\ndestination:/queue/a\ntransaction:7\n\n":       "no transaction",
		"SEND\ndestination:/queue/a\ncontent-length:9999\n\n": "too large",
		"lower\n\n": "Invalid frame",
	} {
		c := enter(t, s, "1.2")
		c.say(text)
		if f := c.hear("ERROR"); !strings.Contains(f.Get("message"), want) {
			t.Errorf("%q is answered with %q, want %q", text, f.Get("message"), want)
		}
		if _, err := c.frames.Next(); err == nil {
			t.Errorf("%q: the connection goes on", text)
		}
	}
	full := enter(t, s, "1.2")
	for range 5 { // of which the server has room for four
		full.say("SEND\ndestination:/queue/full\nreceipt:5\n\n" + strings.Repeat("x", 900))
	}
	for {
		if f, err := full.frames.Next(); err != nil {
			t.Fatal(err)
		} else if f.Command == "ERROR" {
			if f.Get("receipt-id") != "5" || !strings.Contains(f.Get("message"), "no room") {
				t.Errorf("a full server says %+v", f)
			}
			break
		}
	}
}

func TestWhoIsNotLetIn(t *testing.T) {
	s := start(t, stompserver.Options{})
	for text, want := range map[string]string{
		"CONNECT\nlogin:guest\npasscode:wrong\n\n":                                   "Access refused",
		"CONNECT\nlogin:nobody\n\n":                                                  "Access refused",
		"STOMP\naccept-version:2.0\nlogin:guest\npasscode:guest\n\n":                 "Version",
		"CONNECT\naccept-version:1.2\nlogin:guest\npasscode:guest\nheart-beat:x\n\n": "heart-beat",
		"SEND\ndestination:/queue/a\n\n":                                             "CONNECT",
	} {
		if f := dial(t, s, text).hear("ERROR"); !strings.Contains(f.Get("message"), want) || strings.Contains(string(f.Body), "wrong") {
			t.Errorf("%q is answered with %+v, want %q", text, f, want)
		}
	}
}

func TestVersionsHaveTheirOwnAcknowledgements(t *testing.T) {
	s := start(t, stompserver.Options{})
	for version, ack := range map[string]func(*frame.Frame) string{
		"1.0": func(f *frame.Frame) string { return "ACK\nmessage-id:" + f.Get("message-id") + "\n\n" },
		"1.1": func(f *frame.Frame) string {
			return "ACK\nsubscription:0\nmessage-id:" + f.Get("message-id") + "\n\n"
		},
		"1.2": func(f *frame.Frame) string { return "ACK\nid:" + f.Get("ack") + "\n\n" },
	} {
		c := enter(t, s, version)
		c.say("SUBSCRIBE\nid:0\ndestination:/queue/v" + version + "\nack:client\nprefetch-count:2\n\n")
		for i := range 4 {
			c.say("SEND\ndestination:/queue/v" + version + "\n\n" + strconv.Itoa(i))
		}
		c.hear("MESSAGE")
		second := c.hear("MESSAGE")
		c.sync()
		c.say(ack(second)) // and with it the first
		if third := c.hear("MESSAGE"); string(third.Body) != "2" {
			t.Errorf("%s: the third is %q", version, third.Body)
		}
		if fourth := c.hear("MESSAGE"); string(fourth.Body) != "3" {
			t.Errorf("%s: the fourth is %q", version, fourth.Body)
		}
	}
}

func TestTransactionsAreAllOrNothing(t *testing.T) {
	s := start(t, stompserver.Options{})
	c := enter(t, s, "1.2")
	c.say("SUBSCRIBE\nid:0\ndestination:/queue/t\nack:client-individual\n\n")
	c.say("BEGIN\ntransaction:1\n\n")
	c.say("SEND\ndestination:/queue/t\ntransaction:1\n\na")
	c.sync()
	c.say("COMMIT\ntransaction:1\n\n")
	a := c.hear("MESSAGE")
	c.say("BEGIN\ntransaction:2\n\n")
	c.say("ACK\nid:" + a.Get("ack") + "\ntransaction:2\n\n")
	c.say("ABORT\ntransaction:2\n\n")
	c.say("NACK\nid:" + a.Get("ack") + "\n\n") // it is still unsettled
	if again := c.hear("MESSAGE"); again.Get("redelivered") != "true" || again.Get("message-id") != a.Get("message-id") {
		t.Errorf("delivered again as %+v", again)
	}
}

func TestQueuesOverflowExpireAndBury(t *testing.T) {
	s := start(t, stompserver.Options{})
	c := enter(t, s, "1.2")
	c.say("SUBSCRIBE\nid:dead\ndestination:/queue/dead\n\n")
	const arguments = "x-max-length:1\nx-message-ttl:100\nx-dead-letter-exchange:\nx-dead-letter-routing-key:dead\n"
	for _, body := range []string{"first", "second"} {
		c.say("SEND\ndestination:/queue/short\n" + arguments + "\n" + body)
	}
	for _, want := range []string{"first", "second"} { // one for want of room, one of time
		if f := c.hear("MESSAGE"); string(f.Body) != want || f.Get("x-first-death-queue") != "short" {
			t.Errorf("the dead letter is %+v, want %s", f, want)
		}
	}
	c.say("SEND\ndestination:/queue/short\n\nx")
	if f := c.hear("ERROR"); !strings.Contains(f.Get("message"), "PRECONDITION_FAILED") {
		t.Errorf("other arguments are answered with %q", f.Get("message"))
	}
}

func TestWhatIsDurableIsKept(t *testing.T) {
	opts := stompserver.Options{File: filepath.Join(t.TempDir(), "stomp.jsonl")}
	s := start(t, opts)
	c := enter(t, s, "1.2")
	const topic = "SUBSCRIBE\nid:mine\ndestination:/topic/a.*\ndurable:true\nauto-delete:false\nack:client\n\n"
	c.say(topic)
	c.say("SEND\ndestination:/queue/q\npersistent:true\nown:1\\c2\n\nkept")
	c.say("SEND\ndestination:/queue/q\n\nlost")
	c.say("SEND\ndestination:/topic/a.b\npersistent:true\n\nunsettled")
	c.hear("MESSAGE")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	c = enter(t, start(t, opts), "1.2")
	c.say("SUBSCRIBE\nid:0\ndestination:/queue/q\n\n")
	if f := c.hear("MESSAGE"); string(f.Body) != "kept" || f.Get("own") != "1:2" {
		t.Errorf("kept was %+v", f)
	}
	c.silence()
	c.say(topic)
	if f := c.hear("MESSAGE"); string(f.Body) != "unsettled" || f.Get("redelivered") != "true" || f.Get("destination") != "/topic/a.b" {
		t.Errorf("kept was %+v", f)
	}
}

func TestHeartBeats(t *testing.T) {
	s := start(t, stompserver.Options{})
	quiet := dial(t, s, "CONNECT\naccept-version:1.2\nlogin:guest\npasscode:guest\nheart-beat:50,50\n\n")
	quiet.hear("CONNECTED")
	_ = quiet.conn.SetReadDeadline(time.Now().Add(time.Minute))
	if f := quiet.hear("ERROR"); !strings.Contains(f.Get("message"), "not been heard") {
		t.Errorf("a silent client is told %q", f.Get("message"))
	}
	beats := dial(t, s, "CONNECT\naccept-version:1.2\nlogin:guest\npasscode:guest\nheart-beat:0,50\n\n")
	beats.hear("CONNECTED")
	_ = beats.conn.SetReadDeadline(time.Now().Add(time.Minute))
	buf := make([]byte, 100)
	if n, err := beats.conn.Read(buf); err != nil || strings.Trim(string(buf[:n]), "\n") != "" {
		t.Errorf("read %q, %v, want a sign of life", buf[:n], err)
	}
}
