package mock_test

import (
	"encoding/json"
	"io"
	nethttp "net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/wire/mock"
)

// faultyShop is a mock over HTTP with faults, and what it tells.
func faultyShop(t *testing.T, faults string) (*httptest.Server, *mock.Handler, *events) {
	t.Helper()
	data, err := os.ReadFile("testdata/shop.yaml")
	if err != nil {
		t.Fatal(err)
	}
	ws := ref.New(noFiles{}, ref.Options{})
	doc, _ := openapi.Load(t.Context(), ws, ws.Load(source.NewFile("file:///shop.yaml", "shop.yaml", data)))
	opt := mock.Options{Seed: 3}
	if opt.Faults, err = mock.ParseFaults(faults); err != nil {
		t.Fatal(err)
	}
	told := &events{}
	opt.OnEvent = told.add
	h := mock.NewHandler("Shop", doc, jsonschema.In(ws), opt)
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server, h, told
}

// asks gets the latest order so often, and returns each body; "hung up" where
// there was no answer.
func asks(t *testing.T, server *httptest.Server, count int) []string {
	t.Helper()
	client := &nethttp.Client{Transport: &nethttp.Transport{DisableKeepAlives: true}} // or a request is tried again on another connection
	var bodies []string
	for range count {
		request, err := nethttp.NewRequestWithContext(t.Context(), nethttp.MethodGet, server.URL+"/orders/latest", nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(request)
		if err != nil {
			bodies = append(bodies, "hung up")
			continue
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil || response.StatusCode != nethttp.StatusOK {
			t.Errorf("%d, %v", response.StatusCode, err)
		}
		bodies = append(bodies, string(body))
	}
	return bodies
}

func TestAnAnswerOverHTTPIsDropped(t *testing.T) {
	t.Parallel()
	server, h, told := faultyShop(t, "drop=1")
	if got := asks(t, server, 2); !slices.Equal(got, []string{"hung up", "hung up"}) {
		t.Errorf("it answered %q", got)
	}
	operation := told.first().Operation
	if diff := cmp.Diff(mock.Count{Received: 2, Dropped: 2}, h.Counts()[operation]); diff != "" || told.kinds()[mock.Dropped] != 2 {
		t.Errorf("it is not told: %v %s", told.kinds(), diff)
	}
	if line := told.first().String(); line != "Shop GET /orders/latest: hung up on purpose" {
		t.Error(line)
	}
}

func TestAnAnswerOverHTTPIsMalformedAndLate(t *testing.T) {
	t.Parallel()
	server, _, told := faultyShop(t, "malformed=1,delay=1ms")
	begun := time.Now()
	body := asks(t, server, 1)[0]
	if json.Valid([]byte(body)) || !strings.HasPrefix(body, "{") || !strings.HasSuffix(body, "\xff") || time.Since(begun) < time.Millisecond {
		t.Errorf("it answered %q", body)
	}
	if line := told.first().String(); line != "Shop GET /orders/latest: 200, on purpose late, malformed" {
		t.Error(line)
	}
}

// The seed decides, so that a failure can be had again; and what only messages
// can have is not done.
func TestFaultsOverHTTPAreTheSameAgain(t *testing.T) {
	t.Parallel()
	const faults = "drop=30%,malformed=30%,duplicate=1,reorder=1"
	first, _, _ := faultyShop(t, faults)
	second, _, _ := faultyShop(t, faults)
	want := asks(t, first, 30)
	if got := asks(t, second, 30); !slices.Equal(got, want) {
		t.Errorf("once %q, and then %q", want, got)
	}
	slices.Sort(want)
	if kinds := slices.Compact(want); len(kinds) != 3 {
		t.Errorf("there are not answers, broken answers and none: %q", kinds)
	}
	if f, _ := mock.ParseFaults(faults); !slices.Equal(f.OnlyMessages(), []string{"duplicate", "reorder"}) {
		t.Error(f.OnlyMessages())
	}
}
