package amqpserver

func (ch *channel) basicMethod(id uint32, r *reader) *exception {
	switch id {
	case basicPublish:
		return ch.publish(r)
	case basicAck:
		return ch.ack(r)
	case basicConsume:
		return ch.consume(r)
	case basicCancel:
		return ch.cancel(r)
	case basicCancelOK:
		return nil
	case basicGet:
		return ch.get(r)
	case basicNack:
		return ch.nack(r)
	case basicReject:
		return ch.reject(r)
	case basicQos:
		return ch.qos(r)
	case basicRecover, basicRecoverAsync:
		return ch.recover(r, id == basicRecover)
	}
	return failure(codeNotImplemented, "method %d.%d is not supported", id>>16, id&0xffff)
}

// qos sets how many unsettled messages consumers may have: each that is to
// come, or all of the channel together.
func (ch *channel) qos(r *reader) *exception {
	size, count, all := r.long(), int(r.short()), r.octet()&1 != 0
	if r.err != nil {
		return nil
	}
	if size != 0 {
		return failure(codeNotImplemented, "prefetch_size!=0 (%d)", size)
	}
	if all {
		ch.limit = count
	} else {
		ch.prefetch = count
	}
	ch.reply(basicQosOK, nil)
	ch.more()
	return nil
}

func (ch *channel) get(r *reader) *exception {
	r.short()
	name := r.shortString()
	noAck := r.octet()&1 != 0
	if r.err != nil {
		return nil
	}
	q, e := ch.queue(name)
	if e != nil {
		return e
	}
	s := ch.conn.server
	s.expire(q)
	s.restUnused(q)
	if q.ready.Len() == 0 {
		ch.reply(basicGetEmpty, func(w *writer) { w.shortString("") })
		return nil
	}
	entry := q.ready.Pop()
	ch.nextTag++
	tag, left := ch.nextTag, q.ready.Len()
	ch.conn.content(ch.id, entry.Message, basicGetOK, func(w *writer) {
		w.longLong(tag)
		w.flag(entry.Redelivered)
		w.shortString(entry.Message.exchange)
		w.shortString(entry.Message.key)
		w.long(uint32(left))
	})
	if noAck {
		s.release(entry.Message.Size())
		return nil
	}
	ch.track(&delivery{tag: tag, queue: q, entry: entry})
	return nil
}

func (ch *channel) ack(r *reader) *exception {
	tag, multiple := r.longLong(), r.octet()&1 != 0
	if r.err != nil {
		return nil
	}
	list, e := ch.find(tag, multiple)
	if e != nil {
		return e
	}
	for _, d := range ch.settle(list) {
		ch.conn.server.release(d.entry.Message.Size())
	}
	ch.more()
	return nil
}

func (ch *channel) nack(r *reader) *exception {
	tag, bits := r.longLong(), r.octet()
	return ch.refuse(r, tag, bits&1 != 0, bits&2 != 0)
}

func (ch *channel) reject(r *reader) *exception {
	tag, again := r.longLong(), r.octet()&1 != 0
	return ch.refuse(r, tag, false, again)
}

func (ch *channel) refuse(r *reader, tag uint64, multiple, again bool) *exception {
	if r.err != nil {
		return nil
	}
	list, e := ch.find(tag, multiple)
	if e != nil {
		return e
	}
	if again {
		ch.requeue(list)
		return nil
	}
	for _, d := range ch.settle(list) {
		ch.conn.server.bury(d.queue, d.entry, "rejected")
	}
	ch.more()
	return nil
}

func (ch *channel) recover(r *reader, wait bool) *exception {
	again := r.octet()&1 != 0
	if r.err != nil {
		return nil
	}
	if !again {
		return failure(codeNotImplemented, "recover without requeue")
	}
	ch.requeue(ch.unsettled)
	if wait {
		ch.reply(basicRecoverOK, nil)
	}
	return nil
}
