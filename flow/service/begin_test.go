package service_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/flow/service"
)

const triggered = `    x-trigger:
      channel: '{$sourceDescriptions.bus.url}#/channels/news'
      filter: $message.payload#/kind == 'order'
      inputs: {request: $message.payload#/id}`

// sourcesOf are those that a plan uses.
func sourcesOf(p *plan.Plan) plan.Sources {
	sources := plan.Sources{}
	for _, use := range p.Uses {
		sources[use.Source.Spec] = use.Source
	}
	return sources
}

// news is a channel that a test speaks on.
type news struct {
	engine.Subscriber
	deliver func(machine.Message) error
}

func (n *news) Subscribe(ctx context.Context, e machine.Subscribe, deliver func(context.Context, engine.Delivery) error) (engine.Subscription, error) {
	if e.Address != "news" {
		return n.Subscriber.Subscribe(ctx, e, deliver)
	}
	n.deliver = func(m machine.Message) error { return deliver(ctx, engine.Delivery{Message: m}) }
	return still{}, nil
}

type still struct{}

func (still) Positions() []string { return []string{"5"} }
func (still) Close() error        { return nil }

// A message begins one run, however often it is delivered; what the filter
// leaves out and what does not fit begins none and is not delivered again.
func TestAMessageBeginsOneRun(t *testing.T) {
	t.Parallel()
	p := compile(t, triggered)
	trigger, _, found := service.Read(p, sourcesOf(p))
	if len(found) > 0 {
		t.Fatal(found)
	}
	_, url := newBus(t)
	n := &news{}
	s := open(t, p, journal.NewMemory(time.Now), url, func(w *service.Workflow) {
		n.Subscriber = w.Wire.Subscriber
		w.Wire.Subscriber, w.Trigger = n, trigger
	})
	for _, m := range []machine.Message{
		{ID: "1", Payload: map[string]any{"kind": "order", "id": "a"}},
		{ID: "1", Payload: map[string]any{"kind": "order", "id": "a"}},
		{ID: "2", Payload: map[string]any{"kind": "gossip", "id": "b"}},
		{ID: "3", Payload: map[string]any{"kind": "order"}},
		{ID: "4", Payload: map[string]any{"kind": "order", "id": []any{}}},
	} {
		must(t, n.deliver(m))
	}
	list, err := s.List(t.Context(), "", 10)
	must(t, err)
	if len(list) != 1 {
		t.Fatalf("%d runs began", len(list))
	}
	if d := ended(t, s, list[0].ID); d.Outputs["for"] != "a" {
		t.Errorf("it ended as %s with %v", d.Status, d.Outputs)
	}
	var metrics strings.Builder
	must(t, s.WriteMetrics(&metrics))
	for _, fate := range []string{`fate="begun"} 1`, `fate="repeated"} 1`, `fate="filtered"} 1`, `fate="unfit"} 2`} {
		if !strings.Contains(metrics.String(), fate) {
			t.Errorf("the metrics do not have %s:\n%s", fate, metrics.String())
		}
	}
}

func TestHowAWorkflowIsBegunIsJudged(t *testing.T) {
	t.Parallel()
	for extension, want := range map[string]string{
		"x-trigger: {channel: news}":                                                                         "is no reference to a channel",
		"x-trigger: {channel: '$sourceDescriptions.bus#/channels/mews'}":                                     `no channel "mews"`,
		"x-trigger: {channel: '$sourceDescriptions.bus#/channels/regional'}":                                 "no fixed address",
		"x-trigger: {channel: '$sourceDescriptions.bus#/channels/news', inputs: {reqest: 1}}":                `no input "reqest"`,
		"x-trigger: {channel: '$sourceDescriptions.bus#/channels/news', inputs: {request: $inputs.request}}": "no value before",
		"x-trigger: {channel: '$sourceDescriptions.bus#/channels/news', filtre: true}":                       `no member "filtre"`,
		"x-schedule: {cron: 0 25 * * *}":                                                                     `"25" is no hour`,
		"x-schedule: {cron: 0 0 30 2 *}":                                                                     "no day fits",
		"x-schedule: {cron: 0 0 * *}":                                                                        "has 5 fields",
		"x-schedule: {interval: 10ms}":                                                                       "at least 1s",
		"x-schedule: {}":                                                                                     "either cron or interval",
		"x-schedule: {interval: 1h, timezone: Europe/Oz}":                                                    "no time zone",
	} {
		p := compile(t, "    "+extension)
		_, _, found := service.Read(p, sourcesOf(p))
		if len(found) != 1 || !strings.Contains(found[0].Message, want) {
			t.Errorf("%s: found %v, want %q", extension, found, want)
		}
	}
}

// A schedule begins each of its times once, also in a second process and when
// the clock is set back.
func TestAScheduleBeginsEachTimeOnce(t *testing.T) {
	t.Parallel()
	p := compile(t, "    x-schedule: {interval: 1s, inputs: {request: tick}}")
	_, schedule, found := service.Read(p, sourcesOf(p))
	if len(found) > 0 {
		t.Fatal(found)
	}
	_, url := newBus(t)
	store := journal.NewMemory(time.Now)
	begun := time.Now()
	for range 2 { // two services that know nothing of each other
		open(t, p, store, url, func(w *service.Workflow) { w.Schedule = schedule })
	}
	for limit := begun.Add(time.Minute); time.Now().Before(limit); time.Sleep(20 * time.Millisecond) {
		list, err := store.Runs(t.Context(), journal.Query{})
		must(t, err)
		if len(list) < 3 {
			continue
		}
		if times := int(time.Since(begun)/time.Second) + 1; len(list) > times {
			t.Errorf("%d times have passed at most, and these began: %v", times, list)
		}
		return
	}
	t.Error("the schedule begins nothing")
}
