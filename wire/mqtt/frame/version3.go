package frame

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/eclipse/paho.golang/packets"
)

// write3 writes a packet as MQTT 3.1.1.
func write3(w *bufio.Writer, p Packet) error {
	var head byte
	var body, payload []byte
	switch p := p.(type) {
	case *packets.Connect:
		head, body = packets.CONNECT<<4, connect3(p)
	case *packets.Connack:
		head, body = packets.CONNACK<<4, connack3(p)
	case *packets.Publish:
		head, body, payload = publishHead(p), text(nil, p.Topic), p.Payload
		if p.QoS > 0 {
			body = binary.BigEndian.AppendUint16(body, p.PacketID)
		}
	case *packets.Subscribe:
		head, body = packets.SUBSCRIBE<<4|2, id(p.PacketID)
		for _, s := range p.Subscriptions {
			body = append(text(body, s.Topic), s.QoS)
		}
	case *packets.Suback:
		head, body = packets.SUBACK<<4, append(id(p.PacketID), granted3(p.Reasons)...)
	case *packets.Unsubscribe:
		head, body = packets.UNSUBSCRIBE<<4|2, id(p.PacketID)
		for _, topic := range p.Topics {
			body = text(body, topic)
		}
	default:
		var ok bool
		if head, body, ok = short3(p); !ok {
			return fmt.Errorf("no packet of MQTT 3.1.1: %T", p)
		}
	}
	return writeFrame(w, head, body, payload)
}

// short3 is a packet that has at most a number.
func short3(p Packet) (head byte, body []byte, ok bool) {
	switch p := p.(type) {
	case *packets.Puback:
		return packets.PUBACK << 4, id(p.PacketID), true
	case *packets.Pubrec:
		return packets.PUBREC << 4, id(p.PacketID), true
	case *packets.Pubrel:
		return packets.PUBREL<<4 | 2, id(p.PacketID), true
	case *packets.Pubcomp:
		return packets.PUBCOMP << 4, id(p.PacketID), true
	case *packets.Unsuback:
		return packets.UNSUBACK << 4, id(p.PacketID), true
	case *packets.Pingreq:
		return packets.PINGREQ << 4, nil, true
	case *packets.Pingresp:
		return packets.PINGRESP << 4, nil, true
	case *packets.Disconnect:
		return packets.DISCONNECT << 4, nil, true
	}
	return 0, nil, false
}

func writeFrame(w *bufio.Writer, head byte, body, payload []byte) error {
	var start [5]byte
	frame := append(start[:0], head)
	size := len(body) + len(payload)
	for ; size >= 0x80; size >>= 7 {
		frame = append(frame, byte(size)|0x80)
	}
	frame = append(frame, byte(size))
	for _, part := range [][]byte{frame, body, payload} {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

func publishHead(p *packets.Publish) byte {
	head := byte(packets.PUBLISH<<4) | p.QoS<<1
	if p.Duplicate {
		head |= 8
	}
	if p.Retain {
		head |= 1
	}
	return head
}

func id(n uint16) []byte { return []byte{byte(n >> 8), byte(n)} }

func text(to []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint16(to, uint16(len(s))), s...)
}

func connect3(p *packets.Connect) []byte {
	body := append(text(nil, "MQTT"), byte(V3), p.PackFlags())
	body = text(binary.BigEndian.AppendUint16(body, p.KeepAlive), p.ClientID)
	if p.WillFlag {
		body = text(text(body, p.WillTopic), string(p.WillMessage))
	}
	if p.UsernameFlag {
		body = text(body, p.Username)
	}
	if p.PasswordFlag {
		body = text(body, string(p.Password))
	}
	return body
}

// refusals are the reasons of 3.1.1 for not letting somebody in, as those of
// MQTT 5.
var refusals = [...]byte{
	packets.ConnackSuccess, packets.ConnackUnsupportedProtocolVersion, packets.ConnackInvalidClientID,
	packets.ConnackServerUnavailable, packets.ConnackBadUsernameOrPassword, packets.ConnackNotAuthorized,
}

func connack3(p *packets.Connack) []byte {
	body := []byte{0, 3}
	if p.SessionPresent {
		body[0] = 1
	}
	for code, reason := range refusals {
		if reason == p.ReasonCode {
			body[1] = byte(code)
		}
	}
	return body
}

// granted3 has one code for all refusals.
func granted3(reasons []byte) []byte {
	codes := make([]byte, len(reasons))
	for i, reason := range reasons {
		codes[i] = min(reason, packets.SubackUnspecifiederror)
	}
	return codes
}

// parse3 reads a packet of MQTT 3.1.1 that is no message.
func parse3(first byte, body []byte) (Packet, error) {
	kind := first >> 4
	switch kind {
	case packets.PINGREQ:
		return &packets.Pingreq{}, nil
	case packets.PINGRESP:
		return &packets.Pingresp{}, nil
	case packets.DISCONNECT:
		return &packets.Disconnect{Properties: &packets.Properties{}}, nil
	}
	r := &reader{body: body}
	p, err := parseNumbered3(kind, r)
	if err == nil && r.short {
		err = errShort
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

func parseNumbered3(kind byte, r *reader) (Packet, error) {
	switch kind {
	case packets.CONNECT:
		return parseConnect3(r)
	case packets.CONNACK:
		present, code := r.byte()&1 != 0, r.byte()
		if int(code) >= len(refusals) {
			return nil, fmt.Errorf("a login is answered with the code %d, which does not exist", code)
		}
		return &packets.Connack{SessionPresent: present, ReasonCode: refusals[code], Properties: &packets.Properties{}}, nil
	}
	n := r.number()
	switch kind {
	case packets.SUBSCRIBE:
		return parseSubscribe3(n, r), nil
	case packets.SUBACK:
		return &packets.Suback{PacketID: n, Reasons: r.body, Properties: &packets.Properties{}}, nil
	case packets.UNSUBSCRIBE:
		p := &packets.Unsubscribe{PacketID: n, Properties: &packets.Properties{}}
		for len(r.body) > 0 && !r.short {
			p.Topics = append(p.Topics, r.text())
		}
		return p, nil
	case packets.UNSUBACK:
		return &packets.Unsuback{PacketID: n, Properties: &packets.Properties{}}, nil
	case packets.PUBACK:
		return &packets.Puback{PacketID: n, Properties: &packets.Properties{}}, nil
	case packets.PUBREC:
		return &packets.Pubrec{PacketID: n, Properties: &packets.Properties{}}, nil
	case packets.PUBREL:
		return &packets.Pubrel{PacketID: n, Properties: &packets.Properties{}}, nil
	case packets.PUBCOMP:
		return &packets.Pubcomp{PacketID: n, Properties: &packets.Properties{}}, nil
	}
	return nil, fmt.Errorf("there is no packet of type %d in MQTT 3.1.1", kind)
}

func parseSubscribe3(n uint16, r *reader) *packets.Subscribe {
	p := &packets.Subscribe{PacketID: n, Properties: &packets.Properties{}}
	for len(r.body) > 0 && !r.short {
		topic := r.text()
		p.Subscriptions = append(p.Subscriptions, packets.SubOptions{Topic: topic, QoS: r.byte() & 3})
	}
	return p
}

func parseConnect3(r *reader) (Packet, error) {
	p := &packets.Connect{ProtocolName: r.text(), ProtocolVersion: r.byte(), Properties: &packets.Properties{}}
	p.UnpackFlags(r.byte())
	p.KeepAlive, p.ClientID = r.number(), r.text()
	if p.WillFlag {
		p.WillTopic, p.WillMessage, p.WillProperties = r.text(), []byte(r.text()), &packets.Properties{}
	}
	if p.UsernameFlag {
		p.Username = r.text()
	}
	if p.PasswordFlag {
		p.Password = []byte(r.text())
	}
	if p.WillQOS == 3 {
		return nil, errors.New("a last will has a quality of service of 3")
	}
	return p, nil
}
