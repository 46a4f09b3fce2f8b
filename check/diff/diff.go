// Package diff says what changed between two versions of an AsyncAPI document,
// whom each change breaks, and proves it with a message.
//
// A change has no meaning without a direction. Where the application sends, its
// consumers still hold the old contract: all that the new one lets be written
// must be readable by the old. Where it receives, its producers still hold the
// old one: all that the old lets be written must be readable by the new.
//
// It must not know where documents come from nor how an answer is shown.
package diff

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/weft-dev/weft/check/diff/schemadiff"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema/protobuf"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// Document is one of the two versions.
type Document struct {
	Model *asyncapi.Document
	// Workspace is what the document was loaded in.
	Workspace *ref.Workspace
	// Schema says that it is no document, but a schema in a file of its own.
	Schema bool
}

// Party is who is hit by a change.
type Party string

// The parties.
const (
	// Receivers are those that consume what the application sends.
	Receivers Party = "receivers"
	// Senders are those that produce what the application receives.
	Senders Party = "senders"
	// Referrers are those that use names of the document: generated code,
	// workflows, other documents.
	Referrers Party = "referrers"
)

// Level is what a compatible change leaves whole. Each includes those after it.
type Level string

// The levels, the strictest first.
const (
	// Source: code made from the document, and references to it, still work.
	Source Level = "source"
	// JSON: what is exchanged means the same, as JSON sees it.
	JSON Level = "json"
	// Binary: the bytes on the wire can still be exchanged.
	Binary Level = "binary"
)

// Levels returns the levels by which a report can be judged.
func Levels() []Level { return []Level{JSON, Source, Binary} }

// Role is what the application does with a message, as seen from itself.
type Role uint8

// The roles; both together is a Role too.
const (
	Sends Role = 1 << iota
	Receives

	both = Sends | Receives
)

// Order is how a change can be rolled out.
type Order string

// The orders.
const (
	AnyOrder       Order = "any"
	ConsumersFirst Order = "consumers-first"
	ProducersFirst Order = "producers-first"
	// EachItsOwn says that the changes ask for different orders.
	EachItsOwn Order = "each-its-own"
	// NewAddress says that no order works: old and new need different places.
	NewAddress Order = "new-address"
)

// Change is one thing that changed.
type Change struct {
	Code diag.Code
	// Severity is Error for what breaks somebody, Warning for what may surprise
	// somebody or could not be decided, Info for the rest.
	Severity diag.Severity
	// Undecided says that nobody could tell whether it breaks somebody.
	Undecided bool
	Level     Level
	// Subject names the thing: `message "Order" on channel "orders"`.
	Subject string
	// What says in one sentence, without a full stop, what changed.
	What string
	// Why says whom it hits, what happens to them, and what to do.
	Why string
	// Breaks are those it breaks; none where it breaks nobody.
	Breaks []Party
	// Path is the JSON Pointer of the place in its file: of the new version, or
	// of the old one where it is gone.
	Path string
	// Before and After are the places in the two versions. One may be nowhere.
	Before, After source.Span
	// Order is how to roll it out, for what breaks somebody.
	Order Order
	// Part is what the witness is of: "payload", "headers" or "key".
	Part string
	// Witness is a value that one side may write and the other does not
	// accept; both validators have said so. Refusal says why it is refused.
	Witness json.RawMessage
	Refusal string
	// Misread says that the other side takes the witness, and sees something
	// else than was written: Refusal says what.
	Misread bool
	// TextOnly says that only the JSON form of a message is broken, and the
	// binary form is not touched.
	TextOnly bool

	channel string // the key of the channel, for changes of messages
}

// Verdict is the sum of a report.
type Verdict string

// The verdicts.
const (
	Compatible Verdict = "compatible"
	Breaking   Verdict = "breaking"
	Unknown    Verdict = "unknown"
)

// Report is all that changed, what hits most first.
type Report struct {
	Changes []Change
	// Undirected says that at least one channel has no operation, or that there
	// are only schemas, so that both directions were judged.
	Undirected bool
	// OldVersion and NewVersion are those of the documents' info.
	OldVersion, NewVersion string
}

// Options say how to compare.
type Options struct {
	// As overrides what the documents say the application does.
	As Role
}

// Compare compares two versions of a document.
func Compare(before, after Document, opt Options) *Report {
	d := &differ{
		old: sideOf(before),
		new: sideOf(after),
		as:  opt.As,
		report: &Report{
			OldVersion: before.Model.Info.Version, NewVersion: after.Model.Info.Version,
		},
		told: map[string]bool{},
	}
	d.servers()
	d.channels()
	d.version()
	slices.SortStableFunc(d.report.Changes, func(a, b Change) int { return cmp.Compare(b.Severity, a.Severity) })
	return d.report
}

type side struct {
	doc      *asyncapi.Document
	ws       *ref.Workspace
	schemas  *schemadiff.Source
	protobuf *protobuf.Set
	// operations are those that use a channel, for themselves or for replies.
	operations map[*asyncapi.Channel][]*asyncapi.Operation
}

func sideOf(of Document) side {
	s := side{
		doc: of.Model, ws: of.Workspace, schemas: schemadiff.In(of.Workspace), protobuf: protobuf.In(of.Workspace),
		operations: map[*asyncapi.Channel][]*asyncapi.Operation{},
	}
	for _, o := range of.Model.Operations {
		s.operations[o.Channel] = append(s.operations[o.Channel], o)
		if o.Reply != nil && o.Reply.Channel != o.Channel {
			s.operations[o.Reply.Channel] = append(s.operations[o.Reply.Channel], o)
		}
	}
	return s
}

type differ struct {
	old, new side
	as       Role
	report   *Report
	// pairs are the channels that both versions have.
	pairs []matched[*asyncapi.Channel]
	// told keeps a change of a shared message from being told once for each
	// channel that has it.
	told map[string]bool
}

// counts reports whether a change matters at a level.
func (c *Change) counts(level Level) bool {
	return (c.Level != Source || level == Source) && !(c.TextOnly && level == Binary)
}

// Verdict sums the report up at a level.
func (r *Report) Verdict(level Level) Verdict {
	verdict := Compatible
	for i := range r.Changes {
		c := &r.Changes[i]
		switch {
		case !c.counts(level):
		case len(c.Breaks) > 0:
			return Breaking
		case c.Undecided:
			verdict = Unknown
		}
	}
	return verdict
}

// Breaking reports whether a change breaks somebody at a level.
func (r *Report) Breaking(c *Change, level Level) bool { return len(c.Breaks) > 0 && c.counts(level) }

// Order is how all the changes can be rolled out together, at a level.
func (r *Report) Order(level Level) Order {
	order := AnyOrder
	for i := range r.Changes {
		c := &r.Changes[i]
		switch {
		case !r.Breaking(c, level) || c.Order == AnyOrder || c.Order == "" || c.Order == order:
		case c.Order == NewAddress:
			return NewAddress
		case order == AnyOrder:
			order = c.Order
		default:
			order = EachItsOwn
		}
	}
	return order
}

// add adds a change.
func (d *differ) add(c Change) { d.report.Changes = append(d.report.Changes, c) }

// change starts a change about a node in either version.
func change(code diag.Code, severity diag.Severity, level Level, subject string, before, after *tree.Node) Change {
	c := Change{Code: code, Severity: severity, Level: level, Subject: subject, Before: spanOf(before), After: spanOf(after)}
	switch {
	case after != nil && after.Span.IsValid():
		c.Path = after.Path()
	case before != nil:
		c.Path = before.Path()
	}
	return c
}

// spanOf is the text worth showing for a node: itself where it is one line,
// else its key.
func spanOf(n *tree.Node) source.Span {
	if n == nil {
		return source.Span{}
	}
	start, end := n.Span.Range()
	if n.Key != nil && (start.Line != end.Line || n.Kind == tree.Mapping || n.Kind == tree.Sequence) {
		return n.Key.Span
	}
	if start.Line != end.Line {
		s := n.Span
		s.End = min(s.End, s.Start+1)
		return s
	}
	return n.Span
}
