package emulator

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// outgoing is a message to send, alone or as an entry of a batch.
type outgoing struct {
	QueueURL     string  `json:"QueueUrl"`
	ID           string  `json:"Id"`
	Body         *string `json:"MessageBody"`
	DelaySeconds *int
	Attributes   map[string]attribute `json:"MessageAttributes"`
	System       map[string]attribute `json:"MessageSystemAttributes"`
	GroupID      string               `json:"MessageGroupId"`
	DedupID      string               `json:"MessageDeduplicationId"`
}

// sent is the answer for one message.
type sent struct {
	ID         string `json:"Id,omitempty"`
	BodySum    string `json:"MD5OfMessageBody"`
	AttrSum    string `json:"MD5OfMessageAttributes,omitempty"`
	SystemSum  string `json:"MD5OfMessageSystemAttributes,omitempty"`
	MessageID  string `json:"MessageId"`
	SequenceNo string `json:"SequenceNumber,omitempty"`
}

// failed is the answer for an entry that was refused.
type failed struct {
	ID          string `json:"Id"`
	Code        string
	Message     string
	SenderFault bool
}

func (f *failure) entry(id string) failed {
	return failed{ID: id, Code: f.queryCode(), Message: f.message, SenderFault: true}
}

func (s *Server) sendMessage(in *outgoing) (any, *failure) {
	q, f := s.state.queueAt(in.QueueURL)
	if f != nil {
		return nil, f
	}
	return s.send(q, in)
}

// send checks and stores one message.
func (s *Server) send(q *queue, in *outgoing) (*sent, *failure) {
	if f := s.checkOutgoing(q, in); f != nil {
		return nil, f
	}
	at := now()
	delay := q.delay
	if in.DelaySeconds != nil {
		delay = time.Duration(*in.DelaySeconds) * time.Second
	}
	m := &message{
		id: newID(), body: *in.Body, attrs: in.Attributes, system: map[string]string{}, size: sizeOf(*in.Body, in.Attributes),
		group: in.GroupID, dedup: in.DedupID, sent: at,
	}
	if trace, ok := in.System["AWSTraceHeader"]; ok {
		m.system["AWSTraceHeader"] = string(trace.value())
	}
	q.tick(at)
	if q.fifo {
		if old := q.saw(m, at); old != nil {
			m = old
		}
	}
	if m.lane == nil { // not seen before
		q.sequence++
		m.sequence = q.sequence
		q.put(m, at.Add(delay))
	}
	out := &sent{ID: in.ID, BodySum: sum(*in.Body), AttrSum: sumOf(in.Attributes), SystemSum: sumOf(in.System), MessageID: m.id}
	if q.fifo {
		out.SequenceNo = sequenceText(m.sequence)
	}
	return out, nil
}

func sequenceText(n uint64) string { return fmt.Sprintf("%020d", n) }

// saw notes a message's deduplication id, and returns the message that had it
// before.
func (q *queue) saw(m *message, at time.Time) *message {
	if m.dedup == "" {
		digest := sha256.Sum256([]byte(m.body))
		m.dedup = hex.EncodeToString(digest[:])
	}
	id := m.dedup
	if q.perGroup {
		id = m.group + "\x00" + id
	}
	if old, ok := q.seen[id]; ok {
		return old.message
	}
	s := sighting{id: id, at: at, message: m}
	q.seen[id] = s
	q.sights = append(q.sights, s)
	return nil
}

// maxIdentifier is the longest id of a group, of deduplication, or of an entry
// of a batch (which is shorter).
const (
	maxIdentifier = 128
	maxEntryID    = 80
)

func (s *Server) checkOutgoing(q *queue, in *outgoing) *failure {
	switch {
	case in.Body == nil || *in.Body == "":
		return missing("MessageBody")
	case !isText(*in.Body):
		return &failure{code: "InvalidMessageContents", message: "Invalid characters in the message body."}
	case sizeOf(*in.Body, in.Attributes) > q.limit:
		return tooLong(q.limit)
	case s.state.stored+len(*in.Body) > maxStored:
		return overLimit(fmt.Sprintf("The queues hold %d bytes of %d.", s.state.stored, maxStored))
	case in.DelaySeconds != nil && (*in.DelaySeconds < 0 || *in.DelaySeconds > 900):
		return badValue("Value %d for parameter DelaySeconds is invalid. Reason: must be between 0 and 900.", *in.DelaySeconds)
	case q.fifo && in.DelaySeconds != nil && *in.DelaySeconds > 0:
		return badValue("Value %d for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.", *in.DelaySeconds)
	}
	if f := checkAttributes(in.Attributes); f != nil {
		return f
	}
	return checkIDs(q, in.GroupID, in.DedupID)
}

func checkIDs(q *queue, group, dedup string) *failure {
	switch {
	case group != "" && !isIdentifier(group):
		return badValue("The value of the parameter MessageGroupId is invalid.")
	case dedup != "" && !isIdentifier(dedup):
		return badValue("The value of the parameter MessageDeduplicationId is invalid.")
	case !q.fifo && dedup != "":
		return badValue("The request includes a parameter MessageDeduplicationId that is not valid for this queue type.")
	case q.fifo && group == "":
		return missing("MessageGroupId")
	case q.fifo && dedup == "" && !q.content:
		return badValue("The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly")
	}
	return nil
}

// isIdentifier reports whether a text is made of visible ASCII.
func isIdentifier(text string) bool {
	if text == "" || len(text) > maxIdentifier {
		return false
	}
	for _, c := range []byte(text) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return true
}

// batchFailure refuses batches as a whole.
func batchFailure(ids []string) *failure {
	old := func(name, message string) *failure {
		return &failure{code: name, query: oldPrefix + name, message: message}
	}
	switch {
	case len(ids) == 0:
		return old("EmptyBatchRequest", "There should be at least one entry in the request.")
	case len(ids) > 10:
		return old("TooManyEntriesInBatchRequest", fmt.Sprintf("Maximum number of entries per request are 10. You have sent %d.", len(ids)))
	}
	for i, id := range ids {
		if slices.Contains(ids[:i], id) {
			return old("BatchEntryIdsNotDistinct", fmt.Sprintf("Id %s repeated.", id))
		}
		if id == "" || len(id) > maxEntryID || strings.Trim(id, "-_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			return old("InvalidBatchEntryId", "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.")
		}
	}
	return nil
}

// batchOf does one thing for each entry of a batch.
func batchOf[In any](entries []In, id func(*In) string, do func(*In) (any, *failure)) (any, *failure) {
	ids := make([]string, len(entries))
	for i := range entries {
		ids[i] = id(&entries[i])
	}
	if f := batchFailure(ids); f != nil {
		return nil, f
	}
	good, bad := []any{}, []failed{}
	for i := range entries {
		out, f := do(&entries[i])
		if f != nil {
			bad = append(bad, f.entry(ids[i]))
			continue
		}
		good = append(good, out)
	}
	out := map[string]any{"Successful": good}
	if len(bad) > 0 {
		out["Failed"] = bad
	}
	return out, nil
}

type outgoingBatch struct {
	QueueURL string `json:"QueueUrl"`
	Entries  []outgoing
}

func (s *Server) sendMessageBatch(in *outgoingBatch) (any, *failure) {
	q, f := s.state.queueAt(in.QueueURL)
	if f != nil {
		return nil, f
	}
	size := 0
	for _, e := range in.Entries {
		if e.Body != nil {
			size += sizeOf(*e.Body, e.Attributes)
		}
	}
	if size > MaxMessage {
		return nil, &failure{code: "BatchRequestTooLong", query: oldPrefix + "BatchRequestTooLong", message: fmt.Sprintf("Batch requests cannot be longer than %d bytes. You have sent %d bytes.", MaxMessage, size)}
	}
	return batchOf(in.Entries, func(e *outgoing) string { return e.ID }, func(e *outgoing) (any, *failure) {
		out, f := s.send(q, e)
		return out, f
	})
}

type receiving struct {
	QueueURL          string `json:"QueueUrl"`
	Max               *int   `json:"MaxNumberOfMessages"`
	WaitTimeSeconds   *int
	VisibilityTimeout *int
	AttributeNames    []string
	SystemNames       []string `json:"MessageSystemAttributeNames"`
	Names             []string `json:"MessageAttributeNames"`
}

func within(name string, value *int, least, most int) *failure {
	if value != nil && (*value < least || *value > most) {
		return badValue("Value %d for parameter %s is invalid. Reason: Must be >= %d and <= %d, if provided.", *value, name, least, most)
	}
	return nil
}

func (in *receiving) check() *failure {
	for _, f := range []*failure{
		within("MaxNumberOfMessages", in.Max, 1, 10),
		within("WaitTimeSeconds", in.WaitTimeSeconds, 0, 20),
		within("VisibilityTimeout", in.VisibilityTimeout, 0, 43200),
	} {
		if f != nil {
			return f
		}
	}
	return nil
}

// receiveMessage waits until there is a message, the time is up, or the client
// is gone, who then has been given nothing.
func (s *Server) receiveMessage(ctx context.Context, in *receiving) (any, *failure) {
	if f := in.check(); f != nil {
		return nil, f
	}
	deadline := time.Time{}
	for {
		list, look, f := s.look(ctx, in, &deadline)
		if f != nil || len(list) > 0 || look == nil {
			out := map[string]any{}
			if len(list) > 0 {
				out["Messages"] = list
			}
			return out, f
		}
		look(ctx)
	}
}

// look takes what there is. When that is nothing it returns how to wait for
// more, or nil when the time is up.
func (s *Server) look(ctx context.Context, in *receiving, deadline *time.Time) (list []map[string]any, wait func(context.Context), f *failure) {
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	q, f := s.state.queueAt(in.QueueURL)
	if f != nil || ctx.Err() != nil {
		return nil, nil, f
	}
	at := now()
	if deadline.IsZero() {
		*deadline = at.Add(q.wait)
		if in.WaitTimeSeconds != nil {
			*deadline = at.Add(time.Duration(*in.WaitTimeSeconds) * time.Second)
		}
	}
	next := q.tick(at)
	most, until := 1, at.Add(q.visibility)
	if in.Max != nil {
		most = *in.Max
	}
	if in.VisibilityTimeout != nil {
		until = at.Add(time.Duration(*in.VisibilityTimeout) * time.Second)
	}
	if f := q.full(); f != nil {
		return nil, nil, f
	}
	for _, m := range q.take(most, until, at, func(m *message) bool { return s.bury(q, m) }) {
		list = append(list, s.incoming(m, in))
	}
	if len(list) > 0 || !at.Before(*deadline) {
		return list, nil, nil
	}
	if next.IsZero() || next.After(*deadline) {
		next = *deadline
	}
	changed := q.changed
	return nil, func(ctx context.Context) { pause(ctx, changed, next.Sub(at)) }, nil
}

// pause waits for a change, a time, or the end of a context.
func pause(ctx context.Context, changed <-chan struct{}, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-changed:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// full refuses receives while too many messages are with receivers.
func (q *queue) full() *failure {
	if q.fifo && len(q.inflight) >= 20_000 || len(q.inflight) >= 120_000 {
		return overLimit("Too many messages in flight.")
	}
	return nil
}

// bury moves a message that was received too often to the dead letters.
func (s *Server) bury(q *queue, m *message) bool {
	if q.dead == "" || m.receives < q.most {
		return false
	}
	target := s.state.queueOf(q.dead)
	if target == nil || target == q || target.fifo != q.fifo {
		return false
	}
	target.sequence++
	dead := &message{
		id: m.id, body: m.body, attrs: m.attrs, system: map[string]string{"DeadLetterQueueSourceArn": q.arn}, size: m.size,
		sequence: target.sequence, group: m.group, dedup: m.dedup, sent: m.sent,
	}
	target.put(dead, m.sent)
	return true
}

// incoming is a message as a receiver gets it.
func (s *Server) incoming(m *message, in *receiving) map[string]any {
	out := map[string]any{"MessageId": m.id, "ReceiptHandle": m.handle, "Body": m.body, "MD5OfBody": sum(m.body)}
	if attrs := pick(m.attrs, in.Names); len(attrs) > 0 {
		out["MessageAttributes"], out["MD5OfMessageAttributes"] = attrs, sumOf(attrs)
	}
	names := slices.Concat(in.AttributeNames, in.SystemNames)
	system := map[string]string{}
	for name, value := range m.systemAttributes() {
		if slices.Contains(names, "All") || slices.Contains(names, name) {
			system[name] = value
		}
	}
	if len(system) > 0 {
		out["Attributes"] = system
	}
	return out
}

func (m *message) systemAttributes() map[string]string {
	all := map[string]string{
		"SenderId": Account, "SentTimestamp": millis(m.sent),
		"ApproximateReceiveCount": itoa(m.receives), "ApproximateFirstReceiveTimestamp": millis(m.first),
	}
	if m.group != "" {
		all["MessageGroupId"] = m.group
	}
	if m.dedup != "" {
		all["MessageDeduplicationId"], all["SequenceNumber"] = m.dedup, sequenceText(m.sequence)
	}
	for name, value := range m.system {
		all[name] = value
	}
	return all
}

// settling names a message by its receipt handle, alone or as an entry.
type settling struct {
	QueueURL          string `json:"QueueUrl"`
	ID                string `json:"Id"`
	ReceiptHandle     string
	VisibilityTimeout *int
}

type settlingBatch struct {
	QueueURL string `json:"QueueUrl"`
	Entries  []settling
}

func (e *settling) entryID() string { return e.ID }

// held finds a message by its newest handle. It is nil for one that was
// deleted, or given to somebody else meanwhile.
func (q *queue) held(handle string) (*message, *failure) {
	id, name, ok := strings.Cut(handle, ":")
	if !ok || len(id) != len(newID()) || name != q.name {
		return nil, badHandle()
	}
	q.tick(now())
	return q.inflight[handle], nil
}

func (q *queue) deleteOne(e *settling) (any, *failure) {
	m, f := q.held(e.ReceiptHandle)
	if f != nil {
		return nil, f
	}
	if m != nil { // else it is deleted already, as far as this handle goes
		q.remove(m)
	}
	return map[string]string{"Id": e.ID}, nil
}

func (q *queue) changeOne(e *settling) (any, *failure) {
	if e.VisibilityTimeout == nil {
		return nil, missing("VisibilityTimeout")
	}
	if f := within("VisibilityTimeout", e.VisibilityTimeout, 0, 43200); f != nil {
		return nil, f
	}
	m, f := q.held(e.ReceiptHandle)
	if f != nil {
		return nil, f
	}
	if m == nil {
		return nil, &failure{code: "MessageNotInflight", query: oldPrefix + "MessageNotInflight", message: "The message referred to is not in flight."}
	}
	at := now()
	q.hide(m, at.Add(time.Duration(*e.VisibilityTimeout)*time.Second), at)
	return map[string]string{"Id": e.ID}, nil
}

func (s *Server) deleteMessage(in *settling) (any, *failure) {
	return s.one(in, (*queue).deleteOne)
}

func (s *Server) changeMessageVisibility(in *settling) (any, *failure) {
	return s.one(in, (*queue).changeOne)
}

func (s *Server) one(in *settling, do func(*queue, *settling) (any, *failure)) (any, *failure) {
	q, f := s.state.queueAt(in.QueueURL)
	if f != nil {
		return nil, f
	}
	if in.ReceiptHandle == "" {
		return nil, missing("ReceiptHandle")
	}
	if _, f := do(q, in); f != nil {
		return nil, f
	}
	return nothing{}, nil
}

func (s *Server) deleteMessageBatch(in *settlingBatch) (any, *failure) {
	return s.each(in, (*queue).deleteOne)
}

func (s *Server) changeMessageVisibilityBatch(in *settlingBatch) (any, *failure) {
	return s.each(in, (*queue).changeOne)
}

func (s *Server) each(in *settlingBatch, do func(*queue, *settling) (any, *failure)) (any, *failure) {
	q, f := s.state.queueAt(in.QueueURL)
	if f != nil {
		return nil, f
	}
	return batchOf(in.Entries, (*settling).entryID, func(e *settling) (any, *failure) { return do(q, e) })
}
