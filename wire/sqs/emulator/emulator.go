// Package emulator is a server that speaks a subset of Amazon SQS and SNS, in
// this process and on loopback only, so that queues and topics can be tried
// where no cloud is. It exists because there is no well-kept one to embed.
//
// Of SQS (JSON 1.0): CreateQueue, GetQueueUrl, ListQueues, DeleteQueue,
// PurgeQueue, Get- and SetQueueAttributes, TagQueue, UntagQueue, ListQueueTags,
// ListDeadLetterSourceQueues, SendMessage, ReceiveMessage with long polling,
// DeleteMessage and ChangeMessageVisibility, with their batches; visibility
// timeouts, delays, retention, redrive to dead letters, FIFO with groups and
// deduplication, checksums, limits. Policies are kept and not enforced.
//
// Of SNS (query and XML): CreateTopic, DeleteTopic, ListTopics, Get- and
// SetTopicAttributes, Subscribe (to queues here and to http on loopback),
// Unsubscribe, ListSubscriptions(ByTopic), Get- and SetSubscriptionAttributes,
// Publish and PublishBatch, with raw delivery and filter policies of attributes
// and bodies. An http subscription is confirmed at once and never retried.
//
// Anything else is answered with InvalidAction. Every request must be signed
// with Signature Version 4; the signature is verified when Options has a secret.
//
// It must not know our driver: any client may talk to it.
package emulator

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Account is the number of the account that everything belongs to.
const Account = "000000000000"

// maxRequest bounds a request, in bytes: ten messages of the largest kind, each
// byte escaped in JSON.
const maxRequest = 16 << 20

// Options says how to start a server. The zero Options is a server on a free
// port that takes any signature and forgets everything when it is closed.
type Options struct {
	Port   int    // TCP port on 127.0.0.1; 0 is any that is free
	Region string // default "us-east-1"

	// AccessKey, Secret and Token are the only credentials let in; without a
	// Secret any well-formed signature is.
	AccessKey, Secret, Token string

	TLS *tls.Config // nil is plain http

	// State is what an earlier server had, to go on with; nil begins empty.
	State *State
}

// Server runs until it is closed.
type Server struct {
	opts   Options
	state  *State
	http   *http.Server
	listen net.Listener
	base   string // "http://127.0.0.1:4566"

	client *http.Client  // for http subscriptions
	calls  chan struct{} // as many as are under way

	stop    context.CancelFunc
	stopped context.Context //nolint:containedctx // the server's own end, which ends long polls
	serving sync.WaitGroup
}

// Start starts a server. It answers when Start returns.
func Start(opts Options) (*Server, error) {
	if opts.Region == "" {
		opts.Region = "us-east-1"
	}
	if opts.State == nil {
		opts.State = NewState()
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(opts.Port)))
	if err != nil {
		return nil, fmt.Errorf("cannot listen: %w", err)
	}
	s := &Server{opts: opts, state: opts.State, listen: listener, base: "http://" + listener.Addr().String()}
	if opts.TLS != nil {
		s.base = "https://" + listener.Addr().String()
		listener = tls.NewListener(listener, opts.TLS)
	}
	s.client = &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	s.calls = make(chan struct{}, maxCalls)
	s.stopped, s.stop = context.WithCancel(context.Background())
	s.http = &http.Server{
		Handler: s, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), // what clients do wrong is not this process's to tell
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
	}
	s.serving.Go(func() { _ = s.http.Serve(listener) }) // always ErrServerClosed, or the listener is gone
	return s, nil
}

// Host returns "127.0.0.1:port".
func (s *Server) Host() string { return s.listen.Addr().String() }

// Region returns the region that names are in.
func (s *Server) Region() string { return s.opts.Region }

// State returns what the server has, for one that comes after it.
func (s *Server) State() *State { return s.state }

// Close ends all requests and frees the port. It may be called twice.
func (s *Server) Close() error {
	s.stop()
	err := s.http.Close()
	s.serving.Wait()
	s.state.deliveries.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// ServeHTTP answers one request: SQS is told from SNS by its target header.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, f := readBody(w, r)
	target := r.Header.Get("X-Amz-Target")
	if f == nil {
		f = s.authenticate(r, body)
	}
	switch {
	case target != "":
		s.serveJSON(w, r, target, body, f)
	default:
		s.serveQuery(w, r, body, f)
	}
}

// MakeQueue makes a queue; one whose name ends in ".fifo" is FIFO.
func (s *Server) MakeQueue(name string) error {
	attrs := map[string]string{}
	if strings.HasSuffix(name, ".fifo") {
		attrs["FifoQueue"] = "true"
	}
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	if _, f := s.create(name, attrs, nil); f != nil {
		return f
	}
	return nil
}

// MakeTopic makes a topic; one whose name ends in ".fifo" is FIFO.
func (s *Server) MakeTopic(name string) error {
	in := &query{url.Values{"Name": {name}}}
	if strings.HasSuffix(name, ".fifo") {
		in.values["Attributes.entry.1.key"], in.values["Attributes.entry.1.value"] = []string{"FifoTopic"}, []string{"true"}
	}
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	if _, f := s.createTopic(in); f != nil {
		return f
	}
	return nil
}
