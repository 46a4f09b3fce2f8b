package amqp1server

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// place is what an address means.
type place struct {
	topic    bool
	exchange string // of a topic
	name     string // of a queue, or the key of a topic
	keyless  bool   // the key is each message's subject
	mustBe   bool   // a queue that is not made
	dynamic  bool
}

// usualExchange is where topics are that name no exchange.
const usualExchange = "amq.topic"

var errAddress = errors.New("write /queue/NAME, /topic/KEY or /exchange/NAME/KEY")

// placeOf reads an address. A plain one is a queue, unless the capabilities say
// that it is a topic.
func placeOf(address string, capabilities []symbol) (*place, error) {
	if address == "" || len(address) > maxName {
		return nil, fmt.Errorf("an address of %d bytes", len(address))
	}
	if name, ok := strings.CutPrefix(address, "queue://"); ok {
		return &place{name: name}, nil
	}
	if key, ok := strings.CutPrefix(address, "topic://"); ok {
		return &place{topic: true, exchange: usualExchange, name: key}, nil
	}
	if !strings.HasPrefix(address, "/") {
		topic := slices.Contains(capabilities, "topic")
		return &place{topic: topic, exchange: usualExchange, name: address}, nil
	}
	parts := strings.Split(address[1:], "/")
	for i := range parts {
		part, err := url.PathUnescape(parts[i])
		if err != nil {
			return nil, errAddress
		}
		parts[i] = part
	}
	return placeIn(parts)
}

// placeIn reads an address of parts.
func placeIn(parts []string) (*place, error) {
	last := parts[len(parts)-1]
	switch kind, n := parts[0], len(parts); {
	case last == "":
	case n == 2 && kind == "queue":
		return &place{name: last}, nil
	case n == 2 && kind == "queues", n == 3 && kind == "amq" && parts[1] == "queue":
		return &place{name: last, mustBe: true}, nil
	case n == 2 && kind == "topic":
		return &place{topic: true, exchange: usualExchange, name: last}, nil
	case n == 2 && (kind == "exchange" || kind == "exchanges"):
		return &place{topic: true, exchange: last, keyless: true}, nil
	case n == 3 && (kind == "exchange" || kind == "exchanges"):
		return &place{topic: true, exchange: parts[1], name: last}, nil
	}
	return nil, errAddress
}

// written is the address of a place that has got its name from us.
func (p *place) written() string { return "/queue/" + p.name }

// reach makes sure that a queue is there.
func (s *Server) reach(p *place) *fault {
	switch {
	case p.topic || s.queues[p.name] != nil:
		return nil
	case p.mustBe:
		return failure(ofLink, condNotFound, "no queue '%s' in vhost '/'", p.name)
	case s.full():
		return failure(ofLink, condLimit, "there are %d queues and subscriptions already", maxNames)
	}
	s.queueNamed(p.name)
	return nil
}

func (s *Server) full() bool { return len(s.queues)+len(s.topics) >= maxNames }

// temporary makes a queue that goes with its connection.
func (c *conn) temporary() (*place, *fault) {
	s := c.server
	if s.full() {
		return nil, failure(ofLink, condLimit, "there are %d queues and subscriptions already", maxNames)
	}
	s.named++
	q := s.queueNamed(fmt.Sprintf("amq.gen-%s-%d", s.start, s.named))
	q.owner = c
	return &place{name: q.name, dynamic: true}, nil
}
