// Package embedded starts servers inside this process, one for each protocol,
// so that a contract can be run, mocked and tested on a machine where no broker
// is. They speak the real protocol and listen on loopback only.
//
// It must not know who talks to them: the drivers that do are the same as for
// a server elsewhere.
package embedded

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/wire/apart"
	"github.com/weft-dev/weft/wire/driver"
)

// Options says how to start a server. The zero Options is a server on a free
// port that forgets everything when it closes.
type Options struct {
	// Port is the TCP port to listen on; 0 is any that is free.
	Port int

	// DataDir is where to keep messages, so that a later server goes on with
	// them; empty keeps them in memory. Only for protocols that store.
	DataDir string

	// Addresses are topics or queues to make at the start. Others are made
	// when they are first used.
	Addresses []string

	// Partitions is how many partitions an address has that is made without
	// saying. Default 1.
	Partitions int

	// Name tells servers without a port apart: in-memory ones. Default "default".
	Name string
}

// Server is a server that runs until it is closed.
type Server struct {
	URL   string // what to open to reach it
	close func() error
}

// Close stops the server and frees its port. It may be called twice.
func (s *Server) Close() error {
	stop := s.close
	s.close = func() error { return nil }
	return stop()
}

// Starter starts the server of one protocol.
type Starter func(context.Context, Options) (*Server, error)

// NewServer is what a Starter returns: a server that is reached at a URL, and
// what to do to stop it.
func NewServer(url string, stop func() error) *Server { return &Server{URL: url, close: stop} }

// Register adds the server of a protocol. It is for a main that has more
// protocols than this package, before anything is started.
func Register(protocol string, start Starter) { starters.Get()[protocol] = start }

// starters is the servers that there are, by protocol.
var starters = lazy.Of[map[string]Starter]{Make: func() map[string]Starter {
	return map[string]Starter{
		"amqp":          startAMQP,
		"amqp1":         startAMQP1,
		"solace":        startAMQP1,
		"ibmmq":         startAMQP1,
		"ws":            startWebSocket,
		"wss":           startWebSocket,
		"kafka":         startKafka,
		"mqtt":          startMQTT,
		"mqtt3":         startMQTT3,
		"mqtt5":         startMQTT,
		"mqtts":         startMQTT,
		"secure-mqtt":   startMQTT,
		"nats":          startNATS,
		"jetstream":     startJetStream,
		"redis":         startRedisChannels,
		"redis-streams": startRedisStreams,
		"inmem":         startTopics,
		"sns":           startSNS,
		"sqs":           startSQS,
		"stomp":         startSTOMP,
		"stomps":        startSTOMP,
		"http":          startHTTP,
		"https":         startHTTP,
		"inmem-queue":   startQueues,
	}
}}

// Protocols returns the protocols that have a server here, sorted.
func Protocols() []string { return slices.Sorted(maps.Keys(starters.Get())) }

// Start starts the server of a protocol. It answers when Start returns.
func Start(ctx context.Context, protocol string, opts Options) (*Server, error) {
	start, ok := starters.Get()[protocol]
	if !ok {
		return nil, &driver.Error{
			Kind: driver.ErrUnsupported, Op: "start an embedded server",
			Err:  fmt.Errorf("there is none for protocol %q", protocol),
			Hint: hint(protocol),
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return start(ctx, opts)
}

// hint says what else there is, and where the server of a protocol is that this
// program was built without.
func hint(protocol string) string {
	if p, ok := apart.Find(protocol); ok && p.Embedded {
		return apart.Way
	}
	return "there is " + strings.Join(Protocols(), ", ") + "; for others give the URL of a real server"
}
