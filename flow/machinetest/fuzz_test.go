package machinetest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/machinetest"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
)

// plans are those of all scripts that compile.
var plans = sync.OnceValue(func() []*plan.Plan {
	var list []*plan.Plan
	paths, _ := filepath.Glob("testdata/scripts/*.txt")
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		if script, err := machinetest.Parse(data); err == nil {
			if p, _ := script.Plan(); p != nil {
				list = append(list, p)
			}
		}
	}
	return list
})

// chance takes decisions from bytes; when they run out it decides for 0.
type chance struct{ data []byte }

func (c *chance) below(n int) int {
	if len(c.data) == 0 || n <= 0 {
		return 0
	}
	b := int(c.data[0])
	c.data = c.data[1:]
	return b % n
}

// FuzzEventOrders gives a run events in any order: answers to what it asked
// for, late and double ones, ones nobody asked for, resumptions and jumps of
// the clock. Nothing may panic; the run rebuilt from its history must do the
// same; ids of effects must not repeat.
func FuzzEventOrders(f *testing.F) {
	for i := range plans() {
		f.Add([]byte{byte(i), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
		f.Add([]byte{byte(i), 3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4, 6, 2, 6, 4, 3, 3, 8, 3, 2, 7, 9, 5})
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := &chance{data}
		p := plans()[c.below(len(plans()))]
		r := &random{t: t, chance: c, plan: p, machine: machine.New(p), asked: map[string]machine.Effect{}}
		r.step(machine.Started{
			Stamp: r.stamp(), Run: "R", Inputs: map[string]any{"id": json.Number("1"), "CreateOrder": map[string]any{"orderRequestId": "1"}},
			Options: machine.Options{Parallel: 1 + c.below(3), MaxSteps: 60, InboxMessages: 5},
		})
		for range 120 {
			if len(c.data) == 0 {
				break
			}
			r.step(r.next())
		}
		r.compareWithReplay()
	})
}

type random struct {
	t       *testing.T
	chance  *chance
	plan    *plan.Plan
	machine *machine.Machine
	now     time.Duration
	ids     []string
	asked   map[string]machine.Effect
	history [][]byte
	effects [][]machine.Effect
	resumed bool
	ended   int
}

func (r *random) stamp() machine.Stamp {
	r.now += time.Duration(r.chance.below(40)-10) * time.Second
	return machine.Stamp{At: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(r.now)}
}

// next makes an event: mostly an outcome of something that was asked for.
func (r *random) next() machine.Event {
	id := "R/nothing/1"
	if len(r.ids) > 0 {
		// The latest are the likeliest.
		id = r.ids[max(0, len(r.ids)-1-r.chance.below(6))]
	}
	payload := map[string]any{"id": json.Number("1"), "n": json.Number("3"), "state": "done", "requestId": "1"}
	status := []int{200, 200, 204, 401, 500, 503}[r.chance.below(6)]
	switch r.chance.below(12) {
	case 0:
		return machine.Resumed{Stamp: r.stamp()}
	case 1:
		return machine.Cancelled{Stamp: r.stamp()}
	case 2:
		return machine.Responded{Stamp: r.stamp(), ID: id, Status: status, Body: payload}
	case 3:
		return machine.TimerFired{Stamp: r.stamp(), ID: id}
	case 4:
		return machine.SubscribeFailed{Stamp: r.stamp(), ID: id, Error: "no"}
	}
	switch effect := r.asked[id].(type) {
	case machine.CallHTTP:
		if r.chance.below(8) == 0 {
			return machine.CallFailed{Stamp: r.stamp(), ID: id, Error: "no"}
		}
		return machine.Responded{Stamp: r.stamp(), ID: id, Status: status, Body: payload}
	case machine.SendMessage:
		if r.chance.below(8) == 0 {
			return machine.SendFailed{Stamp: r.stamp(), ID: id, Error: "no"}
		}
		return machine.Sent{Stamp: r.stamp(), ID: id}
	case machine.Subscribe:
		if r.chance.below(2) == 0 {
			return machine.Subscribed{Stamp: r.stamp(), ID: id, Positions: []string{"0@0"}}
		}
		message := machine.Message{ID: fmt.Sprint(r.chance.below(9)), Headers: map[string]any{"requestId": "1"}, Payload: payload, Size: 10}
		for _, m := range effect.Messages {
			message.Names = append(message.Names, m.Name)
		}
		r.machine.Wants(id, &message)
		return machine.Arrived{Stamp: r.stamp(), Subscription: id, Message: message}
	}
	return machine.TimerFired{Stamp: r.stamp(), ID: id}
}

func (r *random) step(event machine.Event) {
	effects, err := r.machine.Step(event)
	var transition *machine.TransitionError
	if errors.As(err, &transition) {
		r.t.Fatalf("%#v: %v", event, err)
	}
	if err != nil {
		return // refused, and so not part of the history
	}
	entry, err := machine.EncodeEvent(event)
	if err != nil {
		r.t.Fatal(err)
	}
	r.history = append(r.history, entry)
	r.effects = append(r.effects, effects)
	_, again := event.(machine.Resumed)
	for _, effect := range effects {
		r.note(effect, again || r.resumed)
	}
	r.resumed = r.resumed || again
}

func (r *random) note(effect machine.Effect, again bool) {
	id := ""
	switch e := effect.(type) {
	case machine.CallHTTP:
		id = e.ID
	case machine.SendMessage:
		id = e.ID
	case machine.SetTimer:
		id = e.ID
	case machine.Subscribe:
		id = e.ID
	case machine.Complete:
		if r.ended++; r.ended > 1 && !again {
			r.t.Error("the run ended twice")
		}
	}
	if id == "" {
		return
	}
	if r.asked[id] != nil && !again {
		r.t.Errorf("the id %s was used twice", id)
	}
	r.asked[id] = effect
	r.ids = append(r.ids, id)
}

func (r *random) compareWithReplay() {
	m := machine.New(r.plan)
	for i, entry := range r.history {
		event, err := machine.DecodeEvent(entry)
		if err != nil {
			r.t.Fatal(err)
		}
		effects, err := m.Step(event)
		if err != nil {
			r.t.Fatalf("replay of %s: %v", entry, err)
		}
		if !reflect.DeepEqual(effects, r.effects[i]) {
			r.t.Fatalf("after %s the replay did\n%+v\nand the run\n%+v", entry, effects, r.effects[i])
		}
	}
	if m.State() != r.machine.State() {
		r.t.Fatalf("the replay is %s and the run %s", m.State(), r.machine.State())
	}
}

// FuzzDecodeEvent reads any bytes as an event; what is one is stored the same
// again.
func FuzzDecodeEvent(f *testing.F) {
	for _, event := range []machine.Event{
		machine.Started{Run: "R", Inputs: map[string]any{"n": json.Number("1e400")}},
		machine.Responded{ID: "a", Status: 200, Headers: map[string][]string{"A": {"b"}}, Body: []any{nil, true}},
		machine.Arrived{Subscription: "s", Message: machine.Message{ID: "1", Payload: "x"}},
		machine.Resumed{},
	} {
		entry, err := machine.EncodeEvent(event)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(entry)
	}
	f.Add([]byte(`{"v":2,"k":"sent","e":{}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		event, err := machine.DecodeEvent(data)
		if err != nil {
			return
		}
		first, err := machine.EncodeEvent(event)
		if err != nil {
			t.Skip("a time that JSON cannot write")
		}
		again, err := machine.DecodeEvent(first)
		if err != nil {
			t.Fatal(err)
		}
		second, err := machine.EncodeEvent(again)
		if err != nil || !bytes.Equal(first, second) {
			t.Fatalf("stored as %s and then as %s (%v)", first, second, err)
		}
	})
}

// FuzzCompile compiles any workflow. It must end, and what it makes must be
// able to start.
func FuzzCompile(f *testing.F) {
	paths, _ := filepath.Glob("testdata/scripts/*.txt")
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		if _, rest, ok := strings.Cut(string(data), "-- workflows --\n"); ok {
			workflows, _, _ := strings.Cut(rest, "-- script --")
			f.Add(workflows)
		}
	}
	docs := source.Memory{}
	for _, name := range []string{"shop.yaml", "bus.yaml"} {
		data, err := os.ReadFile("testdata/sources/" + name)
		if err != nil {
			f.Fatal(err)
		}
		docs["memory:///"+name] = string(data)
	}
	const head = "arazzo: 1.1.0\ninfo: {title: T, version: '1'}\nsourceDescriptions:\n" +
		"  - {name: shop, url: shop.yaml, type: openapi}\n  - {name: bus, url: bus.yaml, type: asyncapi}\nworkflows:\n"
	f.Fuzz(func(t *testing.T, workflows string) {
		own := source.Memory{"memory:///w.yaml": head + workflows}
		for name, text := range docs {
			own[name] = text
		}
		p, found := machinetest.Compile(own, "memory:///w.yaml", "")
		if p == nil {
			if diag.Worst(found) != diag.Error {
				t.Error("there is no plan and nothing says why")
			}
			return
		}
		if _, err := machine.New(p).Step(machine.Started{Run: "R", Stamp: machine.Stamp{At: time.Unix(0, 0)}}); err != nil {
			t.Errorf("a plan that cannot start: %v", err)
		}
		_ = p.String()
	})
}
