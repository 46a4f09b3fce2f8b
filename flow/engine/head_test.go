package engine_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/machine"
	wirehttp "github.com/weft-dev/weft/wire/http"
)

// The head is read for ever as this version writes it.
func TestTheHeadOfYesterdaysJournals(t *testing.T) {
	t.Parallel()
	store := journal.NewMemory(time.Now)
	for run, entry := range map[string]string{
		"v1":    `{"weftRun":1,"head":{"document":"/w.yaml","workflow":"W","servers":{"a":"kafka://h:1"},"documents":[{"uri":"file:///w.yaml","sha256":"00"}]}}`,
		"newer": `{"weftRun":2,"head":{}}`,
		"other": `{"v":1,"k":"started","e":{}}`,
	} {
		must(t, store.Append(t.Context(), run, 0, [][]byte{[]byte(entry)}))
	}
	head, err := engine.ReadHead(t.Context(), store, "v1")
	must(t, err)
	if head.Document != "/w.yaml" || head.Workflow != "W" || head.Servers["a"] != "kafka://h:1" || head.Documents[0].SHA256 != "00" {
		t.Errorf("%+v", head)
	}
	if _, err := engine.ReadHead(t.Context(), store, "newer"); !errors.Is(err, journal.ErrNewer) {
		t.Errorf("a newer form: %v", err)
	}
	if _, err := engine.ReadHead(t.Context(), store, "other"); err == nil {
		t.Error("what is no head was taken for one")
	}
	if _, err := engine.ReadHead(t.Context(), store, "nobody"); !errors.Is(err, journal.ErrUnknownRun) {
		t.Errorf("a run that is not there: %v", err)
	}
}

func TestACallThatHangsIsAbandoned(t *testing.T) {
	t.Parallel()
	var came atomic.Bool
	gone := make(chan struct{}, 100)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		came.Store(true)
		<-r.Context().Done()
		gone <- struct{}{}
	}))
	defer server.Close()
	p := compileSteps(t, `
  - workflowId: w
    steps: [{stepId: list, operationId: $sourceDescriptions.shop.listItems, timeout: 200}]
`)
	client := wirehttp.New(wirehttp.Options{})
	defer client.Close()
	wire := engine.OverWire(engine.World{HTTP: client, Servers: map[string]wirehttp.Choice{"shop": {URL: server.URL}}})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for !came.Load() { // a machine that is busy does not get to call within the time
		result, err := engine.Run(ctx, p, nil, engine.Options{Wire: wire})
		must(t, err)
		if result.Error == nil || result.Error.Code != string(machine.FailTimeout) {
			t.Fatalf("%+v", result)
		}
	}
	<-gone
}
