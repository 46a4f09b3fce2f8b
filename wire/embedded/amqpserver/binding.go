package amqpserver

import (
	"slices"
	"strings"

	"github.com/weft-dev/weft/wire/embedded/topic"
)

// binding leads from an exchange to a queue or to another exchange.
type binding struct {
	source     *exchange
	key        string
	arguments  table
	words      []string // of the key, for a topic exchange
	toQueue    *queue
	toExchange *exchange
}

func (b *binding) same(other *binding) bool {
	return b.key == other.key && b.toQueue == other.toQueue && b.toExchange == other.toExchange &&
		sameTable(b.arguments, other.arguments)
}

func (s *Server) bindOrNot(from string, b *binding, bind bool) *exception {
	source := s.exchanges[from]
	switch {
	case source == nil:
		return noExchange(from)
	case from == "":
		return failure(codeAccessRefused, "operation not permitted on the default exchange")
	}
	at := slices.IndexFunc(source.bindings, b.same)
	switch {
	case bind && at < 0:
		return s.bind(source, b)
	case !bind && at >= 0:
		s.unbind(source.bindings[at])
	}
	return nil
}

func (s *Server) bind(source *exchange, b *binding) *exception {
	if s.bindings >= maxBindings {
		return failure(codeResourceError, "there are %d bindings already", s.bindings)
	}
	b.source = source
	switch source.kind {
	case "topic":
		b.words = topic.Words(b.key)
	case "direct":
		source.byKey[b.key] = append(source.byKey[b.key], b)
	}
	source.bindings = append(source.bindings, b)
	s.bindings++
	if b.toQueue != nil {
		b.toQueue.bindings = append(b.toQueue.bindings, b)
	} else {
		b.toExchange.sources++
	}
	return nil
}

func (s *Server) unbind(b *binding) {
	is := func(other *binding) bool { return other == b }
	e := b.source
	e.bindings = slices.DeleteFunc(e.bindings, is)
	if list, ok := e.byKey[b.key]; ok {
		if e.byKey[b.key] = slices.DeleteFunc(list, is); len(e.byKey[b.key]) == 0 {
			delete(e.byKey, b.key)
		}
	}
	s.bindings--
	if b.toQueue != nil {
		b.toQueue.bindings = slices.DeleteFunc(b.toQueue.bindings, is)
	} else {
		b.toExchange.sources--
	}
	if e.autoDelete && len(e.bindings) == 0 && s.exchanges[e.name] == e {
		s.removeExchange(e)
	}
}

// matches reports whether a message takes the binding.
func (b *binding) matches(key string, words []string, headers table) bool {
	switch b.source.kind {
	case "fanout":
		return true
	case "topic":
		return topic.Matches(b.words, words)
	case "headers":
		return matchHeaders(b.arguments, headers)
	}
	return b.key == key
}

// matchHeaders compares all, or with x-match any, of a binding's arguments
// with the headers of a message. An argument without a value asks only that
// the header is there.
func matchHeaders(arguments, headers table) bool {
	mode, _ := arguments.get("x-match")
	any := mode == "any" || mode == "any-with-x"
	for _, f := range arguments {
		if f.name == "x-match" || strings.HasPrefix(f.name, "x-") && mode != "any-with-x" && mode != "all-with-x" {
			continue
		}
		value, there := headers.get(f.name)
		fits := there && (f.value == nil || same(f.value, value))
		if fits == any {
			return any
		}
	}
	return !any
}

// route returns the queues that a message goes to, each once.
func (s *Server) route(e *exchange, keys []string, headers table) []*queue {
	s.round++
	var found []*queue
	for _, key := range keys {
		// Each key is a way of its own; the queues are marked for all of them.
		found = s.follow(e, key, headers, found, make(map[*exchange]bool))
	}
	return found
}

func (s *Server) follow(e *exchange, key string, headers table, found []*queue, seen map[*exchange]bool) []*queue {
	if e.name == "" {
		return s.visit(s.queues[key], found)
	}
	if seen[e] {
		return found
	}
	seen[e] = true
	list := e.bindings
	var words []string
	switch e.kind {
	case "direct":
		list = e.byKey[key]
	case "topic":
		words = topic.Words(key)
	}
	before := len(found)
	led := false
	for _, b := range list {
		if !b.matches(key, words, headers) {
			continue
		}
		led = true
		if b.toQueue != nil {
			found = s.visit(b.toQueue, found)
		} else {
			found = s.follow(b.toExchange, key, headers, found, seen)
		}
	}
	if led || len(found) > before {
		return found
	}
	if name, ok := e.arguments.get("alternate-exchange"); ok {
		if other := s.exchanges[name.(string)]; other != nil {
			return s.follow(other, key, headers, found, seen)
		}
	}
	return found
}

func (s *Server) visit(q *queue, found []*queue) []*queue {
	if q == nil || q.visited == s.round {
		return found
	}
	q.visited = s.round
	return append(found, q)
}
