package endpoint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/driver"
)

// Composer makes messages of a target ready to be sent, for its server and
// without a connection to it: so that they are judged before anything is
// opened, and can be shown without being sent.
type Composer struct {
	codec   *Codec
	place   *place
	address *addressing
	promise driver.Capabilities
}

// Composer makes a Composer. It fails where a Sender would for what the
// contract and the choice of a server say.
func (h *Hub) Composer(s *Source, t *Target, opt SenderOptions) (*Composer, error) {
	codec, p, err := h.prepare(s, t)
	if err != nil {
		return nil, err
	}
	promise, err := h.promises(p, t)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	address, err := t.addressing(protocolName(p.url), opt.Parameters, opt.Address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	return &Composer{codec: codec, place: p, address: address, promise: promise}, nil
}

// Capabilities returns what the protocol promises for the target's address. It
// opens nothing: callers ask before they do what cannot be undone.
func (h *Hub) Capabilities(s *Source, t *Target) (driver.Capabilities, error) {
	p, err := s.decide(t.Channel, h.opt.Choices[s.Name])
	if err != nil {
		return driver.Capabilities{}, err
	}
	return h.promises(p, t)
}

func (h *Hub) promises(p *place, t *Target) (driver.Capabilities, error) {
	d, err := h.opt.Mux.Driver(protocolName(p.url))
	if err != nil {
		return driver.Capabilities{}, err
	}
	if varied, ok := d.(driver.Varied); ok {
		return varied.CapabilitiesFor(p.protocol.params(t, false)), nil
	}
	return d.Capabilities(), nil
}

// protocolName is the scheme of a server's URL.
func protocolName(url string) string {
	scheme, _, _ := strings.Cut(url, "://")
	return strings.ToLower(scheme)
}

// prepare is what can be known of a target before its server is opened.
func (h *Hub) prepare(s *Source, t *Target) (*Codec, *place, error) {
	codec, err := s.Codec(t)
	if err != nil {
		return nil, nil, err
	}
	choice := h.opt.Choices[s.Name]
	p, err := s.decide(t.Channel, choice)
	if err != nil {
		return nil, nil, err
	}
	for _, d := range p.findings(t, choice) {
		if d.Severity == diag.Error {
			return nil, nil, fmt.Errorf("%s: %s: %s", s.Name, t.Name(), d.Message)
		}
	}
	return codec, p, nil
}

// Codec returns the composer's codec.
func (c *Composer) Codec() *Codec { return c.codec }

// Encode makes a message ready to be sent. An *InvalidError says that it breaks
// the contract.
func (c *Composer) Encode(out Outgoing) (*Message, error) {
	raw, sent, err := c.codec.Encode(out)
	if err != nil {
		return nil, err
	}
	if err := c.place.finish(c.codec, c.address, sent); err != nil {
		return nil, err
	}
	if !c.promise.Headers {
		raw.Headers = withoutOurs(raw.Headers, sent.Headers)
	}
	return sent, nil
}

// Bare makes bytes ready to be sent as they are: the contract says where they
// go, and is not asked what they are.
func (c *Composer) Bare(raw *driver.Message) (*Message, error) {
	sent := &Message{Key: string(raw.Key), Headers: map[string]any{}, Timestamp: raw.Timestamp, Raw: raw}
	for _, h := range raw.Headers {
		sent.Headers[h.Name] = string(h.Value)
	}
	return sent, c.place.finish(c.codec, c.address, sent)
}

// finish says where a message goes, and what its bindings add.
func (p *place) finish(c *Codec, a *addressing, sent *Message) error {
	address, err := a.of(sent)
	if err != nil {
		return fmt.Errorf("%s: %w", c.source.Name, err)
	}
	sent.Address, sent.Raw.Address = address, address
	if m, err := c.pick(sent.Name); err == nil {
		sent.Raw.Params = p.protocol.messageParams(c.target, m.message)
	}
	return nil
}

// withoutOurs leaves out the wire's headers where the protocol has none. Those
// of the application stay: without them the contract is broken, and the driver
// says so.
func withoutOurs(list []driver.Header, authors map[string]any) []driver.Header {
	return slices.DeleteFunc(list, func(h driver.Header) bool {
		_, authored := authors[h.Name]
		return isOurs(h.Name) && !authored
	})
}
