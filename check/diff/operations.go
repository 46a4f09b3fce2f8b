package diff

import (
	"fmt"
	"slices"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// operations compares what the application does, on the channels that both
// versions have, and returns the operations that both have.
func (d *differ) operations(channels []matched[*asyncapi.Channel]) []matched[*asyncapi.Operation] {
	became := map[*asyncapi.Channel]*asyncapi.Channel{}
	for _, pair := range channels {
		became[pair.old] = pair.new
	}
	task := func(ch *asyncapi.Channel, o *asyncapi.Operation) string {
		if ch == nil {
			return ""
		}
		return string(o.Action) + " " + ch.Name
	}
	oldTask := func(o *asyncapi.Operation) string { return task(became[o.Channel], o) }
	newTask := func(o *asyncapi.Operation) string { return task(o.Channel, o) }
	with := func(of func(*asyncapi.Operation) string) func(*asyncapi.Operation) string {
		return func(o *asyncapi.Operation) string { return o.ID + "\x00" + of(o) }
	}
	pairs, gone, more := match(d.old.doc.Operations, d.new.doc.Operations,
		likeness[*asyncapi.Operation]{old: with(oldTask), new: with(newTask)},
		likeness[*asyncapi.Operation]{old: oldTask, new: newTask},
		byKey(func(o *asyncapi.Operation) string {
			if !o.HasID {
				return ""
			}
			return "key " + o.ID
		}),
	)
	for _, o := range gone {
		if became[o.Channel] != nil { // else the channel is told to be gone
			d.operationRemoved(o, became[o.Channel])
		}
	}
	for _, o := range more {
		c := change(codeOperationAdded, diag.Info, Source, operationName(o), nil, o.Node)
		c.What, c.Why = fmt.Sprintf("the application now %ss on the %s", o.Action, channelName(o.Channel)), "nobody counts on it yet"
		d.add(c)
	}
	for _, pair := range pairs {
		d.operation(pair.old, pair.new, became)
	}
	return pairs
}

func operationName(o *asyncapi.Operation) string {
	if o.HasID {
		return fmt.Sprintf("operation %q", o.ID)
	}
	return fmt.Sprintf("operation %q", string(o.Action)+" "+o.Channel.Name)
}

func (d *differ) operationRemoved(o *asyncapi.Operation, ch *asyncapi.Channel) {
	c := change(codeOperationGone, diag.Error, Binary, operationName(o), o.Node, nil)
	c.What = fmt.Sprintf("the application no longer %ss on the %s", o.Action, channelName(o.Channel))
	for _, other := range d.new.doc.OperationsOf(ch) {
		if other.Action == o.Action {
			c.Level, c.Severity, c.Breaks = Source, diag.Info, []Party{Referrers}
			c.What = fmt.Sprintf("the operation is gone; %q does the same on the channel", other.ID)
			c.Why = "messages are not touched; generated code and workflows use the operation's name, so change them with it"
			d.add(c)
			return
		}
	}
	r := roleOf(o.Action)
	c.Breaks, c.Order = others(r), NewAddress
	c.Why = byRole(r,
		"consumers wait for messages that are not sent any more; tell them, and go on sending until the last has left",
		"producers go on sending and nobody reads: messages pile up or are lost; go on reading until the last producer has left")
	d.add(c)
}

func (d *differ) operation(a, b *asyncapi.Operation, became map[*asyncapi.Channel]*asyncapi.Channel) {
	r := roleOf(a.Action)
	if a.ID != b.ID && a.HasID {
		c := change(codeOperationName, diag.Info, Source, operationName(b), a.Node, b.Node)
		c.Breaks = []Party{Referrers}
		c.What = fmt.Sprintf("the operation %q is now %q", a.ID, b.ID)
		c.Why = "messages are not touched; generated code and workflows use the name, so change them with it"
		d.add(c)
	}
	if a.Action != b.Action || became[a.Channel] != b.Channel {
		d.operationTurned(a, b)
		return
	}
	if b.Deprecated && !a.Deprecated {
		d.deprecated(operationName(b), b.Node)
	}
	d.replies(a, b, became)
	d.security(operationName(b), a.Security, b.Security, r, a.Node, b.Node)
	d.bindings("operation", operationName(b), a.Bindings, b.Bindings, r, a.Node, b.Node)
}

func (d *differ) operationTurned(a, b *asyncapi.Operation) {
	c := change(codeOperationAction, diag.Error, Binary, operationName(b), a.Node, b.Node)
	c.Order = NewAddress
	c.Breaks = others(roleOf(a.Action))
	c.What = fmt.Sprintf("it was to %s on the %s and is to %s on the %s", a.Action, channelName(a.Channel), b.Action, channelName(b.Channel))
	c.Why = "the other side of the old operation is left alone, and generated code does another thing under the old name; add a new operation instead"
	d.add(c)
}

// replies compares how requests are answered.
func (d *differ) replies(a, b *asyncapi.Operation, became map[*asyncapi.Channel]*asyncapi.Channel) {
	var from, to *tree.Node
	if a.Reply != nil {
		from = a.Reply.Node
	}
	if b.Reply != nil {
		to = b.Reply.Node
	}
	start := func(what, why string) {
		c := change(codeReply, diag.Error, Binary, operationName(b), cmpNode(from, a.Node), cmpNode(to, b.Node))
		c.What, c.Why, c.Order = what, why, NewAddress
		c.Breaks = others(roleOf(a.Action))
		d.add(c)
	}
	switch {
	case a.Reply == nil && b.Reply == nil:
		return
	case a.Reply == nil && b.Action == asyncapi.Receive:
		c := change(codeReply, diag.Info, Binary, operationName(b), a.Node, to)
		c.What, c.Why = "requests are answered now", "those who do not listen for the answer are not hurt"
		d.add(c)
		return
	case a.Reply == nil:
		start("the application now waits for an answer", "those who receive its requests do not know that they must answer: the application waits for ever; they must be able to answer first")
		return
	case b.Reply == nil && a.Action == asyncapi.Receive:
		start("requests are no longer answered", "those who ask wait for an answer that never comes; go on answering until nobody waits")
		return
	case b.Reply == nil:
		c := change(codeReply, diag.Warning, Binary, operationName(b), from, b.Node)
		c.What, c.Why = "the application no longer waits for an answer", "those who answer may stop: their answers are not read"
		d.add(c)
		return
	}
	if locationOf(a.Reply) != locationOf(b.Reply) {
		start(fmt.Sprintf("the address for the reply is now at %s, and was at %s", or(locationOf(b.Reply), "no place"), or(locationOf(a.Reply), "no place")),
			"one side writes where to answer in one place and the other reads it in another: the answer goes astray; write it in both places until all have changed")
	}
	if (a.Reply.Channel == nil) != (b.Reply.Channel == nil) || a.Reply.Channel != nil && became[a.Reply.Channel] != b.Reply.Channel {
		start("replies go to another channel", "the requester listens where nothing comes; answer on both until all have moved")
	}
}

func locationOf(r *asyncapi.Reply) string {
	if r.Address == nil {
		return ""
	}
	return r.Address.Location
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// messageRole is what an application does with one message of a channel.
func (d *differ) messageRole(s side, ch *asyncapi.Channel, m *asyncapi.Message) Role {
	if d.as != 0 {
		return d.as
	}
	var r Role
	any := false
	for _, o := range s.operations[ch] {
		if o.Channel == ch {
			any = true
			if slices.Contains(o.Messages, m) {
				r |= roleOf(o.Action)
			}
		}
		if o.Reply != nil && o.Reply.Channel == ch {
			any = true
			if slices.Contains(o.Reply.Messages, m) {
				r |= opposite(roleOf(o.Action))
			}
		}
	}
	if !any {
		return both
	}
	return r
}
