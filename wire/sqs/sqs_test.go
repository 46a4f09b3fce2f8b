package sqs_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/internal/freeport"
	"github.com/weft-dev/weft/internal/leaks"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/sqs"
	"github.com/weft-dev/weft/wire/sqs/emulator"
)

func TestMain(m *testing.M) { os.Exit(leaks.Run(m)) }

// service is an emulator that can be stopped and started again.
type service struct {
	opts   emulator.Options
	server *emulator.Server
}

func start(t testing.TB, opts emulator.Options) *service {
	t.Helper()
	opts.Port = freeport.Of(t) // or another may have it while it is away
	s := &service{opts: opts}
	s.start(t)
	t.Cleanup(func() { s.stop(t) })
	return s
}

func (s *service) start(t testing.TB) {
	t.Helper()
	server, err := emulator.Start(s.opts)
	if err != nil {
		t.Fatal(err)
	}
	s.server, s.opts.State = server, server.State()
}

func (s *service) stop(t testing.TB) {
	t.Helper()
	if err := s.server.Close(); err != nil {
		t.Error(err)
	}
}

func (s *service) restart(t *testing.T) {
	s.stop(t)
	time.Sleep(200 * time.Millisecond)
	s.start(t)
}

func (s *service) queues() driver.Server {
	return driver.Server{Protocol: sqs.Queues, Hosts: []string{s.server.Host()}}
}

func (s *service) topics() driver.Server {
	return driver.Server{Protocol: sqs.Topics, Hosts: []string{s.server.Host()}, Params: map[string][]string{"subscribe": {"allow"}}}
}

// legal makes a name that SQS takes.
func legal(name string) string { return strings.ReplaceAll(name, ".", "-") }

func TestQueuesConform(t *testing.T) {
	s := start(t, emulator.Options{})
	drivertest.Run(t, drivertest.Harness{Driver: sqs.Driver{}, Server: s.queues(), Name: legal, Restart: s.restart, Patience: patience, Impatient: impatient})
}

// impatient has the service hide a message for less.
var impatient = map[string]string{sqs.ParamVisibility: "1"}

// patience is longer than a message stays hidden: an answer that is lost on a
// busy machine takes its messages with it until then, as at the real service.
const patience = 2 * time.Minute

func TestTopicsConform(t *testing.T) {
	s := start(t, emulator.Options{})
	drivertest.Run(t, drivertest.Harness{Driver: sqs.Driver{SNS: true}, Server: s.topics(), Name: legal, Restart: s.restart, Patience: patience, Impatient: impatient})
}

// withoutBytes is for moto, which fails on binary attributes of what a topic
// gives to a queue.
type withoutBytes struct{ sqs.Driver }

func (d withoutBytes) Capabilities() driver.Capabilities {
	caps := d.Driver.Capabilities()
	caps.Headers = !d.SNS
	return caps
}

// TestConformsReal runs the same suite against another implementation.
func TestConformsReal(t *testing.T) {
	host := os.Getenv("WEFT_SQS")
	if host == "" {
		t.Skip(`no other SQS: run eval "$(scripts/brokers up moto)", which sets WEFT_SQS=host:port`)
	}
	for _, d := range []sqs.Driver{{}, {SNS: true}} {
		t.Run(d.Protocols()[0], func(t *testing.T) {
			server := driver.Server{Protocol: d.Protocols()[0], Hosts: []string{host}}
			if d.SNS {
				server.Params = map[string][]string{"subscribe": {"allow"}}
			}
			drivertest.Run(t, drivertest.Harness{Driver: withoutBytes{d}, Server: server, Name: legal, Patience: 2 * time.Minute, Pause: time.Second})
		})
	}
}

func connect(t testing.TB, server driver.Server) driver.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := sqs.Driver{SNS: server.Protocol == sqs.Topics}.Connect(ctx, server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
	return conn
}
