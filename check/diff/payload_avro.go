package diff

import (
	"fmt"

	"github.com/weft-dev/weft/check/diff/avrodiff"
	"github.com/weft-dev/weft/check/diff/schemadiff"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/avro"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/text/diag"
)

// avro compares payloads in Avro by what readers make of them: schema
// resolution decides, and not which values a schema allows.
func (m *exchange) avro(a, b *asyncapi.Schema, from, to schema.Format) {
	before, err := m.d.old.avro(a, from)
	if err == nil {
		var after *avro.Schema
		if after, err = m.d.new.avro(b, to); err == nil {
			c := &avroChanges{m: m, Comparison: avrodiff.Compare(before, after)}
			c.tell(a, b)
			return
		}
	}
	m.undecided("payload", a.Place, b.Place, "the schema cannot be judged: "+err.Error())
}

func (s side) avro(of *asyncapi.Schema, format schema.Format) (*avro.Schema, error) {
	return avro.New(jsonschema.In(s.ws)).Schema(of.Node, format.Version)
}

// avroChanges tells the changes of one payload.
type avroChanges struct {
	*avrodiff.Comparison
	m *exchange
}

func (c *avroChanges) tell(a, b *asyncapi.Schema) {
	sends, receives := c.m.role&Sends != 0, c.m.role&Receives != 0
	for i := range c.Changes {
		change := &c.Changes[i]
		hit := false
		if sends && change.Forward != nil {
			c.breaks(Receivers, change, change.Forward)
			hit = true
		}
		if receives && change.Backward != nil {
			c.breaks(Senders, change, change.Backward)
			hit = true
		}
		if !hit {
			c.harmless(change)
		}
	}
	if sends && c.Forward == schemadiff.Unknown || receives && c.Backward == schemadiff.Unknown {
		c.m.undecided("payload", a.Place, b.Place, c.Reason+"; compare what changed by hand")
	}
	c.replay(a, b)
}

// order says how a break can be rolled out.
func (c *avroChanges) order(party Party) Order {
	switch {
	case c.Forward != schemadiff.Accepted && c.Backward != schemadiff.Accepted:
		return NewAddress
	case party == Receivers:
		return ConsumersFirst
	}
	return ProducersFirst
}

func (c *avroChanges) change(of *avrodiff.Change, severity diag.Severity) Change {
	made := change(avrodiff.Code(of.Kind), severity, Binary, c.m.subject, of.Before, of.After)
	made.Part, made.What = "payload", describeAvro(of)
	return made
}

func (c *avroChanges) breaks(party Party, of *avrodiff.Change, proof *avrodiff.Break) {
	made := c.change(of, diag.Error)
	who := "consumers read by the old schema, and the application writes by the new: "
	if party == Senders {
		who = "producers write by the old schema, and the application reads by the new: "
	}
	if proof.Doubt != "" {
		made.Severity, made.Undecided = diag.Warning, true
		made.Why = "whether it can be read could not be decided: " + proof.Doubt
		c.m.once(made, "payload"+proof.Doubt)
		return
	}
	made.Breaks, made.Order = []Party{party}, c.order(party)
	made.Why = who + proof.Mismatch.Message + "; " + todo(made.Order)
	c.m.prove(&made, schemadiff.Answer{
		Verdict: schemadiff.Refused, Witness: proof.Witness, Violations: []schema.Violation{{Message: proof.Refusal}},
	})
	c.m.once(made, "payload")
}

// replay tells of old messages that are kept and that new readers cannot read.
func (c *avroChanges) replay(a, b *asyncapi.Schema) {
	if c.m.role != Sends || c.Backward != schemadiff.Refused || !c.m.d.keeps(c.m.channel) {
		return
	}
	made := change(codeReplay, diag.Warning, Binary, c.m.subject, a.Place, b.Place)
	made.Part, made.What = "payload", "messages that were sent before cannot be read by the new schema"
	made.Why = "the channel keeps messages, so whoever reads it from the start by the new schema meets old ones; give new fields defaults, and the schema's types aliases"
	for i := range c.Changes {
		if proof := c.Changes[i].Backward; proof != nil && proof.Doubt == "" {
			c.m.prove(&made, schemadiff.Answer{
				Verdict: schemadiff.Refused, Witness: proof.Witness, Violations: []schema.Violation{{Message: proof.Refusal}},
			})
			break
		}
	}
	c.m.once(made, "payload")
}

// harmless tells a change that breaks nobody.
func (c *avroChanges) harmless(of *avrodiff.Change) {
	made := c.change(of, diag.Info)
	made.Why = "all that is written is still read"
	sends := c.m.role&Sends != 0
	switch of.Kind {
	case avrodiff.FieldAdded:
		made.Why = "readers of the old schema pass it over, and readers of the new take its default for what was written before"
		if of.From == "" {
			made.Why = "readers of the old schema pass it over"
		}
	case avrodiff.FieldRemoved:
		made.Why = "readers of the new schema pass over what is still written"
		if sends {
			made.Severity = diag.Warning
			made.Why = fmt.Sprintf("it is never sent again, so that readers of the old schema find the default of %q; tell those that make use of it", of.Name)
		}
	case avrodiff.FieldRenamed:
		made.Why = "readers find it by the alias"
	case avrodiff.DefaultChanged:
		made.Severity, made.Why = diag.Warning, "readers of the two versions take different values for what was not written"
	case avrodiff.DefaultRemoved:
		made.Severity, made.Why = diag.Warning, "readers can no longer do without the field, so that it cannot be left out of what is written"
	case avrodiff.EnumDefault:
		if of.To == "" {
			made.Severity, made.Why = diag.Warning, "readers can no longer live with symbols that they do not know"
		}
	case avrodiff.LogicalChanged:
		made.Severity, made.Why = diag.Warning, "the bytes are read as before, and mean something else to each side"
	case avrodiff.SymbolMoved:
		made.Why = "readers that have the writer's schema find symbols by their names"
	case avrodiff.AliasChanged:
		made.Why = "who reads what was written by another name may find it, or no longer"
	}
	c.m.once(made, "payload")
}

// describeAvro says what a change did.
func describeAvro(c *avrodiff.Change) string {
	where := "payload" + c.At
	switch c.Kind {
	case avrodiff.FieldAdded:
		with := "without a default"
		if c.From != "" {
			with = "with the default " + c.From
		}
		return fmt.Sprintf("the field %q of %s is new (%s), %s", c.Name, where, c.To, with)
	case avrodiff.FieldRemoved:
		return fmt.Sprintf("the field %q of %s is gone", c.Name, where)
	case avrodiff.FieldRenamed:
		return fmt.Sprintf("the field %q of %s is now called %q", c.Name, where, c.NewName)
	case avrodiff.DefaultAdded:
		return fmt.Sprintf("the field %q of %s now has the default %s", c.Name, where, c.To)
	case avrodiff.DefaultRemoved:
		return fmt.Sprintf("the field %q of %s no longer has the default %s", c.Name, where, c.From)
	case avrodiff.DefaultChanged:
		return fmt.Sprintf("the default of the field %q of %s was %s and is %s", c.Name, where, c.From, c.To)
	case avrodiff.SymbolAdded:
		return fmt.Sprintf("%s may now be %s too", where, c.To)
	case avrodiff.SymbolRemoved:
		return fmt.Sprintf("%s may no longer be %s", where, c.From)
	case avrodiff.SymbolMoved:
		return fmt.Sprintf("the symbols of %s are in another order", where)
	case avrodiff.BranchAdded:
		return fmt.Sprintf("%s may now be %s too", where, c.To)
	case avrodiff.BranchRemoved:
		return fmt.Sprintf("%s may no longer be %s", where, c.From)
	case avrodiff.OrderChanged:
		return fmt.Sprintf("the field %q of %s sorted %s and sorts %s", c.Name, where, c.From, c.To)
	}
	return describeAvroType(where, c)
}

func describeAvroType(where string, c *avrodiff.Change) string {
	switch c.Kind {
	case avrodiff.TypeRenamed:
		return fmt.Sprintf("the type %s of %s is now called %s", c.From, where, c.To)
	case avrodiff.EnumDefault:
		return fmt.Sprintf("the default of the symbols of %s was %s and is %s", where, or(c.From, "none"), or(c.To, "none"))
	case avrodiff.AliasChanged:
		return fmt.Sprintf("the aliases of %s were %s and are %s", where, or(c.From, "none"), or(c.To, "none"))
	case avrodiff.SizeChanged:
		return fmt.Sprintf("%s had %s and has %s", where, c.From, c.To)
	case avrodiff.Refused:
		return fmt.Sprintf("what %s is changed", where)
	}
	return fmt.Sprintf("the type of %s was %s and is %s", where, c.From, c.To)
}
