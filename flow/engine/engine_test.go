package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/journal/sqlite"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/text/source"
)

func TestPlaceOrder(t *testing.T) {
	t.Parallel()
	w, seen := newWorld(), &watch{}
	w.onSend = confirms
	w.call = func(_ context.Context, c machine.CallHTTP) (machine.Responded, error) {
		return machine.Responded{Status: 200, Body: map[string]any{"orderId": c.Parameters[0].Value}}, nil
	}
	result, err := engine.Run(t.Context(), placeOrder(t), orderInputs(), engine.Options{Wire: w.wire(), Observer: seen})
	must(t, err)
	want := map[string]any{"orderId": json.Number("4711"), "order": map[string]any{"orderId": json.Number("4711")}}
	if diff := cmp.Diff(want, result.Outputs); diff != "" || !result.Succeeded() {
		t.Errorf("%s\n%+v", diff, result)
	}
	if len(result.Steps) != 3 || seen.count(machine.StepEnded) != 3 || seen.count(machine.RunEnded) != 1 {
		t.Errorf("steps: %+v", result.Steps)
	}
}

// The user's own document, in the form of the draft, runs with the contracts
// of the example beside it.
func TestTheSeedRuns(t *testing.T) {
	t.Parallel()
	seed, err := os.ReadFile(filepath.Join(corpus.Seeds(t), "place-order", "arazzo.yaml"))
	must(t, err)
	docs := source.Memory{"memory:///arazzo.yaml": string(seed)}
	for _, name := range []string{"asyncapi/order.yaml", "openapi/order.yaml"} {
		data, err := os.ReadFile(filepath.Join("..", "..", "examples", "place-order", name))
		must(t, err)
		docs["memory:///"+name] = string(data)
	}
	w := newWorld()
	w.onSend = confirms
	result, err := engine.Run(t.Context(), compiled(t, docs, "memory:///arazzo.yaml"), orderInputs(), engine.Options{Wire: w.wire()})
	must(t, err)
	if !result.Succeeded() || result.Steps[0].Outputs["orderId"] != json.Number("4711") {
		t.Errorf("%+v %+v", result, result.Error)
	}
}

func TestResultHasTheShapeOfTheCommandLine(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.onSend = confirms
	result, err := engine.Run(t.Context(), placeOrder(t), orderInputs(), engine.Options{Wire: w.wire(), RunID: "r1"})
	must(t, err)
	data, err := json.Marshal(result)
	must(t, err)
	var got map[string]any
	must(t, json.Unmarshal(data, &got))
	for _, key := range []string{"run", "workflow", "status", "outputs", "steps"} {
		if got[key] == nil {
			t.Errorf("%s is missing in %s", key, data)
		}
	}
	step := got["steps"].([]any)[0].(map[string]any)
	for _, key := range []string{"id", "status", "attempts", "durationMs", "outputs", "criteria"} {
		if step[key] == nil {
			t.Errorf("%s is missing in step %v", key, step)
		}
	}
}

func TestInputsThatDoNotFitAreRefusedBeforeAnythingHappens(t *testing.T) {
	t.Parallel()
	w, store := newWorld(), journal.NewMemory(time.Now)
	_, err := engine.Run(t.Context(), placeOrder(t), map[string]any{"CreateOrder": map[string]any{"orderRequestId": "", "productId": "seven"}},
		engine.Options{Wire: w.wire(), Journal: store})
	var wrong *engine.InputError
	if !errors.As(err, &wrong) || len(wrong.Problems) != 3 {
		t.Fatalf("got %v", err)
	}
	contains(t, err.Error(), "quantity", "productId")
	if runs, _ := store.Runs(t.Context(), journal.Query{}); len(runs) != 0 || w.sendCount() != 0 {
		t.Error("something happened")
	}
}

func TestAReplyForSomeoneElseIsPassed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, seen := newWorld(), &watch{}
		w.onSend = func(w *world, m machine.SendMessage) error {
			w.publish("orders.placed", confirmation("someone-else"))
			w.publish("orders.placed", machine.Message{Payload: "not valid"})
			return nil
		}
		result, err := engine.Run(t.Context(), placeOrder(t), orderInputs(), engine.Options{Wire: w.wire(), Observer: seen})
		must(t, err)
		if result.Status != "failed" || result.Error.Code != string(machine.FailTimeout) || result.Error.Step != "ConfirmOrder" {
			t.Fatalf("%+v", result.Error)
		}
		contains(t, result.Error.Message, `correlation id "req-1"`, "orders.placed", "6s", "2 other messages", "orderId: is missing")
		if seen.count(machine.MessagePassed) != 2 {
			t.Errorf("%d messages were told of as passed", seen.count(machine.MessagePassed))
		}
	})
}

func TestAReplyThatNeverComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		p := compileSteps(t, `
  - workflowId: w
    steps:
      - {stepId: hear, operationId: $sourceDescriptions.bus.publishNews, action: receive}
`)
		began := time.Now()
		result, err := engine.Run(t.Context(), p, nil, engine.Options{Wire: w.wire(), ReceiveTimeout: engine.DefaultReceiveTimeout})
		must(t, err)
		if took := time.Since(began); took != 30*time.Second || result.Error == nil {
			t.Fatalf("it took %s: %+v", took, result)
		}
		contains(t, result.Error.Message, "no message came on news within 30s")
		contains(t, result.Error.Help, "--receive-timeout")
	})
}

func TestABodyThatIsNotJSON(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.call = func(context.Context, machine.CallHTTP) (machine.Responded, error) {
		return machine.Responded{Status: 200, URL: "http://shop/items", Body: "<html>", Problem: "the content type is application/json and the body is not JSON"}, nil
	}
	p := compileSteps(t, `
  - workflowId: w
    steps: [{stepId: list, operationId: $sourceDescriptions.shop.listItems}]
`)
	result, err := engine.Run(t.Context(), p, nil, engine.Options{Wire: w.wire()})
	must(t, err)
	if result.Error == nil || result.Error.Code != string(machine.FailBody) {
		t.Fatalf("%+v", result)
	}
	contains(t, result.Error.Message, "http://shop/items", "not JSON")
}

func TestRetryAfterIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.call = func(context.Context, machine.CallHTTP) (machine.Responded, error) {
			if len(w.calls) < 3 {
				return machine.Responded{Status: 503, Headers: map[string][]string{"Retry-After": {"120"}}}, nil
			}
			return machine.Responded{Status: 200}, nil
		}
		p := compileSteps(t, `
  - workflowId: w
    steps:
      - stepId: list
        operationId: $sourceDescriptions.shop.listItems
        onFailure: [{name: again, type: retry, retryAfter: 1, retryLimit: 5}]
`)
		began := time.Now()
		result, err := engine.Run(t.Context(), p, nil, engine.Options{Wire: w.wire(), RunID: "r"})
		must(t, err)
		if took := time.Since(began); took != 4*time.Minute || !result.Succeeded() || result.Steps[0].Attempts != 3 {
			t.Errorf("it took %s: %+v", took, result)
		}
		for i, c := range w.calls {
			if want := fmt.Sprintf("r/list/%d", i+1); c.ID != want {
				t.Errorf("call %d has the id %s, want %s", i, c.ID, want)
			}
		}
	})
}

func TestGotoGoesBack(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.call = func(context.Context, machine.CallHTTP) (machine.Responded, error) {
		return machine.Responded{Status: 200, Body: map[string]any{"ready": len(w.calls) >= 3}}, nil
	}
	p := compileSteps(t, `
  - workflowId: w
    steps:
      - stepId: poll
        operationId: $sourceDescriptions.shop.listItems
        onSuccess:
          - {name: again, type: goto, stepId: poll, criteria: [{condition: '$response.body#/ready == false'}]}
`)
	result, err := engine.Run(t.Context(), p, nil, engine.Options{Wire: w.wire()})
	must(t, err)
	if !result.Succeeded() || len(w.calls) != 3 {
		t.Errorf("%d calls: %+v", len(w.calls), result)
	}
}

func TestARunThatGoesInCirclesEnds(t *testing.T) {
	t.Parallel()
	w := newWorld()
	p := compileSteps(t, `
  - workflowId: w
    steps:
      - {stepId: a, operationId: $sourceDescriptions.shop.listItems, onSuccess: [{name: round, type: goto, stepId: a}]}
`)
	result, err := engine.Run(t.Context(), p, nil, engine.Options{Wire: w.wire(), MaxSteps: 50})
	must(t, err)
	if result.Error == nil || result.Error.Code != string(machine.FailLimit) || len(w.calls) != 50 {
		t.Errorf("%d calls: %+v", len(w.calls), result.Error)
	}
}

func TestAnUnreachableBrokerFailsTheRunBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.fails = errors.New("connect to 127.0.0.1:9: connection refused")
	result, err := engine.Run(t.Context(), placeOrder(t), orderInputs(), engine.Options{Wire: w.wire()})
	must(t, err)
	if result.Error == nil || result.Error.Code != string(machine.FailSubscribe) || w.sendCount() != 0 {
		t.Fatalf("%+v", result)
	}
	contains(t, result.Error.Message, "orders.placed", "connection refused")
}

func TestAnInterruptedRunWithoutAJournalIsCancelled(t *testing.T) {
	t.Parallel()
	w := newWorld()
	ctx, cancel := context.WithCancel(t.Context())
	w.onSend = func(*world, machine.SendMessage) error { cancel(); return nil }
	result, err := engine.Run(ctx, placeOrder(t), orderInputs(), engine.Options{Wire: w.wire()})
	must(t, err)
	if result.Status != "cancelled" {
		t.Errorf("%+v", result)
	}
}

func TestAnInterruptedRunGoesOn(t *testing.T) {
	t.Parallel()
	for name, store := range map[string]func(*testing.T) journal.Store{
		"memory": func(*testing.T) journal.Store { return journal.NewMemory(time.Now) },
		"sqlite": func(t *testing.T) journal.Store {
			s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "j.db"), sqlite.Options{})
			must(t, err)
			return s
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := store(t)
			defer s.Close()
			interruptAndResume(t, s)
		})
	}
}

// interruptAndResume stops a run while it waits for its reply, lets the reply
// come while nobody listens, and resumes.
func interruptAndResume(t *testing.T, store journal.Store) {
	w := newWorld()
	ctx, cancel := context.WithCancel(t.Context())
	seen := engine.ObserverFunc(func(h machine.Happening) {
		if h.Kind == machine.MessageSent {
			cancel()
		}
	})
	options := engine.Options{Wire: w.wire(), Journal: store, RunID: "r", Observer: seen}
	if _, err := engine.Run(ctx, placeOrder(t), orderInputs(), options); !errors.Is(err, engine.ErrInterrupted) {
		t.Fatalf("got %v, want ErrInterrupted", err)
	}
	head, err := engine.ReadHead(t.Context(), store, "r")
	must(t, err)
	if head.Workflow != "PlaceOrder" || len(head.Documents) != 3 {
		t.Errorf("%+v", head)
	}
	w.publish("orders.placed", confirmation("req-1"))
	// Long after the deadline of six seconds: the reply that came in time counts.
	late := func() time.Time { return time.Now().Add(time.Hour) }
	options = engine.Options{Wire: w.wire(), Journal: store, Now: late}
	result, err := engine.Resume(t.Context(), placeOrder(t), "r", options)
	must(t, err)
	if !result.Succeeded() || w.sendCount() != 1 || len(w.calls) != 1 {
		t.Errorf("%d sends, %d calls: %+v", w.sendCount(), len(w.calls), result)
	}
	again, err := engine.Resume(t.Context(), placeOrder(t), "r", options)
	must(t, err)
	if diff := cmp.Diff(result, again); diff != "" || len(w.calls) != 1 {
		t.Errorf("resuming a run that has ended: %s", diff)
	}
	runs, err := store.Runs(t.Context(), journal.Query{Status: "succeeded"})
	must(t, err)
	if len(runs) != 1 {
		t.Errorf("the list does not say how the run ended")
	}
}

func TestADeadlineThatPassedWhileDownFiresAtOnce(t *testing.T) {
	t.Parallel()
	w, store := newWorld(), journal.NewMemory(time.Now)
	ctx, cancel := context.WithCancel(t.Context())
	w.onSend = func(*world, machine.SendMessage) error { return nil }
	seen := engine.ObserverFunc(func(h machine.Happening) {
		if h.Kind == machine.MessageSent {
			cancel()
		}
	})
	_, err := engine.Run(ctx, placeOrder(t), orderInputs(), engine.Options{Wire: w.wire(), Journal: store, RunID: "r", Observer: seen})
	if !errors.Is(err, engine.ErrInterrupted) {
		t.Fatal(err)
	}
	began := time.Now()
	result, err := engine.Resume(t.Context(), placeOrder(t), "r", engine.Options{
		Wire: w.wire(), Journal: store, Now: func() time.Time { return time.Now().Add(time.Hour) },
	})
	must(t, err)
	if result.Error == nil || result.Error.Code != string(machine.FailTimeout) || time.Since(began) > time.Minute {
		t.Errorf("%+v after %s", result, time.Since(began))
	}
}

func TestResumeRefusesWhatIsNotTheRun(t *testing.T) {
	t.Parallel()
	store := journal.NewMemory(time.Now)
	w := newWorld()
	_, err := engine.Resume(t.Context(), placeOrder(t), "nobody", engine.Options{Wire: w.wire(), Journal: store})
	if !errors.Is(err, journal.ErrUnknownRun) {
		t.Errorf("a run that is not there: %v", err)
	}
	w.onSend = confirms
	_, err = engine.Run(t.Context(), placeOrder(t), orderInputs(), engine.Options{Wire: w.wire(), Journal: store, RunID: "r"})
	must(t, err)
	_, err = engine.Run(t.Context(), placeOrder(t), orderInputs(), engine.Options{Wire: w.wire(), Journal: store, RunID: "r"})
	if !errors.Is(err, journal.ErrConflict) {
		t.Errorf("a second run of the same name: %v", err)
	}
	other := compileSteps(t, `
  - workflowId: PlaceOrder
    steps: [{stepId: list, operationId: $sourceDescriptions.shop.listItems}]
`)
	_, err = engine.Resume(t.Context(), other, "r", engine.Options{Wire: w.wire(), Journal: store})
	if !errors.Is(err, engine.ErrChanged) {
		t.Errorf("another document: %v", err)
	}
}

func TestABrokerThatIsAwayWhenResumingDoesNotFailTheRun(t *testing.T) {
	t.Parallel()
	w, store := newWorld(), journal.NewMemory(time.Now)
	ctx, cancel := context.WithCancel(t.Context())
	w.onSend = func(*world, machine.SendMessage) error { cancel(); return nil }
	_, err := engine.Run(ctx, placeOrder(t), orderInputs(), engine.Options{Wire: w.wire(), Journal: store, RunID: "r"})
	if !errors.Is(err, engine.ErrInterrupted) {
		t.Fatal(err)
	}
	w.onSend = confirms
	w.fails = errors.New("connection refused")
	if _, err = engine.Resume(t.Context(), placeOrder(t), "r", engine.Options{Wire: w.wire(), Journal: store}); err == nil {
		t.Fatal("it was resumed without a broker")
	}
	contains(t, err.Error(), "connection refused", "cannot go on now")
	w.fails = nil
	result, err := engine.Resume(t.Context(), placeOrder(t), "r", engine.Options{Wire: w.wire(), Journal: store})
	must(t, err)
	if !result.Succeeded() {
		t.Errorf("%+v", result)
	}
}

func TestPasswordsStayOutOfTheJournal(t *testing.T) {
	t.Parallel()
	w, store := newWorld(), journal.NewMemory(time.Now)
	w.onSend = confirms
	_, err := engine.Run(t.Context(), placeOrder(t), orderInputs(), engine.Options{
		Wire: w.wire(), Journal: store, RunID: "r",
		Head: engine.Head{Servers: map[string]string{"OrderApi": "https://me:hunter2@host/v1", "AsyncOrderApi": "production"}},
	})
	must(t, err)
	head, err := engine.ReadHead(t.Context(), store, "r")
	must(t, err)
	if head.Servers["OrderApi"] != "https://me@host/v1" || head.Servers["AsyncOrderApi"] != "production" {
		t.Errorf("%v", head.Servers)
	}
}

func TestPasswordsAreNotShown(t *testing.T) {
	t.Parallel()
	w, seen := newWorld(), &watch{}
	w.call = func(_ context.Context, c machine.CallHTTP) (machine.Responded, error) {
		return machine.Responded{Status: 401, Body: c.Body}, nil
	}
	p := compileSteps(t, `
  - workflowId: w
    inputs:
      type: object
      properties:
        login: {type: object, properties: {user: {type: string}, word: {type: string, format: password}}}
    steps:
      - stepId: login
        operationId: $sourceDescriptions.shop.login
        requestBody: {payload: $inputs.login}
        successCriteria: [{condition: $response.body#/word == 'other'}]
`)
	inputs := map[string]any{"login": map[string]any{"user": "ada", "word": "open sesame"}}
	result, err := engine.Run(t.Context(), p, inputs, engine.Options{Wire: w.wire(), Observer: seen})
	must(t, err)
	shown := fmt.Sprintf("%+v", result) + result.Error.Message
	for _, h := range seen.list {
		shown += fmt.Sprintf("%+v %+v", h, h.Failure)
	}
	if strings.Contains(shown, "sesame") {
		t.Errorf("the password is shown: %s", shown)
	}
	contains(t, shown, "ada", "***")
	if body, _ := w.calls[0].Body.(map[string]any); body["word"] != "open sesame" {
		t.Errorf("the service got %v", w.calls[0].Body)
	}
}

func TestAnInterruptEndsACallThatHangs(t *testing.T) {
	t.Parallel()
	w := newWorld()
	ctx, cancel := context.WithCancel(t.Context())
	w.call = func(ctx context.Context, _ machine.CallHTTP) (machine.Responded, error) {
		cancel()
		<-ctx.Done()
		return machine.Responded{}, ctx.Err()
	}
	p := compileSteps(t, `
  - workflowId: w
    steps: [{stepId: list, operationId: $sourceDescriptions.shop.listItems}]
`)
	store := journal.NewMemory(time.Now)
	if _, err := engine.Run(ctx, p, nil, engine.Options{Wire: w.wire(), Journal: store, RunID: "r"}); !errors.Is(err, engine.ErrInterrupted) {
		t.Fatalf("got %v, want ErrInterrupted", err)
	}
	w.call = nil
	result, err := engine.Resume(t.Context(), p, "r", engine.Options{Wire: w.wire(), Journal: store})
	must(t, err)
	if !result.Succeeded() || len(w.calls) != 2 || w.calls[0].ID != w.calls[1].ID {
		t.Errorf("%d calls: %+v", len(w.calls), result)
	}
}
