package mqtt

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/eclipse/paho.golang/packets"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/mqtt/frame"
)

// window is how many unacknowledged messages the server may have sent ahead
// where nobody says otherwise.
const window = 1000

// ahead bounds what waits here to be received, in messages and in bytes. It
// matters for messages without confirmation, which no window holds back: what
// is more waits in the network, and then at the server.
const (
	aheadMessages = 20_000
	aheadBytes    = 64 << 20
)

// receiver receives from one topic, or from those of a wildcard, on a session
// of its own.
type receiver struct {
	conn   *conn
	client *client
	opts   driver.ReceiverOptions
	dead   driver.Sender // where rejected messages go; nil for nowhere
	qos    byte
	stale  bool // retained messages are wanted
	expiry uint32

	mu       sync.Mutex
	id       string // by which the server knows the session
	member   int    // which of its group's sessions it has
	session  *session
	suback   chan *packets.Suback
	unsuback chan struct{}
	closed   bool
	failure  error
	queue    []*delivery          // arrived, to be delivered
	bytes    int                  // in the queue
	again    []*delivery          // requeued, to be delivered once more
	held     int                  // delivered and not settled
	open     map[uint16]*delivery // not acknowledged, by packet identifier
	order    []*delivery          // of those, what this connection has brought, in order
	received map[uint16]bool      // quality of service 2: acknowledged, the server may still ask
	waiters  int
	changed  chan struct{} // closed and replaced when somebody who waits may go on
	room     chan struct{} // the same for the reader, when it waits for room
}

// OpenReceiver subscribes. When it returns the server has confirmed that.
func (c *conn) OpenReceiver(ctx context.Context, opts driver.ReceiverOptions) (driver.Receiver, error) {
	r := &receiver{
		conn: c, opts: opts, changed: make(chan struct{}), room: make(chan struct{}),
		open: make(map[uint16]*delivery), received: make(map[uint16]bool), suback: make(chan *packets.Suback, 1), unsuback: make(chan struct{}, 1),
	}
	if c.opened.IsClosed() {
		return nil, r.fail(errClosed)
	}
	if err := r.readOptions(); err != nil {
		return nil, r.fail(invalidError{err})
	}
	if opts.DeadLetter != "" {
		dead, err := c.OpenSender(ctx, driver.SenderOptions{Address: opts.DeadLetter})
		if err != nil {
			return nil, err
		}
		r.dead = dead
	}
	r.id = r.name()
	r.client = newClient(c, r)
	err := r.client.start(ctx)
	if err == nil && !c.opened.Keep(r) {
		err = errClosed
	}
	if err != nil {
		_ = r.Close()
		return nil, r.fail(err)
	}
	return r, nil
}

func (r *receiver) readOptions() error {
	if err := r.opts.Start.Check(); err != nil {
		return err
	}
	if r.opts.Start.Kind != driver.Now {
		return errors.New("MQTT has no stored messages to start at: start now")
	}
	known := []string{"qos", "retained"}
	if !r.conn.version3 {
		known = []string{"qos", "retained", "session.expiry"}
	}
	params := r.opts.Params
	if err := driver.CheckParams(params, known...); err != nil {
		return err
	}
	qos, err := number(params, "qos", 1, 2)
	if err != nil {
		return err
	}
	r.qos = byte(qos)
	if r.stale, err = truth(params, "retained"); err != nil {
		return err
	}
	expiry, err := number(params, "session.expiry", int64(r.conn.settings.expiry), 1<<32-1)
	r.expiry = uint32(expiry)
	if strings.HasPrefix(r.opts.Address, "$share/") {
		return errors.New("a shared subscription is asked for by the group, not by $share")
	}
	return errors.Join(err, frame.CheckFilter(r.opts.Address), r.checkGroup())
}

func (r *receiver) checkGroup() error {
	switch group := r.opts.Group; {
	case strings.ContainsAny(group, "/+#"):
		return fmt.Errorf("the group %q has one of the characters / + #, which a group has not in MQTT", group)
	case group != "" && r.qos == 0:
		return errors.New("a group with a qos of 0 has nothing to settle: use 1 or 2")
	default:
		return frame.CheckText(group)
	}
}

// grouped reports whether the server keeps the session.
func (r *receiver) grouped() bool { return r.opts.Group != "" }

// shares reports whether it shares with others of its group.
func (r *receiver) shares() bool { return r.grouped() && !r.conn.version3 }

// filter is what it subscribes to.
func (r *receiver) filter() string {
	if r.shares() {
		return "$share/" + r.opts.Group + "/" + r.opts.Address
	}
	return r.opts.Address
}

// name returns by what the server knows the session. That of a group is the
// same for whoever comes next, on any machine, and short enough for every
// server.
func (r *receiver) name() string {
	if !r.grouped() {
		base := r.conn.settings.clientID
		if base == "" {
			return randomID()
		}
		return base + "-" + strconv.FormatInt(r.conn.count.Add(1), 10)
	}
	sum := sha256.Sum256([]byte(r.opts.Group + "\x00" + r.opts.Address))
	name := "weft" + hex.EncodeToString(sum[:7])
	if r.member > 0 {
		name += "-" + strconv.Itoa(r.member)
	}
	return name
}

func (r *receiver) fail(err error) error { return r.conn.fail(err, "receive from", r.opts.Address) }

func (r *receiver) hello(first bool) *packets.Connect {
	r.mu.Lock()
	defer r.mu.Unlock()
	hello := r.conn.hello(r.id)
	hello.CleanStart = !r.grouped() && (first || r.conn.version3)
	expiry := uint32(resumeFor)
	if r.grouped() {
		expiry = r.expiry
	}
	most := uint16(min(cmp.Or(max(r.opts.Prefetch, 0), window), 65535))
	hello.Properties.SessionExpiryInterval, hello.Properties.ReceiveMaximum = &expiry, &most
	return hello
}

// begin prepares for what the server sends first. Where it has kept the
// session, that is everything that was not acknowledged, under its old numbers:
// it is recognised, and what waits to be delivered comes only once. Where it
// has not, nobody will ask for an acknowledgement any more.
func (r *receiver) begin(s *session, resumed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.session, r.order = s, nil
	select {
	case <-r.suback:
	default:
	}
	if !resumed {
		clear(r.open)
		clear(r.received)
	}
}

// ready subscribes, also where the server has kept the subscription: it may be
// another by now.
func (r *receiver) ready(ctx context.Context, s *session) error {
	if r.shares() {
		if shared := s.welcome.Properties.SharedSubAvailable; shared != nil && *shared == 0 {
			return unsupportedError{"the server has no shared subscriptions, which groups need"}
		}
	}
	wanted := packets.SubOptions{Topic: r.filter(), QoS: r.qos}
	if !r.stale && !r.conn.version3 {
		wanted.RetainHandling = packets.RetainDoNotSend
	}
	s.send(&packets.Subscribe{PacketID: math.MaxUint16, Subscriptions: []packets.SubOptions{wanted}}, nil)
	select {
	case answer := <-r.suback:
		return r.granted(answer)
	case <-s.dead:
		return s.failure()
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *receiver) granted(answer *packets.Suback) error {
	switch {
	case len(answer.Reasons) != 1:
		return strangeError{fmt.Errorf("one subscription is answered with %d reasons", len(answer.Reasons))}
	case answer.Reasons[0] >= 0x80:
		return answerError{answer.Reasons[0], reasonOf(answer.Properties)}
	case r.grouped() && answer.Reasons[0] == 0:
		return unsupportedError{"the server delivers without confirmation only, so that a group would lose messages"}
	}
	return nil
}

// lost decides what to do when a connection ended. Another one that took the
// session over has all that was not acknowledged; a group has further sessions.
// Where that is only suspected, a receiver that shares keeps to its session:
// with nobody in it, what the server keeps there and goes on to put there would
// reach nobody.
func (r *receiver) lost(_ *session, err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.session = nil
	suspected := isSuspected(err)
	switch {
	case !suspected && !isTakenOver(err):
		return nil
	case !r.grouped() && r.conn.settings.clientID == "":
		return nil // nobody else has a name that was made up here
	case !r.shares():
		return takenError{r.id, r.grouped(), err}
	case suspected:
		return nil // a server of MQTT 5 says it
	}
	for _, d := range r.open {
		d.lost = true
	}
	clear(r.open)
	clear(r.received)
	r.queue, r.bytes = dropLost(r.queue), 0
	for _, d := range r.queue {
		r.bytes += len(d.publish.Payload)
	}
	r.again = dropLost(r.again)
	r.member++
	r.id = r.name()
	return nil
}

func dropLost(list []*delivery) []*delivery {
	kept := list[:0]
	for _, d := range list {
		if !d.origin.lost {
			kept = append(kept, d)
		}
	}
	clear(list[len(kept):])
	return kept
}

func (r *receiver) over(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failure == nil {
		r.failure = err
	}
	r.wake()
}

// wake lets everybody look again; the caller holds r.mu.
func (r *receiver) wake() {
	close(r.changed)
	close(r.room)
	r.changed, r.room, r.waiters = make(chan struct{}), make(chan struct{}), 0
}

func (r *receiver) packet(s *session, arrived frame.Packet) {
	switch arrived := arrived.(type) {
	case *packets.Publish:
		r.arrived(s, arrived)
	case *packets.Suback:
		select {
		case r.suback <- arrived:
		default: // nobody asked
		}
	case *packets.Unsuback:
		select {
		case r.unsuback <- struct{}{}:
		default:
		}
	case *packets.Pubrel:
		r.mu.Lock()
		delete(r.received, arrived.PacketID)
		r.mu.Unlock()
		s.send(&packets.Pubcomp{PacketID: arrived.PacketID}, nil)
	}
}

// arrived takes a message, once there is room for it.
func (r *receiver) arrived(s *session, p *packets.Publish) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for !r.closed && (len(r.queue) >= aheadMessages || r.bytes >= aheadBytes) {
		room := r.room
		r.mu.Unlock()
		select {
		case <-room:
		case <-s.dead:
		}
		r.mu.Lock()
		if s.failure() != nil {
			return // it comes again, if it was to be confirmed
		}
	}
	if p.QoS > 0 && r.known(p) {
		return
	}
	d := &delivery{receiver: r, publish: p, at: time.Now()}
	d.origin = d
	if p.QoS > 0 {
		r.open[p.PacketID] = d
		r.order = append(r.order, d)
	}
	if p.Retain && !r.stale {
		d.done = true // 3.1.1 sends it unasked
		r.acknowledge()
		return
	}
	r.queue = append(r.queue, d)
	r.bytes += len(p.Payload)
	if r.waiters > 0 {
		close(r.changed)
		r.changed, r.waiters = make(chan struct{}), 0
	}
}

// known recognises a message that the server sends again because the last
// connection broke before it was acknowledged; the caller holds r.mu.
func (r *receiver) known(p *packets.Publish) bool {
	if p.QoS == 2 && r.received[p.PacketID] {
		r.session.send(&packets.Pubrec{PacketID: p.PacketID}, nil)
		return true
	}
	d := r.open[p.PacketID]
	if d == nil {
		return false
	}
	if !p.Duplicate || d.publish.Topic != p.Topic || !bytes.Equal(d.publish.Payload, p.Payload) {
		d.lost = true // the number is another message's now
		return false
	}
	r.order = append(r.order, d)
	r.acknowledge()
	return true
}

// acknowledge tells the server of what is done from the front on: the protocol
// wants the order kept (MQTT 5, 4.6). The caller holds r.mu.
func (r *receiver) acknowledge() {
	n := 0
	for ; n < len(r.order) && r.order[n].done; n++ {
		p := r.order[n].publish
		var answer frame.Packet = &packets.Puback{PacketID: p.PacketID}
		if p.QoS == 2 {
			answer = &packets.Pubrec{PacketID: p.PacketID}
		}
		if r.session == nil || !r.session.send(answer, nil) {
			break
		}
		if p.QoS == 2 {
			r.received[p.PacketID] = true
		}
		delete(r.open, p.PacketID)
	}
	clear(r.order[:n])
	r.order = r.order[n:]
}

// Receive waits for messages.
func (r *receiver) Receive(ctx context.Context, max int) ([]*driver.Message, error) {
	for {
		deliveries, changed, err := r.take(ctx, max)
		if err != nil {
			return nil, err
		}
		if len(deliveries) > 0 {
			return r.conn.messages(deliveries), nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// take returns what is there, and what to wait for when that is nothing.
func (r *receiver) take(ctx context.Context, max int) ([]*delivery, <-chan struct{}, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, nil, r.fail(errClosed)
	}
	n := len(r.again) + len(r.queue)
	if max > 0 {
		n = min(n, max)
	}
	if r.opts.Prefetch > 0 {
		n = min(n, r.opts.Prefetch-r.held)
	}
	if n <= 0 {
		if r.failure != nil {
			return nil, nil, r.fail(r.failure)
		}
		r.waiters++
		return nil, r.changed, nil
	}
	list := make([]*delivery, 0, n)
	list, r.again = move(list, r.again, n)
	before := len(list)
	list, r.queue = move(list, r.queue, n-before)
	r.handOver(list[before:])
	r.held += n
	return list, nil, nil
}

func move(to, from []*delivery, most int) (moved, left []*delivery) {
	n := min(most, len(from))
	to = append(to, from[:n]...)
	clear(from[:n])
	return to, from[n:]
}

// handOver notes that messages are with the caller. Without a group that is all
// the server wants to know. The caller holds r.mu.
func (r *receiver) handOver(list []*delivery) {
	full := len(r.queue)+len(list) >= aheadMessages || r.bytes >= aheadBytes
	for _, d := range list {
		r.bytes -= len(d.publish.Payload)
		d.done = d.done || !r.grouped()
	}
	if !r.grouped() {
		r.acknowledge()
	}
	if full {
		close(r.room)
		r.room = make(chan struct{})
	}
}

// Close tells the server what is settled and gives up the session; that of a
// group stays for the next receiver.
func (r *receiver) Close() error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil
	}
	r.closed = true
	r.wake()
	r.mu.Unlock()

	farewell := r.conn.farewell()
	if r.grouped() && !r.retire() {
		farewell = &packets.Disconnect{}
	}
	r.client.close(farewell)
	r.conn.opened.Forget(r)
	if r.dead != nil {
		return r.dead.Close()
	}
	return nil
}

// retire gives up one of a group's further sessions, and reports whether nothing
// is left in it: the first one is enough for whoever comes next, and a session
// that stayed would go on getting its share of the messages.
func (r *receiver) retire() bool {
	r.mu.Lock()
	s, further := r.session, r.shares() && r.member > 0
	r.mu.Unlock()
	if s == nil || !further {
		return false
	}
	s.send(&packets.Unsubscribe{PacketID: math.MaxUint16, Topics: []string{r.filter()}}, nil)
	timer := time.NewTimer(goodbye)
	defer timer.Stop()
	select {
	case <-r.unsuback:
	case <-s.dead:
	case <-timer.C:
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.open) == 0 && s.failure() == nil
}
