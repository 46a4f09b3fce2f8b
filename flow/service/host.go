package service

import (
	"context"
	"io"
	"net/http"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/internal/lazy"
)

// Host is what the API shows and steers: a Service, which has its runs in a
// journal of its own, or whatever else keeps them. The methods are as those of
// Service.
type Host interface {
	Names() []string
	// Workflow returns the workflow of that name, or nil.
	Workflow(name string) *Workflow
	Start(ctx context.Context, workflow, id string, inputs map[string]any) (run string, begun bool, err error)
	List(ctx context.Context, status string, limit int) ([]Run, error)
	Show(ctx context.Context, id string) (Detail, error)
	Cancel(ctx context.Context, id, reason string) error
	Resume(ctx context.Context, id string) error
	Retry(ctx context.Context, id, step string) error
	Answer(ctx context.Context, id, step string, answer any, by string) error
	Letters(state string) []Letter
	SendAgain(id string) (Letter, error)
	// Draining reports whether it is about to stop and begins nothing.
	Draining() bool
	WriteMetrics(out io.Writer) error
	// Watch tells of events until leave is called; where the host has none to
	// tell of, events is nil.
	Watch() (events <-chan Event, leave func())
	Drain(ctx context.Context)
	Close(ctx context.Context) error
}

var _ Host = (*Service)(nil)

// Workflow returns the workflow of that name, or nil.
func (s *Service) Workflow(name string) *Workflow { return s.opts.Workflows[name] }

// Draining reports whether the service is about to stop and begins nothing.
func (s *Service) Draining() bool { return s.isDraining() }

// Watch tells of events until leave is called, or the service is closed.
func (s *Service) Watch() (events <-chan Event, leave func()) { return s.events.watch() }

// API is the face of a service to programs, over HTTP.
func (s *Service) API(opts APIOptions) http.Handler { return API(s, opts) }

// Place says where runs are kept that this process has no journal for.
type Place struct {
	// Address is that of a server, HOST:PORT.
	Address string
	// Namespace is which of the server's, or "" for the usual one.
	Namespace string
}

// Elsewhere opens a Host at a place, with the Options that are no matter of the
// journal.
type Elsewhere func(ctx context.Context, place Place, opts Options) (Host, error)

var elsewhere = lazy.Of[map[string]Elsewhere]{Make: func() map[string]Elsewhere { return map[string]Elsewhere{} }}

// RegisterHost makes a kind of host known by its name. It is called by the main
// of a binary that has it, before anything else.
func RegisterHost(name string, open Elsewhere) { elsewhere.Get()[name] = open }

// HostNamed returns the kind of host of that name; false where this binary has
// none.
func HostNamed(name string) (Elsewhere, bool) {
	open, ok := elsewhere.Get()[name]
	return open, ok
}

// Detailed is a run with all that its snapshot tells.
func Detailed(run Run, stands *engine.Snapshot) Detail {
	d := Detail{Run: run}
	d.fill(stands)
	return d
}
