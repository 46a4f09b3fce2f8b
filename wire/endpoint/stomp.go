package endpoint

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
	"github.com/weft-dev/weft/wire/driver"
)

// stompField is the extension by which a contract says what the bindings of
// STOMP, which have no fields, leave open: of a channel, whether a name is a
// queue's or a topic's, and how a queue is made; of an operation, which group the
// application is, and how its messages are sent.
const stompField = "x-stomp"

// stompFields are what the extension may say, by where it stands, and the
// driver's parameters for it.
var stompFields = lazy.Of[map[string]map[string]string]{Make: func() map[string]map[string]string {
	return map[string]map[string]string{
		"channel":   {"type": "kind", "durable": "durable", "autoDelete": "auto-delete", "arguments": ""},
		"operation": {"group": "", "persistent": "persistent", "priority": "priority", "expiration": "expiration", "ack": "ack"},
	}
}}

// The values of type.
const (
	stompQueue = "queue"
	stompTopic = "topic"
)

// stomp honours what a contract says of STOMP.
func stomp() *protocol {
	return &protocol{
		binding: "stomp", schemes: []string{"stomp", "stomps"},
		wildcardOf: stompWildcard,
		create:     func(*Target, bool) driver.AddressSpec { return driver.AddressSpec{} },
		sender: func(t *Target, _ bool) map[string]string {
			return stompParams(t, "persistent", "priority", "expiration")
		},
		receiver: func(t *Target, _ bool) map[string]string { return stompParams(t, "ack") },
		group:    stompGroup,
		findings: stompFindings,
	}
}

// stompKind is what a channel's address is: as the destination says, or the
// extension.
func stompKind(c *asyncapi.Channel) string {
	if c == nil {
		return stompQueue
	}
	for _, prefix := range []string{"/topic/", "/exchange/", "/temp-topic/"} {
		if strings.HasPrefix(c.Address, prefix) {
			return stompTopic
		}
	}
	if !strings.HasPrefix(c.Address, "/") && c.Extension(stompField).Get("type").Str() == stompTopic {
		return stompTopic
	}
	return stompQueue
}

// stompWildcard stands for one word of a topic's name.
func stompWildcard(c *asyncapi.Channel) string {
	if stompKind(c) == stompTopic {
		return "*"
	}
	return ""
}

// stompParams are the driver's parameters: those of the channel, and the named
// ones of the operation.
func stompParams(t *Target, ofOperation ...string) map[string]string {
	params := map[string]string{"kind": stompKind(t.Channel)}
	if t.Channel != nil {
		says := t.Channel.Extension(stompField)
		copyText(params, says, map[string]string{"durable": "durable", "autoDelete": "auto-delete"})
		if arguments := says.Get("arguments"); arguments.Is(tree.Mapping) {
			for _, m := range arguments.Members {
				params[m.Key.Text] = m.Value.Text
			}
		}
	}
	if t.Operation != nil && !t.Reply {
		names := map[string]string{}
		for _, name := range ofOperation {
			names[name] = stompFields.Get()["operation"][name]
		}
		copyText(params, t.Operation.Extension(stompField), names)
	}
	return params
}

// stompGroup is the group that shares a topic's messages.
func stompGroup(t *Target) string {
	if t.Operation == nil || t.Reply {
		return ""
	}
	return t.Operation.Extension(stompField).Get("group").Str()
}

// stompFindings tells of what nobody understands.
func stompFindings(t *Target, server *asyncapi.Server, _ Choice) []diag.Diagnostic {
	u := &unmet{}
	if server != nil {
		emptyStomp(u, server.Bindings)
	}
	if t.Channel != nil {
		checkStomp(u, "channel", t.Channel.Extension(stompField))
		checkStompKind(u, t.Channel)
		emptyStomp(u, t.Channel.Bindings)
	}
	if t.Operation != nil && !t.Reply {
		says := t.Operation.Extension(stompField)
		checkStomp(u, "operation", says)
		if group := says.Get("group"); group != nil && stompKind(t.Channel) == stompQueue {
			u.add(diag.Warning, group, "a queue has no groups: all who receive from it share its messages", "remove it, or make the channel a topic")
		}
		emptyStomp(u, t.Bindings)
	}
	for _, m := range t.Messages {
		emptyStomp(u, m.Bindings)
	}
	return u.list
}

func checkStomp(u *unmet, where string, says *tree.Node) {
	known := slices.Sorted(maps.Keys(stompFields.Get()[where]))
	if says == nil {
		return
	}
	if !says.Is(tree.Mapping) {
		u.add(diag.Error, says, fmt.Sprintf("%s must be an object with %s here", stompField, listed(known)), "")
		return
	}
	for _, m := range says.Members {
		name := m.Key.Text
		switch {
		case !slices.Contains(known, name):
			u.add(diag.Error, m.Value, fmt.Sprintf("%s has no field %q here%s", stompField, name, meant(name, known)), "")
		case name == "arguments":
			checkStompArguments(u, m.Value)
		case slices.Contains([]string{"durable", "autoDelete", "persistent", "ack"}, name) && !m.Value.Is(tree.Bool):
			u.add(diag.Error, m.Value, name+" must be true or false", "")
		case name == "priority" && !within(m.Value, 0, 255), name == "expiration" && !within(m.Value, 0, 1<<40):
			u.add(diag.Error, m.Value, name+" must be a number: priority from 0 to 255, expiration in milliseconds", "")
		case name == "group" && m.Value.Str() == "":
			u.add(diag.Error, m.Value, name+" must be a name", "")
		}
	}
}

func within(n *tree.Node, least, most int) bool {
	return n.Is(tree.Number) && number(n) >= least && number(n) <= most
}

func checkStompArguments(u *unmet, n *tree.Node) {
	if !n.Is(tree.Mapping) {
		u.add(diag.Error, n, "arguments must be an object of a queue's arguments, such as x-message-ttl", "")
		return
	}
	for _, m := range n.Members {
		if !strings.HasPrefix(m.Key.Text, "x-") || !m.Value.Is(tree.String) && !m.Value.Is(tree.Number) && !m.Value.Is(tree.Bool) {
			u.add(diag.Error, m.Value, fmt.Sprintf("%q is no argument of a queue: those begin with x- and have plain values", m.Key.Text), "")
		}
	}
}

// checkStompKind tells of a type that is none, or not that of the destination.
func checkStompKind(u *unmet, c *asyncapi.Channel) {
	says := c.Extension(stompField).Get("type")
	types := []string{stompQueue, stompTopic}
	switch {
	case says == nil:
	case !slices.Contains(types, says.Str()):
		u.add(diag.Error, says, fmt.Sprintf("type must be %s%s", listed(types), meant(says.Text, types)), "")
	case says.Str() != stompKind(c):
		u.add(diag.Error, says, fmt.Sprintf("the address %s is that of a %s", c.Address, stompKind(c)), "write the name alone, or remove the type")
	}
}

// emptyStomp tells of fields in a binding that has none.
func emptyStomp(u *unmet, bindings asyncapi.Bindings) {
	binding := bindings.For("stomp")
	if !binding.Is(tree.Mapping) {
		return
	}
	for _, m := range binding.Members {
		if name := m.Key.Text; name != "bindingVersion" && !strings.HasPrefix(name, "x-") {
			u.add(diag.Warning, m.Value, fmt.Sprintf("%s has no effect: the bindings of STOMP have no fields", name),
				"what can be said of STOMP is in x-stomp: of a channel type, durable, autoDelete, arguments; of an operation group, ack, persistent, priority, expiration")
		}
	}
}
