package stompserver

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/weft-dev/weft/wire/stomp/frame"
)

// failure is why a frame was refused. It ends the connection.
type failure struct {
	message string // one line
	frame   *frame.Frame
}

func fail(format string, args ...any) *failure {
	return &failure{message: fmt.Sprintf(format, args...)}
}

// settings are what a queue is made with.
type settings struct {
	durable    bool
	autoDelete bool
	arguments  map[string]string

	ttl, expires   time.Duration // less than 0 is none
	length         int           // less than 0 is none
	hasDeadLetters bool
	deadLetters    string // "" for a queue, or topicExchange
	deadLetterKey  string
}

const topicExchange = "amq.topic"

// settingsOf reads from a frame's headers how the queue is made that it uses.
func settingsOf(f *frame.Frame, durable, autoDelete bool) (settings, *failure) {
	s := settings{durable: durable, autoDelete: autoDelete, ttl: -1, expires: -1, length: -1}
	for _, h := range f.Headers {
		switch {
		case h.Name == "durable":
			s.durable = h.Value == "true"
		case h.Name == "auto-delete":
			s.autoDelete = h.Value == "true"
		case !strings.HasPrefix(h.Name, "x-"):
		default:
			if problem := s.argument(h); problem != nil {
				return s, problem
			}
		}
	}
	_, hasKey := s.arguments["x-dead-letter-routing-key"]
	if s.hasDeadLetters != hasKey {
		return s, fail("PRECONDITION_FAILED: x-dead-letter-exchange and x-dead-letter-routing-key go together here")
	}
	return s, nil
}

// argument reads one argument of a queue. Others with that prefix are headers
// of a message.
func (s *settings) argument(h frame.Header) *failure {
	n, err := strconv.ParseInt(h.Value, 10, 64)
	number := err == nil && n >= 0 && n <= 1<<40
	ok := true
	switch h.Name {
	case "x-message-ttl":
		s.ttl, ok = time.Duration(n)*time.Millisecond, number
	case "x-expires":
		s.expires, ok = time.Duration(n)*time.Millisecond, number && n > 0
	case "x-max-length":
		s.length, ok = int(n), number
	case "x-dead-letter-exchange":
		s.hasDeadLetters, s.deadLetters = true, h.Value
		ok = h.Value == "" || h.Value == topicExchange
	case "x-dead-letter-routing-key":
		s.deadLetterKey = h.Value
	case "x-max-length-bytes", "x-max-priority", "x-overflow", "x-queue-mode", "x-queue-type", "x-single-active-consumer", "x-stream-offset":
		return fail("PRECONDITION_FAILED: argument '%s' of a queue is not supported", h.Name)
	default:
		return nil
	}
	if !ok {
		return fail("PRECONDITION_FAILED: invalid arg '%s' for a queue", h.Name)
	}
	if s.arguments == nil {
		s.arguments = make(map[string]string)
	}
	s.arguments[h.Name] = h.Value
	return nil
}

// kind is what a destination is.
type kind int

const (
	toQueue    kind = iota // made when it is used
	toExisting             // must be there
	toTopic
	toTemporary
	toReply // a temporary queue of another connection
)

// place is a destination taken apart.
type place struct {
	kind kind
	name string
}

// prefixes are the destinations that there are.
var prefixes = []struct {
	prefix string
	kind   kind
}{
	{"/queue/", toQueue},
	{"/topic/", toTopic},
	{"/exchange/" + topicExchange + "/", toTopic},
	{"/amq/queue/", toExisting},
	{"/temp-queue/", toTemporary},
	{"/reply-queue/", toReply},
}

func placeOf(destination string) (place, *failure) {
	for _, p := range prefixes {
		name, ok := strings.CutPrefix(destination, p.prefix)
		if !ok {
			continue
		}
		if name == "" || len(name) > 4096 {
			return place{}, fail("Invalid destination: '%.80s' has no name, or too long a one", destination)
		}
		return place{p.kind, name}, nil
	}
	return place{}, fail("Unknown destination: '%.80s' begins with none of /queue/, /topic/, /amq/queue/, /temp-queue/, /exchange/%s/", destination, topicExchange)
}
