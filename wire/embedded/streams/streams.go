// Package streams is an HTTP server of events: every path is a stream. What is
// posted there, by whichever method with a body, is kept and offered to all who
// ask for the path as server-sent events (package sse), with the headers of the
// request. An answer of 202 says that it has been kept.
//
// A stream keeps its last events, so that a client that comes back says after
// which one it goes on (Last-Event-ID); one without begins with the next. A
// client that does not read holds back those who post to its stream, and is sent
// away when that takes too long (see Patience); it may come back.
//
// It must not know drivers: anybody may come who speaks HTTP, such as a page in
// a browser on this machine.
package streams

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/weft-dev/weft/wire/web"
	"github.com/weft-dev/weft/wire/web/sse"
)

// Patience is how long a client that does not read may hold others back.
const Patience = 30 * time.Second

// What the server bears.
const (
	maxMessage = 64 << 20  // bytes of one message
	maxStreams = 10_000    // paths
	maxEvents  = 1000      // of one stream
	maxKept    = 16 << 20  // bytes of one stream; one event is always kept
	maxBytes   = 512 << 20 // bytes of all streams
	heartbeat  = 15 * time.Second
)

// Streams is the server's handler. The zero Streams is not usable; see New.
type Streams struct {
	ctx   context.Context // ends when the server closes
	stop  context.CancelFunc
	epoch string // tells the events of this server from those of an earlier one

	busy    sync.WaitGroup
	bytes   atomic.Int64 // of all streams
	mu      sync.Mutex
	closed  bool
	streams map[string]*stream // by path
}

// New makes a server without events.
func New() *Streams {
	var random [6]byte
	_, _ = rand.Read(random[:]) // it never fails
	s := &Streams{epoch: hex.EncodeToString(random[:]), streams: map[string]*stream{}}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s
}

// Close ends all streams and waits until they have ended.
func (s *Streams) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.stop()
	s.busy.Wait()
}

// ServeHTTP takes a message, or gives the stream of a path.
func (s *Streams) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !isLocal(r.Host) || !welcome(r.Header.Get("Origin")) {
		http.Error(w, "this server is for this machine alone", http.StatusForbidden)
		return
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		w.Header().Set("Access-Control-Allow-Origin", origin)
		w.Header().Set("Access-Control-Allow-Headers", r.Header.Get("Access-Control-Request-Headers"))
	}
	switch r.Method {
	case http.MethodGet:
		s.offer(w, r)
	case http.MethodHead, http.MethodOptions:
		w.Header().Set("Allow", "GET, POST, PUT, PATCH, DELETE")
		w.WriteHeader(http.StatusNoContent)
	case http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
		s.take(w, r)
	default:
		w.Header().Set("Allow", "GET, POST, PUT, PATCH, DELETE")
		http.Error(w, "GET a stream of events, or POST a message", http.StatusMethodNotAllowed)
	}
}

// isLocal reports whether a host is this machine by its name, so that no other
// name that leads here makes a browser take us for somebody else.
func isLocal(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	a, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && a.IsLoopback()
}

// welcome reports whether a page may come: those of this machine.
func welcome(origin string) bool {
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && isLocal(u.Host)
}

// leftOut are headers that belong to the request and not to its message.
var leftOut = []string{
	"Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Connection", "Content-Encoding", "Content-Length", "Cookie",
	"Expect", "Keep-Alive", "Last-Event-Id", "Origin", "Proxy-Authorization", "Referer", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

// take keeps a message.
func (s *Streams) take(w http.ResponseWriter, r *http.Request) {
	body, err := web.ReadBody(r.Header, http.MaxBytesReader(w, r.Body, maxMessage), maxMessage)
	if err != nil {
		refuse(w, err)
		return
	}
	event := &sse.Event{Data: body}
	for name, values := range r.Header {
		if slices.Contains(leftOut, name) {
			continue
		}
		for _, value := range values {
			event.Header = append(event.Header, sse.Header{Name: name, Value: value})
		}
	}
	stream := s.open(r.URL.Path)
	if stream == nil {
		tooMuch(w)
		return
	}
	defer s.leave(stream)
	if !stream.keep(r.Context(), event) {
		w.Header().Set("Retry-After", "1")
		http.Error(w, "the server is closing", http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

func refuse(w http.ResponseWriter, err error) {
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

func tooMuch(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "1")
	http.Error(w, "there is too much here already", http.StatusServiceUnavailable)
}

// open returns the stream of a path for one more user. Where there is too much,
// streams go that nobody uses; nil when that is not enough.
func (s *Streams) open(path string) *stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	st, ok := s.streams[path]
	if !ok {
		s.makeRoom()
		if len(s.streams) >= maxStreams {
			return nil
		}
		st = &stream{server: s, readers: map[*reader]struct{}{}, room: make(chan struct{})}
		s.streams[path] = st
	}
	st.users++
	s.busy.Add(1)
	return st
}

func (s *Streams) makeRoom() {
	for path, st := range s.streams {
		if len(s.streams) < maxStreams && s.bytes.Load() < maxBytes {
			return
		}
		if st.users == 0 {
			delete(s.streams, path)
			s.bytes.Add(-int64(st.bytes))
		}
	}
}

func (s *Streams) leave(st *stream) {
	s.mu.Lock()
	st.users--
	s.mu.Unlock()
	s.busy.Done()
}
