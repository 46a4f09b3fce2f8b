package machine_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/flow/machine"
)

func TestEventsComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	at := machine.Stamp{At: time.Date(2026, 1, 2, 3, 4, 5, 678901234, time.UTC)}
	for _, event := range []machine.Event{
		machine.Started{
			Stamp: at, Run: "R", More: map[string]map[string]any{"w": {"a": nil}},
			Inputs:  map[string]any{"big": json.Number("123456789012345678901234567890"), "small": json.Number("1.10"), "text": "é<>&"},
			Options: machine.Options{Parallel: 2, ReceiveTimeout: time.Second, MaxSteps: 3, InboxMessages: 4, InboxBytes: 5, InboxTTL: 6},
		},
		machine.Subscribed{Stamp: at, ID: "s", Positions: []string{"0@1"}},
		machine.SubscribeFailed{Stamp: at, ID: "s", Error: "e"},
		machine.Responded{Stamp: at, ID: "c", Method: "GET", URL: "u", Status: 200, Headers: map[string][]string{"A": {"b"}}, Body: []any{true, nil}, Problem: "p"},
		machine.CallFailed{Stamp: at, ID: "c", URL: "u", Error: "e"},
		machine.Sent{Stamp: at, ID: "m", Address: "a", Position: "p", Message: "n", Headers: map[string]any{"h": "v"}, Payload: map[string]any{"x": json.Number("1")}},
		machine.SendFailed{Stamp: at, ID: "m", Error: "e"},
		machine.Arrived{Stamp: at, Subscription: "s", Message: machine.Message{
			ID: "i", Address: "a", Names: []string{"N"}, Headers: map[string]any{"h": json.Number("5")}, Payload: "x", Correlation: "c", Timestamp: at.At, Size: 9,
		}},
		machine.TimerFired{Stamp: at, ID: "t", Passed: []machine.Passed{{Subscription: "s", Count: 2, Last: "why"}}},
		machine.Cancelled{Stamp: at, Reason: "r"},
		machine.Resumed{Stamp: at},
	} {
		entry, err := machine.EncodeEvent(event)
		if err != nil {
			t.Fatal(err)
		}
		got, err := machine.DecodeEvent(entry)
		if err != nil {
			t.Fatalf("%s: %v", entry, err)
		}
		if diff := cmp.Diff(event, got); diff != "" {
			t.Errorf("%s changed on its way:\n%s", entry, diff)
		}
	}
}

func TestWhatIsNoEventIsRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		``:                                  "no event",
		`{}`:                                "form number 0",
		`{"v":1,"k":"nonsense","e":{}}`:     `no event "nonsense"`,
		`{"v":1,"k":"sent","e":[]}`:         `event "sent"`,
		`{"v":1,"k":"sent","e":{}} more`:    "follows",
		`{"v":1,"k":"sent","e":{"at":"x"}}`: `event "sent"`,
	} {
		if _, err := machine.DecodeEvent([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
	_, err := machine.DecodeEvent([]byte(`{"v":2,"k":"sent","e":{}}`))
	if !errors.Is(err, machine.ErrNewerForm) {
		t.Errorf("an event of a newer form: %v", err)
	}
}
