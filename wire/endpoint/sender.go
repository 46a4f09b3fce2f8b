package endpoint

import (
	"context"
	"fmt"
	"sync"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
)

// SenderOptions say how to send to a target.
type SenderOptions struct {
	// Parameters are values for the parameters of the channel's address.
	Parameters map[string]string
	// Address is where to send to instead of the channel's own address: that
	// of a reply, as its request says.
	Address string
	// AsApplication says that the caller plays the application the document
	// describes, and not its counterpart: it takes the application's client id.
	AsApplication bool
}

// Sender sends messages of one target. It may be used from several goroutines.
type Sender struct {
	*joined
	address *addressing
	opt     SenderOptions

	mu      sync.Mutex
	senders map[string]*broker.Sender // by address
}

// maxAddresses bounds how many addresses one Sender opens, where messages say
// themselves where they go.
const maxAddresses = 1000

// Sender opens a sender. Where the address is known already it is made ready,
// so that a missing topic is told now.
func (h *Hub) Sender(ctx context.Context, s *Source, t *Target, opt SenderOptions) (*Sender, error) {
	j, err := h.join(ctx, s, t, opt.AsApplication)
	if err != nil {
		return nil, err
	}
	address, err := t.addressing(j.broker.Protocol(), opt.Parameters, opt.Address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	sender := &Sender{joined: j, address: address, opt: opt, senders: map[string]*broker.Sender{}}
	if known, err := address.fixed(); err == nil {
		if _, err := sender.at(ctx, known); err != nil {
			return nil, err
		}
		if err := j.framer.ready(ctx, j.codec, known); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", s.Name, t.Name(), err)
		}
	}
	return sender, nil
}

// Codec returns the sender's codec, to look at a message before it is sent.
func (s *Sender) Codec() *Codec { return s.codec }

// Server returns the server's URL, for people.
func (s *Sender) Server() string { return s.broker.Server() }

// Encode makes a message ready without sending it: what Send would send.
func (s *Sender) Encode(out Outgoing) (*Message, error) {
	raw, sent, err := s.codec.Encode(out)
	if err != nil {
		return nil, err
	}
	if err := s.place.finish(s.codec, s.address, sent); err != nil {
		return nil, err
	}
	if !s.broker.Capabilities().Headers {
		raw.Headers = withoutOurs(raw.Headers, sent.Headers)
	}
	return sent, nil
}

// Send encodes and validates a message and returns it, as it was sent, once
// the server has confirmed it. An *InvalidError says that it breaks the
// contract and was not sent.
func (s *Sender) Send(ctx context.Context, out Outgoing) (*Message, error) {
	sent, err := s.Encode(out)
	if err != nil {
		return nil, err
	}
	return sent, s.SendEncoded(ctx, sent)
}

// SendEncoded sends a message that Encode made.
func (s *Sender) SendEncoded(ctx context.Context, sent *Message) error {
	return s.sendTo(ctx, sent.Address, []*Message{sent})
}

// SendAll sends messages that Encode made, in order and without waiting for
// each: with a server that confirms, that is many times as fast as one by one.
// Where only some were sent the error is a *driver.BatchError, which says which.
func (s *Sender) SendAll(ctx context.Context, list []*Message) error {
	errs := make([]error, 0, len(list))
	for len(list) > 0 {
		n := 1
		for n < len(list) && list[n].Address == list[0].Address {
			n++
		}
		err := s.sendTo(ctx, list[0].Address, list[:n])
		errs = append(errs, driver.SplitBatch(err, n)...)
		list = list[n:]
	}
	return driver.JoinBatch(errs)
}

// sendTo sends messages to one address.
func (s *Sender) sendTo(ctx context.Context, address string, list []*Message) error {
	sender, err := s.at(ctx, address)
	if err != nil {
		return err
	}
	raws := make([]*driver.Message, len(list))
	for i, sent := range list {
		raws[i] = sent.Raw
		if s.framer == nil {
			continue
		}
		raw := *sent.Raw
		if err := s.framer.frame(ctx, s.codec, sent.Name, &raw); err != nil {
			return fmt.Errorf("%s: %s: %w", s.source.Name, s.target.Name(), err)
		}
		raws[i] = &raw
	}
	err = sender.Send(ctx, raws...)
	if err == nil {
		return nil
	}
	errs := driver.SplitBatch(err, len(raws))
	for i, err := range errs {
		errs[i] = s.explain(err, address)
	}
	return driver.JoinBatch(errs)
}

// at returns the broker's sender for an address.
func (s *Sender) at(ctx context.Context, address string) (*broker.Sender, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if sender, ok := s.senders[address]; ok {
		return sender, nil
	}
	if len(s.senders) >= maxAddresses {
		return nil, fmt.Errorf("%s: %s: messages go to more than %d addresses", s.source.Name, s.target.Name(), maxAddresses)
	}
	sender, err := s.broker.Sender(ctx, driver.SenderOptions{
		Address: address, Create: s.createSpec(), Params: s.params(s.opt.AsApplication),
	})
	if err != nil {
		return nil, s.explain(err, address)
	}
	s.senders[address] = sender
	return sender, nil
}

// Close waits for what is under way, then gives up the sender.
func (s *Sender) Close(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var first error
	for address, sender := range s.senders {
		if err := sender.Close(ctx); err != nil && first == nil {
			first = s.explain(err, address)
		}
	}
	s.senders = map[string]*broker.Sender{}
	return first
}
