// Package broker is what those who send and receive hold: it opens a server by
// its URL and gives senders and receivers that retry, batch, keep deadlines
// and close in order. All of that is written here once; a protocol only brings
// a driver.
//
// It must not know AsyncAPI, contracts or workflows, nor any one protocol.
package broker

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/weft-dev/weft/wire/driver"
)

// Mux finds the driver for a URL and shares connections: brokers that are open
// at the same time to the same server with the same Config use one. The zero
// Mux has no drivers.
type Mux struct {
	mu      sync.Mutex
	drivers map[string]driver.Driver
	absent  map[string]string // what to do about protocols that have no driver here
	links   map[string]*link
}

// Default is the Mux that the protocol packages register with when they are
// imported.
var Default = &Mux{}

// Register adds a driver to Default. It is meant for the init function of a
// protocol's package, so that the imports of main choose the protocols.
func Register(d driver.Driver) { Default.Register(d) }

// Open opens a server through Default.
func Open(ctx context.Context, url string, cfg Config) (*Broker, error) {
	return Default.Open(ctx, url, cfg)
}

// Register adds a driver under each of its protocols. A second driver for one
// protocol is a mistake in the program, and panics.
func (m *Mux) Register(d driver.Driver) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.drivers == nil {
		m.drivers = make(map[string]driver.Driver)
	}
	for _, protocol := range d.Protocols() {
		if _, taken := m.drivers[protocol]; taken {
			panic(fmt.Sprintf("broker: two drivers for protocol %q", protocol))
		}
		m.drivers[protocol] = d
	}
}

// Expect says what to do where a protocol is asked for that has no driver here,
// since the program was built without it. A driver that there is takes precedence.
func (m *Mux) Expect(hint string, protocols ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.absent == nil {
		m.absent = make(map[string]string)
	}
	for _, protocol := range protocols {
		m.absent[protocol] = hint
	}
}

// Protocols returns the protocols that can be opened, sorted.
func (m *Mux) Protocols() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	protocols := make([]string, 0, len(m.drivers))
	for protocol := range m.drivers {
		protocols = append(protocols, protocol)
	}
	slices.Sort(protocols)
	return protocols
}

// Driver returns the driver of a protocol. The error names those there are.
func (m *Mux) Driver(protocol string) (driver.Driver, error) {
	m.mu.Lock()
	d, ok := m.drivers[protocol]
	hint := m.absent[protocol]
	m.mu.Unlock()
	if !ok && hint == "" {
		hint = "there is " + orNone(m.Protocols())
	}
	if !ok {
		return nil, &driver.Error{
			Kind: driver.ErrUnsupported,
			Op:   "open",
			Err:  fmt.Errorf("no driver for protocol %q", protocol),
			Hint: hint,
		}
	}
	return d, nil
}

// Open reaches the server of a URL such as "kafka://host:9092". It retries as
// cfg says and ends within cfg.ConnectTimeout or with ctx, whichever is first.
func (m *Mux) Open(ctx context.Context, url string, cfg Config) (*Broker, error) {
	target, err := ParseURL(url)
	if err != nil {
		return nil, err
	}
	d, err := m.Driver(target.Protocol)
	if err != nil {
		return nil, err
	}
	server, err := cfg.server(target)
	if err != nil {
		return nil, err
	}
	if _, keyed := d.(driver.Keyed); !keyed && len(server.APIKeys) > 0 {
		return nil, &driver.Error{
			Kind: driver.ErrUnsupported, Op: "open", Server: server.String(), NotSent: true,
			Err:  fmt.Errorf("%s has no requests of HTTP that the key %s could go with", target.Protocol, server.APIKeys[0].Name),
			Hint: "give a user and a password, or a token",
		}
	}
	cfg = cfg.withDefaults()
	l := m.share(cfg.identity(target), d, server, cfg)
	if err := l.connect(ctx); err != nil {
		_ = l.release() // there is no connection whose end could fail
		return nil, err
	}
	return newBroker(l, cfg), nil
}

// share returns the link of that identity with one more user.
func (m *Mux) share(identity string, d driver.Driver, server driver.Server, cfg Config) *link {
	m.mu.Lock()
	defer m.mu.Unlock()
	if l, ok := m.links[identity]; ok {
		l.users++
		return l
	}
	l := &link{mux: m, identity: identity, driver: d, server: server, cfg: cfg, users: 1, turn: make(chan struct{}, 1)}
	if m.links == nil {
		m.links = make(map[string]*link)
	}
	m.links[identity] = l
	return l
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none: import a protocol's package"
	}
	return strings.Join(names, ", ")
}
