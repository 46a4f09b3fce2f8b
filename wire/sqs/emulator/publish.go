package emulator

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// notice is one published message.
type notice struct {
	id       string
	text     string
	subject  string
	attrs    map[string]attribute
	group    string
	dedup    string
	sequence uint64
	at       time.Time
}

func (s *Server) publish(in *query) (any, *failure) {
	arn := in.text("TopicArn")
	if arn == "" {
		arn = in.text("TargetArn")
	}
	t, f := s.state.topicAt(arn)
	if f != nil {
		return nil, f
	}
	n, f := s.publishOne(t, in, "")
	if f != nil {
		return nil, f
	}
	return n.show(t), nil
}

func (n *notice) show(t *topic) elements {
	out := elements{{"MessageId", n.id}}
	if t.fifo {
		out = append(out, element{"SequenceNumber", sequenceText(n.sequence)})
	}
	return out
}

func (s *Server) publishBatch(in *query) (any, *failure) {
	t, f := s.state.topicAt(in.text("TopicArn"))
	if f != nil {
		return nil, f
	}
	const list = "PublishBatchRequestEntries.member"
	var ids []string
	size := 0
	in.each(list, func(prefix string) {
		ids = append(ids, in.text(prefix+"Id"))
		attrs, _ := in.attributes(prefix + "MessageAttributes.entry")
		size += sizeOf(in.text(prefix+"Message"), attrs)
	})
	if f := batchFailure(ids); f != nil {
		return nil, &failure{code: f.code, message: f.message}
	}
	if size > MaxMessage {
		return nil, &failure{code: "BatchRequestTooLong", message: fmt.Sprintf("Batch requests cannot be longer than %d bytes.", MaxMessage)}
	}
	var good, bad elements
	in.each(list, func(prefix string) {
		id := element{"Id", in.text(prefix + "Id")}
		n, f := s.publishOne(t, in, prefix)
		if f != nil {
			bad = append(bad, element{"member", elements{id, {"Code", f.code}, {"Message", f.message}, {"SenderFault", "true"}}})
			return
		}
		good = append(good, element{"member", append(n.show(t), id)})
	})
	return elements{{"Successful", good}, {"Failed", bad}}, nil
}

// publishOne checks a message and copies it to all who want it.
func (s *Server) publishOne(t *topic, in *query, prefix string) (*notice, *failure) {
	attrs, f := in.attributes(prefix + "MessageAttributes.entry")
	if f != nil {
		return nil, f
	}
	n := &notice{
		id: newID(), text: in.text(prefix + "Message"), subject: in.text(prefix + "Subject"), attrs: attrs,
		group: in.text(prefix + "MessageGroupId"), dedup: in.text(prefix + "MessageDeduplicationId"), at: now(),
	}
	if f := n.check(t, in.text(prefix+"MessageStructure")); f != nil {
		return nil, f
	}
	if t.fifo {
		t.seen.tick(n.at)
		m := &message{id: n.id, body: n.text, group: n.group, dedup: n.dedup, sequence: t.sequence + 1}
		if old := t.seen.saw(m, n.at); old != nil {
			n.id, n.sequence = old.id, old.sequence
			return n, nil
		}
		t.sequence++
		n.sequence, n.dedup = t.sequence, m.dedup
	}
	for _, sub := range t.subs {
		if sub.wants(n) {
			s.deliver(sub, n)
		}
	}
	return n, nil
}

func (n *notice) check(t *topic, structure string) *failure {
	switch {
	case n.text == "":
		return badParameter("Empty message")
	case structure != "":
		return badParameter("MessageStructure: this emulator has one text for all protocols")
	case sizeOf(n.text, n.attrs) > MaxMessage:
		return badParameter("Message too long")
	case !isText(n.text):
		return badParameter("Message Reason: it has characters that XML has not")
	case len(n.subject) > 100:
		return badParameter("Subject")
	}
	for name, a := range n.attrs {
		if a.DataType == "String.Array" {
			a.DataType = "String" // SNS's own kind, for filters
		}
		if f := checkAttributes(map[string]attribute{name: a}); f != nil {
			return badParameter("MessageAttributes Reason: " + f.message)
		}
	}
	switch {
	case t.fifo && !isIdentifier(n.group):
		return badParameter("The MessageGroupId parameter is required for FIFO topics")
	case t.fifo && n.dedup == "" && !t.content:
		return badParameter("The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly")
	case t.fifo && n.dedup != "" && !isIdentifier(n.dedup), !t.fifo && n.dedup != "":
		return badParameter("MessageDeduplicationId")
	}
	return nil
}

func (sub *subscription) wants(n *notice) bool {
	switch {
	case sub.filter == nil:
		return true
	case sub.inBody:
		return sub.filter.matchesBody(n.text)
	}
	return sub.filter.matchesAttributes(n.attrs)
}

// deliver copies a message to one subscription.
func (s *Server) deliver(sub *subscription, n *notice) {
	if sub.protocol != "sqs" {
		s.call(sub, n)
		return
	}
	q := s.state.queueOf(sub.endpoint)
	if q == nil {
		return // it was deleted
	}
	out := &outgoing{Body: &n.text, Attributes: n.attrs}
	if !sub.raw {
		text := string(sub.envelope(s, n))
		out.Body, out.Attributes = &text, nil
	}
	if len(out.Attributes) > maxAttributes {
		return // as the service: raw delivery loses what a queue does not take
	}
	if q.fifo {
		out.GroupID, out.DedupID = n.group, n.dedup
	}
	// What the queue does not take is lost, as with the service, which has told
	// the publisher by then.
	_, _ = s.send(q, out)
}

// envelope is the message as JSON, for who did not ask for it raw.
func (sub *subscription) envelope(s *Server, n *notice) []byte {
	type value struct{ Type, Value string }
	out := map[string]any{
		"Type": "Notification", "MessageId": n.id, "TopicArn": sub.topic.arn, "Message": n.text,
		"Timestamp": n.at.UTC().Format("2006-01-02T15:04:05.000Z"), "SignatureVersion": "1", "Signature": "EXAMPLE",
		"SigningCertURL": s.base + "/SimpleNotificationService.pem", "UnsubscribeURL": s.base + "/?Action=Unsubscribe&SubscriptionArn=" + sub.arn,
	}
	if n.subject != "" {
		out["Subject"] = n.subject
	}
	if len(n.attrs) > 0 {
		attrs := map[string]value{}
		for name, a := range n.attrs {
			text := string(a.value())
			if a.kind() == "Binary" {
				text = base64.StdEncoding.EncodeToString(a.BinaryValue)
			}
			attrs[name] = value{a.DataType, text}
		}
		out["MessageAttributes"] = attrs
	}
	text, err := json.Marshal(out)
	if err != nil {
		panic(err) // texts are always JSON
	}
	return text
}

// calling is how long an http endpoint may take, and how many calls may be
// under way.
const (
	calling  = 5 * time.Second
	maxCalls = 64
)

// call posts a message to an http endpoint on loopback, once.
func (s *Server) call(sub *subscription, n *notice) {
	select {
	case s.calls <- struct{}{}:
	default:
		return // too many are under way: http delivery here promises nothing
	}
	body, kind := []byte(n.text), "text/plain; charset=UTF-8"
	if !sub.raw {
		body = sub.envelope(s, n)
	}
	endpoint, raw, topic, arn := sub.endpoint, sub.raw, sub.topic.arn, sub.arn
	s.state.deliveries.Go(func() {
		defer func() { <-s.calls }()
		ctx, cancel := context.WithTimeout(s.stopped, calling)
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, bytes.NewReader(body))
		if err != nil {
			return
		}
		r.Header.Set("Content-Type", kind)
		r.Header.Set("X-Amz-Sns-Message-Type", "Notification")
		r.Header.Set("X-Amz-Sns-Message-Id", n.id)
		r.Header.Set("X-Amz-Sns-Topic-Arn", topic)
		r.Header.Set("X-Amz-Sns-Subscription-Arn", arn)
		if raw {
			r.Header.Set("X-Amz-Sns-Rawdelivery", "true")
		}
		response, err := s.client.Do(r)
		if err == nil {
			_ = response.Body.Close() // the answer is nobody's
		}
	})
}
