package amqpserver

import (
	"slices"
)

// channel is one channel of a connection; all of it is guarded by the server's
// lock.
type channel struct {
	conn    *conn
	id      uint16
	closing bool // an exception was sent: all is ignored until its answer

	consumers map[string]*consumer
	prefetch  int // of consumers to come; 0 is no limit
	limit     int // of all consumers together; 0 is no limit
	held      int // delivered to consumers and not settled
	unsettled []*delivery
	settled   int // of those in unsettled
	nextTag   uint64

	confirms  bool
	published uint64
	confirmed uint64 // up to here the client knows
	queued    bool   // among the connection's unsaid

	incoming *incoming // a message that is coming in
}

// delivery is a message that a client has and has not settled.
type delivery struct {
	tag      uint64
	queue    *queue
	entry    *entry
	consumer *consumer // nil for one that was got
	done     bool
}

// frame handles one frame of an open channel.
func (ch *channel) frame(f frame) *exception {
	var e *exception
	switch {
	case f.kind == frameMethod:
		e = ch.method(f)
	case ch.closing:
		return nil
	case f.kind == frameHeader:
		e = ch.header(f)
	case f.kind == frameBody:
		e = ch.body(f)
	default:
		return failure(codeFrameError, "a frame of the unknown kind %d", f.kind)
	}
	if e == nil || e.hard() {
		return e
	}
	ch.fail(e)
	return nil
}

// fail ends the channel with an exception.
func (ch *channel) fail(e *exception) {
	ch.sayConfirmed()
	ch.leave()
	ch.closing = true
	ch.conn.send(ch.id, channelClose, func(w *writer) {
		w.short(e.code)
		w.shortString(e.text)
		w.long(e.method)
	})
}

func (ch *channel) method(f frame) *exception {
	r := &reader{data: f.payload}
	id := r.long()
	switch {
	case id == channelCloseOK:
		delete(ch.conn.channels, ch.id)
		return nil
	case id == channelClose:
		ch.sayConfirmed()
		ch.leave()
		delete(ch.conn.channels, ch.id)
		ch.conn.send(ch.id, channelCloseOK, nil)
		return nil
	case ch.closing:
		return nil
	case ch.incoming != nil:
		return failure(codeUnexpectedFrame, "a method where content was to come")
	}
	e := ch.perform(id, r)
	if r.err != nil && (e == nil || !e.hard()) {
		e = failure(codeSyntaxError, "method %d.%d: %v", id>>16, id&0xffff, r.err)
	}
	if e != nil && e.method == 0 {
		e.method = id
	}
	return e
}

// perform does one method. A method reads its arguments before it changes
// anything, and checks r.err, which its caller turns into an exception.
func (ch *channel) perform(id uint32, r *reader) *exception {
	switch id >> 16 {
	case exchangeDeclare >> 16:
		return ch.exchangeMethod(id, r)
	case queueDeclare >> 16:
		return ch.queueMethod(id, r)
	case basicPublish >> 16:
		return ch.basicMethod(id, r)
	}
	switch id {
	case channelOpen:
		return failure(codeChannelError, "channel %d is open already", ch.id)
	case channelFlow:
		active := r.octet()&1 != 0
		if !active {
			return failure(codeNotImplemented, "a channel's flow cannot be stopped here: use a prefetch")
		}
		ch.reply(channelFlowOK, func(w *writer) { w.flag(true) })
		return nil
	case channelFlowOK:
		return nil
	case confirmSelect:
		ch.confirms = true
		if noWait := r.octet()&1 != 0; !noWait {
			ch.reply(confirmSelectOK, nil)
		}
		return nil
	}
	return failure(codeNotImplemented, "method %d.%d is not supported", id>>16, id&0xffff)
}

func (ch *channel) reply(method uint32, arguments func(*writer)) {
	ch.conn.send(ch.id, method, arguments)
}

// leave gives back what the channel had.
func (ch *channel) leave() {
	ch.drop()
	for _, c := range ch.consumers {
		ch.conn.server.removeConsumer(c)
	}
	ch.requeue(ch.unsettled)
	ch.unsettled, ch.settled = nil, 0
}

// drop forgets a message that was coming in.
func (ch *channel) drop() {
	if ch.incoming != nil {
		ch.conn.server.release(len(ch.incoming.message.body))
		ch.incoming = nil
	}
}

// track notes a delivery that must be settled.
func (ch *channel) track(d *delivery) {
	ch.unsettled = append(ch.unsettled, d)
	d.queue.unsettled++
	if d.consumer != nil {
		d.consumer.held++
		ch.held++
	}
}

// find returns the deliveries of a tag, or of all up to it; tag 0 with
// multiple is all.
func (ch *channel) find(tag uint64, multiple bool) ([]*delivery, *exception) {
	if multiple && tag == 0 {
		return slices.Clone(ch.unsettled), nil
	}
	at, found := slices.BinarySearchFunc(ch.unsettled, tag, func(d *delivery, tag uint64) int {
		switch {
		case d.tag < tag:
			return -1
		case d.tag > tag:
			return 1
		}
		return 0
	})
	if !found || ch.unsettled[at].done {
		return nil, failure(codePreconditionFailed, "unknown delivery tag %d", tag)
	}
	if multiple {
		return slices.Clone(ch.unsettled[:at+1]), nil
	}
	return []*delivery{ch.unsettled[at]}, nil
}

// settle takes deliveries from those that are not settled, and returns those
// that were among them.
func (ch *channel) settle(list []*delivery) []*delivery {
	open := list[:0]
	for _, d := range list {
		if d.done {
			continue
		}
		d.done = true
		ch.settled++
		d.queue.unsettled--
		if d.consumer != nil {
			d.consumer.held--
			ch.held--
		}
		open = append(open, d)
	}
	ch.compact()
	return open
}

// compact forgets settled deliveries: those in front at once, those between
// when they are the greater part.
func (ch *channel) compact() {
	front := 0
	for front < len(ch.unsettled) && ch.unsettled[front].done {
		ch.unsettled[front] = nil
		front++
	}
	ch.unsettled = ch.unsettled[front:]
	ch.settled -= front
	if ch.settled > 64 && ch.settled > len(ch.unsettled)/2 {
		ch.unsettled = slices.DeleteFunc(ch.unsettled, func(d *delivery) bool { return d.done })
		ch.settled = 0
	}
}

// requeue puts deliveries back to where they were.
func (ch *channel) requeue(list []*delivery) {
	list = ch.settle(slices.Clone(list))
	queues := make(map[*queue]struct{})
	for _, d := range slices.Backward(list) {
		if d.queue.removed {
			ch.conn.server.release(d.entry.Message.Size())
			continue
		}
		d.entry.Redelivered = true
		d.queue.ready.PutBack(d.entry)
		queues[d.queue] = struct{}{}
	}
	for q := range queues {
		ch.conn.server.dispatch(q)
	}
	ch.more()
}

// more lets consumers of the channel go on that had all they may hold.
func (ch *channel) more() {
	for _, c := range ch.consumers {
		ch.conn.server.dispatch(c.queue)
	}
}
