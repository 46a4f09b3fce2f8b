package websocket_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	coder "github.com/coder/websocket"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
)

// serve runs a server of WebSocket with a behaviour of its own.
func serve(t *testing.T, opts *coder.AcceptOptions, each func(context.Context, *coder.Conn)) driver.Server {
	t.Helper()
	var busy sync.WaitGroup
	ctx, cancel := context.WithCancel(context.Background())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "" {
			w.WriteHeader(http.StatusUpgradeRequired)
			return
		}
		ws, err := coder.Accept(w, r, opts)
		if err != nil {
			return
		}
		busy.Add(1)
		defer busy.Done()
		defer ws.CloseNow()
		each(ctx, ws)
	}))
	t.Cleanup(func() { cancel(); server.Close(); busy.Wait() })
	return driver.Server{Protocol: "ws", Hosts: []string{strings.TrimPrefix(server.URL, "http://")}}
}

func TestAClosedConnectionIsToldByItsCode(t *testing.T) {
	for name, test := range map[string]struct {
		code  coder.StatusCode
		kind  error
		words string
		retry bool
	}{
		"policy":            {coder.StatusPolicyViolation, driver.ErrServer, "1008", false},
		"too big":           {coder.StatusMessageTooBig, driver.ErrTooLarge, "1009", false},
		"unsupported":       {coder.StatusUnsupportedData, driver.ErrProtocol, "binary", false},
		"the application's": {4401, driver.ErrServer, "go away", false},
	} {
		t.Run(name, func(t *testing.T) {
			conn := connect(t, serve(t, nil, func(ctx context.Context, ws *coder.Conn) {
				if _, _, err := ws.Read(ctx); err == nil {
					_ = ws.Close(test.code, "go away")
				}
			}))
			receiver := receiverAt(t, conn, driver.ReceiverOptions{Address: "/x"})
			sender := senderAt(t, conn, driver.SenderOptions{Address: "/x"})
			sendErr := sender.Send(t.Context(), []*driver.Message{{Body: []byte("x")}})
			_, err := receiver.Receive(t.Context(), 1)
			for op, err := range map[string]error{"send": sendErr, "receive": err} {
				if !errors.Is(err, test.kind) || !strings.Contains(err.Error(), test.words) || driver.Retryable(err) != test.retry || driver.NotSent(err) {
					t.Errorf("%s: %v, want %v", op, err, test.kind)
				}
			}
		})
	}
}

// TestAServerThatFallsSilent answers the handshake, and then no more.
func TestAServerThatFallsSilent(t *testing.T) {
	server := serve(t, nil, func(ctx context.Context, _ *coder.Conn) { <-ctx.Done() })
	conn := connect(t, server)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := conn.OpenSender(ctx, driver.SenderOptions{Address: "/x"})
	if !errors.Is(err, driver.ErrTimeout) || !strings.Contains(err.Error(), server.Hosts[0]) || !strings.Contains(err.Error(), "/x") {
		t.Errorf("open: %v, want %v", err, driver.ErrTimeout)
	}
}

// TestAHalfOpenConnectionIsNoticed lets a server stop answering while we wait
// for its messages: nothing but a sign of life that does not come tells.
func TestAHalfOpenConnectionIsNoticed(t *testing.T) {
	var first sync.Once
	server := serve(t, nil, func(ctx context.Context, ws *coder.Conn) {
		deaf := false
		first.Do(func() { deaf = true })
		if deaf {
			<-ctx.Done()
			return
		}
		_ = ws.Write(ctx, coder.MessageText, []byte("back"))
		<-ws.CloseRead(ctx).Done()
	})
	server.Params = map[string][]string{"ws.ping": {"1"}, "ws.confirm": {"none"}}
	receiver := receiverAt(t, connect(t, server), driver.ReceiverOptions{Address: "/x"})
	ctx, cancel := context.WithTimeout(t.Context(), drivertest.Patience)
	defer cancel()
	got, err := receiver.Receive(ctx, 1)
	if err != nil || string(got[0].Body) != "back" {
		t.Errorf("received %v, %v, want a message from the second connection", got, err)
	}
}

func TestAReceiverThatIsFullHoldsTheServerBack(t *testing.T) {
	const count = 3500 // more than the room, the sockets and the receiver hold
	s := newServer(t)
	conn := connect(t, s.to(t))
	receiver := receiverAt(t, conn, driver.ReceiverOptions{Address: "/x", Prefetch: 100})
	sender := senderAt(t, conn, driver.SenderOptions{Address: "/x"})
	body := []byte(strings.Repeat("x", 10_000))
	sent := make(chan error, 1)
	go func() {
		for range count / 500 {
			batch := make([]*driver.Message, 500)
			for i := range batch {
				batch[i] = &driver.Message{Body: body}
			}
			if err := sender.Send(t.Context(), batch); err != nil {
				sent <- err
				return
			}
		}
		sent <- nil
	}()
	select {
	case err := <-sent:
		t.Fatalf("35 MB were taken by nobody: %v", err)
	case <-time.After(300 * time.Millisecond):
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

func TestAMessageThatIsTooLargeIsNotReceived(t *testing.T) {
	server := serve(t, nil, func(ctx context.Context, ws *coder.Conn) {
		_ = ws.Write(ctx, coder.MessageBinary, make([]byte, 5000))
		<-ws.CloseRead(ctx).Done()
	})
	server.Params = map[string][]string{"ws.max": {"4096"}, "ws.confirm": {"none"}}
	receiver := receiverAt(t, connect(t, server), driver.ReceiverOptions{Address: "/x"})
	if _, err := receiver.Receive(t.Context(), 1); !errors.Is(err, driver.ErrTooLarge) || !strings.Contains(err.Error(), "ws.max") {
		t.Errorf("receive: %v, want %v", err, driver.ErrTooLarge)
	}
}
