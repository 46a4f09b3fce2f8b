package amqpserver

import (
	"slices"
	"strings"
)

// exchange is where messages are sent to; it has no memory of them.
type exchange struct {
	name       string
	kind       string // direct, fanout, topic, headers
	durable    bool
	autoDelete bool
	internal   bool
	arguments  table
	bindings   []*binding
	byKey      map[string][]*binding // of a direct exchange
	sources    int                   // bindings that lead here from other exchanges
}

// predeclared are the exchanges that every server has.
func predeclared() map[string]*exchange {
	m := make(map[string]*exchange)
	for name, kind := range map[string]string{
		"": "direct", "amq.direct": "direct", "amq.fanout": "fanout", "amq.topic": "topic",
		"amq.headers": "headers", "amq.match": "headers",
	} {
		m[name] = newExchange(name, kind)
	}
	return m
}

func newExchange(name, kind string) *exchange {
	return &exchange{name: name, kind: kind, durable: true, byKey: make(map[string][]*binding)}
}

func (ch *channel) exchangeMethod(id uint32, r *reader) *exception {
	switch id {
	case exchangeDeclare:
		return ch.declareExchange(r)
	case exchangeDelete:
		return ch.deleteExchange(r)
	case exchangeBind:
		return ch.bindExchange(r, true)
	case exchangeUnbind:
		return ch.bindExchange(r, false)
	}
	return failure(codeNotImplemented, "method %d.%d is not supported", id>>16, id&0xffff)
}

func (ch *channel) declareExchange(r *reader) *exception {
	r.short()
	e := newExchange(r.shortString(), r.shortString())
	bits := r.octet()
	passive, noWait := bits&1 != 0, bits&16 != 0
	e.durable, e.autoDelete, e.internal = bits&2 != 0, bits&4 != 0, bits&8 != 0
	e.arguments = r.table()
	if r.err != nil {
		return nil
	}
	if x := ch.conn.server.declareExchange(e, passive); x != nil {
		return x
	}
	if !noWait {
		ch.reply(exchangeDeclareOK, nil)
	}
	return nil
}

func (s *Server) declareExchange(e *exchange, passive bool) *exception {
	known := s.exchanges[e.name]
	switch {
	case passive && known == nil:
		return noExchange(e.name)
	case passive:
		return nil
	case e.name == "":
		return failure(codeAccessRefused, "operation not permitted on the default exchange")
	case known != nil:
		return known.differs(e)
	case strings.HasPrefix(e.name, "amq."):
		return failure(codeAccessRefused, "exchange name '%s' contains reserved prefix 'amq.*'", e.name)
	case !slices.Contains([]string{"direct", "fanout", "topic", "headers"}, e.kind):
		return failure(codeCommandInvalid, "unknown exchange type '%s'", e.kind)
	case len(s.exchanges) >= maxNames:
		return failure(codeResourceError, "there are %d exchanges already", len(s.exchanges))
	}
	for _, f := range e.arguments {
		if _, text := f.value.(string); f.name != "alternate-exchange" || !text {
			return failure(codePreconditionFailed, "argument '%s' of exchange '%s' is not supported", f.name, e.name)
		}
	}
	s.exchanges[e.name] = e
	return nil
}

func noExchange(name string) *exception {
	return failure(codeNotFound, "no exchange '%s' in vhost '/'", name)
}

// differs compares a declaration with what is there.
func (e *exchange) differs(other *exchange) *exception {
	what := ""
	switch {
	case e.kind != other.kind:
		what = "type"
	case e.durable != other.durable:
		what = "durable"
	case e.autoDelete != other.autoDelete:
		what = "auto_delete"
	case e.internal != other.internal:
		what = "internal"
	case !sameTable(e.arguments, other.arguments):
		what = "arguments"
	default:
		return nil
	}
	return failure(codePreconditionFailed, "inequivalent arg '%s' for exchange '%s' in vhost '/'", what, e.name)
}

func sameTable(a, b table) bool {
	if len(a) != len(b) {
		return false
	}
	for _, f := range a {
		if v, ok := b.get(f.name); !ok || !same(f.value, v) {
			return false
		}
	}
	return true
}

func (ch *channel) deleteExchange(r *reader) *exception {
	r.short()
	name := r.shortString()
	bits := r.octet()
	if r.err != nil {
		return nil
	}
	s := ch.conn.server
	e := s.exchanges[name]
	switch {
	case name == "" || strings.HasPrefix(name, "amq."):
		return failure(codeAccessRefused, "exchange '%s' cannot be deleted", name)
	case e != nil && bits&1 != 0 && len(e.bindings) > 0:
		return failure(codePreconditionFailed, "exchange '%s' in vhost '/' in use", name)
	case e != nil:
		s.removeExchange(e)
	}
	if bits&2 == 0 {
		ch.reply(exchangeDeleteOK, nil)
	}
	return nil
}

func (s *Server) removeExchange(e *exchange) {
	delete(s.exchanges, e.name)
	for _, b := range slices.Clone(e.bindings) {
		s.unbind(b)
	}
	if e.sources == 0 {
		return
	}
	for _, other := range s.exchanges {
		for _, b := range slices.Clone(other.bindings) {
			if b.toExchange == e {
				s.unbind(b)
			}
		}
	}
}

func (ch *channel) bindExchange(r *reader, bind bool) *exception {
	r.short()
	to, from, key := r.shortString(), r.shortString(), r.shortString()
	noWait := r.octet()&1 != 0
	arguments := r.table()
	if r.err != nil {
		return nil
	}
	s := ch.conn.server
	target := s.exchanges[to]
	if target == nil {
		return noExchange(to)
	}
	if to == "" {
		return failure(codeAccessRefused, "operation not permitted on the default exchange")
	}
	b := &binding{key: key, arguments: arguments, toExchange: target}
	if e := s.bindOrNot(from, b, bind); e != nil {
		return e
	}
	done := uint32(exchangeBindOK)
	if !bind {
		done = exchangeUnbindOK
	}
	if !noWait {
		ch.reply(done, nil)
	}
	return nil
}
