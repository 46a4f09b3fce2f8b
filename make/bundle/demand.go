package bundle

import (
	"slices"
	"strings"

	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// demanded handles the places at which AsyncAPI 3 allows nothing but a
// reference, and only to a certain place: the channel of an operation or reply
// and the servers of a channel, which are those of the root, and the messages of
// an operation, which are those of its channel. It reports whether that is
// all there is to do.
func (b *bundler) demanded(j *job, k kind, value *tree.Node, chain []*tree.Node) bool {
	if b.language.name != "asyncapi" || b.language.major == "2" {
		return false
	}
	holder := j.holder
	list := holder.Parent
	switch {
	case k.object == "channel" && holder.Name() == "channel":
		b.lead(value, b.entry("channels", chain))
	case k.object == "server" && list.Is(tree.Sequence) && list.Name() == "servers":
		b.lead(value, b.entry("servers", chain))
	case k.object == "message" && list.Is(tree.Sequence) && list.Name() == "messages":
		b.later = append(b.later, j)
	default:
		return false
	}
	return true
}

// entry returns where in a map of the root the channel or server is that a
// reference leads to, and puts it there where it is not.
func (b *bundler) entry(section string, chain []*tree.Node) string {
	for _, n := range chain {
		if at := b.entries[n]; at != "" {
			return at
		}
	}
	end := chain[len(chain)-1]
	if b.isOwn(end) {
		return end.Path()
	}
	home := child(b.root, section)
	name := b.freeName(home, b.nameOf(chain, end))
	at := home.Path() + "/" + tree.EscapePointer(name)
	for _, n := range chain {
		b.entries[n] = at
	}
	b.placed[target{node: end}] = at
	b.moved = append(b.moved, Moved{From: placeName(end), To: "#" + at})
	home.Set(name, b.copy(end, &expansion{node: end, depth: 1}))
	return at
}

// messageOfChannel makes a reference in the messages of an operation lead to
// the message of the operation's channel. Where the channel has no such message
// it leads to a component: that is as wrong as it was before.
func (b *bundler) messageOfChannel(j *job) {
	if b.isGone(j.holder) {
		return
	}
	value := ref.Of(j.holder)
	chain, _, problem := b.chain(ref.Of(j.origin))
	if problem != nil || len(chain) == 0 {
		return
	}
	operation := j.holder.Parent.Parent
	if at, ok := b.channelMessage(operation.Get("channel"), chain); ok {
		b.lead(value, at)
		return
	}
	end := chain[len(chain)-1]
	if b.isOwn(end) {
		b.lead(value, end.Path())
		return
	}
	b.lead(value, b.place(kind{"message", b.language.sections["message"]}, chain, end, ""))
}

// channelMessage finds a message among those of a channel.
func (b *bundler) channelMessage(channel *tree.Node, chain []*tree.Node) (string, bool) {
	at, ok := strings.CutPrefix(ref.Of(channel).Str(), "#")
	if !ok {
		return "", false
	}
	at = unescapeFragment(at)
	messages := b.content(b.root.At(at)).Get("messages")
	if messages = b.content(messages); messages == nil {
		return "", false
	}
	for _, m := range messages.Members {
		if b.standsFor(m.Value, chain) {
			return at + "/messages/" + tree.EscapePointer(m.Key.Text), true
		}
	}
	return "", false
}

// standsFor reports whether a message of a channel is what a reference leads
// to: by the same way, or in the end.
func (b *bundler) standsFor(message *tree.Node, chain []*tree.Node) bool {
	if slices.ContainsFunc(chain, func(n *tree.Node) bool { return b.clones[n] == message }) {
		return true
	}
	end := chain[len(chain)-1]
	if b.inlined[message] == end {
		return true
	}
	at, ok := strings.CutPrefix(ref.Of(message).Str(), "#")
	if !ok {
		return false
	}
	at = unescapeFragment(at)
	return at == b.placed[target{node: end}] || b.isOwn(end) && at == end.Path()
}

// content follows references within the bundle that are nothing else.
func (b *bundler) content(n *tree.Node) *tree.Node {
	for range maxChain {
		value := ref.Of(n)
		at, ok := strings.CutPrefix(value.Str(), "#")
		if !ok {
			break
		}
		n = b.root.At(unescapeFragment(at))
	}
	return n
}
