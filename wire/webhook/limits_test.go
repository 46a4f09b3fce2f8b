package webhook_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
)

// TestLimits is what every driver says of what a server that works does not do.
func TestLimits(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		switch {
		case r.URL.Path == "/nowhere":
			w.WriteHeader(http.StatusNotFound)
		case r.URL.Path == "/full":
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(http.StatusTooManyRequests)
		case r.URL.Path == "/large" && n > 1000:
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		}
	}))
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	drivertest.Limits{
		URL:      server.URL + "?http.probe=none",
		Missing:  &driver.SenderOptions{Address: "/nowhere"},
		Full:     &driver.SenderOptions{Address: "/full"},
		FullSays: "429",
		Silent:   &driver.SenderOptions{Address: "/silent"},
		Large:    &driver.SenderOptions{Address: "/large"}, LargeBytes: 2000,
	}.Run(t)
}
