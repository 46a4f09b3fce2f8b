package amqpserver

import "strings"

func (ch *channel) queueMethod(id uint32, r *reader) *exception {
	switch id {
	case queueDeclare:
		return ch.declareQueue(r)
	case queueBind, queueUnbind:
		return ch.bindQueue(r, id == queueBind)
	case queuePurge:
		return ch.purgeQueue(r)
	case queueDelete:
		return ch.deleteQueue(r)
	}
	return failure(codeNotImplemented, "method %d.%d is not supported", id>>16, id&0xffff)
}

func (ch *channel) declareQueue(r *reader) *exception {
	r.short()
	q := &queue{name: r.shortString()}
	bits := r.octet()
	passive, noWait := bits&1 != 0, bits&16 != 0
	q.durable, q.exclusive, q.autoDelete = bits&2 != 0, bits&4 != 0, bits&8 != 0
	q.arguments = r.table()
	if r.err != nil {
		return nil
	}
	known, e := ch.declared(q, passive)
	if e != nil {
		return e
	}
	if !noWait {
		ch.reply(queueDeclareOK, func(w *writer) {
			w.shortString(known.name)
			w.long(uint32(known.ready.Len()))
			w.long(uint32(len(known.consumers)))
		})
	}
	return nil
}

func (ch *channel) declared(q *queue, passive bool) (*queue, *exception) {
	s := ch.conn.server
	if known := s.queues[q.name]; known != nil || passive {
		return known, ch.declaredAgain(known, q, passive)
	}
	if strings.HasPrefix(q.name, "amq.") {
		return nil, failure(codeAccessRefused, "queue name '%s' contains reserved prefix 'amq.*'", q.name)
	}
	if len(s.queues) >= maxNames {
		return nil, failure(codeResourceError, "there are %d queues already", len(s.queues))
	}
	var e *exception
	if q.limits, e = limitsOf(q.arguments); e != nil {
		return nil, e
	}
	if q.name == "" {
		q.name = s.newName("amq.gen-")
	}
	if q.exclusive {
		q.owner = ch.conn
	}
	s.addQueue(q)
	return q, nil
}

func (ch *channel) declaredAgain(known, q *queue, passive bool) *exception {
	if known == nil {
		return noQueue(q.name)
	}
	if e := ch.may(known); e != nil {
		return e
	}
	if passive {
		return nil
	}
	what := ""
	switch {
	case known.durable != q.durable:
		what = "durable"
	case known.exclusive != q.exclusive:
		what = "exclusive"
	case known.autoDelete != q.autoDelete:
		what = "auto_delete"
	case !sameTable(known.arguments, q.arguments):
		what = "arguments"
	default:
		return nil
	}
	return failure(codePreconditionFailed, "inequivalent arg '%s' for queue '%s' in vhost '/'", what, q.name)
}

func noQueue(name string) *exception {
	return failure(codeNotFound, "no queue '%s' in vhost '/'", name)
}

// may refuses an exclusive queue to all but its owner.
func (ch *channel) may(q *queue) *exception {
	if q.owner == nil || q.owner == ch.conn {
		return nil
	}
	return failure(codeResourceLocked, "cannot obtain exclusive access to locked queue '%s' in vhost '/'", q.name)
}

// queue finds a queue that the connection may use.
func (ch *channel) queue(name string) (*queue, *exception) {
	q := ch.conn.server.queues[name]
	if q == nil {
		return nil, noQueue(name)
	}
	return q, ch.may(q)
}

func (ch *channel) bindQueue(r *reader, bind bool) *exception {
	r.short()
	name, from, key := r.shortString(), r.shortString(), r.shortString()
	noWait := false
	if bind {
		noWait = r.octet()&1 != 0
	}
	arguments := r.table()
	if r.err != nil {
		return nil
	}
	q, e := ch.queue(name)
	if e != nil {
		return e
	}
	if e := ch.conn.server.bindOrNot(from, &binding{key: key, arguments: arguments, toQueue: q}, bind); e != nil {
		return e
	}
	switch {
	case !bind:
		ch.reply(queueUnbindOK, nil)
	case !noWait:
		ch.reply(queueBindOK, nil)
	}
	return nil
}

func (ch *channel) purgeQueue(r *reader) *exception {
	r.short()
	name := r.shortString()
	noWait := r.octet()&1 != 0
	if r.err != nil {
		return nil
	}
	q, e := ch.queue(name)
	if e != nil {
		return e
	}
	n := ch.conn.server.purge(q)
	if !noWait {
		ch.reply(queuePurgeOK, func(w *writer) { w.long(uint32(n)) })
	}
	return nil
}

// deleteQueue deletes a queue; one that is not there is deleted already.
func (ch *channel) deleteQueue(r *reader) *exception {
	r.short()
	name := r.shortString()
	bits := r.octet()
	if r.err != nil {
		return nil
	}
	n := 0
	if q := ch.conn.server.queues[name]; q != nil {
		if e := ch.may(q); e != nil {
			return e
		}
		switch {
		case bits&1 != 0 && len(q.consumers) > 0:
			return failure(codePreconditionFailed, "queue '%s' in vhost '/' in use", name)
		case bits&2 != 0 && q.ready.Len() > 0:
			return failure(codePreconditionFailed, "queue '%s' in vhost '/' not empty", name)
		}
		n = ch.conn.server.removeQueue(q)
	}
	if bits&4 == 0 {
		ch.reply(queueDeleteOK, func(w *writer) { w.long(uint32(n)) })
	}
	return nil
}
