package diff

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/weft-dev/weft/check/diff/schemadiff"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

func (m *exchange) payload() {
	a, b := m.old.Payload, m.new.Payload
	if m.elsewhere("payload", a, b) || a == nil && b == nil {
		return
	}
	if a == nil || b == nil {
		m.undescribed("payload", a, b)
		return
	}
	if bothProtobuf(a, b) {
		m.protobuf(a, b)
		return
	}
	if a.Format == b.Format && !isJSONSchema(a) && m.d.sameWords(a, b) {
		return // whatever language it is, nothing changed
	}
	from, err := formatOf(a)
	if err != nil {
		m.undecided("payload", a.Place, b.Place, err.Error())
		return
	}
	to, err := formatOf(b)
	if err != nil {
		m.undecided("payload", a.Place, b.Place, err.Error())
		return
	}
	switch {
	case from.Family != to.Family:
		m.otherLanguage(from, to)
	case from.Family != schema.JSONSchema && m.d.sameText(a, b): // only the version of the language changed
	case from.Family == schema.Avro:
		m.avro(a, b, from, to)
	case from.Family != schema.JSONSchema:
		m.undecided("payload", a.Place, b.Place,
			fmt.Sprintf("schemas in %s are not compared yet, and this one changed; check it by the rules of its language", from.Family))
	default:
		m.schemas("payload", m.d.old.schema(a, from), m.d.new.schema(b, to))
	}
}

// elsewhere is about schemas that are referred to and could not be fetched. The
// same address in both versions is the same schema, whatever is there.
func (m *exchange) elsewhere(part string, a, b *asyncapi.Schema) bool {
	from, to := m.old.Merged.Get(part), m.new.Merged.Get(part)
	if (a != nil || from == nil) && (b != nil || to == nil) {
		return false
	}
	x, y := target(from), target(to)
	if a == nil && b == nil && x == y && strings.Contains(x, "://") {
		return true
	}
	unread := x
	if a != nil || from == nil {
		unread = y
	}
	m.undecided(part, cmpNode(from, m.old.Node), cmpNode(to, m.new.Node),
		fmt.Sprintf("the schema at %s could not be read; allow its host with --allow-host, or compare it there", source.Redact(unread)))
	return true
}

// target is what a schema refers to, as written.
func target(n *tree.Node) string {
	if s := n.Get("schema"); s != nil {
		n = s
	}
	return n.Get("$ref").Str()
}

func isJSONSchema(s *asyncapi.Schema) bool {
	f, err := formatOf(s)
	return err == nil && f.Family == schema.JSONSchema
}

func (s side) schema(of *asyncapi.Schema, format schema.Format) schemadiff.Schema {
	return schemadiff.Schema{In: s.schemas, Node: of.Node, Dialect: format.Dialect}
}

func (m *exchange) otherLanguage(from, to schema.Format) {
	c := change(codeSchemaFormat, diag.Error, Binary, m.subject, m.old.Payload.Place, m.new.Payload.Place)
	c.What = fmt.Sprintf("the payload was described in %s and is described in %s", from.Family, to.Family)
	c.Breaks, c.Order = others(m.role), NewAddress
	c.Why = byRole(m.role,
		"consumers decode the bytes by the old schema and fail; send the new form under a new address until all can read it",
		"producers encode by the old schema, which the application cannot decode; read both under two addresses until all have changed")
	m.d.add(c)
}

// sameText reports whether two schemas say the same to the letter, which is all
// that can be told of languages that are not taken apart here.
func (d *differ) sameText(a, b *asyncapi.Schema) bool {
	x, ok := d.old.text(a)
	y, ok2 := d.new.text(b)
	return ok && ok2 && bytes.Equal(x, y)
}

// sameWords is sameText, also for schemas that refer to others.
func (d *differ) sameWords(a, b *asyncapi.Schema) bool {
	if d.sameText(a, b) {
		return true
	}
	_, err := formatOf(a)
	return err != nil && schemadiff.Same(d.old.schema(a, schema.Format{}), d.new.schema(b, schema.Format{}))
}

// text is what a schema says, in a form that can be compared.
func (s side) text(of *asyncapi.Schema) ([]byte, bool) {
	if f, fragment, problem := s.raw(of); problem {
		return append(f, fragment...), true
	}
	if refersOn(of.Node) {
		return nil, false
	}
	b, err := json.Marshal(of.Node.Value())
	return b, err == nil
}

func (s side) raw(of *asyncapi.Schema) (data []byte, fragment string, is bool) {
	if of.Node.Get("$ref") == nil {
		return nil, "", false
	}
	f, fragment, problem := s.ws.ResolveRaw(context.Background(), of.Node)
	if problem != nil {
		return nil, "", false
	}
	return slices.Clone(f.Data()), fragment, true
}

func refersOn(n *tree.Node) bool {
	if n.Get("$ref") != nil {
		return true
	}
	return slices.ContainsFunc(n.Items, refersOn) ||
		slices.ContainsFunc(n.Members, func(m tree.Member) bool { return refersOn(m.Value) })
}

// samePayload reports whether two messages have payloads that say the same.
func (d *differ) samePayload(a, b *asyncapi.Message) bool {
	if a.Payload == nil || b.Payload == nil {
		return a.Payload == b.Payload
	}
	from, err := formatOf(a.Payload)
	to, err2 := formatOf(b.Payload)
	if err != nil || err2 != nil || from.Family != to.Family {
		return false
	}
	if from.Family != schema.JSONSchema {
		return d.sameText(a.Payload, b.Payload)
	}
	if len(a.Payload.Node.Members) == 0 {
		return false // it says too little to be known again
	}
	return schemadiff.Same(d.old.schema(a.Payload, from), d.new.schema(b.Payload, to))
}

// likePayload reports whether at least half of the properties of two payloads
// have the same names, or neither is described.
func (d *differ) likePayload(a, b *asyncapi.Message) bool {
	if a.Payload == nil || b.Payload == nil {
		return a.Payload == b.Payload
	}
	x, y := a.Payload.Node.Get("properties"), b.Payload.Node.Get("properties")
	have := 0
	for i := range x.Len() {
		if y.Has(x.Members[i].Key.Text) {
			have++
		}
	}
	return have > 0 && 2*have >= max(x.Len(), y.Len())
}

// undescribed is about what only one version describes.
func (m *exchange) undescribed(part string, a, b *asyncapi.Schema) {
	var before, after *tree.Node
	if a != nil {
		before = a.Place
	}
	if b != nil {
		after = b.Place
	}
	before, after = cmpNode(before, m.old.Node), cmpNode(after, m.new.Node)
	// Who writes by the version that says nothing may write anything.
	if a == nil && m.role&Receives != 0 || b == nil && m.role&Sends != 0 {
		what := "only the new version describes the " + part
		if b == nil {
			what = "only the old version describes the " + part
		}
		m.undecided(part, before, after, what+", so what may be written by the other is not known")
		return
	}
	c := change(codeSchemaFormat, diag.Info, JSON, m.subject, before, after)
	c.What, c.Why = "the "+part+" is described now", "readers took anything before"
	if b == nil {
		c.What, c.Why = "the "+part+" is no longer described", "the application takes anything now"
	}
	m.d.add(c)
}

func (m *exchange) undecided(part string, before, after *tree.Node, reason string) {
	c := change(codeSchemaUnknown, diag.Warning, JSON, m.subject, before, after)
	c.Undecided, c.Part = true, part
	c.What = "whether the new " + part + " can live with the old could not be decided"
	c.Why = reason
	m.once(c, part+reason)
}

// once adds a change, unless the same was told of the same place already, by
// another channel that has the message.
func (m *exchange) once(c Change, more string) {
	key := fmt.Sprint(c.Code, c.Breaks, c.Before, c.After, c.What, more)
	if m.d.told[key] && (c.Before.IsValid() || c.After.IsValid()) {
		return
	}
	m.d.told[key] = true
	m.d.add(c)
}

func (m *exchange) headers() {
	a, b := m.old.Headers, m.new.Headers
	if m.elsewhere("headers", a, b) || a == nil && b == nil || a != nil && b != nil && a.Format == b.Format && !isJSONSchema(a) && m.d.sameWords(a, b) {
		return
	}
	before := schemadiff.Schema{In: m.d.old.schemas, Node: anyHeaders(), Dialect: schema.Draft7}
	after := schemadiff.Schema{In: m.d.new.schemas, Node: anyHeaders(), Dialect: schema.Draft7}
	for _, s := range []struct {
		of   *asyncapi.Schema
		to   *schemadiff.Schema
		side side
	}{{a, &before, m.d.old}, {b, &after, m.d.new}} {
		if s.of == nil {
			continue
		}
		format, err := formatOf(s.of)
		if err != nil || format.Family != schema.JSONSchema {
			m.undecided("headers", nodeOfSchema(a), nodeOfSchema(b), "headers are compared only where JSON Schema describes them")
			return
		}
		*s.to = s.side.schema(s.of, format)
	}
	m.schemas("headers", before, after)
}

func nodeOfSchema(s *asyncapi.Schema) *tree.Node {
	if s == nil {
		return nil
	}
	return s.Place
}

// anyHeaders is what headers are that nobody describes.
func anyHeaders() *tree.Node {
	n := tree.NewObject()
	n.Set("type", tree.NewString("object"))
	return n
}

// key compares what Kafka messages are keyed by. Unlike a payload it also
// decides which partition a message goes to, so that any change divides what
// belongs together.
func (m *exchange) key() {
	a, b := keyOf(m.d.old, m.old), keyOf(m.d.new, m.new)
	if a.Node == nil && b.Node == nil || a.Node != nil && b.Node != nil && schemadiff.Same(a, b) {
		return
	}
	if a.Node != nil && b.Node != nil {
		if schemadiff.Included(a, b).Verdict == schemadiff.Accepted && schemadiff.Included(b, a).Verdict == schemadiff.Accepted {
			return
		}
	}
	c := change(codeKey, diag.Error, Binary, m.subject, cmpNode(a.Node, m.old.Node), cmpNode(b.Node, m.new.Node))
	c.What, c.Part = "the schema of the message's key changed", "key"
	c.Breaks, c.Order = others(m.role), NewAddress
	c.Why = "keys of both forms lie in one log: readers meet a form that they do not know, and messages of one thing go to different partitions and lose their order; use a new topic"
	if a.Node != nil && b.Node != nil {
		writer, reader := b, a
		if m.role == Receives {
			writer, reader = a, b
		}
		m.prove(&c, schemadiff.Included(writer, reader))
	}
	m.d.add(c)
}

func keyOf(s side, m *asyncapi.Message) schemadiff.Schema {
	n := m.Bindings.For("kafka").Get("key")
	if n != nil {
		n, _ = s.ws.Resolve(context.Background(), n)
	}
	return schemadiff.Schema{In: s.schemas, Node: n, Dialect: schema.Draft7}
}

func (m *exchange) prove(c *Change, a schemadiff.Answer) {
	if a.Verdict != schemadiff.Refused {
		return
	}
	witness, err := json.Marshal(a.Witness)
	if err != nil {
		return
	}
	c.Witness = witness
	c.Refusal = refusalOf(c, a.Violations)
}

// refusalOf is why a witness is refused: by the smallest schema around what
// changed, rather than for another fault that the witness has as well.
func refusalOf(c *Change, list []schema.Violation) string {
	best := -1
	for i, v := range list {
		if v.Schema == nil || !inside(c.Before, v.Schema.Span) && !inside(c.After, v.Schema.Span) {
			continue
		}
		if best < 0 || inside(v.Schema.Span, list[best].Schema.Span) && v.Schema != list[best].Schema {
			best = i
		}
	}
	if best < 0 && len(list) > 0 {
		best = 0
	}
	if best < 0 {
		return ""
	}
	return list[best].Message
}

func inside(inner, outer source.Span) bool {
	return inner.IsValid() && outer.IsValid() && inner.File == outer.File && inner.Start >= outer.Start && inner.End <= outer.End
}

// schemas compares two versions of a schema in all directions that matter.
func (m *exchange) schemas(part string, before, after schemadiff.Schema) {
	edits, err := schemadiff.Edits(before, after)
	if err != nil {
		m.undecided(part, before.Node, after.Node, err.Error())
		return
	}
	v := &verdicts{m: m, part: part, edits: edits, broken: map[int]bool{}}
	if !schemadiff.Same(before, after) {
		v.forward, v.backward = ask(after, before), ask(before, after)
		if m.role&Sends != 0 {
			v.judge(Receivers, v.forward, before, after)
		}
		if m.role&Receives != 0 {
			v.judge(Senders, v.backward, before, after)
		}
		v.replay(before, after)
	}
	v.rest()
}

// verdicts are what became of one schema: the differences, and which of them
// break somebody.
type verdicts struct {
	m                 *exchange
	part              string
	edits             []schemadiff.Edit
	forward, backward *inclusion // nil where the schemas say the same
	broken            map[int]bool
}

// inclusion is whether one version accepts what the other lets be written. It
// is answered when somebody first asks: most changes hit one side only, and
// nobody wants to know about the other.
type inclusion struct {
	question *schemadiff.Comparison
	answer   func() schemadiff.Answer
}

func ask(writer, reader schemadiff.Schema) *inclusion {
	question := schemadiff.Compare(writer, reader)
	return &inclusion{question, sync.OnceValue(question.Included)}
}

func (d *inclusion) verdict() schemadiff.Verdict {
	if d == nil {
		return schemadiff.Unknown
	}
	return d.answer().Verdict
}

// order says how a break can be rolled out: the side that it hits goes first,
// if it can still live with the old form.
func (v *verdicts) order(party Party) Order {
	switch {
	case v.forward.verdict() != schemadiff.Accepted && v.backward.verdict() != schemadiff.Accepted:
		return NewAddress
	case party == Receivers:
		return ConsumersFirst
	}
	return ProducersFirst
}

func (v *verdicts) judge(party Party, asked *inclusion, before, after schemadiff.Schema) {
	switch answer := asked.answer(); answer.Verdict {
	case schemadiff.Accepted:
	case schemadiff.Unknown:
		reason := answer.Reason + "; compare what changed by hand"
		v.m.undecided(v.part, before.Node, after.Node, fmt.Sprintf("%s (for the %s)", reason, plain(party)))
	case schemadiff.Refused:
		v.attribute(party, asked.question, answer, before, after)
	}
}

func plain(p Party) string {
	if p == Receivers {
		return "consumers"
	}
	return "producers"
}

// maxProofs bounds how many demands are asked about for one schema.
const maxProofs = 300

// attribute finds which of the differences are to blame: each demand of the
// reader that the writer may fail is a break of its own.
func (v *verdicts) attribute(party Party, question *schemadiff.Comparison, answer schemadiff.Answer, before, after schemadiff.Schema) {
	demands := question.Demands()
	blamed := map[int]bool{}
	asked := 0
	for _, demand := range demands {
		i := v.editFor(demand)
		if i < 0 || blamed[i] {
			continue
		}
		if asked++; asked > maxProofs {
			break
		}
		if proof := question.Refused(demand); proof.Verdict == schemadiff.Refused {
			blamed[i], v.broken[i] = true, true
			v.breaks(party, &v.edits[i], proof)
		}
	}
	if len(blamed) > 0 {
		return
	}
	c := change(codeSchemaRefused, diag.Error, JSON, v.m.subject, before.Node, after.Node)
	c.What = "the " + v.part + " changed"
	v.finish(c, party, answer, v.consequence(party, nil))
}

// editFor is the difference that most likely makes a demand fail, or -1.
func (v *verdicts) editFor(f *schemadiff.Focus) int {
	at, best, bestScore := f.At(), -1, 0
	for i := range v.edits {
		if score := likely(&v.edits[i], f, at); score > bestScore {
			best, bestScore = i, score
		}
	}
	return best
}

func likely(e *schemadiff.Edit, f *schemadiff.Focus, at string) int {
	names := []string{e.Name, e.NewName}
	switch {
	case e.Kind == schemadiff.DefaultChanged:
		return 0
	case e.At == at && f.Keyword == "required":
		if slices.Contains(names, f.Name) {
			return 10
		}
	case e.At == at && e.Keyword != "" && same(e.Keyword, f.Keyword):
		return 10
	case e.At == at && f.Keyword == "additionalProperties" && e.Name != "":
		return 8
	case e.Name != "" && (within(at, e.At+"."+e.Name) || within(at, e.At+"."+e.NewName)):
		return 7
	case e.At == at && (f.Keyword == "" || e.Keyword == ""):
		return 3
	case within(e.At, at) && (f.Keyword == "anyOf" || f.Keyword == "oneOf" || f.Keyword == "not" || f.Keyword == "if" || f.Keyword == ""):
		return 4
	case within(at, e.At) && e.Name == "":
		return 2
	}
	return 0
}

// within reports whether a part of the value is another, or below it.
func within(at, other string) bool {
	rest, ok := strings.CutPrefix(at, other)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// same reports whether a keyword of an edit is that of a demand: some belong
// together.
func same(edit, demand string) bool {
	families := map[string]string{"then": "if", "else": "if", "dependencies": "dependentRequired", "dependentSchemas": "dependentRequired"}
	if f, ok := families[edit]; ok {
		edit = f
	}
	if f, ok := families[demand]; ok {
		demand = f
	}
	return edit == demand
}

func (v *verdicts) breaks(party Party, e *schemadiff.Edit, proof schemadiff.Answer) {
	c := change(edit(e.Kind), diag.Error, JSON, v.m.subject, e.Before, e.After)
	c.What = describe(v.part, e)
	v.finish(c, party, proof, v.consequence(party, e))
}

func (v *verdicts) finish(c Change, party Party, proof schemadiff.Answer, why string) {
	c.Breaks, c.Part, c.Order = []Party{party}, v.part, v.order(party)
	if v.part == "headers" {
		c.Level = JSON
	}
	c.Why = why + "; " + todo(c.Order)
	v.m.prove(&c, proof)
	v.m.once(c, v.part)
}

func todo(o Order) string {
	switch o {
	case ConsumersFirst:
		return "update every consumer before the application sends the new form"
	case ProducersFirst:
		return "update every producer before the application asks for the new form"
	}
	return "no order of roll-out works, since each side refuses what the other writes: publish the new form under a new address, beside the old"
}

// replay tells of old messages that are kept and that new readers refuse.
func (v *verdicts) replay(before, after schemadiff.Schema) {
	if v.m.role != Sends || v.backward.verdict() != schemadiff.Refused || !v.m.d.keeps(v.m.channel) {
		return
	}
	c := change(codeReplay, diag.Warning, JSON, v.m.subject, before.Node, after.Node)
	c.Part = v.part
	c.What = "messages that were sent before do not fit the new " + v.part
	c.Why = "the channel keeps messages, so whoever reads it from the start by the new contract meets old ones and refuses them; newcomers must accept both forms"
	v.m.prove(&c, v.backward.answer())
	v.m.once(c, v.part)
}

// keeps reports whether a channel is on a server that keeps what was sent.
func (d *differ) keeps(ch *asyncapi.Channel) bool {
	kept := []string{"kafka", "kafka-secure", "pulsar"}
	for _, s := range d.new.doc.ServersOf(ch) {
		if slices.Contains(kept, strings.ToLower(s.Protocol)) {
			return true
		}
	}
	return slices.ContainsFunc(ch.Bindings, func(b asyncapi.Binding) bool { return slices.Contains(kept, b.Protocol) })
}

// rest tells the differences that break nobody.
func (v *verdicts) rest() {
	for i := range v.edits {
		if v.broken[i] {
			continue
		}
		e := &v.edits[i]
		c := change(edit(e.Kind), diag.Info, JSON, v.m.subject, e.Before, e.After)
		c.What, c.Part = describe(v.part, e), v.part
		c.Severity, c.Why = v.harmless(e)
		v.m.once(c, v.part)
	}
}
