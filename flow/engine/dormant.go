package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/plan"
)

// ErrDormant means that the run has left the process since it only waits. Its
// journal has all of it, and Wake lets it go on.
var ErrDormant = errors.New("the run waits outside of the process")

// Dormant is what a run waits for that has left the process.
type Dormant struct {
	// Workflow is the id of the workflow that runs.
	Workflow string
	// Until is when its first timer is due; zero is never.
	Until time.Time
	// Listens are its subscriptions, which stand on.
	Listens []Listening
}

// Listening is a subscription of a run that has left the process.
type Listening struct {
	Subscribe machine.Subscribe
	Interest  machine.Interest
}

// listening is a subscription of a run in the process.
type listening struct {
	id           string
	subscription Subscription
}

// quiet says when a run has done nothing for a while.
type quiet struct {
	timer *time.Timer // nil where runs may not leave
	after time.Duration
}

func (o Options) quiet() quiet {
	if o.Idle <= 0 || o.Journal == nil {
		return quiet{}
	}
	return quiet{time.NewTimer(o.Idle), o.Idle}
}

func (q quiet) again() {
	if q.timer != nil {
		q.timer.Reset(q.after)
	}
}

func (q quiet) over() <-chan time.Time {
	if q.timer == nil {
		return nil
	}
	return q.timer.C
}

func (q quiet) stop() {
	if q.timer != nil {
		q.timer.Stop()
	}
}

// selectAll tells subscriptions that serve many runs what this one wants now,
// before anything is done that may be answered.
func (r *runner) selectAll() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range r.subscriptions {
		if s, ok := l.subscription.(Selecting); ok {
			s.Select(r.machine.Interest(l.id))
		}
	}
}

// passedElsewhere is what did not even reach the run, since it was for others.
func (r *runner) passedElsewhere() []machine.Passed {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []machine.Passed
	for _, l := range r.subscriptions {
		shared, ok := l.subscription.(Sharing)
		if !ok {
			continue
		}
		if count, last := shared.Passed(); count > 0 {
			list = append(list, machine.Passed{Subscription: l.id, Count: count, Last: last})
		}
	}
	return list
}

// leave lets the run leave the process, if it does nothing but wait. What it
// waits for is noted beside its journal, so that the next process need not read
// all of it to know; the journal alone would do.
func (r *runner) leave(ctx context.Context) bool {
	if r.onTheirWay() > 0 {
		return false
	}
	standing, waits := r.machine.Standing()
	if !waits {
		return false
	}
	d := &Dormant{Workflow: r.plan.Root.ID}
	for _, effect := range standing {
		switch e := effect.(type) {
		case machine.SetTimer:
			if d.Until.IsZero() || e.At.Before(d.Until) {
				d.Until = e.At
			}
		case machine.Subscribe:
			d.Listens = append(d.Listens, Listening{e, r.machine.Interest(e.ID)})
		}
	}
	soon := !d.Until.IsZero() && d.Until.Sub(r.opts.Now()) < 2*r.opts.Idle
	if soon || !r.letGo(len(d.Listens)) {
		return false
	}
	r.dormant = d
	if noter, ok := r.opts.Journal.(journal.Noter); ok {
		if data, err := d.encode(r.plan); err == nil {
			// It only saves work.
			_ = noter.Note(context.WithoutCancel(ctx), r.opts.RunID, r.written, data)
		}
	}
	return true
}

// letGo leaves all subscriptions, if they stand without the run.
func (r *runner) letGo(wanted int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.subscriptions) != wanted {
		return false
	}
	for _, l := range r.subscriptions {
		if _, ok := l.subscription.(Sharing); !ok {
			return false
		}
	}
	r.leaving.Store(true)
	for _, l := range r.subscriptions {
		l.subscription.(Sharing).Leave()
	}
	return true
}

// Wake lets a run go on that has left a process, in that or another. Its
// subscriptions must stand; nothing is added to its history. A run that does
// more than wait is continued as Continue does.
func Wake(ctx context.Context, p *plan.Plan, runID string, opts Options) (*Running, error) {
	r, err := rebuilt(ctx, p, runID, opts)
	if err != nil {
		return nil, err
	}
	standing, waits := r.machine.Standing()
	if r.end != nil || !waits {
		return r.goOn(ctx)
	}
	own, stop := context.WithCancel(ctx)
	for _, effect := range standing {
		e, ok := effect.(machine.Subscribe)
		if !ok {
			r.perform(own, effect)
			continue
		}
		if err := r.subscribeAgain(own, e); err != nil {
			r.close(stop)
			return nil, err
		}
	}
	r.selectAll()
	return r.run(ctx, own, stop), nil
}

// subscribeAgain takes up a subscription that stands.
func (r *runner) subscribeAgain(ctx context.Context, e machine.Subscribe) error {
	if r.opts.Wire.Subscriber == nil {
		return errors.New("this run has no way to receive messages")
	}
	subscription, err := r.listen(ctx, e, r.machine.Interest(e.ID))
	if err != nil {
		return fmt.Errorf("run %s cannot go on now: cannot listen to %s: %w", r.opts.RunID, e.Address, err)
	}
	r.keep(ctx, e.ID, subscription)
	r.besides++ // what may arrive until the run ends
	return nil
}

// dormantForm is the number of the stored form of a note; another is not read.
const dormantForm = 1

type storedDormant struct {
	Form    int            `json:"form"`
	Name    string         `json:"workflow"`
	Plan    string         `json:"plan"`
	Until   time.Time      `json:"until,omitzero"`
	Listens []storedListen `json:"listens,omitempty"`
}

type storedListen struct {
	ID        string      `json:"id"`
	Channel   int         `json:"channel"`
	Address   string      `json:"address"`
	Positions []string    `json:"positions,omitempty"`
	Any       bool        `json:"any,omitempty"`
	Keys      []storedKey `json:"keys,omitempty"`
}

type storedKey struct {
	Place string `json:"at,omitempty"`
	Value string `json:"value"`
}

func (d *Dormant) encode(p *plan.Plan) ([]byte, error) {
	stored := storedDormant{Form: dormantForm, Name: d.Workflow, Plan: Fingerprint(p), Until: d.Until}
	for _, l := range d.Listens {
		listen := storedListen{
			ID: l.Subscribe.ID, Channel: slices.Index(p.Channels, l.Subscribe.Channel), Address: l.Subscribe.Address,
			Positions: l.Subscribe.Positions, Any: l.Interest.Any,
		}
		for _, key := range l.Interest.Keys {
			listen.Keys = append(listen.Keys, storedKey{placeName(key.Place), key.Value})
		}
		stored.Listens = append(stored.Listens, listen)
	}
	return json.Marshal(stored)
}

func placeName(place *plan.Place) string {
	if place == nil {
		return ""
	}
	return place.String()
}

// Notes reads what runs of a plan noted when they left a process.
type Notes struct {
	plan        *plan.Plan
	fingerprint string
	places      map[string]*plan.Place
}

// NotesOf returns a reader of the notes of a plan's runs.
func NotesOf(p *plan.Plan) *Notes {
	n := &Notes{plan: p, fingerprint: Fingerprint(p), places: map[string]*plan.Place{"": nil}}
	for _, s := range steps(p) {
		if s.At != nil {
			n.places[s.At.String()] = s.At
		}
		for _, m := range s.Messages {
			if m.Correlation != nil {
				n.places[m.Correlation.String()] = m.Correlation
			}
		}
	}
	return n
}

// ReadDormant reads a note by the plan of its workflow. It fails where the note
// is of another plan or form: then the run's journal says how it stands.
func ReadDormant(plans map[string]*Notes, data []byte) (*Dormant, error) {
	var stored storedDormant
	if err := json.Unmarshal(data, &stored); err != nil {
		return nil, fmt.Errorf("read what a run noted: %w", err)
	}
	n := plans[stored.Name]
	if stored.Form != dormantForm || n == nil || stored.Plan != n.fingerprint {
		return nil, fmt.Errorf("what a run noted is not of this plan: %w", ErrChanged)
	}
	return n.read(&stored)
}

func (n *Notes) read(stored *storedDormant) (*Dormant, error) {
	d := &Dormant{Workflow: stored.Name, Until: stored.Until}
	for _, l := range stored.Listens {
		if l.Channel < 0 || l.Channel >= len(n.plan.Channels) {
			return nil, fmt.Errorf("what a run noted is of no channel of this plan: %w", ErrChanged)
		}
		channel := n.plan.Channels[l.Channel]
		interest := machine.Interest{Any: l.Any}
		for _, key := range l.Keys {
			place, ok := n.places[key.Place]
			if !ok {
				return nil, fmt.Errorf("what a run noted has a place that this plan has not: %w", ErrChanged)
			}
			interest.Keys = append(interest.Keys, machine.Key{Place: place, Value: key.Value})
		}
		d.Listens = append(d.Listens, Listening{
			machine.Subscribe{ID: l.ID, Channel: channel, Address: l.Address, Positions: l.Positions, Messages: channel.Messages}, interest,
		})
	}
	return d, nil
}
