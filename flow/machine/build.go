package machine

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/spec/expr"
)

// need evaluates something that a step cannot do without.
func (m *Machine) need(s *step, what string, value *expr.Value) (any, *Failure) {
	result, err := value.Eval(m.scope(s))
	if err != nil {
		return nil, m.valueFailure(s, what, err)
	}
	return result, nil
}

// parameter evaluates a parameter. One whose value is an input that was not
// given is left out, unless the target needs it; any other value that is
// missing is a failure, since something earlier did not give what it should.
func (m *Machine) parameter(s *step, p *plan.Parameter) (value any, there bool, failure *Failure) {
	value, err := p.Value.Eval(m.scope(s))
	if err == nil {
		return value, true, nil
	}
	if !p.Required && onlyInputs(err) {
		m.tellStep(s, Happening{Kind: Noted, Text: fmt.Sprintf("parameter %s is left out: %s", p.Name, err)})
		return nil, false, nil
	}
	return nil, false, m.valueFailure(s, "parameter "+p.Name, err)
}

func (m *Machine) parameters(s *step) ([]Value, *Failure) {
	values := make([]Value, 0, len(s.def.Parameters))
	for i := range s.def.Parameters {
		p := &s.def.Parameters[i]
		value, there, failure := m.parameter(s, p)
		if failure != nil {
			return nil, failure
		}
		if there {
			values = append(values, Value{Name: p.Name, In: p.In, Value: value})
		}
	}
	return values, nil
}

// onlyInputs reports whether all that is missing are inputs, which a caller
// may leave out.
func onlyInputs(err error) bool {
	var missing *expr.MissingError
	if !errors.As(err, &missing) {
		return false
	}
	for _, one := range missing.Missing {
		if one.Ref.Root != expr.Inputs {
			return false
		}
	}
	return true
}

func (m *Machine) valueFailure(s *step, what string, err error) *Failure {
	f := &Failure{Code: FailValue, Step: s.path(), Message: fmt.Sprintf("%s cannot be told: %s", what, err)}
	var missing *expr.MissingError
	if errors.As(err, &missing) && len(missing.Missing) > 0 {
		f.Message = fmt.Sprintf("%s has no value: %s", what, m.whyMissing(s, missing.Missing[0]))
	}
	return f
}

// whyMissing says why an expression has no value, as far as the run knows.
func (m *Machine) whyMissing(s *step, missing expr.Missing) string {
	text := "there is nothing at " + missing.Expr
	switch missing.Ref.Root {
	case expr.Inputs:
		return fmt.Sprintf("input %s was not given", firstOf(missing.Ref.Name, missing.Expr))
	case expr.Steps:
		other := s.frame.find(missing.Ref.Step)
		switch {
		case other == nil:
		case other.state == StepSucceeded:
			return fmt.Sprintf("%s (step %s succeeded without it)", text, other.def.ID)
		default:
			return fmt.Sprintf("%s (step %s is %s)", text, other.def.ID, other.state)
		}
	}
	return text
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func (f *frame) find(id string) *step {
	if def := f.flow.Step(id); def != nil {
		return f.steps[def.Index]
	}
	return nil
}

// body is what a call or send carries, made.
type body struct {
	value       any
	has         bool
	text        bool
	contentType string
}

func (m *Machine) body(s *step) (body, *Failure) {
	def := s.def.Body
	if def == nil {
		return body{}, nil
	}
	b := body{contentType: def.ContentType}
	if def.Payload != nil {
		b.has = true
		failure := m.payload(s, &b)
		if failure != nil {
			return b, failure
		}
	}
	for i := range def.Replacements {
		changed, err := def.Replacements[i].Apply(b.value, m.scope(s))
		if err != nil {
			return b, m.valueFailure(s, "replacement "+def.Replacements[i].Name, err)
		}
		b.value, b.has = changed, true
	}
	return b, nil
}

func (m *Machine) payload(s *step, b *body) *Failure {
	def := s.def.Body
	if def.Text {
		return m.textPayload(s, b)
	}
	value, err := def.Payload.Eval(m.scope(s))
	if err != nil && !onlyInputs(err) {
		return m.valueFailure(s, "the payload", err)
	}
	if err != nil {
		m.tellStep(s, Happening{Kind: Noted, Text: "parts of the payload are left out: " + err.Error()})
	}
	b.value = value
	return nil
}

// textPayload fills in a payload that is written as a text. A JSON text is
// then read, so that expressions and replacements can look into it, and a form
// where something is to be replaced (A37).
func (m *Machine) textPayload(s *step, b *body) *Failure {
	syntax := syntaxOf(b.contentType)
	text, err := s.def.Body.Fill(m.scope(s), syntax)
	if err != nil {
		return m.valueFailure(s, "the payload", err)
	}
	switch {
	case syntax == expr.JSON:
		b.value, err = readJSON(text)
	case len(s.def.Body.Replacements) > 0 && mediaOf(b.contentType) == formMedia:
		b.value, err = expr.ReadForm(text)
	default:
		b.value, b.text = text, true
	}
	if err != nil {
		return &Failure{
			Code: FailValue, Step: s.path(),
			Message: fmt.Sprintf("the payload is to be %s, and with its values filled in it is not: %s", b.contentType, err),
			Help:    "write the payload as an object instead of a text, or mend the text",
		}
	}
	return nil
}

const formMedia = "application/x-www-form-urlencoded"

func mediaOf(contentType string) string {
	kind, _, _ := strings.Cut(contentType, ";")
	return strings.ToLower(strings.TrimSpace(kind))
}

// syntaxOf is how values are put into a text of a content type (A24).
func syntaxOf(contentType string) expr.Syntax {
	kind := mediaOf(contentType)
	switch {
	case isJSON(kind):
		return expr.JSON
	case kind == "application/xml" || kind == "text/xml" || strings.HasSuffix(kind, "+xml"):
		return expr.XML
	}
	return expr.Plain
}

func isJSON(contentType string) bool {
	kind := mediaOf(contentType)
	return kind == "application/json" || strings.HasSuffix(kind, "+json") || kind == "text/json"
}

func readJSON(text string) (any, error) {
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the value")
	}
	return value, nil
}

// message makes the message of a send. The id is the effect's, of which an id
// is made where the author gave none (A6).
func (m *Machine) message(s *step, id string) (SendMessage, *Failure) {
	out := SendMessage{ID: id, Step: s.def, Headers: map[string]any{}}
	for i := range s.def.Parameters {
		p := &s.def.Parameters[i]
		if p.In != plan.InHeader {
			continue
		}
		value, there, failure := m.parameter(s, p)
		if failure != nil {
			return out, failure
		}
		if there {
			out.Headers[p.Name] = value
		}
	}
	b, failure := m.body(s)
	if failure != nil {
		return out, failure
	}
	out.Payload, out.HasPayload, out.Text, out.ContentType = b.value, b.has, b.text, b.contentType
	if out.Address, failure = m.address(s); failure != nil {
		return out, failure
	}
	return out, m.correlate(s, &out)
}

// correlate puts the id that the step gives, or a made-up one, where the message
// is to have its correlation id and the author set none. What the author set
// always wins.
func (m *Machine) correlate(s *step, out *SendMessage) *Failure {
	var given any
	if s.def.Correlation != nil {
		value, failure := m.need(s, "the correlation id", s.def.Correlation)
		if failure != nil {
			return failure
		}
		given, out.Correlation = value, expr.Text(value)
	}
	place := s.def.CorrelationPlace()
	if place == nil || out.Text && place.Header == "" {
		return nil
	}
	if value, ok := place.Get(out.Headers, out.Payload); ok {
		out.Correlation = expr.Text(value)
		return nil
	}
	if given == nil {
		given = madeUpID(out.ID)
	}
	headers, payload, ok := place.Set(out.Headers, out.Payload, given)
	if !ok {
		return nil // the payload is no object: the contract's own check will say so
	}
	out.Headers, out.Payload, out.Correlation = headers, payload, expr.Text(given)
	out.HasPayload = out.HasPayload || place.Header == ""
	return nil
}

// madeUpID makes a UUID (RFC 9562, version 8) of an effect's id: the same on
// every replay, and as unlikely to meet another as the run's name is.
func madeUpID(effect string) string {
	sum := sha256.Sum256([]byte("weft correlation id\n" + effect))
	sum[6] = sum[6]&0x0f | 0x80
	sum[8] = sum[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
