package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/webhook"
)

// served is a server with a behaviour of its own, at which nobody looks before.
func served(t testing.TB, handler http.HandlerFunc) driver.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	return driver.Server{
		Protocol: "http", Hosts: []string{strings.TrimPrefix(server.URL, "http://")},
		Params: map[string][]string{"http.probe": {"none"}},
	}
}

func TestAnswersHaveTheirKinds(t *testing.T) {
	t.Parallel()
	server := served(t, func(w http.ResponseWriter, r *http.Request) {
		status, _ := strconv.Atoi(r.URL.Query().Get("s"))
		w.Header().Set("Location", "http://example.com/hush")
		w.Header().Set("Retry-After", "0")
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		fmt.Fprint(w, `{"title": "No.", "detail": "Not `+"\x1b"+`[31mso"}`)
	})
	server.Params["http.attempts"] = []string{"2"}
	conn := connect(t, server)
	for status, test := range map[int]struct {
		kind  error
		retry bool
	}{
		200: {nil, false}, 202: {nil, false}, 204: {nil, false},
		302: {driver.ErrProtocol, false}, 400: {driver.ErrServer, false}, 401: {driver.ErrAuth, false}, 403: {driver.ErrAuth, false},
		404: {driver.ErrNoSuchAddress, false}, 405: {driver.ErrServer, false}, 408: {driver.ErrServer, true}, 410: {driver.ErrNoSuchAddress, false},
		413: {driver.ErrTooLarge, false}, 422: {driver.ErrServer, false}, 425: {driver.ErrServer, true}, 429: {driver.ErrServer, true},
		431: {driver.ErrTooLarge, false}, 500: {driver.ErrServer, true}, 501: {driver.ErrServer, false}, 503: {driver.ErrServer, true},
	} {
		address := fmt.Sprintf("/x?s=%d", status)
		err := senderAt(t, conn, driver.SenderOptions{Address: address}).Send(t.Context(), []*driver.Message{{Body: []byte("x")}})
		if !errors.Is(err, test.kind) || driver.Retryable(err) != test.retry {
			t.Errorf("send, %d: %v, want %v, retry %t", status, err, test.kind, test.retry)
		}
		if err != nil && (!strings.Contains(err.Error(), strconv.Itoa(status)) || !strings.Contains(err.Error(), server.Hosts[0]) || strings.Contains(err.Error(), "\x1b")) {
			t.Errorf("send, %d: %q does not say what and where", status, err)
		}
		if _, err := conn.OpenReceiver(t.Context(), driver.ReceiverOptions{Address: address}); err == nil || status > 299 && !errors.Is(err, test.kind) {
			t.Errorf("receive, %d: %v, want %v", status, err, test.kind)
		}
	}
}

func TestAServerThatIsBusyIsAskedAgainWhenItSays(t *testing.T) {
	var asked atomic.Int32
	server := served(t, func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) < 3 {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	})
	sender := senderAt(t, connect(t, server), driver.SenderOptions{Address: "/x"})
	if err := sender.Send(t.Context(), []*driver.Message{{Body: []byte("x")}}); err != nil || asked.Load() != 3 {
		t.Errorf("asked %d times: %v, want 3", asked.Load(), err)
	}
	slow := served(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	sender = senderAt(t, connect(t, slow), driver.SenderOptions{Address: "/x"})
	ctx, cancel := context.WithTimeout(t.Context(), drivertest.Patience)
	defer cancel()
	err := sender.Send(ctx, []*driver.Message{{Body: []byte("x")}})
	if !driver.Retryable(err) || ctx.Err() != nil {
		t.Errorf("%v, want before the deadline that it is busy for an hour", err)
	}
}

func TestAServerThatTakesAMessageAndNeverAnswers(t *testing.T) {
	t.Parallel()
	over := make(chan struct{})
	var taken atomic.Bool
	server := served(t, func(http.ResponseWriter, *http.Request) { taken.Store(true); <-over })
	t.Cleanup(func() { close(over) })
	conn := connect(t, server)
	sender := senderAt(t, conn, driver.SenderOptions{Address: "/x"})
	for !taken.Load() { // a machine that is busy does not get to send within the deadline
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		err := sender.Send(ctx, []*driver.Message{{Body: []byte("x")}})
		cancel()
		if !errors.Is(err, driver.ErrTimeout) || taken.Load() && driver.NotSent(err) {
			t.Fatalf("send: %v, want %v, and that it may have been sent", err, driver.ErrTimeout)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := conn.OpenReceiver(ctx, driver.ReceiverOptions{Address: "/x"}); !errors.Is(err, driver.ErrTimeout) {
		t.Errorf("receive: %v, want %v", err, driver.ErrTimeout)
	}
}

// events is a server whose streams a test writes, one after the other.
func events(t *testing.T, streams ...string) driver.Server {
	t.Helper()
	var count atomic.Int32
	return served(t, func(w http.ResponseWriter, r *http.Request) {
		n := int(count.Add(1)) - 1
		if n >= len(streams) {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, strings.ReplaceAll(streams[n], "LAST", r.Header.Get("Last-Event-ID")))
		w.(http.Flusher).Flush()
		if strings.HasSuffix(streams[n], ": wait\n") {
			<-r.Context().Done()
		}
	})
}

func TestAStreamGoesOnAfterItsLastEvent(t *testing.T) {
	receiver := receiverAt(t, connect(t, events(t, "id: 41\ndata: a\n\nid: 42\n\nid: 43\ndata: half", "data: after LAST\n\n")), driver.ReceiverOptions{Address: "/x"})
	for _, want := range []string{"a", "after 42"} {
		if got := receiveOne(t, receiver); string(got.Body) != want {
			t.Errorf("received %q, want %q", got.Body, want)
		}
	}
	// Then the server says that this was all.
	if _, err := receiver.Receive(t.Context(), 1); !errors.Is(err, driver.ErrServer) || driver.Retryable(err) || !strings.Contains(err.Error(), "for good") {
		t.Errorf("receive: %v, want that the stream has ended", err)
	}
}

func TestASilentStreamIsAskedForAgain(t *testing.T) {
	t.Parallel()
	server := events(t, "data: a\n\n: wait\n", "data: b\n\n: wait\n")
	server.Params["http.idle"] = []string{"1"}
	receiver := receiverAt(t, connect(t, server), driver.ReceiverOptions{Address: "/x"})
	for _, want := range []string{"a", "b"} {
		if got := receiveOne(t, receiver); string(got.Body) != want {
			t.Errorf("received %q, want %q", got.Body, want)
		}
	}
}

func TestAnEventThatIsTooLargeIsNotReceived(t *testing.T) {
	server := events(t, "data: "+strings.Repeat("x", 5000)+"\n\n")
	server.Params["http.max"] = []string{"4096"}
	receiver := receiverAt(t, connect(t, server), driver.ReceiverOptions{Address: "/x"})
	if _, err := receiver.Receive(t.Context(), 1); !errors.Is(err, driver.ErrTooLarge) || !strings.Contains(err.Error(), "http.max") {
		t.Errorf("receive: %v, want %v", err, driver.ErrTooLarge)
	}
}

func TestAReceiverThatIsFullHoldsTheServerBack(t *testing.T) {
	t.Parallel()
	const count = 4000 // more than the server, the sockets and the receiver hold
	s := newServer(t)
	conn := connect(t, s.to(t))
	receiver := receiverAt(t, conn, driver.ReceiverOptions{Address: "/x", Prefetch: 100})
	sender := senderAt(t, conn, driver.SenderOptions{Address: "/x"})
	body := []byte(strings.Repeat("x", 10_000))
	sent := make(chan error, 1)
	go func() {
		for range count {
			if err := sender.Send(t.Context(), []*driver.Message{{Body: body}}); err != nil {
				sent <- err
				return
			}
		}
		sent <- nil
	}()
	select {
	case err := <-sent:
		t.Fatalf("40 MB were taken by nobody: %v", err)
	case <-time.After(300 * time.Millisecond): // when that is too soon, the check still holds
	}
	for got := 0; got < count; {
		messages, err := receiver.Receive(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		got += len(messages)
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
}

// TestNamesDoNotLeadToPrivateAddresses resolves a name that is this machine's and
// not called so.
func TestNamesDoNotLeadToPrivateAddresses(t *testing.T) {
	name, err := os.Hostname()
	if err != nil {
		t.Skipf("this machine has no name to try: %v", err)
	}
	addresses, err := net.DefaultResolver.LookupNetIP(t.Context(), "ip", name)
	if err != nil || slices.ContainsFunc(addresses, func(a netip.Addr) bool { return !a.IsLoopback() && !a.IsPrivate() }) {
		t.Skip("the name of this machine does not lead to a private address alone")
	}
	server := driver.Server{Protocol: "http", Hosts: []string{name + ":1"}, Params: map[string][]string{}}
	if _, err := (webhook.Driver{}).Connect(t.Context(), server); !errors.Is(err, driver.ErrInvalid) || !strings.Contains(err.Error(), "http.private=allow") {
		t.Errorf("connect: %v, want %v", err, driver.ErrInvalid)
	}
	server.Params["http.private"] = []string{"allow"}
	if _, err := (webhook.Driver{}).Connect(t.Context(), server); !errors.Is(err, driver.ErrUnreachable) {
		t.Errorf("connect: %v, want %v", err, driver.ErrUnreachable)
	}
}

func TestSettingsThatAreWrongAreRefused(t *testing.T) {
	for _, params := range []map[string][]string{
		{"http.no-such": {"1"}},
		{"http.method": {"HEAD"}},
		{"http.max": {"many"}},
		{"http.wait": {"-1"}},
		{"http.secret": {"the secret itself"}},
		{"http.secret": {"env:WEFT_NO_SUCH_VARIABLE"}},
		{"http.hub": {"1"}},
		{"http.private": {"yes"}},
		{"http.probe": {"x"}},
		{"http.max": {"1", "2"}},
	} {
		_, err := webhook.Driver{}.Connect(t.Context(), driver.Server{Protocol: "http", Hosts: []string{"127.0.0.1:1"}, Params: params})
		if !errors.Is(err, driver.ErrInvalid) || strings.Contains(err.Error(), "the secret itself") {
			t.Errorf("%v: %v, want %v", params, err, driver.ErrInvalid)
		}
	}
	conn := connect(t, served(t, http.NotFound))
	for name, params := range map[string]map[string]string{
		"a header of HTTP":     {"header.Content-Length": "1"},
		"one of ours":          {"header.Webhook-Signature": "v1,x"},
		"a header that breaks": {"header.X": "a\r\nB: c"},
		"a name that breaks":   {"header.X\r\nY": "a"},
	} {
		if _, err := conn.OpenSender(t.Context(), driver.SenderOptions{Address: "a", Params: params}); !errors.Is(err, driver.ErrInvalid) {
			t.Errorf("%s: %v, want %v", name, err, driver.ErrInvalid)
		}
	}
	if _, err := conn.OpenSender(t.Context(), driver.SenderOptions{Address: "a\r\nb"}); !errors.Is(err, driver.ErrInvalid) {
		t.Errorf("an address that breaks: %v, want %v", err, driver.ErrInvalid)
	}
}
