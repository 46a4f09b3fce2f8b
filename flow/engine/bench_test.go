package engine_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/journal/sqlite"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/plan"
	wirehttp "github.com/weft-dev/weft/wire/http"
)

const chained = 200

// chain is a workflow of many calls, each with what the one before gave.
func chain(b testing.TB) *plan.Plan {
	var steps strings.Builder
	steps.WriteString("  - workflowId: w\n    steps:\n")
	for i := range chained {
		fmt.Fprintf(&steps, "      - stepId: s%d\n        operationId: $sourceDescriptions.shop.getItem\n", i)
		value := "1"
		if i > 0 {
			value = fmt.Sprintf("$steps.s%d.outputs.id", i-1)
		}
		fmt.Fprintf(&steps, "        parameters: [{name: id, in: path, value: %s}]\n", value)
		steps.WriteString("        successCriteria: [{condition: $statusCode == 200}]\n        outputs: {id: $response.body#/id}\n")
	}
	return compileSteps(b, steps.String())
}

func itemServer(b *testing.B) *httptest.Server {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"id":7,"name":"an item"}`))
	}))
	b.Cleanup(server.Close)
	return server
}

// BenchmarkCallsBare is the peer: the same calls by a bare client.
func BenchmarkCallsBare(b *testing.B) {
	server := itemServer(b)
	for b.Loop() {
		for range chained {
			response, err := http.Get(server.URL + "/items/7")
			must(b, err)
			_, err = io.Copy(io.Discard, response.Body)
			must(b, errors.Join(err, response.Body.Close()))
		}
	}
}

func BenchmarkCallsOverWire(b *testing.B) {
	server, p := itemServer(b), chain(b)
	client := wirehttp.New(wirehttp.Options{})
	defer client.Close()
	wire := engine.OverWire(engine.World{HTTP: client, Servers: map[string]wirehttp.Choice{"shop": {URL: server.URL}}})
	for b.Loop() {
		result, err := engine.Run(b.Context(), p, nil, engine.Options{Wire: wire})
		must(b, err)
		if !result.Succeeded() {
			b.Fatal(result.Error)
		}
	}
}

// BenchmarkSteps is what the engine and the machine alone cost.
func BenchmarkSteps(b *testing.B) {
	p := chain(b)
	for name, store := range map[string]func(*testing.B) journal.Store{
		"none":   func(*testing.B) journal.Store { return nil },
		"memory": func(*testing.B) journal.Store { return journal.NewMemory(time.Now) },
		"sqlite": func(b *testing.B) journal.Store {
			s, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "j.db"), sqlite.Options{})
			must(b, err)
			return s
		},
	} {
		b.Run(name, func(b *testing.B) {
			s := store(b)
			if s != nil {
				defer s.Close()
			}
			w := newWorld()
			w.call = func(context.Context, machine.CallHTTP) (machine.Responded, error) {
				return machine.Responded{Status: 200, Body: map[string]any{"id": "7"}}, nil
			}
			for b.Loop() {
				w.calls = nil
				result, err := engine.Run(b.Context(), p, nil, engine.Options{Wire: w.wire(), Journal: s})
				must(b, err)
				if !result.Succeeded() {
					b.Fatal(result.Error)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/chained, "ns/step")
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		chain(b)
	}
}
