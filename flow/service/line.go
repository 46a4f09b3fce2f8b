package service

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/spec/expr"
)

// line is a channel that many runs listen to.
type line struct {
	shared    *shared
	key       lineKey
	name      string // under which the journal keeps where it is
	subscribe machine.Subscribe
	users     int  // guarded by shared.mu
	queue     bool // each message goes to one run alone

	opening sync.Mutex // held while it is opened or closed
	stop    context.CancelFunc
	noting  sync.WaitGroup
	behind  chan *laggard // those that have to catch up

	mu           sync.Mutex
	subscription engine.Subscription // nil until it is open
	closed       bool
	members      map[string]*member // by the id of their subscription
	directory
	offers
	number int // of the last member
	passed int
	last   string // why the last message was nobody's
}

func newLine(s *shared, key lineKey, name string, e machine.Subscribe) *line {
	return &line{
		shared: s, key: key, name: name, subscribe: e,
		behind: make(chan *laggard), members: map[string]*member{}, directory: newDirectory(), offers: newOffers(),
	}
}

// member is a run at a line. It is the run's subscription.
type member struct {
	line      *line
	run, id   string
	positions []string // of a run that is not in the process
	interest  machine.Interest
	before    int  // messages that were nobody's before it came
	number    int  // in which order it came
	outside   bool // it is no run: what it does not take now it may later

	mu      sync.Mutex
	deliver func(context.Context, engine.Delivery) error // nil while the run is not in the process
}

// Positions implements engine.Subscription.
func (m *member) Positions() []string {
	m.line.mu.Lock()
	defer m.line.mu.Unlock()
	return m.line.positionsNow()
}

// Close implements engine.Subscription.
func (m *member) Close() error {
	m.line.remove(m)
	m.line.shared.release(m.line, false)
	return nil
}

// Select implements engine.Sharing.
func (m *member) Select(interest machine.Interest) {
	m.line.mu.Lock()
	defer m.line.mu.Unlock()
	if m.line.members[m.id] != m {
		return
	}
	if m.interest.Armed != interest.Armed {
		m.line.mayWant(m)
		m.interest.Armed = interest.Armed
	}
	if sameInterest(m.interest, interest) {
		return
	}
	m.line.mayWant(m)
	m.line.drop(m)
	m.interest = interest
	m.line.enter(m)
}

func sameInterest(a, b machine.Interest) bool { return a.Any == b.Any && slices.Equal(a.Keys, b.Keys) }

// Passed implements engine.Sharing.
func (m *member) Passed() (count int, last string) {
	m.line.mu.Lock()
	defer m.line.mu.Unlock()
	return m.line.passed - m.before, m.line.last
}

// Leave implements engine.Sharing.
func (m *member) Leave() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.deliver = nil
}

func (m *member) current() func(context.Context, engine.Delivery) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.deliver
}

// attach gives a subscription that stands to a run that has come back.
func (l *line) attach(id string, deliver func(context.Context, engine.Delivery) error) *member {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.members[id]
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.deliver, m.positions = deliver, nil
	return m
}

func (l *line) add(m *member, interest machine.Interest) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m.before, m.interest = l.passed, interest
	l.number++
	m.number = l.number
	l.members[m.id] = m
	l.enter(m)
	l.mayWant(m)
}

func (l *line) remove(m *member) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.members[m.id] == m {
		delete(l.members, m.id)
		delete(l.late, m)
		l.drop(m)
	}
}

// of are the subscriptions of a run.
func (l *line) of(run string) []*member {
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []*member
	for _, m := range l.members {
		if m.run == run {
			list = append(list, m)
		}
	}
	return list
}

// open begins to receive, where the last process was if there was one.
func (l *line) open(ctx context.Context) error {
	l.opening.Lock()
	defer l.opening.Unlock()
	l.mu.Lock()
	done, closed := l.subscription != nil, l.closed
	l.mu.Unlock()
	switch {
	case closed:
		return engine.ErrInterrupted
	case done:
		return nil
	}
	e := l.subscribe
	e.ID = l.name
	if e.Positions = l.shared.service.positions(ctx, l.name); len(e.Positions) == 0 {
		e.Positions = l.earliest()
	}
	own, stop := context.WithCancel(l.shared.service.ctx) // it outlives the run that opened it
	subscription, err := subscribeTogether(own, l.shared.inner, e, l.arrived)
	if err != nil {
		stop()
		return err
	}
	l.mu.Lock()
	l.subscription, l.stop = subscription, stop
	l.mu.Unlock()
	noter := newPositionNoter(l.shared.service, l.name, subscription)
	if err := noter.note(); err != nil {
		l.shared.service.opts.Log(fmt.Sprintf("it is not noted where %s was begun: %s", l.subscribe.Address, err))
	}
	l.noting.Go(func() { noter.until(own) })
	l.noting.Go(func() { l.bringUp(own) })
	if l.queue {
		l.noting.Go(func() { l.keepOffering(own) })
	}
	return nil
}

// How long to wait before a channel is tried again: at first, and at most.
const (
	shortestPause = 100 * time.Millisecond
	longestPause  = 10 * time.Second
)

// begin opens the line for a run that begins. For a broker that is away it waits
// a while: whoever began the run was told that it is recorded.
func (l *line) begin(ctx context.Context) error {
	limit := time.NewTimer(l.shared.service.opts.Patience)
	defer limit.Stop()
	told := false
	for pause := shortestPause; ; pause = min(2*pause, longestPause) {
		err := l.open(ctx)
		if err == nil || !engine.Away(err) {
			return err
		}
		if !told {
			told = true
			l.shared.service.opts.Log(fmt.Sprintf("runs that listen to %s wait up to %s for its broker: %s", l.subscribe.Address, l.shared.service.opts.Patience, err))
		}
		select {
		case <-time.After(pause):
		case <-limit.C:
			return err
		case <-ctx.Done():
			return err
		}
	}
}

// keepOpening tries until it succeeds.
func (l *line) keepOpening() {
	ctx := l.shared.service.ctx
	for pause := time.Second; ; pause = min(2*pause, longestPause) {
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
		if l.open(ctx) == nil {
			return
		}
	}
}

// earliest is where the members that are not in the process began.
func (l *line) earliest() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var lists [][]string
	for _, m := range l.members {
		if m.current() == nil && len(m.positions) > 0 {
			lists = append(lists, m.positions)
		}
	}
	return engine.Earliest(lists)
}

func (l *line) positionsNow() []string {
	if l.subscription == nil {
		return nil
	}
	return l.subscription.Positions()
}

// close ends the line. Where it is for good nobody needs to know where it was.
func (l *line) close(good bool) {
	l.opening.Lock()
	defer l.opening.Unlock()
	l.mu.Lock()
	subscription, stop := l.subscription, l.stop
	l.closed = true
	l.mu.Unlock()
	if subscription == nil {
		return
	}
	stop()
	l.noting.Wait()
	_ = subscription.Close() // nothing more is wanted from it
	s := l.shared.service
	if !good {
		_ = newPositionNoter(s, l.name, subscription).note() // else it is only further behind
		return
	}
	if keeper, ok := s.opts.Journal.(journal.Keeper); ok {
		_ = keeper.Keep(context.WithoutCancel(s.ctx), l.name, nil)
	}
}

// subscribeTogether subscribes so that what came in together is handed over
// together, where the subscriber can do that.
func subscribeTogether(ctx context.Context, to engine.Subscriber, e machine.Subscribe, deliver func(context.Context, []engine.Delivery) error) (engine.Subscription, error) {
	if batcher, ok := to.(engine.Batcher); ok {
		return batcher.SubscribeBatch(ctx, e, deliver)
	}
	return to.Subscribe(ctx, e, func(ctx context.Context, d engine.Delivery) error { return deliver(ctx, []engine.Delivery{d}) })
}

// arrived brings what came in to the runs that may want it, and returns when
// each has recorded it.
func (l *line) arrived(ctx context.Context, list []engine.Delivery) error {
	if l.queue {
		return l.arrivedFromQueue(ctx, list)
	}
	return l.distribute(ctx, list, nil)
}

// distribute gives each run its messages in order, and all runs theirs at once.
// With members only those get any.
func (l *line) distribute(ctx context.Context, list []engine.Delivery, only map[*member]bool) error {
	given := map[*member][]engine.Delivery{}
	for _, d := range list {
		for _, m := range l.wanted(&d) {
			if only != nil && !only[m] {
				continue
			}
			given[m] = append(given[m], d)
		}
	}
	return l.giveEach(ctx, given)
}

// giveEach gives each run its messages in order, and all runs theirs at once.
func (l *line) giveEach(ctx context.Context, given map[*member][]engine.Delivery) error {
	var work sync.WaitGroup
	failed := make(chan error, len(given))
	for m, list := range given {
		work.Go(func() {
			for _, d := range list {
				if err := l.shared.give(ctx, m, d); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	work.Wait()
	close(failed)
	if err := <-failed; err != nil {
		return err
	}
	return ctx.Err()
}

// wanted are those that a message may matter to.
func (l *line) wanted(d *engine.Delivery) []*member {
	l.mu.Lock()
	defer l.mu.Unlock()
	why := d.Rejected
	if why == "" {
		found := l.find(&d.Message)
		if l.queue {
			found = l.inOrder(&d.Message)
		}
		if len(found) > 0 {
			return found
		}
		why = "no run waits for its correlation id"
	}
	l.passed++
	l.last = why
	return nil
}

// directory finds members by what they are interested in.
type directory struct {
	any    map[*member]bool
	places []*placed
}

// placed are the members that look for their id in one place of a message.
type placed struct {
	place *plan.Place
	by    map[string][]*member
}

func newDirectory() directory { return directory{any: map[*member]bool{}} }

func (d *directory) enter(m *member) {
	if m.interest.Any {
		d.any[m] = true
		return
	}
	for _, key := range m.interest.Keys {
		by := d.at(key.Place).by
		by[key.Value] = append(by[key.Value], m)
	}
}

func (d *directory) drop(m *member) {
	delete(d.any, m)
	for _, key := range m.interest.Keys {
		by := d.at(key.Place).by
		left := slices.DeleteFunc(by[key.Value], func(other *member) bool { return other == m })
		if by[key.Value] = left; len(left) == 0 {
			delete(by, key.Value)
		}
	}
}

func (d *directory) at(place *plan.Place) *placed {
	name := placeOf(place)
	for _, p := range d.places {
		if placeOf(p.place) == name {
			return p
		}
	}
	p := &placed{place, map[string][]*member{}}
	d.places = append(d.places, p)
	return p
}

func placeOf(p *plan.Place) string {
	if p == nil {
		return ""
	}
	return p.String()
}

func (d *directory) find(message *machine.Message) []*member {
	var found []*member
	for m := range d.any {
		found = append(found, m)
	}
	for _, p := range d.places {
		value, ok := any(message.Correlation), message.Correlation != ""
		if p.place != nil {
			value, ok = p.place.Get(message.Headers, message.Payload)
		}
		if !ok {
			continue
		}
		for _, m := range p.by[expr.Text(value)] {
			if !slices.Contains(found, m) {
				found = append(found, m)
			}
		}
	}
	return found
}

// laggard is a member that has to be given what was stored while it was not
// here.
type laggard struct {
	member    *member
	positions []string
	done      chan error
}

// catchUp gives a member what was stored since it was here, and returns then.
// Members that come at the same time catch up together.
func (l *line) catchUp(ctx context.Context, m *member, positions []string) error {
	one := &laggard{m, positions, make(chan error, 1)}
	select {
	case l.behind <- one:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-one.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// catchUpPause is how long to wait for others that have to catch up, too.
const catchUpPause = 20 * time.Millisecond

func (l *line) bringUp(ctx context.Context) {
	for {
		select {
		case first := <-l.behind:
			l.together(ctx, l.others(ctx, first))
		case <-ctx.Done():
			return
		}
	}
}

func (l *line) others(ctx context.Context, first *laggard) []*laggard {
	list := []*laggard{first}
	timer := time.NewTimer(catchUpPause)
	defer timer.Stop()
	for {
		select {
		case one := <-l.behind:
			list = append(list, one)
			timer.Reset(catchUpPause)
		case <-timer.C:
			return list
		case <-ctx.Done():
			return list
		}
	}
}

// together reads once more what the first of them has missed.
func (l *line) together(ctx context.Context, list []*laggard) {
	only := map[*member]bool{}
	var lists [][]string
	for _, one := range list {
		only[one.member] = true
		lists = append(lists, one.positions)
	}
	e := l.subscribe
	e.ID, e.Positions = l.name+"/again", engine.Earliest(lists)
	subscription, err := subscribeTogether(ctx, l.shared.inner, e, func(ctx context.Context, d []engine.Delivery) error {
		return l.distribute(ctx, slices.DeleteFunc(d, func(d engine.Delivery) bool { return d.Rejected != "" }), only)
	})
	if err == nil {
		err = subscription.Close()
	}
	for _, one := range list {
		one.done <- err
	}
}

// positionNoter notes how far a subscription is.
type positionNoter struct {
	service      *Service
	key          string
	subscription engine.Subscription
	noted        []string
}

func newPositionNoter(s *Service, key string, subscription engine.Subscription) *positionNoter {
	return &positionNoter{service: s, key: key, subscription: subscription}
}

func (n *positionNoter) note() error {
	keeper, ok := n.service.opts.Journal.(journal.Keeper)
	now := n.subscription.Positions()
	if !ok || slices.Equal(now, n.noted) {
		return nil
	}
	data, err := json.Marshal(now)
	if err == nil {
		err = keeper.Keep(context.WithoutCancel(n.service.ctx), n.key, data)
	}
	if err == nil {
		n.noted = now
	}
	return err
}

// until notes again and again, until the context ends.
func (n *positionNoter) until(ctx context.Context) {
	tick := time.NewTicker(positionPause)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			_ = n.note() // the next time may do
		case <-ctx.Done():
			return
		}
	}
}
