package stomp

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/stomp/frame"
)

// prefetch is how many unsettled messages a receiver has at most when nobody
// says.
const prefetch = 1024

// subscriptionID is that of the one subscription of a receiver's link.
const subscriptionID = "1"

// source is where a receiver's messages come from.
type source struct {
	place    place
	group    string
	queue    map[string]string // the headers by which a queue is made
	dead     map[string]string // those of what goes to the dead letter address
	name     string            // of the group's queue, as it was given
	selector string
	limit    int
	noAck    bool
	forgets  bool // nobody settles: what was given out is done
}

func newSource(opts driver.ReceiverOptions) (*source, error) {
	s := &source{group: opts.Group, limit: prefetch, name: opts.Params["queue"], selector: opts.Params["selector"]}
	var err error
	if s.place, err = placeOf(opts.Address, opts.Params); err != nil {
		return nil, err
	}
	if err := opts.Start.Check(); err != nil {
		return nil, err
	}
	if err := s.readParams(opts.Params); err != nil {
		return nil, err
	}
	if opts.Prefetch > 0 {
		s.limit = opts.Prefetch
	}
	if opts.Group != "" && !s.place.topic {
		return nil, errors.New("a queue has no groups")
	}
	if s.name != "" && opts.Group == "" {
		return nil, errors.New("a receiver without a group has a queue of its own, without a name")
	}
	s.forgets = s.noAck || s.place.topic && s.group == "" && opts.Prefetch < 1
	return s, checkHeaders(map[string]string{"queue": s.name, "group": opts.Group, "selector": s.selector})
}

func (s *source) readParams(params map[string]string) error {
	dead, rest := takePrefixed(params, "dead-letter.", false)
	queue, rest, err := queueHeaders(rest)
	if err != nil {
		return err
	}
	if err := checkHeaders(dead); err != nil {
		return err
	}
	s.dead, s.queue = dead, queue
	if err := driver.CheckParams(rest, paramKind, "ack", "queue", "selector", "durable", "auto-delete", "x-...", "dead-letter...."); err != nil {
		return err
	}
	ack := true
	err = readBool(rest, "ack", &ack)
	s.noAck = !ack
	return err
}

// temporary is the destination of a temporary queue, or "".
func (s *source) temporary() string {
	if strings.HasPrefix(s.place.address, tempPrefix) {
		return s.place.address
	}
	return ""
}

// implied reports whether a server has subscribed us by itself.
func (s *source) implied(f flavour) bool { return f.replies && s.temporary() != "" }

// mode is how messages are acknowledged.
func (s *source) mode(v frame.Version) string {
	switch {
	case s.noAck:
		return "auto"
	case s.forgets, v == frame.V10:
		return "client"
	}
	return "client-individual"
}

// subscription is the frame that subscribes.
func (s *source) subscription(l *link) (*frame.Frame, error) {
	f := frame.New("SUBSCRIBE", "id", subscriptionID, "destination", s.place.on(l.flavour), "ack", s.mode(l.version))
	if !s.noAck {
		f.Add(l.flavour.prefetch, strconv.Itoa(s.limit))
	}
	if s.selector != "" {
		f.Add("selector", s.selector)
	}
	if s.group != "" {
		if err := s.share(f, l.flavour); err != nil {
			return nil, err
		}
	}
	addAll(f, s.queue)
	return f, nil
}

// share makes a subscription that of a group.
func (s *source) share(f *frame.Frame, flavour flavour) error {
	destination := s.place.on(flavour)
	switch {
	case flavour.queues:
		name := s.name
		if name == "" {
			name = strings.TrimPrefix(destination, "/") + "/" + s.group
		}
		f.Add("x-queue-name", name)
		f.Add("durable", "true")
		f.Add("auto-delete", "false")
		return nil
	case !flavour.virtual:
		return unsupportedError{"this server has no groups of topics: it is neither RabbitMQ nor ActiveMQ"}
	}
	topic, ok := strings.CutPrefix(destination, topicPrefix)
	if !ok || !strings.HasPrefix(topic, "VirtualTopic.") {
		return unsupportedError{fmt.Sprintf("ActiveMQ has groups of virtual topics alone, whose names begin with VirtualTopic., and %s is none", destination)}
	}
	f.Headers[1].Value = queuePrefix + "Consumer." + s.group + "." + topic
	return nil
}
