package webhook_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/internal/freeport"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/webhook"
)

// here is a server of ours that nobody listens at yet.
func here(t *testing.T) driver.Server {
	t.Helper()
	host := "127.0.0.1:" + strconv.Itoa(freeport.Of(t))
	return driver.Server{Protocol: "webhook", Hosts: []string{host}, Params: map[string][]string{}}
}

func connect(t testing.TB, server driver.Server) driver.Conn {
	t.Helper()
	conn, err := webhook.Driver{Listen: strings.HasPrefix(server.Protocol, "webhook")}.Connect(t.Context(), server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
	return conn
}

func receiverAt(t testing.TB, conn driver.Conn, opts driver.ReceiverOptions) driver.Receiver {
	t.Helper()
	receiver, err := conn.OpenReceiver(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return receiver
}

func senderAt(t testing.TB, conn driver.Conn, opts driver.SenderOptions) driver.Sender {
	t.Helper()
	sender, err := conn.OpenSender(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

func receiveOne(t testing.TB, receiver driver.Receiver) *driver.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), drivertest.Patience)
	defer cancel()
	got, err := receiver.Receive(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	return got[0]
}

// post is how others post; it keeps no connection.
func post(t testing.TB, url string, header http.Header, body []byte) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header.Clone()
	request.Close = true
	response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	return response
}

func TestAWebhookIsAnsweredWhenItHasBeenSettled(t *testing.T) {
	for outcome, want := range map[driver.Outcome]int{
		driver.Ack: http.StatusNoContent, driver.Reject: http.StatusUnprocessableEntity, driver.Requeue: http.StatusServiceUnavailable,
	} {
		t.Run(outcome.String(), func(t *testing.T) {
			server := here(t)
			receiver := receiverAt(t, connect(t, server), driver.ReceiverOptions{Address: "/hooks", Group: "g"})
			answered := make(chan *http.Response, 1)
			go func() { answered <- post(t, "http://"+server.Hosts[0]+"/hooks", nil, []byte("x")) }()
			m := receiveOne(t, receiver)
			select {
			case response := <-answered:
				t.Fatalf("answered with %s before it was settled", response.Status)
			case <-time.After(50 * time.Millisecond):
			}
			for range 2 { // twice without harm
				if err := receiver.Settle(t.Context(), driver.Settle(outcome, m)); err != nil {
					t.Fatal(err)
				}
			}
			response := <-answered
			if response.StatusCode != want || (response.Header.Get("Retry-After") != "") != (outcome == driver.Requeue) {
				t.Errorf("answered with %s, Retry-After %q, want %d", response.Status, response.Header.Get("Retry-After"), want)
			}
		})
	}
}

// TestWhatIsNotSettledIsSentAgain has our own sender on the other side: it sends
// again what its receiver, gone before it settled, did not take.
func TestWhatIsNotSettledIsSentAgain(t *testing.T) {
	t.Parallel()
	server := here(t)
	conn := connect(t, server)
	sender := senderAt(t, conn, driver.SenderOptions{Address: "/hooks"})
	opts := driver.ReceiverOptions{Address: "/hooks", Group: "g"}
	first := receiverAt(t, conn, opts)
	keepOpen := receiverAt(t, conn, driver.ReceiverOptions{Address: "/other"}) // the port stays ours meanwhile
	defer keepOpen.Close()
	sent := make(chan error, 1)
	go func() {
		sent <- sender.Send(t.Context(), []*driver.Message{{Body: []byte("a"), Headers: []driver.Header{{Name: "weft-id", Value: []byte("m-1")}}}})
	}()
	one := receiveOne(t, first)
	second := receiverAt(t, conn, driver.ReceiverOptions{Address: "/hooks"}) // a copy without a group settles nothing
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	third := receiverAt(t, conn, opts)
	again := receiveOne(t, third)
	if again.ID != "m-1" || one.ID != again.ID || string(receiveOne(t, second).Body) != "a" {
		t.Errorf("delivered with the id %q, and again with %q", one.ID, again.ID)
	}
	if err := third.Settle(t.Context(), driver.Settle(driver.Ack, again)); err != nil {
		t.Fatal(err)
	}
	if err := <-sent; err != nil {
		t.Errorf("send: %v", err)
	}
	if err := third.Settle(t.Context(), driver.Settle(driver.Ack, one)); !errors.Is(err, driver.ErrLost) {
		t.Errorf("settle another receiver's: %v, want %v", err, driver.ErrLost)
	}
}

func TestWhatWasRequeuedComesAgain(t *testing.T) {
	t.Parallel()
	server := here(t)
	conn := connect(t, server)
	receiver := receiverAt(t, conn, driver.ReceiverOptions{Address: "/hooks", Group: "g"})
	sender := senderAt(t, conn, driver.SenderOptions{Address: "/hooks"})
	sent := make(chan error, 1)
	go func() { sent <- sender.Send(t.Context(), []*driver.Message{{Body: []byte("a")}}) }()
	for _, outcome := range []driver.Outcome{driver.Requeue, driver.Ack} {
		if err := receiver.Settle(t.Context(), driver.Settle(outcome, receiveOne(t, receiver))); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-sent; err != nil {
		t.Errorf("send: %v", err)
	}
}

func TestWhatWasRejectedGoesToTheDeadLetters(t *testing.T) {
	t.Parallel()
	hub := newServer(t)
	burial := receiverAt(t, connect(t, hub.to(t)), driver.ReceiverOptions{Address: "/dead"})
	for name, dead := range map[string]string{"of another server": "http://" + hub.host(t) + "/dead", "here": "/dead"} {
		t.Run(name, func(t *testing.T) {
			server := here(t)
			conn := connect(t, server)
			grave := burial
			if dead == "/dead" {
				grave = receiverAt(t, conn, driver.ReceiverOptions{Address: "/dead"})
			}
			receiver := receiverAt(t, conn, driver.ReceiverOptions{Address: "/hooks", Group: "g", DeadLetter: dead})
			sender := senderAt(t, conn, driver.SenderOptions{Address: "/hooks"})
			sent := make(chan error, 1)
			go func() {
				sent <- sender.Send(t.Context(), []*driver.Message{{Key: []byte("k"), Body: []byte("bad"), Headers: []driver.Header{{Name: "h", Value: []byte("v")}}}})
			}()
			if err := receiver.Settle(t.Context(), driver.Settle(driver.Reject, receiveOne(t, receiver))); err != nil {
				t.Fatal(err)
			}
			got := receiveOne(t, grave)
			if value, _ := got.Header("h"); string(got.Body) != "bad" || string(got.Key) != "k" || string(value) != "v" {
				t.Errorf("the dead letter is %+v", got)
			}
			if err := <-sent; !errors.Is(err, driver.ErrServer) || driver.Retryable(err) || !strings.Contains(err.Error(), "rejected") {
				t.Errorf("send: %v, want a refusal for good", err)
			}
		})
	}
}

// TestTooManyUnsettledHoldTheSenderBack is the prefetch: a webhook more than that
// waits until one of them is settled.
func TestTooManyUnsettledHoldTheSenderBack(t *testing.T) {
	t.Parallel()
	receiver, answers := threePosts(t, "100")
	held := []*driver.Message{receiveOne(t, receiver), receiveOne(t, receiver)}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if got, err := receiver.Receive(ctx, 1); err == nil {
		t.Fatalf("received a third one: %v", got)
	}
	if err := receiver.Settle(t.Context(), driver.Settle(driver.Ack, held[0])); err != nil {
		t.Error(err)
	}
	held = append(held[1:], receiveOne(t, receiver))
	if err := receiver.Settle(t.Context(), driver.Settle(driver.Ack, held...)); err != nil {
		t.Error(err)
	}
	if got, want := []int{<-answers, <-answers, <-answers}, []int{204, 204, 204}; !slices.Equal(got, want) {
		t.Errorf("answered with %v, want %v", got, want)
	}
}

// TestWhatNobodySettlesInTimeIsSentAway is about those that are held, and those
// that wait behind them.
func TestWhatNobodySettlesInTimeIsSentAway(t *testing.T) {
	t.Parallel()
	_, answers := threePosts(t, "1")
	if got, want := []int{<-answers, <-answers, <-answers}, []int{503, 503, 503}; !slices.Equal(got, want) {
		t.Errorf("answered with %v, want %v", got, want)
	}
}

// threePosts are for a receiver that holds two at most, each for so many seconds.
func threePosts(t *testing.T, wait string) (driver.Receiver, <-chan int) {
	t.Helper()
	server := here(t)
	server.Params["http.wait"] = []string{wait}
	receiver := receiverAt(t, connect(t, server), driver.ReceiverOptions{Address: "/hooks", Group: "g", Prefetch: 2})
	answers := make(chan int, 3)
	for range 3 {
		go func() { answers <- post(t, "http://"+server.Hosts[0]+"/hooks", nil, []byte("x")).StatusCode }()
	}
	return receiver, answers
}

func TestAListenerRefuses(t *testing.T) {
	t.Parallel()
	server := here(t)
	server.Params["http.max"] = []string{"1000"}
	receiver := receiverAt(t, connect(t, server), driver.ReceiverOptions{Address: "/hooks/*"})
	base := "http://" + server.Hosts[0]
	for name, test := range map[string]struct {
		path   string
		header http.Header
		body   []byte
		want   int
	}{
		"nothing":             {"/hooks/a", nil, []byte("x"), http.StatusAccepted},
		"another path":        {"/other", nil, nil, http.StatusNotFound},
		"a longer path":       {"/hooks/a/b", nil, nil, http.StatusNotFound},
		"an empty segment":    {"/hooks/", nil, nil, http.StatusNotFound},
		"a large body":        {"/hooks/a", nil, make([]byte, 2000), http.StatusRequestEntityTooLarge},
		"an unknown encoding": {"/hooks/a", http.Header{"Content-Encoding": {"br"}}, []byte("x"), http.StatusUnsupportedMediaType},
		"no gzip":             {"/hooks/a", http.Header{"Content-Encoding": {"gzip"}}, []byte("x"), http.StatusBadRequest},
	} {
		if response := post(t, base+test.path, test.header, test.body); response.StatusCode != test.want {
			t.Errorf("%s: answered with %s, want %d", name, response.Status, test.want)
		}
	}
	if m := receiveOne(t, receiver); m.Address != "/hooks/a" || m.Params["method"] != "POST" {
		t.Errorf("received from %q by %s", m.Address, m.Params["method"])
	}
	response, err := http.Get(base + "/hooks/a")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if response.StatusCode != http.StatusMethodNotAllowed || response.Header.Get("Allow") != "POST, PUT, PATCH" {
		t.Errorf("a GET is answered with %s, Allow %q", response.Status, response.Header.Get("Allow"))
	}
}

// TestABombIsNotUnpacked sends a few bytes that would be many.
func TestABombIsNotUnpacked(t *testing.T) {
	server := here(t)
	server.Params["http.max"] = []string{"100000"}
	conn := connect(t, server)
	receiverAt(t, conn, driver.ReceiverOptions{Address: "/hooks"})
	sender := senderAt(t, conn, driver.SenderOptions{Address: "/hooks", Compression: "gzip"})
	if err := sender.Send(t.Context(), []*driver.Message{{Body: make([]byte, 10<<20)}}); !errors.Is(err, driver.ErrTooLarge) {
		t.Errorf("send: %v, want %v", err, driver.ErrTooLarge)
	}
	if err := sender.Send(t.Context(), []*driver.Message{{Body: make([]byte, 50_000)}}); err != nil {
		t.Errorf("send: %v", err)
	}
}

func TestWeListenOnThisMachineAlone(t *testing.T) {
	for _, host := range []string{"0.0.0.0:0", "192.0.2.1:80", "example.com:80", "[::]:0"} {
		conn := connect(t, driver.Server{Protocol: "webhook", Hosts: []string{host}})
		if _, err := conn.OpenReceiver(t.Context(), driver.ReceiverOptions{Address: "/a"}); !errors.Is(err, driver.ErrInvalid) || !strings.Contains(err.Error(), "this machine") {
			t.Errorf("%s: %v, want %v", host, err, driver.ErrInvalid)
		}
	}
	server := here(t)
	conn := connect(t, server)
	receiverAt(t, conn, driver.ReceiverOptions{Address: "/a", Group: "g"})
	if _, err := conn.OpenReceiver(t.Context(), driver.ReceiverOptions{Address: "/a", Group: "g"}); !errors.Is(err, driver.ErrInvalid) {
		t.Errorf("a second receiver of a group: %v, want %v", err, driver.ErrInvalid)
	}
	if _, err := connect(t, server).OpenReceiver(t.Context(), driver.ReceiverOptions{Address: "/a"}); !errors.Is(err, driver.ErrInvalid) || !strings.Contains(err.Error(), "listen there") {
		t.Errorf("a port that is taken: %v, want %v", err, driver.ErrInvalid)
	}
}

// TestAllOfAMessageArrives goes by a webhook; events are tried by the suite.
func TestAllOfAMessageArrives(t *testing.T) {
	server := here(t)
	conn := connect(t, server)
	receiver := receiverAt(t, conn, driver.ReceiverOptions{Address: "/hooks"})
	want := []driver.Header{
		{Name: "Content-Type", Value: []byte("application/json")},
		{Name: "X-Two", Value: []byte("1")},
		{Name: "X-Two", Value: []byte("2")},
		{Name: "host", Value: []byte("not the header of HTTP")},
		{Name: "Größe", Value: []byte("groß")},
		{Name: "raw", Value: []byte{0, '\r', '\n', 0xff}},
		{Name: "padded", Value: []byte(" x ")},
		{Name: "x-two", Value: []byte("another case")},
	}
	stamp := time.Date(2024, 2, 29, 13, 14, 15, 167_000_000, time.UTC)
	sent := &driver.Message{Key: []byte("ä /%"), Body: []byte{0, 0xff}, Headers: want, Timestamp: stamp, CorrelationID: "c 1", ReplyTo: "/answers"}
	if err := senderAt(t, conn, driver.SenderOptions{Address: "/hooks"}).Send(t.Context(), []*driver.Message{sent}); err != nil {
		t.Fatal(err)
	}
	got := receiveOne(t, receiver)
	byName := func(a, b driver.Header) int { return strings.Compare(a.Name, b.Name) }
	if diff := cmp.Diff(slices.SortedStableFunc(slices.Values(want), byName), slices.SortedStableFunc(slices.Values(got.Headers), byName)); diff != "" {
		t.Error(diff)
	}
	if !bytes.Equal(got.Key, sent.Key) || !bytes.Equal(got.Body, sent.Body) || !got.Timestamp.Equal(stamp) || got.CorrelationID != "c 1" || got.ReplyTo != "/answers" {
		t.Errorf("received %+v", got)
	}
	secret := &driver.Message{Headers: []driver.Header{{Name: "authorization", Value: []byte("Bearer hush")}}}
	if err := senderAt(t, conn, driver.SenderOptions{Address: "/hooks"}).Send(t.Context(), []*driver.Message{secret}); !errors.Is(err, driver.ErrInvalid) || strings.Contains(err.Error(), "hush") {
		t.Errorf("send credentials as a header: %v, want %v", err, driver.ErrInvalid)
	}
}

func TestWhoPostsMustEnterAsWeDo(t *testing.T) {
	hush := func() (string, error) { return "hush", nil }
	for name, test := range map[string]struct {
		enter  func(*driver.Server)
		header http.Header
		query  string
	}{
		"basic":  {func(s *driver.Server) { s.User, s.Password = "ada", hush }, http.Header{"Authorization": {"basic YWRhOmh1c2g="}}, ""},
		"bearer": {func(s *driver.Server) { s.Password = hush }, http.Header{"Authorization": {"Bearer hush"}}, ""},
		"header": {func(s *driver.Server) { s.APIKeys = []driver.APIKey{{In: "header", Name: "X-Key", Value: hush}} }, http.Header{"X-Key": {"hush"}}, ""},
		"query":  {func(s *driver.Server) { s.APIKeys = []driver.APIKey{{In: "query", Name: "key", Value: hush}} }, nil, "?key=hush"},
		"cookie": {func(s *driver.Server) { s.APIKeys = []driver.APIKey{{In: "cookie", Name: "key", Value: hush}} }, http.Header{"Cookie": {"key=hush"}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			server := here(t)
			test.enter(&server)
			conn := connect(t, server)
			receiver := receiverAt(t, conn, driver.ReceiverOptions{Address: "/hooks"})
			if err := senderAt(t, conn, driver.SenderOptions{Address: "/hooks"}).Send(t.Context(), []*driver.Message{{Body: []byte("x")}}); err != nil {
				t.Errorf("we: %v", err)
			}
			if got := receiveOne(t, receiver); slices.ContainsFunc(got.Headers, func(h driver.Header) bool { return strings.EqualFold(h.Name, "authorization") }) {
				t.Errorf("the message has %v", got.Headers)
			}
			url := "http://" + server.Hosts[0] + "/hooks"
			if response := post(t, url+test.query, test.header, []byte("x")); response.StatusCode != http.StatusAccepted {
				t.Errorf("with credentials: %s", response.Status)
			}
			response := post(t, url, nil, []byte("x"))
			if text, _ := io.ReadAll(response.Body); response.StatusCode != http.StatusUnauthorized || strings.Contains(string(text), "hush") {
				t.Errorf("without credentials: %s %s", response.Status, text)
			}
		})
	}
}
