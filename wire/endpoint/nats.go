package endpoint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
	"github.com/weft-dev/weft/wire/driver"
)

// jetStream is the extension by which a server or a channel says that its
// messages are stored in streams: true, or for a channel an object that says
// how the stream is made, with the fields of NATS and replicas. The
// specification has no field for it, and no protocol of that name.
const jetStream = "x-jetstream"

// jetStreamFields are what the object may say.
var jetStreamFields = []string{
	"stream", "storage", "retention", "discard", "replicas",
	"max_msgs", "max_msgs_per_subject", "max_bytes", "max_msg_size", "max_age", "duplicate_window",
}

// nats honours the bindings of NATS, 0.1.0: the queue group of an operation is
// all that they have.
func nats() *protocol {
	return &protocol{
		binding: "nats", schemes: []string{"nats", "nats-secure", "jetstream", "jetstream-secure"},
		scheme:   natsScheme,
		wildcard: "*",
		create:   func(t *Target, embedded bool) driver.AddressSpec { return natsSpec(t.Channel, embedded) },
		group:    func(t *Target) string { return t.Bindings.For("nats").Get("queue").Str() },
		findings: natsFindings,
	}
}

// natsScheme says whether the channel's messages are stored: as the channel
// says, else as its server does.
func natsScheme(given string, server *asyncapi.Server, c *asyncapi.Channel) string {
	var says *tree.Node
	if server != nil {
		says = server.Extension(jetStream)
	}
	if c != nil && c.Extension(jetStream) != nil {
		says = c.Extension(jetStream)
	}
	switch {
	case !says.True() && !says.Is(tree.Mapping):
		return ""
	case strings.HasSuffix(given, "-secure"):
		return "jetstream-secure"
	}
	return "jetstream"
}

// natsSpec says how the stream of a channel is made.
func natsSpec(c *asyncapi.Channel, embedded bool) driver.AddressSpec {
	var spec driver.AddressSpec
	if c == nil {
		return spec
	}
	spec.Params = map[string]string{}
	// One stream for all of a channel's addresses: who receives from any of
	// them by a wildcard misses none that is made later.
	if every, err := expand(c.Address, func(string) (string, error) { return "*", nil }); err == nil && every != c.Address {
		spec.Params["subject"] = every
	}
	says := c.Extension(jetStream)
	if !says.Is(tree.Mapping) {
		return spec
	}
	for _, m := range says.Members {
		switch {
		case m.Key.Text != "replicas":
			spec.Params[m.Key.Text] = m.Value.Text
		case !embedded:
			spec.Replicas = number(m.Value)
		}
	}
	return spec
}

// natsFindings reports what the contract asks for and weft does not do.
func natsFindings(t *Target, server *asyncapi.Server, choice Choice) []diag.Diagnostic {
	u := &unmet{}
	if queue := t.Bindings.For("nats").Get("queue"); queue != nil && queue.Str() == "" {
		u.add(diag.Error, queue, "the queue group must be a name", "write queue: billing, or remove it")
	}
	if server != nil {
		checkJetStream(u, server.Extension(jetStream))
	}
	if t.Channel == nil {
		return u.list
	}
	says := t.Channel.Extension(jetStream)
	checkJetStream(u, says)
	if replicas := says.Get("replicas"); choice.Embedded && replicas != nil && replicas.Text != "1" {
		u.add(diag.Info, replicas, "replicas has no effect on an embedded server, which is one broker", "")
	}
	return u.list
}

// checkJetStream tells of what the extension says that nobody understands.
func checkJetStream(u *unmet, says *tree.Node) {
	switch {
	case says == nil || says.Is(tree.Bool):
	case !says.Is(tree.Mapping):
		u.add(diag.Error, says, jetStream+" must be true, false, or an object that says how the stream is made", "")
	default:
		for _, m := range says.Members {
			if !slices.Contains(jetStreamFields, m.Key.Text) {
				u.add(diag.Error, m.Value, fmt.Sprintf("%s has no field %q%s", jetStream, m.Key.Text, meant(m.Key.Text, jetStreamFields)), "")
			} else if m.Value.Is(tree.Mapping) || m.Value.Is(tree.Sequence) || m.Value.Is(tree.Null) {
				u.add(diag.Error, m.Value, fmt.Sprintf("%s of %s must be a text or a number", m.Key.Text, jetStream), "")
			}
		}
	}
}
