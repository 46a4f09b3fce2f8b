package frame_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/eclipse/paho.golang/packets"

	"github.com/weft-dev/weft/wire/mqtt/frame"
)

// both are packets that both versions have, with what both can say.
func both() []frame.Packet {
	none := func() *packets.Properties { return &packets.Properties{} }
	return []frame.Packet{
		&packets.Connect{
			ProtocolName: "MQTT", ClientID: "c", KeepAlive: 30, CleanStart: true, UsernameFlag: true, Username: "u", PasswordFlag: true, Password: []byte("p"),
			WillFlag: true, WillTopic: "w", WillMessage: []byte("gone"), WillQOS: 2, WillRetain: true, WillProperties: none(), Properties: none(),
		},
		&packets.Connack{SessionPresent: true, Properties: none()},
		&packets.Connack{ReasonCode: packets.ConnackBadUsernameOrPassword, Properties: none()},
		&packets.Publish{Topic: "a/b", Payload: []byte("x"), Properties: none()},
		&packets.Publish{Topic: "a/b", Payload: []byte{}, QoS: 1, PacketID: 7, Duplicate: true, Retain: true, Properties: none()},
		&packets.Publish{Topic: "long", Payload: bytes.Repeat([]byte("0123456789"), 300_000), QoS: 2, PacketID: 65535, Properties: none()},
		&packets.Puback{PacketID: 7, Properties: none()},
		&packets.Pubrec{PacketID: 7, Properties: none()},
		&packets.Pubrel{PacketID: 7, Properties: none()},
		&packets.Pubcomp{PacketID: 7, Properties: none()},
		&packets.Subscribe{PacketID: 9, Subscriptions: []packets.SubOptions{{Topic: "a/+", QoS: 1}, {Topic: "#", QoS: 2}}, Properties: none()},
		&packets.Suback{PacketID: 9, Reasons: []byte{1, 0x80}, Properties: none()},
		&packets.Unsubscribe{PacketID: 9, Topics: []string{"a/+", "#"}, Properties: none()},
		&packets.Pingreq{},
		&packets.Pingresp{},
		&packets.Disconnect{Properties: none()},
	}
}

func roundTrip(t *testing.T, v frame.Version, p frame.Packet) frame.Packet {
	t.Helper()
	var wire bytes.Buffer
	w := bufio.NewWriter(&wire)
	if err := errors.Join(v.Write(w, p), w.Flush()); err != nil {
		t.Fatalf("%T: %v", p, err)
	}
	r := bufio.NewReader(&wire)
	first, body, err := frame.Read(r, frame.Most)
	if err != nil {
		t.Fatalf("%T: %v", p, err)
	}
	got, err := v.Parse(first, body)
	if err != nil {
		t.Fatalf("%T: %v", p, err)
	}
	if r.Buffered() > 0 || wire.Len() > 0 {
		t.Errorf("%T: something is left", p)
	}
	return got
}

func TestPacketsComeBackAsTheyWere(t *testing.T) {
	for _, v := range []frame.Version{frame.V3, frame.V5} {
		for _, p := range both() {
			if hello, ok := p.(*packets.Connect); ok {
				hello.ProtocolVersion = byte(v)
			}
			if got := roundTrip(t, v, p); !reflect.DeepEqual(got, p) {
				t.Errorf("version %d: %+v came back as %+v", v, p, got)
			}
		}
	}
}

func TestPropertiesComeBack(t *testing.T) {
	expiry, format := uint32(9), byte(1)
	p := &packets.Publish{Topic: "a", Payload: []byte("x"), Properties: &packets.Properties{
		MessageExpiry: &expiry, PayloadFormat: &format, ContentType: "text/plain", ResponseTopic: "r", CorrelationData: []byte{0, 1},
		User: []packets.User{{Key: "b", Value: "1"}, {Key: "a", Value: ""}, {Key: "b", Value: "2"}},
	}}
	if got := roundTrip(t, frame.V5, p); !reflect.DeepEqual(got, p) {
		t.Errorf("%+v came back as %+v", p, got)
	}
}

// TestBytesOf3 holds what is written against the specification of 3.1.1, 3.1 to
// 3.14.
func TestBytesOf3(t *testing.T) {
	for want, p := range map[string]frame.Packet{
		"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01c": &packets.Connect{ClientID: "c", KeepAlive: 60, CleanStart: true},
		"\x32\x06\x00\x01a\x00\x05x":                    &packets.Publish{Topic: "a", QoS: 1, PacketID: 5, Payload: []byte("x")},
		"\x82\x06\x00\x01\x00\x01a\x01":                 &packets.Subscribe{PacketID: 1, Subscriptions: []packets.SubOptions{{Topic: "a", QoS: 1}}},
		"\x62\x02\x00\x05":                              &packets.Pubrel{PacketID: 5},
		"\xc0\x00":                                      &packets.Pingreq{},
		"\x20\x02\x00\x05":                              &packets.Connack{ReasonCode: packets.ConnackNotAuthorized},
	} {
		var wire bytes.Buffer
		w := bufio.NewWriter(&wire)
		if err := errors.Join(frame.V3.Write(w, p), w.Flush()); err != nil || wire.String() != want {
			t.Errorf("%T is written as %q, %v, want %q", p, wire.String(), err, want)
		}
	}
}

func TestBrokenPacketsAreRefused(t *testing.T) {
	for name, wire := range map[string]string{
		"an endless length":           "\x30\xff\xff\xff\xff\x01",
		"a message without a topic":   "\x30\x00",
		"a topic that ends too early": "\x30\x03\x00\x09a",
		"a quality of 3":              "\x36\x05\x00\x01a\x00\x01",
		"a number of 0":               "\x32\x05\x00\x01a\x00\x00",
		"an acknowledgement of none":  "\x40\x01\x00",
		"type 0":                      "\x00\x00",
	} {
		for _, v := range []frame.Version{frame.V3, frame.V5} {
			first, body, err := frame.Read(bufio.NewReader(strings.NewReader(wire)), frame.Most)
			if err == nil {
				_, err = v.Parse(first, body)
			}
			if err == nil {
				t.Errorf("version %d takes %s", v, name)
			}
		}
	}
	_, _, err := frame.Read(bufio.NewReader(strings.NewReader("\x30\x0a")), 9)
	var large frame.TooLargeError
	if !errors.As(err, &large) || large.Size != 10 || large.Limit != 9 {
		t.Errorf("a packet above the limit: %v", err)
	}
}

// TestClaimedLengthsCostNothing: who claims 256 MB and sends little is believed
// in little.
func TestClaimedLengthsCostNothing(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _, err := frame.Read(bufio.NewReader(strings.NewReader("\x30\xff\xff\xff\x7f...")), frame.Most)
	runtime.ReadMemStats(&after)
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("read: %v", err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 4<<20 {
		t.Errorf("it took %d bytes", used)
	}
}

func TestMatches(t *testing.T) {
	for _, test := range []struct {
		filter, topic string
		want          bool
	}{
		{"a/b", "a/b", true},
		{"a/b", "a/B", false},
		{"a/+", "a/b", true},
		{"a/+", "a", false},
		{"a/+", "a/", true},
		{"a/+", "a/b/c", false},
		{"+/+", "/b", true},
		{"/+", "/b", true},
		{"+", "/b", false},
		{"a/#", "a", true},
		{"a/#", "a/b/c", true},
		{"#", "a/b", true},
		{"#", "$SYS/a", false},
		{"+/a", "$SYS/a", false},
		{"$SYS/#", "$SYS/a", true},
		{"a/+/c", "a//c", true},
	} {
		if got := frame.Matches(test.filter, test.topic); got != test.want {
			t.Errorf("%s and %s: %t", test.filter, test.topic, got)
		}
	}
}

func TestTextsThatServersRefuse(t *testing.T) {
	for text, want := range map[string]bool{
		"plain": true, "": true, "groß 🚀": true, "\x00": false, "a\n": false, "\x7f": false, "\u0085": false,
		"\xff": false, "\ufffe": false, "\U0001ffff": false, "\ufdd0": false, "\ufffd": true,
	} {
		if got := frame.Carries(text); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
	for filter, want := range map[string]bool{"a/+/#": true, "#": true, "a/#/b": false, "a+": false, "": false, "a//b": true} {
		if got := frame.CheckFilter(filter) == nil; got != want {
			t.Errorf("filter %q: %t", filter, got)
		}
	}
}

// FuzzPackets: whatever arrives is refused or understood, and what was
// understood comes back when it is written.
func FuzzPackets(f *testing.F) {
	for _, v := range []frame.Version{frame.V3, frame.V5} {
		for _, p := range both() {
			if large, ok := p.(*packets.Publish); ok && len(large.Payload) > 100 {
				continue
			}
			var wire bytes.Buffer
			w := bufio.NewWriter(&wire)
			if err := errors.Join(v.Write(w, p), w.Flush()); err != nil {
				f.Fatal(err)
			}
			f.Add(v == frame.V3, wire.Bytes())
		}
	}
	f.Fuzz(func(t *testing.T, old bool, wire []byte) {
		v := frame.V5
		if old {
			v = frame.V3
		}
		first, body, err := frame.Read(bufio.NewReader(bytes.NewReader(wire)), 1<<20)
		if err != nil {
			return
		}
		p, err := v.Parse(first, body)
		if err != nil {
			return
		}
		if m, ok := p.(*packets.Publish); ok {
			again := roundTrip(t, v, m).(*packets.Publish)
			if again.Topic != m.Topic || !bytes.Equal(again.Payload, m.Payload) || again.QoS != m.QoS {
				t.Errorf("%+v came back as %+v", m, again)
			}
		}
	})
}
