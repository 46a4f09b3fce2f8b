package endpoint

import (
	"slices"
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
	"github.com/weft-dev/weft/wire/driver"
)

// protocol is how the bindings of one protocol are honoured: what a contract
// says in them becomes addresses, options and parameters of the driver, which
// documents those it takes. What a binding asks for and nobody does is told by
// findings; nothing is left out in silence. A nil function has nothing to say.
type protocol struct {
	// binding is the name of the bindings, as "kafka".
	binding string
	// schemes are the protocols of servers that the bindings are for.
	schemes []string

	// scheme is another of the schemes at which a channel is reached, where the
	// contract asks for it beside the given one, or "".
	scheme func(given string, server *asyncapi.Server, c *asyncapi.Channel) string
	// wildcard stands, in an address to receive from, for a parameter without a
	// value; "" where there is none.
	wildcard string
	// wildcardOf is the wildcard where it depends on the channel.
	wildcardOf func(c *asyncapi.Channel) string
	// url is where a channel is reached on a server, where its bindings add to
	// the given URL. Embedded servers are reached at their own.
	url func(given string, c *asyncapi.Channel) string

	// home adds to a given URL what the bindings of a server say of where all of
	// its channels are. Embedded servers are reached at their own.
	home func(given string, server *asyncapi.Server) string

	// address is where the messages of a channel are instead of the channel's
	// own address, or "".
	address func(c *asyncapi.Channel) string
	// create says how an address is made.
	create func(t *Target, embedded bool) driver.AddressSpec
	// sender and receiver are the driver's parameters.
	sender   func(t *Target, asApplication bool) map[string]string
	receiver func(t *Target, asApplication bool) map[string]string
	// group is the consumers that the application belongs to, or "".
	group func(t *Target) string
	// connection is what the application's connection to a server asks for
	// beyond its counterparts', as parameters of the URL.
	connection func(server *asyncapi.Server) map[string]string
	// session is the group that the application belongs to by its server's
	// bindings, where its operation names none, or "".
	session func(server *asyncapi.Server) string
	// key is the schema of a message's key, or nil.
	key func(m *asyncapi.Message) *tree.Node
	// framing is how a message says which schema of a registry its payload was
	// written by, nil for not at all; registry is where that registry is.
	framing  func(m *asyncapi.Message) *framing
	registry func(server *asyncapi.Server) string
	// message is the driver's parameters of each message that is sent, before
	// those of the caller.
	message func(t *Target, m *asyncapi.Message) map[string]string
	// findings are what the bindings ask for and weft does not do, or does in
	// part. One that is an error keeps the target from being opened.
	findings func(t *Target, server *asyncapi.Server, choice Choice) []diag.Diagnostic
}

// protocols are those with bindings, one file each.
var protocols = lazy.Of[[]*protocol]{Make: func() []*protocol {
	return []*protocol{amqp(), amqp1(), googlePubSub(), httpMessages(), ibmMQ(), kafka(), mqtt(), nats(), pulsar(), redisChannels(), redisStreams(), sns(), solace(), sqs(), stomp(), webhooks(), webSocket()}
}}

// none is the protocol of servers without bindings.
var none = &protocol{}

// protocolOf returns the protocol of a server's URL, or of a URL's scheme.
func protocolOf(url string) *protocol {
	scheme, _, _ := strings.Cut(strings.ToLower(url), "://")
	for _, p := range protocols.Get() {
		if slices.Contains(p.schemes, scheme) {
			return p
		}
	}
	return none
}

// schemed returns a server's URL with the scheme at which a channel is reached.
func (p *protocol) schemed(url string, server *asyncapi.Server, c *asyncapi.Channel) string {
	if p.scheme == nil {
		return url
	}
	given, rest, _ := strings.Cut(url, "://")
	given = strings.ToLower(given)
	wanted := p.scheme(given, server, c)
	if wanted == "" || wanted == given {
		return url
	}
	return wanted + "://" + rest
}

// addressOf is where the messages of a channel are, if its bindings say so.
func (p *protocol) addressOf(c *asyncapi.Channel) string {
	if p.address == nil || c == nil {
		return ""
	}
	return p.address(c)
}

// wild is what stands for a parameter without a value.
func (p *protocol) wild(c *asyncapi.Channel) string {
	if p.wildcardOf == nil {
		return p.wildcard
	}
	return p.wildcardOf(c)
}

func (p *protocol) groupOf(t *Target) string {
	if p.group == nil {
		return ""
	}
	return p.group(t)
}

func (p *protocol) spec(t *Target, embedded bool) driver.AddressSpec {
	if p.create == nil {
		return driver.AddressSpec{}
	}
	return p.create(t, embedded)
}

// params are the driver's parameters of one side of a target.
func (p *protocol) params(t *Target, asApplication bool) map[string]string {
	of := p.sender
	if t.Intent == Receive {
		of = p.receiver
	}
	if of == nil {
		return nil
	}
	return of(t, asApplication)
}

func (p *protocol) check(t *Target, server *asyncapi.Server, choice Choice) []diag.Diagnostic {
	if p.findings == nil {
		return nil
	}
	return p.findings(t, server, choice)
}

// keyOf is the schema of a message's key, in whichever bindings it has one.
func keyOf(m *asyncapi.Message) *tree.Node {
	for _, p := range protocols.Get() {
		if p.key == nil {
			continue
		}
		if key := p.key(m); key != nil {
			return key
		}
	}
	return nil
}

// messageParams are the driver's parameters of a message of the contract.
func (p *protocol) messageParams(t *Target, m *asyncapi.Message) map[string]string {
	if p.message == nil || m == nil {
		return nil
	}
	return p.message(t, m)
}

// CodeBinding is the code of findings about what a contract asks for in its
// bindings and a wire cannot give.
const CodeBinding diag.Code = "wire/binding"

// unmet collects findings about bindings.
type unmet struct{ list []diag.Diagnostic }

// add tells of a node, where there is one.
func (u *unmet) add(severity diag.Severity, n *tree.Node, message, help string) {
	if n == nil {
		return
	}
	u.list = append(u.list, diag.Diagnostic{
		Code: CodeBinding, Severity: severity, Message: message, Help: help, Path: n.Path(), Span: n.Span,
	})
}
