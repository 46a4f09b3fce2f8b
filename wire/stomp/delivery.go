package stomp

import (
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/stomp/frame"
)

// token is a delivered message as its receiver knows it. All but the frame is
// guarded by the receiver's lock.
type token struct {
	receiver *receiver
	link     *link
	frame    *frame.Frame
	settled  bool
	taken    bool // given out before, where that is noted
	message  driver.Message
}

// As gives the frame as it came.
func (t *token) As(target any) bool {
	f, ok := target.(*frame.Frame)
	if ok {
		*f = *t.frame
	}
	return ok
}

// fill makes the message of a frame. Its memory is the token's.
func (t *token) fill(p place) {
	f, m, flavour := t.frame, &t.message, t.link.flavour
	m.Token = t
	m.Address = p.from(flavour, f.Get("destination"))
	m.Body = f.Body
	m.CorrelationID = f.Get(headerCorrelation)
	m.ReplyTo = p.replyFrom(flavour, f.Get(headerReplyTo))
	m.ID = f.Get(headerMessageID)
	if flavour.fleeting {
		m.ID = f.Get(headerAMQPID)
	}
	m.Redelivered = f.Get("redelivered") == "true"
	m.Timestamp = timestamp(f)
	m.Headers = readHeaders(f)
	m.Params = paramsOf(f)
}

// paramsOf is what only this protocol has, in the form in which it is sent.
func paramsOf(f *frame.Frame) map[string]string {
	var params map[string]string
	for _, name := range []string{"priority", "expiration", "type", "persistent"} {
		value, ok := f.Lookup(name)
		if !ok || name == "persistent" && value == "true" {
			continue
		}
		if params == nil {
			params = make(map[string]string)
		}
		params[name] = value
	}
	return params
}

// settlement is the frame that settles a message.
func (t *token) settlement(command string) *frame.Frame {
	if t.link.version == frame.V12 {
		return frame.New(command, "id", t.frame.Get("ack"))
	}
	return frame.New(command, "message-id", t.frame.Get(headerMessageID), "subscription", t.frame.Get("subscription"))
}
