package webhook_test

import (
	"bufio"
	"context"
	"errors"
	"os/exec"
	"strings"
	"testing"

	"github.com/weft-dev/weft/wire/driver"
)

// python runs a server that shares nothing with ours, of Python's standard library.
func python(t *testing.T) driver.Server {
	t.Helper()
	if exec.CommandContext(t.Context(), "python3", "-c", "").Run() != nil {
		t.Skip("there is no Python 3: no foreign server to try")
	}
	command := exec.CommandContext(context.Background(), "python3", "testdata/server.py")
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatal("the foreign server does not start")
	}
	return driver.Server{Protocol: "http", Hosts: []string{"127.0.0.1:" + lines.Text()}, Params: map[string][]string{}}
}

func TestAForeignServerIsPostedToAndSubscribedTo(t *testing.T) {
	t.Parallel()
	conn := connect(t, python(t))
	receiver := receiverAt(t, conn, driver.ReceiverOptions{Address: "/orders", Params: map[string]string{"events": "posted"}})
	sender := senderAt(t, conn, driver.SenderOptions{Address: "/orders"})
	send := func(body string) {
		t.Helper()
		if err := sender.Send(t.Context(), []*driver.Message{{Body: []byte(body)}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, body := range []string{"one\ntwo\n", "", "häß", strings.Repeat("x", 1<<20)} {
		send(body)
		if got := receiveOne(t, receiver); string(got.Body) != body || got.Params["event"] != "posted" || got.ID == "" {
			t.Errorf("sent %.20q, received %.20q, event %q, id %q", body, got.Body, got.Params["event"], got.ID)
		}
	}
	// It hangs up, and what is sent until we are back is asked for by its id.
	send("hang up")
	send("meanwhile")
	for _, want := range []string{"hang up", "meanwhile"} {
		if got := receiveOne(t, receiver); string(got.Body) != want {
			t.Errorf("received %q, want %q", got.Body, want)
		}
	}
	err := sender.Send(t.Context(), []*driver.Message{{Body: []byte("wrong")}, {Body: []byte("right")}})
	var batch *driver.BatchError
	if !errors.As(err, &batch) || !errors.Is(batch.Errors[0], driver.ErrServer) || batch.Errors[1] != nil || !strings.Contains(err.Error(), "this is wrong") {
		t.Errorf("send: %v, want the refusal of the first alone", err)
	}
	busy := senderAt(t, conn, driver.SenderOptions{Address: "/orders", Params: map[string]string{"header.X-Busy": "1"}})
	if err := busy.Send(t.Context(), []*driver.Message{{Body: []byte("x")}}); !errors.Is(err, driver.ErrServer) || !driver.Retryable(err) {
		t.Errorf("send to a busy server: %v, want that it may be tried again", err)
	}
}

// TestCurlPostsAndReads has the client that everybody has on the other side.
func TestCurlPostsAndReads(t *testing.T) {
	if exec.CommandContext(t.Context(), "curl", "--version").Run() != nil {
		t.Skip("there is no curl: no foreign client to try")
	}
	s := newServer(t)
	conn := connect(t, s.to(t))
	receiver := receiverAt(t, conn, driver.ReceiverOptions{Address: "/orders"})
	curl := exec.CommandContext(t.Context(), "curl", "-sSN", "http://"+s.host(t)+"/orders")
	out, err := curl.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := curl.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = curl.Process.Kill(); _ = curl.Wait() }()
	lines := bufio.NewScanner(out)
	if !lines.Scan() || !strings.HasPrefix(lines.Text(), "id: ") {
		t.Fatalf("curl reads %q, want the id after which it would go on", lines.Text())
	}
	posted := exec.CommandContext(t.Context(), "curl", "-sS", "-w", "%{http_code}", "-H", "Content-Type: application/json", "-H", "X-Shop: 7",
		"--data-binary", `{"id": 1}`, "http://"+s.host(t)+"/orders")
	if answer, err := posted.CombinedOutput(); err != nil || string(answer) != "202" {
		t.Fatalf("curl posts: %s, %v", answer, err)
	}
	got := receiveOne(t, receiver)
	contentType, _ := got.Header("content-type")
	shop, _ := got.Header("x-shop")
	if string(got.Body) != `{"id": 1}` || string(contentType) != "application/json" || string(shop) != "7" {
		t.Errorf("received %q with %v", got.Body, got.Headers)
	}
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "data: ") {
	}
	if lines.Text() != `data: {"id": 1}` {
		t.Errorf("curl reads %q", lines.Text())
	}
}
