package websocket_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	coder "github.com/coder/websocket"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/embedded/rooms"
	"github.com/weft-dev/weft/wire/websocket"
)

func connect(t *testing.T, server driver.Server) driver.Conn {
	t.Helper()
	conn, err := websocket.Driver{}.Connect(t.Context(), server)
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

func receiverAt(t *testing.T, conn driver.Conn, opts driver.ReceiverOptions) driver.Receiver {
	t.Helper()
	receiver, err := conn.OpenReceiver(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return receiver
}

func senderAt(t *testing.T, conn driver.Conn, opts driver.SenderOptions) driver.Sender {
	t.Helper()
	sender, err := conn.OpenSender(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

// secured runs rooms behind TLS that let in by a header.
func secured(t *testing.T, authorization string) (driver.Server, *tls.Config) {
	t.Helper()
	inner := rooms.New()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != authorization {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it is meant to be refused
	server.StartTLS()
	t.Cleanup(func() { server.Close(); inner.Close() })
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	return driver.Server{
		Protocol: "wss", Hosts: []string{server.Listener.Addr().String()},
		Params: map[string][]string{"ws.share": {"false"}},
	}, &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
}

func TestCredentialsLetUsIn(t *testing.T) {
	const hush = "hush-hush"
	for name, test := range map[string]struct{ header, user string }{
		"basic":  {"Basic YWRhOmh1c2gtaHVzaA==", "ada"},
		"bearer": {"Bearer hush-hush", ""},
	} {
		t.Run(name, func(t *testing.T) {
			server, config := secured(t, test.header)
			server.TLS, server.User = config, test.user
			server.Password = func() (string, error) { return hush, nil }
			conn := connect(t, server)
			receiver := receiverAt(t, conn, driver.ReceiverOptions{Address: "a"})
			if err := senderAt(t, conn, driver.SenderOptions{Address: "a"}).Send(t.Context(), []*driver.Message{{Body: []byte("in")}}); err != nil {
				t.Fatal(err)
			}
			if got, err := receiver.Receive(t.Context(), 1); err != nil || string(got[0].Body) != "in" {
				t.Errorf("received %v, %v", got, err)
			}

			server.Password = func() (string, error) { return "wrong-" + hush, nil }
			_, err := websocket.Driver{}.Connect(t.Context(), server)
			if !errors.Is(err, driver.ErrAuth) || !strings.Contains(err.Error(), "check user and password") {
				t.Errorf("with a wrong password: %v, want %v", err, driver.ErrAuth)
			}
			if err != nil && strings.Contains(err.Error(), hush) {
				t.Errorf("%q tells the password", err)
			}

			server.User, server.Password = "", nil
			conn = connect(t, server)
			if _, err := conn.OpenSender(t.Context(), driver.SenderOptions{Address: "a"}); !errors.Is(err, driver.ErrAuth) {
				t.Errorf("without a password: %v, want %v", err, driver.ErrAuth)
			}
		})
	}
}

func TestACertificateThatNobodyTrustsKeepsUsOut(t *testing.T) {
	server, _ := secured(t, "")
	_, err := websocket.Driver{}.Connect(t.Context(), server)
	for limit := time.Now().Add(drivertest.Patience); errors.Is(err, driver.ErrTimeout) && time.Now().Before(limit); {
		_, err = websocket.Driver{}.Connect(t.Context(), server) // a busy machine does not get through its handshake in time
	}
	if !errors.Is(err, driver.ErrAuth) || !strings.Contains(err.Error(), "CA certificates") {
		t.Errorf("connect: %v, want %v", err, driver.ErrAuth)
	}
}

func TestFramesAreAsAsked(t *testing.T) {
	conn := connect(t, newServer(t).to(t))
	receiver := receiverAt(t, conn, driver.ReceiverOptions{Address: "a"})
	for _, test := range []struct{ sender, message, body, want string }{
		{"", "", "häß", "text"},
		{"", "", "\xff", "binary"},
		{"binary", "", "a", "binary"},
		{"binary", "text", "a", "text"},
		{"text", "", "\xff", ""},
		{"", "sometimes", "a", ""},
	} {
		opts := driver.SenderOptions{Address: "a"}
		if test.sender != "" {
			opts.Params = map[string]string{"frame": test.sender}
		}
		m := &driver.Message{Body: []byte(test.body)}
		if test.message != "" {
			m.Params = map[string]string{"frame": test.message}
		}
		err := senderAt(t, conn, opts).Send(t.Context(), []*driver.Message{m})
		if test.want == "" {
			if !errors.Is(err, driver.ErrInvalid) {
				t.Errorf("%+v: %v, want %v", test, err, driver.ErrInvalid)
			}
			continue
		}
		got, err2 := receiver.Receive(t.Context(), 1)
		if err != nil || err2 != nil || got[0].Params["frame"] != test.want {
			t.Errorf("%+v: received %+v, %v, %v", test, got, err, err2)
		}
	}
}

func TestAddressesAreJoinedToTheBase(t *testing.T) {
	seen := make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "" {
			return
		}
		seen <- r.URL.String() + " " + r.Header.Get("X-One") + " " + r.Header.Get("Sec-WebSocket-Protocol")
		ws, err := coder.Accept(w, r, &coder.AcceptOptions{Subprotocols: []string{"two"}})
		if err == nil {
			<-ws.CloseRead(context.Background()).Done()
		}
	}))
	defer server.Close()
	at := driver.Server{Protocol: "ws", Hosts: []string{strings.TrimPrefix(server.URL, "http://")}, Path: "base/", Params: map[string][]string{"k": {"v"}}}
	conn := connect(t, at)
	senderAt(t, conn, driver.SenderOptions{Address: "/a b?own=1", Params: map[string]string{"query.q": "&", "header.X-One": "1", "subprotocols": "one, two"}})
	if got, want := <-seen, "/base/a%20b?k=v&own=1&q=%26 1 one,two"; got != want {
		t.Errorf("the server was asked for %q, want %q", got, want)
	}
	for name, params := range map[string]map[string]string{
		"a header of the handshake": {"header.Sec-WebSocket-Key": "x"},
		"a header with a break":     {"header.X": "a\r\nB: c"},
		"no subprotocol":            {"subprotocols": "a b"},
	} {
		if _, err := conn.OpenSender(t.Context(), driver.SenderOptions{Address: "a", Params: params}); !errors.Is(err, driver.ErrInvalid) {
			t.Errorf("%s: %v, want %v", name, err, driver.ErrInvalid)
		}
	}
	_, err := conn.OpenSender(t.Context(), driver.SenderOptions{Address: "a", Params: map[string]string{"subprotocols": "three"}})
	if !errors.Is(err, driver.ErrProtocol) || !strings.Contains(err.Error(), "three") {
		t.Errorf("a subprotocol that the server has not: %v, want %v", err, driver.ErrProtocol)
	}
}

// TestRequestAndAnswerShareAConnection is how servers work that are no rooms.
func TestRequestAndAnswerShareAConnection(t *testing.T) {
	server := serve(t, &coder.AcceptOptions{CompressionMode: coder.CompressionContextTakeover}, func(ctx context.Context, ws *coder.Conn) {
		for {
			kind, body, err := ws.Read(ctx)
			if err != nil || ws.Write(ctx, kind, append([]byte("re: "), body...)) != nil {
				return
			}
		}
	})
	server.Params = map[string][]string{"ws.compression": {"deflate"}}
	conn := connect(t, server)
	sender := senderAt(t, conn, driver.SenderOptions{Address: "a"})
	one, two := receiverAt(t, conn, driver.ReceiverOptions{Address: "a"}), receiverAt(t, conn, driver.ReceiverOptions{Address: "a"})
	body := strings.Repeat("ask ", 1000)
	if err := sender.Send(t.Context(), []*driver.Message{{Body: []byte(body)}}); err != nil {
		t.Fatal(err)
	}
	for _, receiver := range []driver.Receiver{one, two} {
		if got, err := receiver.Receive(t.Context(), 1); err != nil || string(got[0].Body) != "re: "+body {
			t.Errorf("received %v, %v", got, err)
		}
	}
}

func TestSettingsThatAreWrongAreRefused(t *testing.T) {
	for _, params := range []map[string][]string{
		{"ws.no-such": {"1"}}, {"ws.frame": {"odd"}}, {"ws.ping": {"-1"}}, {"ws.max": {"many"}}, {"ws.share": {"yes"}}, {"ws.probe": {"x"}}, {"ws.max": {"1", "2"}},
	} {
		_, err := websocket.Driver{}.Connect(t.Context(), driver.Server{Protocol: "ws", Hosts: []string{"127.0.0.1:1"}, Params: params})
		if !errors.Is(err, driver.ErrInvalid) {
			t.Errorf("%v: %v, want %v", params, err, driver.ErrInvalid)
		}
	}
}

// foreign is a client that shares nothing with ours: the WebSocket of Node.js,
// which is that of browsers. It says what it hears, after it said hello.
const foreign = `
const ws = new WebSocket(process.argv[1]);
ws.onopen = () => console.log("open");
ws.onmessage = (e) => { console.log("heard " + e.data); ws.send("answer to " + e.data); };
ws.onclose = () => process.exit(0);
`

func TestAForeignClientMeetsOursInARoom(t *testing.T) {
	flags := nodeWithWebSocket(t)
	s := newServer(t)
	conn := connect(t, s.to(t))
	receiver := receiverAt(t, conn, driver.ReceiverOptions{Address: "room"})
	command := exec.CommandContext(t.Context(), "node", append(flags, "-e", foreign, "ws://"+s.host(t)+"/room")...)
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = command.Process.Kill(); _ = command.Wait() }()
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "open" {
		t.Fatalf("the foreign client says %q", lines.Text())
	}
	// Its open does not wait until the room has it.
	asking, heard := context.WithCancel(t.Context())
	sender := senderAt(t, conn, driver.SenderOptions{Address: "room"})
	var asked sync.WaitGroup
	asked.Go(func() {
		for asking.Err() == nil {
			if err := sender.Send(t.Context(), []*driver.Message{{Body: []byte("question")}}); err != nil {
				t.Error(err)
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
	})
	defer asked.Wait()
	defer heard()
	if !lines.Scan() || lines.Text() != "heard question" {
		t.Errorf("the foreign client says %q", lines.Text())
	}
	got, err := receiver.Receive(t.Context(), 0)
	for err == nil && string(got[len(got)-1].Body) != "answer to question" {
		got, err = receiver.Receive(t.Context(), 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	if last := got[len(got)-1]; last.Params["frame"] != "text" {
		t.Errorf("its text came as %s", last.Params["frame"])
	}
}

// nodeWithWebSocket returns the flags by which Node.js has a WebSocket: none
// from 22 on.
func nodeWithWebSocket(t *testing.T) []string {
	t.Helper()
	for _, flags := range [][]string{{}, {"--experimental-websocket"}} {
		if exec.CommandContext(t.Context(), "node", append(flags, "-e", "process.exit(typeof WebSocket === 'function' ? 0 : 1)")...).Run() == nil {
			return flags
		}
	}
	t.Skip("there is no Node.js with a WebSocket (22, or 20 with its flag): no foreign client to try")
	return nil
}
