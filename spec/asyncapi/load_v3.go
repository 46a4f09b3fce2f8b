package asyncapi

import "github.com/weft-dev/weft/text/tree"

func (l *loader) channels3() {
	l.each(l.root.Get("channels"), func(name string, place *tree.Node) {
		if ch := l.channel3(name, place); ch != nil {
			l.doc.Channels = append(l.doc.Channels, ch)
		}
	})
	l.each(l.root.Get("operations"), func(name string, place *tree.Node) {
		if o := l.operation3(name, place); o != nil {
			l.doc.Operations = append(l.doc.Operations, o)
			remember(l.byNode, o, o.Node)
		}
	})
}

func (l *loader) channel3(name string, place *tree.Node) *Channel {
	n := l.object(place)
	if n == nil {
		return nil
	}
	address := n.Get("address")
	ch := &Channel{
		Meta:       l.meta(n, n),
		Name:       name,
		Address:    address.Str(),
		HasAddress: address.Is(tree.String),
		Parameters: l.parameters(n.Get("parameters")),
		Bindings:   l.bindings("channel", n.Get("bindings")),
	}
	for _, item := range items(n.Get("servers")) {
		s, end := known(l, item, l.servers)
		if s == nil && end.Is(tree.Mapping) {
			s = l.server(end.Name(), end)
		}
		if s != nil {
			ch.Servers = append(ch.Servers, s)
		}
	}
	l.each(l.resolve(n.Get("messages")), func(key string, place *tree.Node) {
		if m := l.message(key, place); m != nil {
			remember(l.messages, m, place)
			remember(l.inChannel, m, inChannel{ch, m.Node})
			ch.Messages = append(ch.Messages, m)
		}
	})
	remember(l.channels, ch, place, n)
	return ch
}

func (l *loader) componentChannel(name string, place *tree.Node) *Channel {
	if l.doc.Major() == 2 {
		return l.channel2(name, place, false)
	}
	return l.channel3(name, place)
}

func (l *loader) componentOperation(name string, place *tree.Node) *Operation {
	if o := l.byNode[l.object(place)]; o != nil {
		return o
	}
	return l.operation3(name, place)
}

// channelAt is the channel that a reference leads to. One that is not among
// the document's is made for the occasion.
func (l *loader) channelAt(reference *tree.Node) *Channel {
	ch, end := known(l, reference, l.channels)
	if ch == nil && end.Is(tree.Mapping) {
		ch = l.channel3(end.Name(), end)
	}
	return ch
}

func (l *loader) operation3(name string, place *tree.Node) *Operation {
	n := l.object(place)
	if n == nil {
		return nil
	}
	ch := l.channelAt(n.Get("channel"))
	if ch == nil {
		return nil
	}
	merged, traits := l.applyTraits(n)
	return &Operation{
		Meta:     l.meta(n, merged),
		ID:       name,
		HasID:    true,
		Action:   Action(n.Get("action").Str()),
		Channel:  ch,
		Messages: l.messagesAt(n.Get("messages"), ch),
		Reply:    l.reply(n.Get("reply")),
		Security: l.security(merged.Get("security")),
		Bindings: l.bindings("operation", merged.Get("bindings")),
		Traits:   traits,
	}
}

// messagesAt are the messages of a channel that a list of references names, or
// all of them where there is no list.
func (l *loader) messagesAt(list *tree.Node, ch *Channel) []*Message {
	if !list.Is(tree.Sequence) {
		if ch == nil {
			return nil
		}
		return ch.Messages
	}
	out := []*Message{}
	for _, item := range list.Items {
		if m := l.messageAt(item, ch); m != nil {
			out = append(out, m)
		}
	}
	return out
}

func (l *loader) messageAt(reference *tree.Node, ch *Channel) *Message {
	m, end := known(l, reference, l.messages)
	if m != nil || end == nil {
		return m
	}
	if m := l.inChannel[inChannel{ch, end}]; m != nil {
		return m
	}
	return l.message(end.Name(), end)
}

func (l *loader) reply(place *tree.Node) *Reply {
	n := l.object(place)
	if n == nil {
		return nil
	}
	r := &Reply{Node: n}
	if a := l.object(n.Get("address")); a != nil {
		r.Address = &ReplyAddress{Location: a.Get("location").Str(), Description: a.Get("description").Str(), Node: a}
	}
	if c := n.Get("channel"); c != nil {
		r.Channel = l.channelAt(c)
	}
	r.Messages = l.messagesAt(n.Get("messages"), r.Channel)
	return r
}
