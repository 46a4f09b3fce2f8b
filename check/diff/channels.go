package diff

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// matched is a thing of the old version and what became of it.
type matched[T any] struct{ old, new T }

// likeness is a way to know a thing again: by a key that it has in each of the
// versions, "" for none, or by looking at two of them, which is done only where
// few are left.
type likeness[T any] struct {
	old, new func(T) string
	alike    func(a, b T) bool
}

// byKey is a likeness by a key that is made the same way in both versions.
func byKey[T any](key func(T) string) likeness[T] { return likeness[T]{old: key, new: key} }

// maxLooks bounds how many pairs are looked at for one likeness.
const maxLooks = 2_000

// match pairs what is in two lists by several likenesses, the surest first.
// What is left over was removed or added.
func match[T comparable](old, new []T, likenesses ...likeness[T]) (pairs []matched[T], gone, more []T) {
	gone, more = old, new
	for _, l := range likenesses {
		var found []matched[T]
		switch {
		case l.old != nil:
			found = pairByKey(gone, more, l)
		case len(gone)*len(more) <= maxLooks:
			found = pairByLook(gone, more, l)
		}
		pairs = append(pairs, found...)
		gone, more = unpaired(gone, more, found)
	}
	return pairs, gone, more
}

func pairByKey[T comparable](old, new []T, l likeness[T]) []matched[T] {
	byKey := map[string][]T{}
	for _, b := range new {
		if key := l.new(b); key != "" {
			byKey[key] = append(byKey[key], b)
		}
	}
	var pairs []matched[T]
	for _, a := range old {
		key := l.old(a)
		if candidates := byKey[key]; key != "" && len(candidates) > 0 {
			pairs = append(pairs, matched[T]{a, candidates[0]})
			byKey[key] = candidates[1:]
		}
	}
	return pairs
}

func pairByLook[T comparable](old, new []T, l likeness[T]) []matched[T] {
	var pairs []matched[T]
	left := slices.Clone(new)
	for _, a := range old {
		if i := slices.IndexFunc(left, func(b T) bool { return l.alike(a, b) }); i >= 0 {
			pairs = append(pairs, matched[T]{a, left[i]})
			left = slices.Delete(left, i, i+1)
		}
	}
	return pairs
}

func unpaired[T comparable](old, new []T, pairs []matched[T]) (gone, more []T) {
	taken := map[T]bool{}
	for _, p := range pairs {
		taken[p.old], taken[p.new] = true, true
	}
	for _, a := range old {
		if !taken[a] {
			gone = append(gone, a)
		}
	}
	for _, b := range new {
		if !taken[b] {
			more = append(more, b)
		}
	}
	return gone, more
}

func (d *differ) channels() {
	pairs, gone, more := match(channelsOf(d.old.doc), channelsOf(d.new.doc),
		byKey(func(ch *asyncapi.Channel) string { return ch.Name + "\x00" + placeKey(ch) }),
		byKey(placeKey),
		byKey(func(ch *asyncapi.Channel) string { return "key " + ch.Name }),
		likeness[*asyncapi.Channel]{alike: d.sameMessages},
	)
	d.pairs = pairs
	ops := d.operations(pairs)
	for _, ch := range gone {
		d.channelRemoved(ch)
	}
	for _, ch := range more {
		c := change(codeChannelAdded, diag.Info, Source, channelName(ch), nil, ch.Node)
		c.What, c.Why = "the channel is new", "nobody knows it yet"
		d.add(c)
	}
	kept := keptRoles(ops)
	for _, pair := range pairs {
		d.channel(pair, kept[pair])
	}
}

// channelsOf are the channels of a document, and those that only its operations
// know of.
func channelsOf(doc *asyncapi.Document) []*asyncapi.Channel {
	list := slices.Clone(doc.Channels)
	have := map[*asyncapi.Channel]bool{nil: true}
	for _, ch := range list {
		have[ch] = true
	}
	add := func(ch *asyncapi.Channel) {
		if !have[ch] {
			have[ch] = true
			list = append(list, ch)
		}
	}
	for _, o := range doc.Operations {
		add(o.Channel)
		if o.Reply != nil {
			add(o.Reply.Channel)
		}
	}
	return list
}

// sameAddress compares addresses without the names of their parameters: on the
// wire they are the same.
func sameAddress(a, b *asyncapi.Channel) bool { return placeKey(a) == placeKey(b) }

// placeKey is the address as it is on the wire, or "" where there is none.
func placeKey(ch *asyncapi.Channel) string {
	if !ch.HasAddress {
		return ""
	}
	return "at " + shapeOf(ch.Address)
}

func shapeOf(address string) string {
	for _, name := range asyncapi.Variables(address) {
		address = strings.ReplaceAll(address, "{"+name+"}", "{}")
	}
	return address
}

// sameMessages reports whether two channels carry messages with the same
// schemas, which is what tells a channel that got both a new key and a new
// address.
func (d *differ) sameMessages(a, b *asyncapi.Channel) bool {
	if len(a.Messages) == 0 || len(a.Messages) != len(b.Messages) {
		return false
	}
	for i := range a.Messages {
		if a.Messages[i].Payload == nil || !d.samePayload(a.Messages[i], b.Messages[i]) {
			return false
		}
	}
	return true
}

func channelName(ch *asyncapi.Channel) string {
	if ch.HasAddress && ch.Address != ch.Name {
		return fmt.Sprintf("channel %q (%s)", ch.Name, ch.Address)
	}
	return fmt.Sprintf("channel %q", ch.Name)
}

// role is what an application does on a channel. Without any operation there
// both directions are judged.
func (d *differ) role(s side, ch *asyncapi.Channel) Role {
	if d.as != 0 {
		return d.as
	}
	var r Role
	for _, o := range s.operations[ch] {
		if o.Channel == ch {
			r |= roleOf(o.Action)
		}
		if o.Reply != nil && o.Reply.Channel == ch {
			r |= opposite(roleOf(o.Action))
		}
	}
	if r == 0 {
		d.report.Undirected = true
		return both
	}
	return r
}

func roleOf(a asyncapi.Action) Role {
	if a == asyncapi.Send {
		return Sends
	}
	return Receives
}

func opposite(r Role) Role {
	switch r {
	case Sends:
		return Receives
	case Receives:
		return Sends
	}
	return r
}

// others are those on the other side of what the application does.
func others(r Role) []Party {
	var list []Party
	if r&Sends != 0 {
		list = append(list, Receivers)
	}
	if r&Receives != 0 {
		list = append(list, Senders)
	}
	return list
}

func (d *differ) channelRemoved(ch *asyncapi.Channel) {
	r := d.role(d.old, ch)
	c := change(codeChannelRemoved, diag.Error, Binary, channelName(ch), ch.Node, nil)
	c.What, c.Breaks, c.Order = "the channel is gone", others(r), NewAddress
	c.Why = byRole(r,
		"consumers wait for messages that nobody sends any more; keep the channel, mark it as deprecated, and remove it when the last consumer has left",
		"producers go on sending and nobody reads: messages pile up or are lost; keep reading until the last producer has left")
	d.add(c)
}

// byRole picks the words for what the application does.
func byRole(r Role, sends, receives string) string {
	switch r {
	case Sends:
		return sends
	case Receives:
		return receives
	}
	return sends + "; " + receives
}

func (d *differ) channel(pair matched[*asyncapi.Channel], kept Role) {
	a, b := pair.old, pair.new
	r := d.role(d.old, a) | d.role(d.new, b)
	moved := !sameAddress(a, b)
	if moved {
		d.moved(a, b, r)
	}
	if a.Name != b.Name && d.old.doc.Major() == 3 && d.new.doc.Major() == 3 {
		c := change(codeChannelRenamed, diag.Info, Source, channelName(b), a.Node, b.Node)
		c.Breaks = []Party{Referrers}
		c.What = fmt.Sprintf("the channel's key %q is now %q", a.Name, b.Name)
		c.Why = "messages are not touched; generated code, workflows and references use the key, so change them with it"
		d.add(c)
	}
	if b.Deprecated && !a.Deprecated {
		d.deprecated(channelName(b), b.Node)
	}
	d.parameters(a, b, r, moved)
	d.channelServers(a, b, r)
	d.bindings("channel", channelName(b), a.Bindings, b.Bindings, r, a.Node, b.Node)
	d.messages(pair, kept)
}

// renumbered tells of an address that got the number of another version though
// no message there needs it.
func (d *differ) renumbered(a, b *asyncapi.Channel, broken bool) {
	if broken || unnumbered(a.Address) != unnumbered(b.Address) {
		return
	}
	c := change(codeAddressVersion, diag.Warning, Source, channelName(b), addressNode(a), addressNode(b))
	c.What = fmt.Sprintf("the version in the address went from %q to %q", a.Address, b.Address)
	c.Why = "no message there became incompatible, so everybody moves for nothing; keep the address"
	d.add(c)
}

func (d *differ) moved(a, b *asyncapi.Channel, r Role) {
	c := change(codeChannelAddress, diag.Error, Binary, channelName(b), addressNode(a), addressNode(b))
	c.What = fmt.Sprintf("the address %s is now %s", address(a), address(b))
	c.Breaks, c.Order = others(r), NewAddress
	c.Why = byRole(r,
		"consumers listen at the old address and hear nothing more; send to both, keep the old channel in the document and mark it as deprecated until they have moved",
		"producers send to the old address, where nobody reads; read from both, keep the old channel in the document and mark it as deprecated until they have moved")
	d.add(c)
}

func address(ch *asyncapi.Channel) string {
	if !ch.HasAddress {
		return "(none)"
	}
	return fmt.Sprintf("%q", ch.Address)
}

func addressNode(ch *asyncapi.Channel) *tree.Node {
	if n := ch.Node.Get("address"); n != nil {
		return n
	}
	return ch.Node
}

func (d *differ) deprecated(subject string, n *tree.Node) {
	c := change(codeDeprecated, diag.Info, Source, subject, nil, n)
	c.What, c.Why = "it is deprecated now", "it still works; those who use it should plan to leave"
	d.add(c)
}

// parameters compares what may stand in an address.
func (d *differ) parameters(a, b *asyncapi.Channel, r Role, moved bool) {
	if moved {
		return
	}
	from, to := asyncapi.Variables(a.Address), asyncapi.Variables(b.Address)
	for i := range min(len(from), len(to)) {
		p, q := a.Parameter(from[i]), b.Parameter(to[i])
		if from[i] != to[i] {
			c := change(codeParameter, diag.Info, Source, channelName(b), nodeOf(p), nodeOf(q))
			c.What = fmt.Sprintf("the parameter %q is now %q", from[i], to[i])
			c.Breaks, c.Why = []Party{Referrers}, "addresses stay as they are; generated code and workflows give the parameter by its name, so change them with it"
			d.add(c)
		}
		if p != nil && q != nil {
			d.parameterValues(b, p, q, r)
		}
	}
}

func nodeOf(p *asyncapi.Parameter) *tree.Node {
	if p == nil {
		return nil
	}
	return p.Node
}

func (d *differ) parameterValues(ch *asyncapi.Channel, p, q *asyncapi.Parameter, r Role) {
	gone, more := values(p.Enum, q.Enum)
	if gone != "" {
		c := change(codeParameter, diag.Warning, Binary, channelName(ch), p.Node, q.Node)
		c.What = fmt.Sprintf("the parameter %q can no longer be %s", q.Name, gone)
		c.Why = "consumers of those addresses hear nothing more"
		if r&Receives != 0 {
			c.Severity, c.Breaks, c.Order = diag.Error, []Party{Senders}, ProducersFirst
			c.Why = "producers that use one of those addresses send where nobody reads; they must stop first"
		}
		d.add(c)
	}
	if more != "" {
		c := change(codeParameter, diag.Info, Binary, channelName(ch), p.Node, q.Node)
		c.What = fmt.Sprintf("the parameter %q can also be %s", q.Name, more)
		c.Why = "consumers that list the addresses must add those they want to hear"
		if r == Receives {
			c.Why = "nobody sends to those addresses yet"
		}
		d.add(c)
	}
}

// values says what may no longer, and what may now, stand in a place. A place
// without a list takes anything.
func values(from, to []string) (gone, more string) {
	switch {
	case len(from) == 0 && len(to) == 0:
		return "", ""
	case len(from) == 0:
		return "anything but " + strings.Join(to, ", "), ""
	case len(to) == 0:
		return "", "anything else"
	}
	return strings.Join(missing(from, to), ", "), strings.Join(missing(to, from), ", ")
}

func missing(from, in []string) []string {
	var list []string
	for _, s := range from {
		if !slices.Contains(in, s) {
			list = append(list, s)
		}
	}
	return list
}

// channelServers compares on which servers a channel is.
func (d *differ) channelServers(a, b *asyncapi.Channel, r Role) {
	names := func(s side, ch *asyncapi.Channel) []string {
		var list []string
		for _, server := range s.doc.ServersOf(ch) {
			list = append(list, server.Name)
		}
		return list
	}
	if len(a.Servers) == 0 && len(b.Servers) == 0 {
		return
	}
	kept := names(d.new, b)
	for _, server := range d.old.doc.ServersOf(a) {
		still := slices.ContainsFunc(d.new.doc.Servers, func(s *asyncapi.Server) bool { return s.Name == server.Name })
		if !still || slices.Contains(kept, server.Name) {
			continue // that the server itself went away is told elsewhere
		}
		c := change(codeChannelServers, diag.Error, Binary, channelName(b), a.Node.Get("servers"), cmpNode(b.Node.Get("servers"), b.Node))
		c.What = fmt.Sprintf("the channel is no longer on the server %q", server.Name)
		c.Breaks, c.Order = others(r), NewAddress
		c.Why = "whoever exchanges these messages through that server is cut off; keep the channel there until they have moved"
		d.add(c)
	}
}

func cmpNode(a, b *tree.Node) *tree.Node {
	if a != nil {
		return a
	}
	return b
}
