package rooms_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/weft-dev/weft/internal/leaks"
	"github.com/weft-dev/weft/wire/embedded/rooms"
)

func TestMain(m *testing.M) { os.Exit(leaks.Run(m)) }

func serve(t *testing.T) string {
	t.Helper()
	handler := rooms.New()
	server := httptest.NewServer(handler)
	t.Cleanup(func() {
		handler.Close() // first: the server knows nothing of connections that were taken over
		server.Close()
	})
	return server.URL
}

func enter(t *testing.T, url string, opts *websocket.DialOptions) *websocket.Conn {
	t.Helper()
	ws, _, err := websocket.Dial(t.Context(), url, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.CloseNow() })
	return ws
}

func say(t *testing.T, ws *websocket.Conn, kind websocket.MessageType, text string) {
	t.Helper()
	if err := ws.Write(t.Context(), kind, []byte(text)); err != nil {
		t.Fatal(err)
	}
}

func hear(t *testing.T, ws *websocket.Conn, kind websocket.MessageType, want string) {
	t.Helper()
	got, body, err := ws.Read(t.Context())
	if err != nil || got != kind || string(body) != want {
		t.Fatalf("heard %v %q, %v, want %v %q", got, body, err, kind, want)
	}
}

func TestOthersInTheRoomHearWhatIsSaid(t *testing.T) {
	url := serve(t)
	one, two, other := enter(t, url+"/a?x=1", nil), enter(t, url+"/a", nil), enter(t, url+"/b", nil)
	// A client is not told that it is in the room: one says hello until two hears
	// it, and is there itself by then.
	heard := make(chan struct{})
	var hello sync.WaitGroup
	hello.Go(func() {
		for {
			if err := one.Write(t.Context(), websocket.MessageText, []byte("hello")); err != nil {
				t.Error(err)
				return
			}
			select {
			case <-heard:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
	hear(t, two, websocket.MessageText, "hello")
	close(heard)
	hello.Wait()
	say(t, two, websocket.MessageBinary, "\xff")
	hear(t, one, websocket.MessageBinary, "\xff") // and not its own hello
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, body, err := other.Read(ctx); err == nil {
		t.Errorf("another room heard %q", body)
	}
}

func TestPagesOfThisMachineAloneMayEnter(t *testing.T) {
	url := serve(t)
	for origin, welcome := range map[string]bool{
		"http://localhost:3000": true, "http://127.0.0.1:8080": true, "http://[::1]:80": true,
		"https://example.com": false, "http://localhost.example.com": false, "null": false,
	} {
		ws, response, err := websocket.Dial(t.Context(), url+"/a", &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {origin}}})
		if (err == nil) != welcome {
			t.Errorf("a page of %s: %v", origin, err)
		}
		if err == nil {
			_ = ws.CloseNow()
		} else if response.StatusCode != http.StatusForbidden {
			t.Errorf("a page of %s is answered with %d", origin, response.StatusCode)
		}
	}
}

func TestAnySubprotocolIsWelcome(t *testing.T) {
	ws := enter(t, serve(t), &websocket.DialOptions{Subprotocols: []string{"wamp", "other"}})
	if got := ws.Subprotocol(); got != "wamp" {
		t.Errorf("the subprotocol is %q, want wamp", got)
	}
}

func TestARequestThatIsNoHandshakeIsToldSo(t *testing.T) {
	response, err := http.Get(serve(t) + "/a")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusUpgradeRequired || !strings.EqualFold(response.Header.Get("Upgrade"), "websocket") {
		t.Errorf("answered with %s, %v", response.Status, response.Header)
	}
	http.DefaultClient.CloseIdleConnections()
}
