package callback_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/weft-dev/weft/wire/callback"
	"github.com/weft-dev/weft/wire/cloudevents"
)

type request struct {
	header http.Header
	body   []byte
}

// receiver answers with each status in turn, the last for ever.
func receiver(t *testing.T, statuses ...int) (string, func() []request) {
	t.Helper()
	seen := make(chan request, 100)
	var list []request
	count := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		seen <- request{r.Header, body}
		status := statuses[min(count, len(statuses)-1)]
		count++
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	return server.URL, func() []request {
		for len(seen) > 0 {
			list = append(list, <-seen)
		}
		return list
	}
}

func deliverer(t *testing.T, attempts int) *callback.Deliverer {
	t.Helper()
	d := callback.New(callback.Options{Secret: []byte("s"), Attempts: attempts, Pause: time.Millisecond})
	t.Cleanup(d.Close)
	return d
}

var event = callback.Event{ID: "e-1", Type: "done", Source: "/runs/R", Subject: "t-1", Time: time.Unix(1, 0), Data: map[string]any{"n": json.Number("1")}}

func TestAnEventIsDeliveredAgainWithTheSameIDUntilItIsTaken(t *testing.T) {
	t.Parallel()
	url, seen := receiver(t, 500, 302, 204)
	e, failures := event, 0
	e.URL = url
	if err := deliverer(t, 5).Deliver(t.Context(), e, func(int, time.Duration, error) { failures++ }); err != nil {
		t.Fatal(err)
	}
	requests := seen()
	if len(requests) != 3 || failures != 2 {
		t.Fatalf("%d requests, %d failures", len(requests), failures)
	}
	for _, r := range requests {
		h := r.header
		if h.Get("webhook-id") != "e-1" || h.Get("webhook-signature") != callback.Sign([]byte("s"), "e-1", h.Get("webhook-timestamp"), r.body) {
			t.Errorf("headers %v", h)
		}
		var ce map[string]any
		if err := json.Unmarshal(r.body, &ce); err != nil {
			t.Fatal(err)
		}
		if problems := cloudevents.CheckStructured(ce); len(problems) > 0 || ce["subject"] != "t-1" {
			t.Errorf("%v: %v", ce, problems)
		}
	}
}

func TestAnEventThatNobodyTakesIsADeadLetter(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ status, want int }{{500, 3}, {410, 1}} {
		url, seen := receiver(t, c.status)
		e := event
		e.URL = url
		var dead *callback.DeadError
		if err := deliverer(t, 3).Deliver(t.Context(), e, nil); !errors.As(err, &dead) || dead.Attempts != c.want || len(seen()) != c.want {
			t.Errorf("status %d: %v", c.status, err)
		}
	}
}

// The known signature is that of the specification's words, made by hand:
// printf 'e-1.1.{}' | openssl dgst -sha256 -hmac s -binary | base64
func TestTheSignatureIsThatOfStandardWebhooks(t *testing.T) {
	t.Parallel()
	want := "oLNmrMadpKvyugOSRSsaKnCAyq9FUVqUSydlEsLgJCI="
	if got := callback.Sign([]byte("s"), "e-1", "1", []byte("{}")); got != "v1,"+want {
		t.Errorf("got %s", got)
	}
}

func TestApartNothingLeavesTheMachine(t *testing.T) {
	t.Parallel()
	url, seen := receiver(t, 204)
	d := callback.New(callback.Options{Attempts: 1, Transport: callback.Apart{Local: http.DefaultTransport}})
	defer d.Close()
	for _, webhook := range []string{"https://client.example.com/hook", url} {
		e := event
		e.URL = webhook
		if err := d.Deliver(t.Context(), e, nil); err != nil {
			t.Error(webhook, err)
		}
	}
	if n := len(seen()); n != 1 {
		t.Errorf("%d came", n)
	}
}
