package streams_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/weft-dev/weft/internal/leaks"
	"github.com/weft-dev/weft/wire/embedded/streams"
	"github.com/weft-dev/weft/wire/web/sse"
)

func TestMain(m *testing.M) { os.Exit(leaks.Run(m)) }

// client keeps no connections, so that nothing is left of a test.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

func serve(t *testing.T) string {
	t.Helper()
	handler := streams.New()
	server := httptest.NewServer(handler)
	t.Cleanup(func() { server.CloseClientConnections(); handler.Close(); server.Close() })
	return server.URL
}

func ask(t *testing.T, method, url, body string, header http.Header) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if request.Header = header; header == nil {
		request.Header = http.Header{}
	}
	request.Host = header.Get("Host")
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	return response
}

func post(t *testing.T, url, body string) {
	t.Helper()
	if response := ask(t, http.MethodPost, url, body, nil); response.StatusCode != http.StatusAccepted {
		t.Fatalf("answered with %s", response.Status)
	}
}

func next(t *testing.T, r *sse.Reader) *sse.Event {
	t.Helper()
	e, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func subscribe(t *testing.T, url, after string) *sse.Reader {
	t.Helper()
	response := ask(t, http.MethodGet, url, "", http.Header{"Last-Event-Id": {after}})
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != sse.ContentType {
		t.Fatalf("answered with %s, %s", response.Status, response.Header.Get("Content-Type"))
	}
	return sse.NewReader(response.Body, 1<<20, after)
}

func TestAStreamBeginsWithTheNextOrGoesOn(t *testing.T) {
	url := serve(t)
	post(t, url+"/a", "before")
	reader := subscribe(t, url+"/a?x=1", "")
	post(t, url+"/b", "elsewhere")
	post(t, url+"/a", "one")
	post(t, url+"/a", "two")
	one := next(t, reader)
	if string(one.Data) != "one" || string(next(t, reader).Data) != "two" {
		t.Errorf("read %q first", one.Data)
	}
	if again := next(t, subscribe(t, url+"/a", one.ID)); string(again.Data) != "two" {
		t.Errorf("after one comes %q", again.Data)
	}
	// The id of a server that is no more: all of this one came later.
	if first := next(t, subscribe(t, url+"/a", "0badc0de-7")); string(first.Data) != "before" {
		t.Errorf("after another server's event comes %q", first.Data)
	}
}

func TestOldEventsGo(t *testing.T) {
	url := serve(t)
	reader := subscribe(t, url+"/a", "")
	post(t, url+"/a", "0")
	first := next(t, reader)
	for range 1100 {
		post(t, url+"/a", "x")
		next(t, reader)
	}
	response := ask(t, http.MethodGet, url+"/a", "", http.Header{"Last-Event-Id": {first.ID}})
	told := make([]byte, 40)
	if _, err := io.ReadFull(response.Body, told); err != nil || !strings.HasPrefix(string(told), ": 100 events are no longer kept") {
		t.Errorf("told %q, %v", told, err)
	}
}

func TestThisMachineAloneMayCome(t *testing.T) {
	url := serve(t)
	for name, test := range map[string]struct {
		header  http.Header
		welcome bool
	}{
		"no page":                   {nil, true},
		"a page here":               {http.Header{"Origin": {"http://localhost:3000"}}, true},
		"a page at an address":      {http.Header{"Origin": {"http://[::1]:80"}}, true},
		"a page elsewhere":          {http.Header{"Origin": {"https://example.com"}}, false},
		"a page that looks like it": {http.Header{"Origin": {"http://localhost.example.com"}}, false},
		"a page of nowhere":         {http.Header{"Origin": {"null"}}, false},
		"another name of ours":      {http.Header{"Host": {"example.com"}}, false},
	} {
		response := ask(t, http.MethodPost, url+"/a", "x", test.header)
		if got := response.StatusCode == http.StatusAccepted; got != test.welcome {
			t.Errorf("%s: %s", name, response.Status)
		}
	}
	if response := ask(t, http.MethodPost, url+"/a", "x", http.Header{"Content-Encoding": {"br"}}); response.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("an unknown encoding: %s", response.Status)
	}
	if response := ask(t, "BREW", url+"/a", "", nil); response.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("an unknown method: %s", response.Status)
	}
}
