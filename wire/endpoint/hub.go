package endpoint

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/oauth"
	"github.com/weft-dev/weft/wire/registry"
)

// HubOptions say where sources are and how patient to be.
type HubOptions struct {
	// Choices says by source which server to use; a source that is not there
	// is reached at its document's own.
	Choices map[string]Choice
	// Mux has the drivers; nil is broker.Default.
	Mux *broker.Mux
	// Broker holds timeouts and OnEvent. Credentials come from the Choices.
	Broker broker.Config
	// Web asks authorization servers for tokens, those that it may; nil asks
	// none.
	Web oauth.Client
	// Registry opens schema registries; nil speaks Confluent's API.
	Registry func(registry.Options) (Registry, error)
}

// Hub opens the servers that sources are at, each once, and gives senders and
// receivers on them. It is safe for concurrent use.
type Hub struct {
	opt HubOptions

	mu     sync.Mutex
	closed bool
	links  map[linkKey]*link
	// registries are those that were opened, by how they are reached.
	registries map[registry.Options]*schemas
}

// linkKey names a connection. A source is part of it since sources may have
// different credentials, and so is what operations ask for besides the server's
// security; the broker shares what is the same.
type linkKey struct{ source, url, by string }

// link is a connection that is being opened or is open.
type link struct {
	ready  chan struct{}
	broker *broker.Broker
	err    error
}

// NewHub makes a Hub. Nothing is opened before it is needed.
func NewHub(opt HubOptions) *Hub {
	if opt.Mux == nil {
		opt.Mux = broker.Default
	}
	return &Hub{opt: opt, links: map[linkKey]*link{}, registries: map[registry.Options]*schemas{}}
}

// Secrets returns the references to what the servers of all sources must be told
// and nobody else may see. Names and certificates are none.
func (h *Hub) Secrets() []broker.Ref {
	var all []broker.Ref
	for _, choice := range h.opt.Choices {
		all = append(all, choice.Credentials.Password, choice.Registry.Password, choice.Registry.Token)
		for _, c := range choice.Credentials.Schemes {
			all = append(all, c.Secret)
		}
	}
	return slices.DeleteFunc(all, func(r broker.Ref) bool { return r == "" })
}

// ServerOf returns the URL at which the target's channel is reached. It opens
// nothing, so that a plan can be shown before it is carried out.
func (h *Hub) ServerOf(s *Source, t *Target) (string, error) {
	p, err := s.decide(t.Channel, h.opt.Choices[s.Name])
	if err != nil {
		return "", err
	}
	return p.url, nil
}

// Check reports, before anything is opened, what the contract asks for and
// this wire cannot give. An Error among the findings is also the error of
// Sender and Receiver.
func (h *Hub) Check(s *Source, t *Target) []diag.Diagnostic {
	p, err := s.decide(t.Channel, h.opt.Choices[s.Name])
	if err != nil {
		return nil
	}
	return p.findings(t, h.opt.Choices[s.Name])
}

func (p *place) findings(t *Target, choice Choice) []diag.Diagnostic {
	return append(p.protocol.check(t, p.server, choice), p.securityFindings(t, choice)...)
}

// joined is what senders and receivers have in common: a codec, a place, and
// the connection to it.
type joined struct {
	source *Source
	target *Target
	codec  *Codec
	place  *place
	choice Choice
	broker *broker.Broker
	framer *framer // nil where no message is framed
}

// join opens what a target needs. The application's connection may be another
// than its counterparts'.
func (h *Hub) join(ctx context.Context, s *Source, t *Target, asApplication bool) (*joined, error) {
	codec, p, err := h.prepare(s, t)
	if err != nil {
		return nil, err
	}
	choice := h.opt.Choices[s.Name]
	framer, err := h.framer(s, p, codec, choice)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	if asApplication {
		p.url = p.applicationURL()
	}
	b, err := h.open(ctx, s, t, p)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	return &joined{source: s, target: t, codec: codec, place: p, choice: choice, broker: b, framer: framer}, nil
}

// open opens a server, or waits for whoever is just doing so.
func (h *Hub) open(ctx context.Context, s *Source, t *Target, p *place) (*broker.Broker, error) {
	entry, err := p.enter(h.opt.Broker, t, h.opt.Choices[s.Name], h.opt.Web)
	if err != nil {
		return nil, err
	}
	key := linkKey{s.Name, p.url, entry.by}
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return nil, errClosed
	}
	l, known := h.links[key]
	if !known {
		l = &link{ready: make(chan struct{})}
		h.links[key] = l
	}
	h.mu.Unlock()
	if known {
		return l.wait(ctx)
	}
	l.broker, l.err = h.opt.Mux.Open(ctx, p.url, entry.config)
	if l.err != nil {
		if !p.given { // of one that was, the error has the URL, and there is no name
			l.err = fmt.Errorf("%s: %w", p.name, l.err)
		}
		h.mu.Lock()
		delete(h.links, key) // the next one tries again
		h.mu.Unlock()
	}
	close(l.ready)
	return l.broker, l.err
}

func (l *link) wait(ctx context.Context) (*broker.Broker, error) {
	select {
	case <-l.ready:
		return l.broker, l.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

var errClosed = errors.New("the hub is closed")

// Close closes every server that was opened, and all senders and receivers on
// them. It waits for what is under way until ctx ends.
func (h *Hub) Close(ctx context.Context) error {
	h.mu.Lock()
	h.closed = true
	links := h.links
	h.links = map[linkKey]*link{}
	registries := h.registries
	h.registries = map[registry.Options]*schemas{}
	h.mu.Unlock()
	for _, s := range registries {
		s.registry.Close()
	}
	var errs []error
	for _, l := range links {
		b, err := l.wait(ctx)
		if err == nil {
			err = b.Close(ctx)
		} else if ctx.Err() == nil {
			err = nil // it was never open
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// createSpec says how a missing address may be made; nil forbids it.
func (j *joined) createSpec() *driver.AddressSpec {
	if !j.choice.Create && !j.choice.Embedded {
		return nil
	}
	spec := j.place.protocol.spec(j.target, j.choice.Embedded)
	return &spec
}

// params are the driver's own settings, as the bindings say.
func (j *joined) params(asApplication bool) map[string]string {
	return j.place.protocol.params(j.target, asApplication)
}

// explain says of an error where it happened in the terms of the contract.
func (j *joined) explain(err error, address string) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, driver.ErrNoSuchAddress) {
		return fmt.Errorf("%w: %s (%s) has no %q, the channel %s of %s; create it there, or let weft do it with --create",
			driver.ErrNoSuchAddress, j.place.name, j.broker.Server(), address, j.channelName(), j.source.Name)
	}
	return fmt.Errorf("%s: %s: %w", j.source.Name, j.target.Name(), err)
}

func (j *joined) channelName() string {
	if j.target.Channel == nil {
		return "of the reply"
	}
	return j.target.Channel.Name
}
