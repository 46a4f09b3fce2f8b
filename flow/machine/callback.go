package machine

import (
	"fmt"
	"strings"

	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/spec/expr"
)

// Registration is a callback that outlives its run: a channel that is watched,
// and where its messages are delivered. It is plain data that stands for
// itself, so that whoever keeps it needs no machine.
type Registration struct {
	// ID is the registration's, the same on every replay.
	ID       string `json:"id"`
	Run      string `json:"run"`
	Workflow string `json:"workflow"`
	Step     string `json:"step"`
	// Event is the channel as the document names it; Source, Channel and
	// Address say where it is.
	Event   string `json:"event"`
	Source  string `json:"source"`
	Channel string `json:"channel"`
	Address string `json:"address"`
	// Webhook is an absolute URL.
	Webhook string `json:"webhook"`
	// Tracking is the id by which the receiver knows what the callback is
	// about, or "".
	Tracking string `json:"tracking,omitempty"`
	// Names are the messages that count, by their names in the channel.
	Names []string `json:"names"`
	// Filter is a condition that a message must meet, or "". Known are the
	// values that its expressions had when the callback was registered.
	Filter string         `json:"filter,omitempty"`
	Known  map[string]any `json:"known,omitempty"`
}

// Takes reports whether a message is one that the registration waits for, and
// where not, why.
func (r *Registration) Takes(message *Message) (bool, string) {
	named := false
	for _, name := range message.Names {
		for _, wanted := range r.Names {
			named = named || name == wanted
		}
	}
	if !named {
		return false, reasonType
	}
	if r.Filter == "" {
		return true, ""
	}
	filter, _ := expr.NewCriterion(expr.CriterionSource{Condition: r.Filter})
	if filter == nil {
		return false, "its filter cannot be read"
	}
	outcome := filter.Eval(known{r.Known, message})
	if !outcome.Passed {
		return false, "its filter is false: " + describe(outcome, r.Filter).Detail
	}
	return true, ""
}

// known is what the expressions of a filter see: the message, and what was
// known when the callback was registered.
type known struct {
	values  map[string]any
	message *Message
}

// Lookup implements expr.Env.
func (k known) Lookup(ref expr.Ref) (any, bool) {
	if ref.Root == expr.Message {
		return scope{message: k.message}.messagePart(ref)
	}
	value, ok := k.values[ref.String()]
	return value, ok
}

// keepCallbacks asks for the step's callbacks to be kept. Its message is sent
// when they are.
func (m *Machine) keepCallbacks(s *step) *Failure {
	s.callbacks = []Registration{}
	for i, callback := range s.def.Callbacks {
		r, failure := m.registration(s, i, callback)
		if failure != nil {
			s.callbacks = nil
			return failure
		}
		s.callbacks = append(s.callbacks, r)
	}
	s.unkept = len(s.callbacks)
	m.move(s, StepRegistering)
	for i, r := range s.callbacks {
		m.ask(KeepCallback{ID: r.ID, Callback: s.def.Callbacks[i], Registration: r}, s)
	}
	m.armTimeout(s)
	return nil
}

func (m *Machine) registration(s *step, i int, callback *plan.Callback) (Registration, *Failure) {
	r := Registration{
		ID: fmt.Sprintf("%s/callback/%d", s.id, i+1), Run: m.run, Workflow: s.frame.flow.Name, Step: s.path(), Event: callback.Event,
		Source: callback.Channel.Use.Name, Channel: callback.Channel.Spec.Name, Address: callback.Channel.Address, Names: []string{},
	}
	for _, message := range callback.Messages {
		r.Names = append(r.Names, message.Name)
	}
	if s.def.Tracking != nil {
		tracking, failure := m.need(s, "the tracking id", s.def.Tracking)
		if failure != nil {
			return r, failure
		}
		r.Tracking = expr.Text(tracking)
	}
	if callback.Filter != nil {
		r.Filter = callback.Filter.Source().Condition
		r.Known = m.knownTo(s, callback.Filter)
	}
	return r, m.webhook(s, callback, &r)
}

// knownTo keeps the values that a filter will need when the run is over.
func (m *Machine) knownTo(s *step, filter *expr.Criterion) map[string]any {
	values := map[string]any{}
	for _, ref := range filter.Refs() {
		if ref.Root == expr.Message {
			continue
		}
		if value, ok := m.scope(s).Lookup(ref); ok {
			values[ref.String()] = value
		}
	}
	return values
}

// webhook makes the URL of a callback. A path is one below the workflow's base.
func (m *Machine) webhook(s *step, callback *plan.Callback, r *Registration) *Failure {
	value, failure := m.need(s, "the webhook of "+callback.Event, callback.Webhook)
	if failure != nil {
		return failure
	}
	r.Webhook = expr.Text(value)
	if !strings.Contains(r.Webhook, "://") && callback.Base != nil {
		base, failure := m.need(s, "webhookBase", callback.Base)
		if failure != nil {
			return failure
		}
		r.Webhook = strings.TrimSuffix(expr.Text(base), "/") + "/" + strings.TrimPrefix(r.Webhook, "/")
	}
	if !strings.HasPrefix(r.Webhook, "http://") && !strings.HasPrefix(r.Webhook, "https://") {
		return &Failure{
			Code: FailValue, Step: s.path(), Message: fmt.Sprintf("the webhook of %s is %q, which is no URL", callback.Event, r.Webhook),
			Help: "give an absolute http or https URL",
		}
	}
	return nil
}

// callbackKept sends the message once all callbacks are kept.
func (m *Machine) callbackKept(s *step) {
	if s.state != StepRegistering {
		return
	}
	s.unkept--
	if s.unkept > 0 {
		return
	}
	for _, r := range s.callbacks {
		m.tellStep(s, Happening{Kind: CallbackKept, Effect: r.ID, Address: r.Webhook, Text: r.Event})
	}
	if failure := m.sendMessage(s); failure != nil {
		m.cancelTimer(s, timerTimeout)
		m.fail(s, failure)
	}
}

func (m *Machine) keepFailed(s *step, e KeepFailed) {
	if s.state != StepRegistering {
		return
	}
	m.cancelTimer(s, timerTimeout)
	m.giveUpCallbacks(s)
	m.fail(s, &Failure{Code: FailCallback, Step: s.path(), Message: "a callback could not be registered: " + e.Error})
}

// giveUpCallbacks says that it no longer counts whether callbacks are kept. A
// further attempt asks anew.
func (m *Machine) giveUpCallbacks(s *step) {
	for _, r := range s.callbacks {
		if m.settle(r.ID) {
			m.emit(Abandon{ID: r.ID})
		}
	}
	s.callbacks = nil
}
