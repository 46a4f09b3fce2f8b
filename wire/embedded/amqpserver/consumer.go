package amqpserver

import "slices"

// consumer takes the messages of a queue to a channel.
type consumer struct {
	tag       string
	channel   *channel
	queue     *queue
	noAck     bool
	exclusive bool
	limit     int // unsettled messages; 0 is no limit
	held      int
}

// Ready reports whether a message may be delivered now.
func (c *consumer) Ready() bool {
	ch := c.channel
	if ch.closing || c.limit > 0 && c.held >= c.limit || ch.limit > 0 && ch.held >= ch.limit {
		return false
	}
	return ch.conn.out.Room()
}

func (c *consumer) deliver(e *entry) {
	ch := c.channel
	ch.nextTag++
	tag := ch.nextTag
	ch.conn.content(ch.id, e.Message, basicDeliver, func(w *writer) {
		w.shortString(c.tag)
		w.longLong(tag)
		w.flag(e.Redelivered)
		w.shortString(e.Message.exchange)
		w.shortString(e.Message.key)
	})
	if c.noAck {
		ch.conn.server.release(e.Message.Size())
		return
	}
	ch.track(&delivery{tag: tag, queue: c.queue, entry: e, consumer: c})
}

func (ch *channel) consume(r *reader) *exception {
	r.short()
	name, tag := r.shortString(), r.shortString()
	bits := r.octet()
	r.table() // arguments: priorities of consumers change nothing here
	if r.err != nil {
		return nil
	}
	q, e := ch.queue(name)
	if e != nil {
		return e
	}
	s := ch.conn.server
	if tag == "" {
		tag = s.newName("amq.ctag-")
	}
	c := &consumer{tag: tag, channel: ch, queue: q, noAck: bits&2 != 0, exclusive: bits&4 != 0, limit: ch.prefetch}
	switch {
	case ch.consumers[tag] != nil:
		return failure(codeNotAllowed, "attempt to reuse consumer tag '%s'", tag)
	case len(q.consumers) > 0 && (c.exclusive || q.consumers[0].exclusive):
		return failure(codeAccessRefused, "queue '%s' in vhost '/' in exclusive use", name)
	case ch.conn.consumers >= maxConsumers:
		return failure(codeResourceError, "the connection has %d consumers already", maxConsumers)
	}
	if noWait := bits&8 != 0; !noWait {
		ch.reply(basicConsumeOK, func(w *writer) { w.shortString(tag) })
	}
	ch.consumers[tag] = c
	ch.conn.consumers++
	q.consumers = append(q.consumers, c)
	s.restUnused(q)
	s.dispatch(q)
	return nil
}

func (ch *channel) cancel(r *reader) *exception {
	tag := r.shortString()
	noWait := r.octet()&1 != 0
	if r.err != nil {
		return nil
	}
	if !noWait {
		ch.reply(basicCancelOK, func(w *writer) { w.shortString(tag) })
	}
	if c := ch.consumers[tag]; c != nil {
		ch.conn.server.removeConsumer(c)
	}
	return nil
}

// drops takes a consumer from its channel alone.
func (ch *channel) drops(c *consumer) {
	delete(ch.consumers, c.tag)
	ch.conn.consumers--
}

// removeConsumer takes a consumer from its channel and its queue, which may go
// with its last one. What it has stays to be settled.
func (s *Server) removeConsumer(c *consumer) {
	q := c.queue
	c.channel.drops(c)
	q.consumers = slices.DeleteFunc(q.consumers, func(other *consumer) bool { return other == c })
	if q.autoDelete && len(q.consumers) == 0 {
		s.removeQueue(q)
	}
	s.restUnused(q)
}
