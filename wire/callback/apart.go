package callback

import (
	"net"
	"net/http"
	"strings"
)

// Apart is a transport for trying things out: what goes to this machine is
// delivered, and every other webhook is played, taking all that it gets.
// Nothing leaves the machine.
type Apart struct {
	// Local delivers to this machine.
	Local http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (a Apart) RoundTrip(request *http.Request) (*http.Response, error) {
	host := request.URL.Hostname()
	if ip := net.ParseIP(host); strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback() {
		return a.Local.RoundTrip(request)
	}
	if request.Body != nil {
		_ = request.Body.Close() // nobody reads it
	}
	return &http.Response{
		StatusCode: http.StatusNoContent, Status: "204 No Content", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: http.NoBody, Request: request,
	}, nil
}
