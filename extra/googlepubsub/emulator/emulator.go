// Package emulator is a server of Google Cloud Pub/Sub inside this process, for
// runs and tests on a machine without a network. It speaks the real protocol,
// by the service's own definitions, and keeps messages in memory.
//
// It is a subset: topics and subscriptions that are pulled, with order by key,
// leases, dead letter policies and exactly-once acknowledgement; no push, no
// filters, no schemas, no snapshots and no seeking. What is asked for and not
// there is refused as unimplemented. Unlike the service it delivers messages
// without keys in the order in which they came, too.
//
// It must not know weft: it is tested with the client library as with the driver.
package emulator

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strconv"
	"sync"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// What the server takes.
const (
	maxRequest     = 16 << 20 // bytes
	maxMessage     = 10_000_000
	maxNames       = 10_000  // topics, and subscriptions
	maxStored      = 1 << 30 // bytes of messages, each counted once for each subscription
	maxConnections = 1000    // streams of one connection
)

// Options says how to start a server. The zero Options is a server on a free
// port that lets everybody in.
type Options struct {
	// Port is the TCP port on loopback; 0 is any that is free.
	Port int
	// TLS is nil for plain text.
	TLS *tls.Config
	// Authorize judges the access token of each request; nil lets all in.
	Authorize func(token string) error
	// State is what an earlier server held, to go on with; nil is nothing.
	State *State
}

// Server is a server that runs until it is closed.
type Server struct {
	pubsubpb.UnimplementedPublisherServer
	pubsubpb.UnimplementedSubscriberServer

	*State
	listener net.Listener
	server   *grpc.Server
	stop     chan struct{}
	busy     sync.WaitGroup
	once     sync.Once
}

// Start starts a server. It answers when Start returns.
func Start(opts Options) (*Server, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(opts.Port)))
	if err != nil {
		return nil, err
	}
	s := &Server{State: opts.State, listener: listener, stop: make(chan struct{})}
	if s.State == nil {
		s.State = newState()
	}
	options := []grpc.ServerOption{
		grpc.MaxRecvMsgSize(maxRequest), grpc.MaxSendMsgSize(2 * maxRequest), grpc.MaxConcurrentStreams(maxConnections),
		grpc.ConnectionTimeout(10 * time.Second),
		grpc.UnaryInterceptor(func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
			if err := authorized(ctx, opts.Authorize); err != nil {
				return nil, err
			}
			return next(ctx, req)
		}),
		grpc.StreamInterceptor(func(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
			if err := authorized(stream.Context(), opts.Authorize); err != nil {
				return err
			}
			return next(srv, stream)
		}),
	}
	if opts.TLS != nil {
		options = append(options, grpc.Creds(credentials.NewTLS(opts.TLS)))
	}
	s.server = grpc.NewServer(options...)
	pubsubpb.RegisterPublisherServer(s.server, s)
	pubsubpb.RegisterSubscriberServer(s.server, s)
	s.busy.Go(func() { _ = s.server.Serve(listener) }) // it ends when it is stopped
	s.busy.Go(s.expire)
	return s, nil
}

func authorized(ctx context.Context, judge func(string) error) error {
	if judge == nil {
		return nil
	}
	incoming, _ := metadata.FromIncomingContext(ctx)
	values := incoming.Get("authorization")
	if len(values) != 1 || len(values[0]) < len("Bearer ") {
		return status.Error(codes.Unauthenticated, "the request has no access token")
	}
	if err := judge(values[0][len("Bearer "):]); err != nil {
		return status.Error(codes.Unauthenticated, "the request has an access token that is not valid")
	}
	return nil
}

// Addr returns the server's host and port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Close stops the server at once and leaves no goroutine behind. What it held
// is in its State. It may be called twice.
func (s *Server) Close() error {
	s.once.Do(func() {
		close(s.stop)
		s.State.disconnect()
		s.server.Stop()
		s.busy.Wait()
	})
	return nil
}

// MakeTopic makes a topic, unless it is there.
func (s *Server) MakeTopic(name string) error {
	_, err := s.CreateTopic(context.Background(), &pubsubpb.Topic{Name: name})
	if status.Code(err) == codes.AlreadyExists {
		return nil
	}
	return err
}

// expire gives up leases that are over.
func (s *Server) expire() {
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-s.stop:
			return
		case now := <-ticker.C:
			s.State.expire(now)
		}
	}
}

var errDeleted = errors.New("the subscription was deleted")
