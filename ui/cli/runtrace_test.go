package cli

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// A run tells a collector of all it did, in one trace, where the environment
// asks for that; a collector that fails changes nothing but a line of talk.
func TestSpansOfARunGoToACollector(t *testing.T) {
	var mu sync.Mutex
	var got bytes.Buffer
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		_, _ = io.Copy(&got, r.Body)
	}))
	defer server.Close()
	perform := func() string {
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), []string{"run", "../../examples/place-order/place-order.arazzo.yaml", "--embedded"}, strings.NewReader(""), &stdout, &stderr)
		if code != exitFine {
			t.Fatalf("exit code %d\n%s%s", code, &stdout, &stderr)
		}
		return stderr.String()
	}

	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
	if said := perform(); said != "" {
		t.Errorf("it said %s", said)
	}
	mu.Lock()
	text := got.String()
	got.Reset()
	mu.Unlock()
	for _, name := range []string{"run PlaceOrder", "CreateOrder", "attempt 1 of GetOrderDetails", "send orders.place", "receive orders.placed", "GET /orders/{orderId}"} {
		if !strings.Contains(text, `"name":"`+name+`"`) {
			t.Errorf("there is no span %q in %s", name, text)
		}
	}
	traces := map[string]bool{}
	for _, id := range regexp.MustCompile(`"traceId":"[0-9a-f]{32}"`).FindAllString(text, -1) {
		traces[id] = true
	}
	if len(traces) != 1 {
		t.Errorf("the spans are of %d traces: %s", len(traces), text)
	}

	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
	if said := perform(); !strings.Contains(said, `no spans are sent: OTEL_EXPORTER_OTLP_PROTOCOL "grpc" is not supported`) {
		t.Errorf("it said %s", said)
	}
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "")
	server.Close()
	if said := perform(); !strings.Contains(said, "telemetry: 10 spans were not taken by http://127.0.0.1:") || !strings.Contains(said, "refused") {
		t.Errorf("it said %s", said)
	}
}
