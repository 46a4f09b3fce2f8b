package webhook

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/weft-dev/weft/wire/web"
)

// What a listener bears: requests at a time, the size of their headers, and how
// long one may take to arrive.
const (
	maxRequests = 1000
	maxHead     = 256 << 10
	arrival     = 30 * time.Second
	farewell    = 2 * time.Second // for answers that are being written at the end
)

// listener takes webhooks for the receivers of one connection, and is there while
// there are any.
type listener struct {
	conn   *conn
	server *http.Server
	served chan struct{}
	slots  chan struct{}
	hooks  []*hook // guarded by conn.mu; replaced, never changed
}

// join adds a receiver, and begins to listen with the first one.
func (c *conn) join(h *hook) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.keep(h); err != nil {
		return err
	}
	err := c.admit(h)
	if err != nil {
		c.opened.Forget(h)
	}
	return err
}

// admit is join for a receiver that will be closed with the connection; c.mu is
// held.
func (c *conn) admit(h *hook) error {
	if c.listener == nil {
		l, err := c.startListener()
		if err != nil {
			return err
		}
		c.listener = l
	}
	l := c.listener
	for _, other := range l.hooks {
		if h.group != "" && other.group == h.group && other.place.address == h.place.address {
			return web.InvalidError{Err: fmt.Errorf("the group %q has a receiver here already: webhooks are not shared", h.group)}
		}
	}
	l.hooks = append(slices.Clone(l.hooks), h)
	return nil
}

// part removes a receiver whose requests have been answered or soon will be. With
// the last one the port is free again.
func (c *conn) part(h *hook) {
	c.mu.Lock()
	c.opened.Forget(h)
	l := c.listener
	if l == nil {
		c.mu.Unlock()
		return
	}
	l.hooks = slices.DeleteFunc(slices.Clone(l.hooks), func(x *hook) bool { return x == h })
	last := len(l.hooks) == 0
	if last {
		c.listener = nil
	}
	c.mu.Unlock()
	if last {
		l.stop()
	}
}

func (c *conn) startListener() (*listener, error) {
	address, err := c.settings.listenAddress()
	if err != nil {
		return nil, web.InvalidError{Err: err}
	}
	at, err := net.Listen("tcp", address)
	if err != nil {
		return nil, web.InvalidError{Err: fmt.Errorf("nobody can listen there: %w", err)}
	}
	l := &listener{conn: c, served: make(chan struct{}), slots: make(chan struct{}, maxRequests)}
	l.server = &http.Server{
		Handler: l, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: arrival, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHead,
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), // what others do wrong is no news
	}
	if l.server.TLSConfig, err = c.settings.listenTLS(); err != nil {
		return nil, errors.Join(web.InvalidError{Err: err}, at.Close())
	}
	go func() {
		defer close(l.served)
		if l.server.TLSConfig != nil {
			_ = l.server.ServeTLS(at, "", "") // it ends when it is stopped
			return
		}
		_ = l.server.Serve(at)
	}()
	return l, nil
}

// listenAddress is where we listen: on loopback and nowhere else. Who wants
// webhooks of the world has a proxy or a tunnel in front.
func (s *settings) listenAddress() (string, error) {
	address := s.DialAddress()
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return "", err
	}
	if a, err := netip.ParseAddr(host); strings.EqualFold(host, "localhost") || err == nil && a.IsLoopback() {
		return address, nil
	}
	return "", fmt.Errorf("webhooks are taken on this machine alone, and %s is another: write webhook://127.0.0.1:PORT, and let a proxy or a tunnel lead there", host)
}

// listenTLS turns what is meant for a client around: our certificate is the
// server's, and a CA that was given must have signed those of who enters.
func (s *settings) listenTLS() (*tls.Config, error) {
	if s.TLS == nil {
		return nil, nil
	}
	if len(s.TLS.Certificates) == 0 {
		return nil, errors.New("listening with TLS needs a certificate and its key")
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: s.TLS.Certificates}
	if s.TLS.RootCAs != nil {
		config.ClientCAs, config.ClientAuth = s.TLS.RootCAs, tls.RequireAndVerifyClientCert
	}
	return config, nil
}

// stop waits for answers that are being written.
func (l *listener) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	if l.server.Shutdown(ctx) != nil {
		_ = l.server.Close() // whoever is left gets no answer
	}
	<-l.served
}

func (l *listener) at(path string) []*hook {
	l.conn.mu.Lock()
	hooks := l.hooks
	l.conn.mu.Unlock()
	var list []*hook
	for _, h := range hooks {
		if h.matches(path) {
			list = append(list, h)
		}
	}
	return list
}

// ServeHTTP takes one webhook.
func (l *listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	select {
	case l.slots <- struct{}{}:
		defer func() { <-l.slots }()
	default:
		refuseForNow(w, "there are too many requests")
		return
	}
	hooks := l.at(r.URL.Path)
	if len(hooks) == 0 {
		http.Error(w, "nobody listens at this path", http.StatusNotFound)
		return
	}
	if !slices.ContainsFunc(hooks, func(h *hook) bool { return h.takes(r.Method) }) {
		w.Header().Set("Allow", strings.Join(hooks[0].methods(), ", "))
		http.Error(w, "this is no way to send a message", http.StatusMethodNotAllowed)
		return
	}
	if err := l.conn.settings.letIn(r); err != nil {
		w.Header().Set("WWW-Authenticate", "Bearer, Basic")
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	packed, err := io.ReadAll(http.MaxBytesReader(w, r.Body, l.conn.settings.max))
	if err != nil {
		refuseBody(w, err)
		return
	}
	if err := l.conn.settings.checkSignature(r.Header, packed); err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	body, err := web.ReadBody(r.Header, strings.NewReader(string(packed)), l.conn.settings.max)
	if err != nil {
		refuseBody(w, err)
		return
	}
	l.answer(w, l.give(r, body, hooks))
}

func refuseBody(w http.ResponseWriter, err error) {
	var tooLarge *http.MaxBytesError
	var encoding web.EncodingError
	switch {
	case errors.As(err, &tooLarge), errors.Is(err, web.ErrBodyTooLarge):
		http.Error(w, "the message is too large", http.StatusRequestEntityTooLarge)
	case errors.As(err, &encoding):
		w.Header().Set("Accept-Encoding", "gzip")
		http.Error(w, err.Error(), http.StatusUnsupportedMediaType)
	default:
		http.Error(w, "the message cannot be read", http.StatusBadRequest)
	}
}

// refuseForNow asks to be sent the message again.
func refuseForNow(w http.ResponseWriter, why string) {
	w.Header().Set("Retry-After", "1")
	http.Error(w, why, http.StatusServiceUnavailable)
}
