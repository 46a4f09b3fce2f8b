package registry

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Listener serves a registry on a port until it is closed.
type Listener struct {
	// URL is where clients find it.
	URL    string
	server *http.Server
	done   chan struct{}
}

// Listen serves a registry at an address such as "127.0.0.1:8081"; port 0 is
// any that is free. An address without a host is this machine only. Where it
// listens on this machine only it also answers to no other name, so that no web
// page can reach it under a name of its own.
func Listen(handler http.Handler, address string) (*Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("%q is no address to listen on: write HOST:PORT", address)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, fmt.Errorf("the registry cannot listen on %s: %w", address, err)
	}
	if here, ok := listener.Addr().(*net.TCPAddr); ok && here.IP.IsLoopback() {
		handler = local(handler)
	}
	l := &Listener{
		URL: "http://" + listener.Addr().String(),
		server: &http.Server{
			Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second,
			IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		},
		done: make(chan struct{}),
	}
	go func() {
		defer close(l.done)
		_ = l.server.Serve(listener) // it ends with Close
	}()
	return l, nil
}

// Close stops listening and waits for answers under way until ctx ends.
func (l *Listener) Close(ctx context.Context) error {
	err := l.server.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, l.server.Close())
	}
	<-l.done
	return err
}

// local lets in only requests that name this machine.
func local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			write(w, r, nil, &Error{http.StatusForbidden, http.StatusForbidden, "this registry answers only to this machine's own name"})
			return
		}
		next.ServeHTTP(w, r)
	})
}
