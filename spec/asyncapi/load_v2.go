package asyncapi

import (
	"strconv"
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// channels2 lowers the channels of a 2.x document: the key is the address, and
// the operations in it become operations of their own.
func (l *loader) channels2() {
	l.each(l.root.Get("channels"), func(address string, place *tree.Node) {
		ch := l.channel2(address, place, true)
		if ch == nil {
			return
		}
		l.doc.Channels = append(l.doc.Channels, ch)
		l.each(ch.Merged, func(word string, place *tree.Node) {
			if o := l.operation2(ch, word, place); o != nil {
				l.doc.Operations = append(l.doc.Operations, o)
			}
		})
	})
}

// componentOperations2 are those of a component that no channel uses: they
// mean nothing until one does, but whoever rewrites the document keeps them.
func (l *loader) componentOperations2(ch *Channel) {
	l.each(ch.Merged, func(word string, place *tree.Node) {
		if o := l.operation2(ch, word, place); o != nil {
			l.doc.Components.Operations = append(l.doc.Components.Operations, o)
		}
	})
}

func (l *loader) channel2(name string, place *tree.Node, inUse bool) *Channel {
	n := l.object(place)
	if n == nil {
		return nil
	}
	merged := n
	if place != n && len(place.Members) > 1 {
		// 2.x lets a Channel Item say more beside its "$ref".
		merged = l.merge(n, without(place, ref.Keyword), 0)
	}
	ch := &Channel{
		Meta:       l.meta(n, merged),
		Name:       name,
		Parameters: l.parameters(merged.Get("parameters")),
		Bindings:   l.bindings("channel", merged.Get("bindings")),
	}
	if inUse {
		ch.Address, ch.HasAddress = name, true
	}
	for _, server := range texts(merged.Get("servers")) {
		for _, s := range l.doc.Servers {
			if s.Name == server {
				ch.Servers = append(ch.Servers, s)
			}
		}
	}
	remember(l.channels, ch, place, n)
	return ch
}

// without is a mapping without one of its members.
func without(n *tree.Node, key string) *tree.Node {
	out := &tree.Node{Kind: tree.Mapping, Span: n.Span, Parent: n.Parent, Key: n.Key, Index: n.Index}
	for _, m := range n.Members {
		if m.Key.Text != key {
			out.Members = append(out.Members, m)
		}
	}
	return out
}

// actions2 are the actions of the application: others publish what it
// receives, and subscribe to what it sends.
var actions2 = lazy.Of[map[string]Action]{Make: func() map[string]Action {
	return map[string]Action{"publish": Receive, "subscribe": Send}
}}

// operation2 reads an operation of a channel; the channel's other members are
// nil.
func (l *loader) operation2(ch *Channel, word string, place *tree.Node) *Operation {
	if actions2.Get()[word] == "" {
		return nil
	}
	n := l.object(place)
	if n == nil {
		return nil
	}
	merged, traits := l.applyTraits(n)
	o := &Operation{
		Meta:     l.meta(n, merged),
		ID:       merged.Get("operationId").Str(),
		HasID:    true,
		Action:   actions2.Get()[word],
		Channel:  ch,
		Messages: []*Message{},
		Security: l.security(merged.Get("security")),
		Bindings: l.bindings("operation", merged.Get("bindings")),
		Traits:   traits,
	}
	if o.ID == "" {
		o.ID, o.HasID = ch.Name+"."+word, false
	}
	l.choice(merged.Get("message"), map[*tree.Node]bool{}, func(place *tree.Node) {
		if m := l.message2(ch, place); m != nil {
			o.Messages = append(o.Messages, m)
		}
	})
	return o
}

// choice visits every message that a 2.x message may be: itself, or those of
// its "oneOf", and of theirs.
func (l *loader) choice(place *tree.Node, seen map[*tree.Node]bool, visit func(*tree.Node)) {
	n := l.object(place)
	if n == nil || seen[n] {
		return
	}
	seen[n] = true
	list := n.Get("oneOf")
	if list == nil {
		visit(place)
		return
	}
	for _, item := range items(list) {
		l.choice(item, seen, visit)
	}
}

// message2 adds a message to a channel, unless it is there already, under a
// key of its own.
func (l *loader) message2(ch *Channel, place *tree.Node) *Message {
	n := l.object(place)
	if m := l.inChannel[inChannel{ch, n}]; m != nil {
		return m
	}
	m := l.message("", place)
	if m == nil {
		return nil
	}
	l.inChannel[inChannel{ch, n}] = m
	m.Key = l.freeKey(ch, messageKey(m, place != n))
	remember(l.messages, m, place)
	ch.Messages = append(ch.Messages, m)
	return m
}

// messageKey is what a 2.x message would be called in a 3.x channel: by its
// own words, or by those of the reference that led to it.
func messageKey(m *Message, referred bool) string {
	referredAs := ""
	if referred && m.Node.Key != nil {
		referredAs = m.Node.Key.Text
	}
	for _, key := range []string{m.Merged.Get("messageId").Str(), referredAs, m.Name} {
		if key != "" {
			return key
		}
	}
	if m.Node.Parent == nil { // a document of its own
		name := m.Node.Span.File.Name()
		name = name[strings.LastIndexByte(name, '/')+1:]
		if base, _, _ := strings.Cut(name, "."); base != "" {
			return base
		}
	}
	return "message"
}

// freeKey makes a key that no message of the channel has yet.
func (l *loader) freeKey(ch *Channel, key string) string {
	used := l.keys[ch]
	if used == nil {
		used = map[string]int{}
		l.keys[ch] = used
	}
	free := key
	for used[free] > 0 {
		used[key]++
		free = key + strconv.Itoa(used[key])
	}
	used[free]++
	return free
}
