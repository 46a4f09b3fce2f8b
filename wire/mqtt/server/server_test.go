package server_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/packets"

	"github.com/weft-dev/weft/internal/leaks"
	"github.com/weft-dev/weft/wire/mqtt/frame"
	"github.com/weft-dev/weft/wire/mqtt/server"
)

func TestMain(m *testing.M) { os.Exit(leaks.Run(m)) }

func start(t testing.TB, opts server.Options) (host string, stop func()) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.Serve(listener, opts)
	if err != nil {
		t.Fatal(err)
	}
	stop = func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return listener.Addr().String(), stop
}

// client is a client that says what a test wants.
type client struct {
	t    testing.TB
	conn net.Conn
	in   *bufio.Reader
}

func connect(t testing.TB, host string, hello packets.Connect) (*client, *packets.Connack) {
	t.Helper()
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	c := &client{t: t, conn: conn, in: bufio.NewReader(conn)}
	hello.ProtocolName, hello.ProtocolVersion = "MQTT", 5
	if hello.Properties == nil {
		hello.Properties = &packets.Properties{}
	}
	c.say(&hello)
	welcome, ok := c.hear().(*packets.Connack)
	if !ok {
		t.Fatal("the server does not answer the login")
	}
	return c, welcome
}

func (c *client) say(p frame.Packet) {
	c.t.Helper()
	w := bufio.NewWriter(c.conn)
	if err := errors.Join(frame.V5.Write(w, p), w.Flush()); err != nil {
		c.t.Fatal(err)
	}
}

// leave says goodbye and waits until the server has let go.
func (c *client) leave() {
	c.t.Helper()
	c.say(&packets.Disconnect{Properties: &packets.Properties{}})
	if p := c.hear(); p != nil {
		c.t.Fatalf("got %v, want to be let go", p)
	}
	c.conn.Close()
}

// hear returns the next packet, or nil when none comes.
func (c *client) hear() frame.Packet {
	c.t.Helper()
	_ = c.conn.SetReadDeadline(time.Now().Add(time.Minute))
	return c.next()
}

func (c *client) next() frame.Packet {
	first, body, err := frame.Read(c.in, frame.Most)
	if err != nil {
		return nil
	}
	p, err := frame.V5.Parse(first, body)
	if err != nil {
		c.t.Fatal(err)
	}
	return p
}

func (c *client) subscribe(topic string, qos byte) {
	c.t.Helper()
	c.say(&packets.Subscribe{PacketID: 1, Subscriptions: []packets.SubOptions{{Topic: topic, QoS: qos}}})
	if _, ok := c.hear().(*packets.Suback); !ok {
		c.t.Fatal("the subscription is not answered")
	}
}

func (c *client) publish(topic, body string, change func(*packets.Publish)) {
	c.t.Helper()
	p := &packets.Publish{Topic: topic, Payload: []byte(body), QoS: 1, PacketID: 1, Properties: &packets.Properties{}}
	if change != nil {
		change(p)
	}
	c.say(p)
	if p.QoS == 0 {
		return
	}
	if ack, ok := c.hear().(*packets.Puback); !ok || ack.ReasonCode >= 0x80 {
		c.t.Fatalf("the message is not confirmed: %v", ack)
	}
}

func (c *client) expect(body string) *packets.Publish {
	c.t.Helper()
	p, ok := c.hear().(*packets.Publish)
	if !ok || string(p.Payload) != body {
		c.t.Fatalf("got %v, want %s", p, body)
	}
	return p
}

func (c *client) silence() {
	c.t.Helper()
	_ = c.conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if p := c.next(); p != nil {
		c.t.Fatalf("got %v, want nothing", p)
	}
}

func seconds(n uint32) *uint32 { return &n }

func TestWindowHoldsBackAndKeepsOrder(t *testing.T) {
	host, _ := start(t, server.Options{})
	two := uint16(2)
	c, _ := connect(t, host, packets.Connect{ClientID: "c", Properties: &packets.Properties{ReceiveMaximum: &two}})
	c.subscribe("a", 1)
	sender, _ := connect(t, host, packets.Connect{ClientID: "s"})
	for _, body := range []string{"1", "2", "3", "4"} {
		sender.publish("a", body, nil)
	}
	first := c.expect("1")
	c.expect("2")
	c.silence()
	c.say(&packets.Puback{PacketID: first.PacketID})
	c.expect("3")
	c.silence()
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	host, _ := start(t, server.Options{})
	again := func(expiry uint32, wait time.Duration) bool {
		hello := packets.Connect{ClientID: fmt.Sprint("c", expiry), Properties: &packets.Properties{SessionExpiryInterval: &expiry}}
		c, _ := connect(t, host, hello)
		c.subscribe("a", 1)
		c.leave()
		time.Sleep(wait)
		back, welcome := connect(t, host, hello)
		back.conn.Close()
		return welcome.SessionPresent
	}
	if !again(600, 0) {
		t.Error("a session of ten minutes is gone at once")
	}
	gone := false
	for wait := 2500 * time.Millisecond; !gone && wait < time.Minute; wait *= 3 {
		gone = !again(1, wait)
	}
	if !gone {
		t.Error("a session of a second does not end")
	}
}

func TestMessagesExpire(t *testing.T) {
	t.Parallel()
	host, _ := start(t, server.Options{})
	hello := packets.Connect{ClientID: "c", Properties: &packets.Properties{SessionExpiryInterval: seconds(60)}}
	c, _ := connect(t, host, hello)
	c.subscribe("a", 1)
	c.leave()
	sender, _ := connect(t, host, packets.Connect{ClientID: "s"})
	sender.publish("a", "short", func(p *packets.Publish) { p.Properties.MessageExpiry = seconds(1) })
	sender.publish("a", "long", func(p *packets.Publish) { p.Properties.MessageExpiry = seconds(100) })
	time.Sleep(1200 * time.Millisecond)
	c, _ = connect(t, host, hello)
	if p := c.expect("long"); *p.Properties.MessageExpiry > 99 {
		t.Errorf("the message has %d seconds left", *p.Properties.MessageExpiry)
	}
}

func TestGroupPrefersWhoIsThere(t *testing.T) {
	host, _ := start(t, server.Options{})
	keep := &packets.Properties{SessionExpiryInterval: seconds(60)}
	away, _ := connect(t, host, packets.Connect{ClientID: "away", Properties: keep})
	away.subscribe("$share/g/a", 1)
	away.leave()
	sender, _ := connect(t, host, packets.Connect{ClientID: "s"})
	sender.publish("a", "kept", nil)
	there, _ := connect(t, host, packets.Connect{ClientID: "there", Properties: keep})
	there.subscribe("$share/g/a", 1)
	for _, body := range []string{"1", "2", "3"} {
		sender.publish("a", body, nil)
		there.expect(body)
	}
	away, _ = connect(t, host, packets.Connect{ClientID: "away", Properties: keep})
	away.expect("kept")
}

func TestTakenOverSessionHearsWhy(t *testing.T) {
	host, _ := start(t, server.Options{})
	first, _ := connect(t, host, packets.Connect{ClientID: "c"})
	connect(t, host, packets.Connect{ClientID: "c"})
	if p, ok := first.hear().(*packets.Disconnect); !ok || p.ReasonCode != packets.DisconnectSessionTakenOver {
		t.Errorf("got %v, want a goodbye that says so", p)
	}
}

func TestRestartKeepsSessionsAndRetained(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mqtt.json")
	host, stop := start(t, server.Options{File: file})
	hello := packets.Connect{ClientID: "c", Properties: &packets.Properties{SessionExpiryInterval: seconds(60)}}
	c, _ := connect(t, host, hello)
	c.subscribe("a", 1)
	sender, _ := connect(t, host, packets.Connect{ClientID: "s"})
	sender.publish("a", "open", nil)
	sender.publish("state", "on", func(p *packets.Publish) { p.Retain = true })
	c.expect("open")
	stop()
	host, _ = start(t, server.Options{File: file})
	c, welcome := connect(t, host, hello)
	if !welcome.SessionPresent || !c.expect("open").Duplicate {
		t.Error("the session is not what it was")
	}
	c.subscribe("state", 0)
	if p := c.expect("on"); !p.Retain {
		t.Error("what was retained is not marked")
	}
}

func TestSlowGreetingAndOtherProtocols(t *testing.T) {
	host, _ := start(t, server.Options{})
	for _, text := range []string{"GET / HTTP/1.1\r\n\r\n", "\x10\x00", "\x10\x07\x00\x04MQTT\x03", "\x30\x00"} {
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		conn.(*net.TCPConn).CloseWrite()
		_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
		if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%q keeps a connection open", text)
		}
		conn.Close()
	}
}

// FuzzServer says anything after a good greeting: the server must go on.
func FuzzServer(f *testing.F) {
	host, _ := start(f, server.Options{MaxPacket: 1 << 16})
	for _, p := range []frame.Packet{
		&packets.Publish{Topic: "a", QoS: 2, PacketID: 3, Properties: &packets.Properties{}},
		&packets.Subscribe{PacketID: 1, Subscriptions: []packets.SubOptions{{Topic: "$share/g/#", QoS: 2}}, Properties: &packets.Properties{}},
		&packets.Pubrec{PacketID: 1}, &packets.Pubrel{PacketID: 1}, &packets.Pubcomp{PacketID: 1},
		&packets.Unsubscribe{PacketID: 1, Topics: []string{"a"}, Properties: &packets.Properties{}},
		&packets.Disconnect{Properties: &packets.Properties{}},
	} {
		var wire bytes.Buffer
		w := bufio.NewWriter(&wire)
		if err := errors.Join(frame.V5.Write(w, p), w.Flush()); err != nil {
			f.Fatal(err)
		}
		f.Add(wire.Bytes())
	}
	f.Fuzz(func(t *testing.T, wire []byte) {
		c, _ := connect(t, host, packets.Connect{ClientID: "c", CleanStart: true})
		defer c.conn.Close()
		c.subscribe("#", 2)
		_, _ = c.conn.Write(wire)
		_ = c.conn.(*net.TCPConn).CloseWrite()
		for c.hearAnything() {
		}
	})
}

// hearAnything reads until the server hangs up.
func (c *client) hearAnything() bool {
	_ = c.conn.SetReadDeadline(time.Now().Add(time.Minute))
	_, err := c.in.ReadByte()
	return err == nil
}

func TestADamagedFileIsRefusedAndNotLost(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"cut off":                     `{"sessions":[{"id":"a"`,
		"a session without its ids":   `{"sessions":[{"id":"a","subscriptions":[{"Topic":"x"}],"identifiers":[]}],"retained":[]}`,
		"a retained message of none":  `{"sessions":[],"retained":[null]}`,
		"something else":              `[1]`,
		"what is behind the last one": `{"sessions":[],"retained":[]} x`,
	} {
		file := filepath.Join(t.TempDir(), "kept")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if s, err := server.Serve(listener, server.Options{File: file}); err == nil {
			t.Errorf("%s: it is taken", name)
			_ = s.Close()
		}
		if left, err := os.ReadFile(file); err != nil || string(left) != text {
			t.Errorf("%s: the file is %q, %v", name, left, err)
		}
	}
}
