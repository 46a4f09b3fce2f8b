package temporal

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/flow/service"
)

// channel is a place where runs of a workflow receive, or which begins them.
type channel struct {
	workflow string
	plan     *plan.Channel
	// name is the same in every process and for every run.
	name string
	// places are where messages have their correlation ids; nil is the
	// protocol's own field.
	places []*plan.Place
	// any says that a step takes messages whatever their correlation id.
	any bool
	// trigger begins runs with what comes; nil where runs receive it.
	trigger *service.Trigger
}

// everything is the key of messages without regard to correlation ids.
const everything = "*"

func channelsOf(name string, w *service.Workflow) ([]channel, error) {
	var list []channel
	var wrong []error
	queues, _ := w.Wire.Subscriber.(interface{ Queue(machine.Subscribe) bool })
	for _, c := range w.Plan.Channels {
		switch {
		case !c.Fixed():
			wrong = append(wrong, fmt.Errorf("workflow %s receives at %s, an address that only a run knows, which is not supported in Temporal yet; serve it with --journal", name, addressOf(c)))
		case queues != nil && queues.Queue(machine.Subscribe{Channel: c, Address: c.Address, Messages: c.Messages}):
			wrong = append(wrong, fmt.Errorf("workflow %s receives at %s, which is a queue, which is not supported in Temporal yet; serve it with --journal", name, c.Address))
		default:
			list = append(list, channelOf(name, w.Plan, c))
		}
	}
	if w.Trigger != nil {
		list = append(list, triggerOf(name, w))
	}
	if len(list) > 0 && w.Wire.Subscriber == nil {
		wrong = append(wrong, fmt.Errorf("workflow %s receives, and there is no way to receive messages", name))
	}
	return list, errors.Join(wrong...)
}

func addressOf(c *plan.Channel) string {
	if c.Address == "" {
		return "a reply address"
	}
	return c.Address
}

func channelOf(workflow string, p *plan.Plan, of *plan.Channel) channel {
	c := channel{workflow: workflow, plan: of, name: named(workflow, of.Use.Name, of.Address)}
	for _, flow := range p.Workflows {
		for _, step := range flow.Steps {
			if step.Kind != plan.Receive || step.Channel.Use != of.Use || step.Channel.Address != of.Address {
				continue
			}
			if step.Correlation == nil {
				c.any = true
			}
			for _, m := range step.Messages {
				place := m.Correlation
				if step.At != nil {
					place = step.At
				}
				if !slices.Contains(c.places, place) {
					c.places = append(c.places, place)
				}
			}
		}
	}
	return c
}

// keys are the keys of the indexes that a message is for.
func (c *channel) keys(m *machine.Message) []string {
	var keys []string
	add := func(key string) {
		if key != "" && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	if c.any {
		add(everything)
	}
	for _, place := range c.places {
		if place == nil {
			add(keyOf(m.Correlation))
			continue
		}
		if value, ok := place.Get(m.Headers, m.Payload); ok {
			add(keyOf(value))
		}
	}
	return keys
}

// keyOf is a correlation id as the name of an index; values that compare equal
// have one. It may be that of other values, too: the run looks closer.
func keyOf(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		if v == "" {
			return ""
		}
		return named("text", v)
	case json.Number:
		if f, err := v.Float64(); err == nil {
			return named("number", strconv.FormatFloat(f, 'g', -1, 64))
		}
	}
	return named("other", fmt.Sprint(value))
}

// named makes one short name of several: it has none of their words, which may
// be secret.
func named(parts ...string) string {
	sum := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(sum, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(sum.Sum(nil)[:12])
}

// indexID is the id of the index workflow of a channel and key.
func (c *channel) indexID(key string) string { return "weft-index-" + c.name + "-" + key }

func (c *channel) listenID() string { return "weft-listen-" + c.name }

// channelFor is where a run listens.
func (h *host) channelFor(workflow string, e *machine.Subscribe) *channel {
	return h.channelNamed(named(workflow, e.Channel.Use.Name, e.Address))
}

func (h *host) channelNamed(name string) *channel {
	for i := range h.channels {
		if h.channels[i].name == name {
			return &h.channels[i]
		}
	}
	return nil
}
