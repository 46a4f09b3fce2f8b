package diff

import (
	"fmt"
	"mime"
	"strings"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

func (d *differ) messages(channels matched[*asyncapi.Channel], kept Role) {
	a, b := channels.old, channels.new
	pairs, gone, more := match(a.Messages, b.Messages,
		byKey(func(m *asyncapi.Message) string { return "key " + m.Key }),
		byKey(func(m *asyncapi.Message) string { return m.Name }),
		likeness[*asyncapi.Message]{alike: func(x, y *asyncapi.Message) bool { return x.Payload != nil && d.samePayload(x, y) }},
		likeness[*asyncapi.Message]{alike: func(x, y *asyncapi.Message) bool {
			return len(a.Messages) == 1 && len(b.Messages) == 1 && d.likePayload(x, y)
		}},
	)
	for _, m := range gone {
		d.messageRemoved(a, m, d.messageRole(d.old, a, m))
	}
	for _, m := range more {
		d.messageAdded(b, m, d.messageRole(d.new, b, m), len(a.Messages) > 0)
	}
	for _, pair := range pairs {
		d.messageKept(channels, pair, kept)
	}
}

func messageName(ch *asyncapi.Channel, m *asyncapi.Message) string {
	if m.Key == bareName {
		return "the schema"
	}
	return fmt.Sprintf("message %q on %s", m.Key, channelName(ch))
}

func (d *differ) messageRemoved(ch *asyncapi.Channel, m *asyncapi.Message, r Role) {
	if r&Receives != 0 {
		c := change(codeMessageRemoved, diag.Error, JSON, messageName(ch, m), m.Node, nil)
		c.What, c.Breaks, c.Order = "the message is no longer received", []Party{Senders}, ProducersFirst
		c.Why = "producers may still send it, and it is refused or lost; go on accepting it until the last producer has stopped"
		d.add(c)
	}
	if r&Sends != 0 {
		c := change(codeMessageRemoved, diag.Warning, JSON, messageName(ch, m), m.Node, nil)
		c.What, c.Why = "the message is no longer sent", "consumers that count on it wait for ever; tell them"
		d.add(c)
	}
}

func (d *differ) messageAdded(ch *asyncapi.Channel, m *asyncapi.Message, r Role, among bool) {
	c := change(codeMessageAdded, diag.Info, JSON, messageName(ch, m), nil, m.Node)
	c.What, c.Why = "the message is new", "producers may send it when they are ready"
	if r&Sends != 0 && among {
		c.Severity = diag.Warning
		c.Why = "consumers of the channel meet a kind of message that they do not know; they must tell messages apart, by a header or a field, and pass over others"
	}
	d.add(c)
}

func (d *differ) messageKept(channels matched[*asyncapi.Channel], pair matched[*asyncapi.Message], kept Role) {
	a, b := pair.old, pair.new
	subject := messageName(channels.new, b)
	before, after := d.messageRole(d.old, channels.old, a), d.messageRole(d.new, channels.new, b)
	if a.Key != b.Key && d.old.doc.Major() == 3 && d.new.doc.Major() == 3 {
		c := change(codeMessageRenamed, diag.Info, Source, subject, a.Node, b.Node)
		c.What, c.Breaks = fmt.Sprintf("the message's key %q is now %q", a.Key, b.Key), []Party{Referrers}
		c.Why = "what is sent is not touched; generated code, workflows and references use the key, so change them with it"
		d.add(c)
	}
	if a.Name != "" && b.Name != "" && a.Name != b.Name {
		c := change(codeMessageRenamed, diag.Warning, Source, subject, a.Merged.Get("name"), b.Merged.Get("name"))
		c.What, c.Breaks = fmt.Sprintf("the message's name %q is now %q", a.Name, b.Name), []Party{Referrers}
		c.Why = "generated code is named by it, and consumers that tell messages apart by a header with the name meet one that they do not know"
		d.add(c)
	}
	if b.Deprecated && !a.Deprecated {
		d.deprecated(subject, b.Node)
	}
	d.roleChanged(channels, pair, kept, before, after)
	r := before & after
	if r == 0 {
		r = before | after
	}
	first := len(d.report.Changes)
	m := &exchange{d: d, channel: channels.new, subject: subject, old: a, new: b, role: r}
	m.compare()
	for i := range d.report.Changes[first:] {
		d.report.Changes[first+i].channel = channels.new.Name
	}
}

// keptRoles is what the operations that both versions have do on the channels
// that they have kept.
func keptRoles(ops []matched[*asyncapi.Operation]) map[matched[*asyncapi.Channel]]Role {
	kept := map[matched[*asyncapi.Channel]]Role{}
	for _, op := range ops {
		kept[matched[*asyncapi.Channel]{old: op.old.Channel, new: op.new.Channel}] |= roleOf(op.old.Action)
	}
	return kept
}

// roleChanged tells that a message which the channel still has is no longer
// among those of an operation, or is new among them. That a whole operation
// went away is told elsewhere.
func (d *differ) roleChanged(channels matched[*asyncapi.Channel], pair matched[*asyncapi.Message], kept, before, after Role) {
	if d.as != 0 {
		return
	}
	if lost := before &^ after & kept; lost != 0 {
		d.messageRemoved(channels.old, pair.old, lost)
	}
	if won := after &^ before & kept; won != 0 {
		d.messageAdded(channels.new, pair.new, won, true)
	}
}

// exchange is one message that both versions have.
type exchange struct {
	d        *differ
	channel  *asyncapi.Channel
	subject  string
	old, new *asyncapi.Message
	role     Role
}

func (m *exchange) compare() {
	m.contentType()
	m.correlation()
	m.payload()
	m.headers()
	m.key()
	m.d.bindings("message", m.subject, m.old.Bindings, m.new.Bindings, m.role, m.old.Node, m.new.Node)
}

// effective is the media type that a message has in the end.
func effective(contentType string) string {
	if contentType == "" {
		return "application/json"
	}
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return contentType
	}
	if strings.EqualFold(params["charset"], "utf-8") {
		delete(params, "charset")
	}
	return mime.FormatMediaType(media, params)
}

func (m *exchange) contentType() {
	from, to := effective(m.old.ContentType), effective(m.new.ContentType)
	if from == to {
		return
	}
	c := change(codeContentType, diag.Error, Binary, m.subject, m.at(m.old, "contentType"), m.at(m.new, "contentType"))
	c.What = fmt.Sprintf("the content type %s is now %s", from, to)
	c.Breaks, c.Order = others(m.role), NewAddress
	c.Why = byRole(m.role,
		"consumers decode the bytes as the old type and fail; send the new form under a new address until all can read it",
		"producers encode the old type, which the application cannot decode; read both by the content type of each message until all have changed")
	m.d.add(c)
}

func (m *exchange) at(of *asyncapi.Message, key string) *tree.Node {
	return cmpNode(of.Merged.Get(key), of.Node)
}

func (m *exchange) correlation() {
	location := func(of *asyncapi.Message) string {
		if of.Correlation == nil {
			return ""
		}
		return of.Correlation.Location
	}
	from, to := location(m.old), location(m.new)
	if from == to {
		return
	}
	c := change(codeCorrelation, diag.Error, Binary, m.subject, m.at(m.old, "correlationId"), m.at(m.new, "correlationId"))
	c.Breaks, c.Order = others(m.role), NewAddress
	switch {
	case from == "":
		c.Severity, c.Breaks, c.Order = diag.Warning, nil, ""
		c.What = fmt.Sprintf("the message now has a correlation id at %s", to)
		c.Why = byRole(m.role, "consumers may use it when they are ready", "producers do not write it yet, so the application must not count on it")
	case to == "":
		c.What = fmt.Sprintf("the correlation id at %s is gone", from)
		c.Why = "who waits for a message by its correlation id never finds it; keep it until nobody waits by it"
	default:
		c.What = fmt.Sprintf("the correlation id was at %s and is at %s", from, to)
		c.Why = "one side writes the id in one place and the other looks for it in another, so requests and replies do not find each other; write it in both places until all have changed"
	}
	m.d.add(c)
}

func formatOf(s *asyncapi.Schema) (schema.Format, error) {
	return schema.ParseFormat(s.Format)
}
