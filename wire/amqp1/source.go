package amqp1

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/Azure/go-amqp"

	"github.com/weft-dev/weft/wire/driver"
)

// source is where a receiver's messages come from.
type source struct {
	node
	group    string
	selector string
	noAck    bool
	dead     map[string]string // parameters of the dead letter address
}

func newSource(opts driver.ReceiverOptions) (source, error) {
	s := source{group: opts.Group, selector: opts.Params["selector"]}
	if err := driver.CheckParams(opts.Params, paramKind, paramExchange, paramNode, "ack", "selector", "dead-letter.kind"); err != nil {
		return s, err
	}
	var err error
	if s.node, err = newNode(opts.Address, opts.Params); err != nil {
		return s, err
	}
	ack := true
	if err := errors.Join(readBool(opts.Params, "ack", &ack), opts.Start.Check()); err != nil {
		return s, err
	}
	s.noAck = !ack
	s.dead = map[string]string{}
	if kind, ok := opts.Params["dead-letter.kind"]; ok {
		s.dead[paramKind] = kind
	} else if s.topic {
		s.dead[paramKind], s.dead[paramExchange] = kindTopic, s.exchange
	}
	if strings.Contains(s.group, "|") {
		return s, errors.New("the name of a group on a topic cannot have a | in it")
	}
	return s, nil
}

// shared reports whether the receiver is one of a group's.
func (s *source) shared() bool { return s.topic && s.group != "" }

// wild reports whether messages of several addresses may come.
func (s *source) wild() bool { return s.topic && strings.ContainsAny(s.name, "*#>+") }

// forgets reports whether the server forgets what it delivered, since nobody
// will settle it: the receiver is alone, and has not asked for a limit to what
// it holds, or wants it so.
func (s *source) forgets(opts driver.ReceiverOptions) bool {
	return s.noAck || s.topic && s.group == "" && opts.Prefetch < 1
}

// subscribe attaches to the source.
func (s *source) subscribe(ctx context.Context, l *line, opts driver.ReceiverOptions) (*inlet, error) {
	session, link, err := l.session(ctx)
	if err != nil {
		return nil, err
	}
	i, err := s.attach(ctx, session, link, opts)
	if err != nil {
		end(session)
		return nil, err
	}
	return i, nil
}

func (s *source) attach(ctx context.Context, session *amqp.Session, link *link, opts driver.ReceiverOptions) (*inlet, error) {
	address, err := link.dialect.write(s.node, true)
	if err != nil {
		return nil, unsupported(err)
	}
	settings, err := s.settings(link.dialect, opts)
	if err != nil {
		return nil, err
	}
	made, err := session.NewReceiver(ctx, address, settings)
	if err != nil {
		return nil, err
	}
	if err := made.IssueCredit(uint32(limitOf(opts))); err != nil {
		return nil, err
	}
	return &inlet{session: session, receiver: made, link: link}, nil
}

// settings are how a receiver attaches. A shared subscription has the form that
// JMS gives it: its name, a bar and something of the link's own.
func (s *source) settings(d dialect, opts driver.ReceiverOptions) (*amqp.ReceiverOptions, error) {
	o := &amqp.ReceiverOptions{Credit: -1, MaxMessageSize: 4 * maxMessage, SourceCapabilities: []string{s.capability()}}
	if s.forgets(opts) {
		settled := amqp.SenderSettleModeSettled
		o.RequestedSenderSettleMode = &settled
	}
	if s.selector != "" {
		o.Filters = []amqp.LinkFilter{amqp.NewSelectorFilter(s.selector)}
	}
	if !s.shared() {
		return o, nil
	}
	if !d.shares {
		return nil, unsupported(fmt.Errorf("the server is %s, which is not known to share a subscription between the receivers of a group: "+
			"receive from a queue that gets the topic's messages", d.name()))
	}
	own, err := newName()
	if err != nil {
		return nil, err
	}
	o.Name = s.group + "|" + own
	o.SourceCapabilities = append(o.SourceCapabilities, "shared", "global")
	o.SourceDurability, o.SourceExpiryPolicy = amqp.DurabilityUnsettledState, amqp.ExpiryPolicyNever
	return o, nil
}

// prefetch is how many unsettled messages a receiver has at most when nobody
// says.
const prefetch = 1024

func limitOf(opts driver.ReceiverOptions) int {
	if opts.Prefetch > 0 {
		return min(opts.Prefetch, 1<<16)
	}
	return prefetch
}
