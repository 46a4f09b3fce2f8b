package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/expr"
)

// Fill returns a payload that is written as a text, with its expressions
// filled in as the syntax needs it.
func (b *Body) Fill(env expr.Env, syntax expr.Syntax) (string, error) {
	if template := b.Payload.Template(); template != nil {
		return template.Text(env, syntax)
	}
	value, err := b.Payload.Eval(env)
	return expr.Text(value), err
}

// CorrelationPlace returns where the message of a send has its correlation id
// by the step itself or by the document, or nil (A6). Of several candidates the first that has one
// counts.
func (s *Step) CorrelationPlace() *Place {
	if s.At != nil {
		return s.At
	}
	for _, message := range s.Messages {
		if message.Correlation != nil {
			return message.Correlation
		}
	}
	return nil
}

// Fill returns the channel's address with its parameters filled in: those
// given, otherwise the document's defaults.
func (c *Channel) Fill(given map[string]any) (string, error) {
	address := c.Address
	for _, name := range c.Parameters {
		text, err := c.parameter(name, given)
		if err != nil {
			return "", err
		}
		address = strings.ReplaceAll(address, "{"+name+"}", text)
	}
	return address, nil
}

func (c *Channel) parameter(name string, given map[string]any) (string, error) {
	value, ok := given[name]
	for _, p := range c.Spec.Parameters {
		if p.Name != name {
			continue
		}
		if !ok && p.HasDefault {
			return p.Default, nil
		}
		if ok && len(p.Enum) > 0 && !slices.Contains(p.Enum, expr.Text(value)) {
			return "", fmt.Errorf("parameter %s of address %s is %q; it may be %s", name, c.Address, expr.Text(value), strings.Join(p.Enum, ", "))
		}
	}
	text := expr.Text(value)
	switch {
	case !ok || value == nil:
		return "", fmt.Errorf("parameter %s of address %s has no value", name, c.Address)
	case text == "" || strings.ContainsAny(text, "{}"):
		return "", fmt.Errorf("parameter %s of address %s cannot be %q", name, c.Address, text)
	}
	return text, nil
}

// Replacement sets one place of a payload.
type Replacement struct {
	// Name is the target as written.
	Name   string
	Target *expr.Target
	Value  *expr.Value
}

// Apply returns the payload with the value in its place. The payload given is
// not changed.
func (r *Replacement) Apply(payload any, env expr.Env) (any, error) {
	value, err := r.Value.Eval(env)
	if err != nil {
		return nil, err
	}
	return r.Target.Replace(env, payload, value)
}
