package diff

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/weft-dev/weft/check/diff/protodiff"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
)

// bothProtobuf reports whether two schemas are texts of Protobuf. Those are
// always compared: a text may be the same and what it imports not.
func bothProtobuf(a, b *asyncapi.Schema) bool {
	for _, s := range []*asyncapi.Schema{a, b} {
		f, err := formatOf(s)
		if err != nil || f.Family != schema.Protobuf {
			return false
		}
	}
	return true
}

// protobuf compares two messages of Protobuf, as each side reads what the other
// writes.
func (m *exchange) protobuf(a, b *asyncapi.Schema) {
	before, err := m.d.old.protobuf.Schema(context.Background(), a.Node)
	if err != nil {
		m.undecided("payload", a.Place, b.Place, "the old schema cannot be read: "+err.Error())
		return
	}
	after, err := m.d.new.protobuf.Schema(context.Background(), b.Node)
	if err != nil {
		m.undecided("payload", a.Place, b.Place, "the new schema cannot be read: "+err.Error())
		return
	}
	found := protodiff.Compare(before, after)
	p := &protoVerdicts{m: m, path: b.Place.Path()}
	for i := range found.Changes {
		p.forward = p.forward || found.Changes[i].Forward != nil
		p.backward = p.backward || found.Changes[i].Backward != nil
	}
	for i := range found.Changes {
		p.change(&found.Changes[i])
	}
	if found.Unknown != "" {
		m.undecided("payload", a.Place, b.Place, found.Unknown)
	}
	p.replay(a, b, found.Changes)
}

// protoVerdicts are what became of one message of Protobuf.
type protoVerdicts struct {
	m *exchange
	// path is where the schema stands in the new document.
	path              string
	forward, backward bool // whether anything breaks in a direction
}

// protoCode is the code of a difference of messages of Protobuf.
func protoCode(kind protodiff.Kind) diag.Code { return "diff/proto-" + diag.Code(kind) }

// change tells one difference: once for each party that it breaks, else once
// for whom it may surprise.
func (p *protoVerdicts) change(of *protodiff.Change) {
	broken := false
	for _, side := range []struct {
		role  Role
		party Party
		proof *protodiff.Break
	}{{Sends, Receivers, of.Forward}, {Receives, Senders, of.Backward}} {
		if p.m.role&side.role != 0 && side.proof != nil {
			broken = true
			p.breaks(of, side.party, side.proof)
		}
	}
	if !broken {
		p.harmless(of)
	}
}

func (p *protoVerdicts) start(of *protodiff.Change, severity diag.Severity, level Level) Change {
	c := Change{
		Code: protoCode(of.Kind), Severity: severity, Level: level, Subject: p.m.subject, What: of.What,
		Path: p.path, Before: of.Before, After: of.After, Part: "payload",
	}
	if of.After == (source.Span{}) && of.Before != (source.Span{}) {
		c.Path = p.m.old.Payload.Place.Path()
	}
	return c
}

func (p *protoVerdicts) breaks(of *protodiff.Change, party Party, proof *protodiff.Break) {
	c := p.start(of, diag.Error, Binary)
	if proof.Level == protodiff.JSON {
		c.Level, c.TextOnly = JSON, true
	}
	c.Breaks, c.Order = []Party{party}, p.order(party)
	c.Why = protoConsequence(party, proof) + "; " + todo(c.Order)
	c.Refusal, c.Misread = proof.Says, proof.Effect != protodiff.Refused
	if proof.Bytes != nil {
		c.Refusal += fmt.Sprintf(" (the bytes % x)", proof.Bytes[:min(len(proof.Bytes), 40)])
	}
	if witness, err := json.Marshal(proof.Witness); err == nil {
		c.Witness = witness
	}
	p.m.once(c, c.What)
}

func (p *protoVerdicts) order(party Party) Order {
	switch {
	case p.forward && p.backward:
		return NewAddress
	case party == Receivers:
		return ConsumersFirst
	}
	return ProducersFirst
}

// protoConsequence says what happens to a party.
func protoConsequence(party Party, proof *protodiff.Break) string {
	who := "consumers that hold the old schema"
	if party == Senders {
		who = "the application, by the new schema, in what old producers send,"
	}
	what := map[protodiff.Effect]string{
		protodiff.Refused: "cannot read it",
		protodiff.Lost:    "does not see the value",
		protodiff.Altered: "sees another value",
	}[proof.Effect]
	if party == Receivers {
		what = map[protodiff.Effect]string{
			protodiff.Refused: "cannot read it",
			protodiff.Lost:    "do not see the value",
			protodiff.Altered: "see another value",
		}[proof.Effect]
	}
	if proof.Level == protodiff.JSON {
		return who + " " + what + " where messages are exchanged as JSON; in the binary form nothing changes"
	}
	return who + " " + what
}

// harmless tells a difference that breaks nobody who exchanges messages here.
func (p *protoVerdicts) harmless(of *protodiff.Change) {
	c := p.start(of, diag.Info, JSON)
	c.Why = "messages are read as they were written, by the old schema and by the new"
	warned := of.Of&protodiff.NewWrites != 0 && p.m.role&Sends != 0 || of.Of&protodiff.OldWrites != 0 && p.m.role&Receives != 0
	switch {
	case of.Warns != "" && warned:
		c.Severity, c.Why = diag.Warning, of.Warns
	case of.Source:
		c.Why = "messages are not touched; code that is generated from the schema is another, so adapt what uses it"
	}
	if of.Source {
		c.Level, c.Breaks = Source, []Party{Referrers}
	}
	p.m.once(c, c.What)
}

// replay tells of old messages that are kept and that new readers misread.
func (p *protoVerdicts) replay(a, b *asyncapi.Schema, changes []protodiff.Change) {
	if p.m.role != Sends || !p.backward || !p.m.d.keeps(p.m.channel) {
		return
	}
	for i := range changes {
		proof := changes[i].Backward
		if proof == nil || proof.Level == protodiff.JSON {
			continue
		}
		c := change(codeReplay, diag.Warning, JSON, p.m.subject, a.Place, b.Place)
		c.Part, c.What = "payload", "messages that were sent before do not fit the new payload"
		c.Why = "the channel keeps messages, so whoever reads it from the start by the new contract meets old ones and misreads them; newcomers must accept both forms"
		c.Refusal, c.Misread = proof.Says, proof.Effect != protodiff.Refused
		if witness, err := json.Marshal(proof.Witness); err == nil {
			c.Witness = witness
		}
		p.m.once(c, c.What)
		return
	}
}
