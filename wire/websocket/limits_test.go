package websocket_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	coder "github.com/coder/websocket"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
)

// TestLimits is what every driver says of what a server that works does not do.
func TestLimits(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(limited))
	t.Cleanup(server.Close)
	drivertest.Limits{
		URL:           strings.Replace(server.URL, "http", "ws", 1) + "?ws.probe=tcp",
		Missing:       &driver.SenderOptions{Address: "/nowhere"},
		MissingSource: &driver.ReceiverOptions{Address: "/nowhere"},
		Full:          &driver.SenderOptions{Address: "/full"},
		FullSays:      "1013",
		Silent:        &driver.SenderOptions{Address: "/silent"},
		Large:         &driver.SenderOptions{Address: "/large"}, LargeBytes: 2000,
	}.Run(t)
}

// limited is a server with a path for each of its limits.
func limited(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/nowhere" {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	ws, err := coder.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer ws.CloseNow()
	ws.SetReadLimit(1000) // closes with 1009
	for err == nil {
		_, _, err = ws.Read(r.Context())
		if err == nil && r.URL.Path == "/full" {
			err = ws.Close(coder.StatusTryAgainLater, "the queue is full")
		}
	}
}
