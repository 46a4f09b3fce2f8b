package engine

import (
	"errors"
	"fmt"
	"slices"

	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/endpoint"
	"github.com/weft-dev/weft/wire/http"
)

// CodeEncoding is a message that cannot be written or read as its contract asks.
const CodeEncoding diag.Code = "workflow/encoding"

// Check says what of a plan this world cannot do, before anything is opened,
// called or sent: the findings are about the documents, the error about servers
// that are not known. Only the plan's Uses are looked at.
func (w World) Check(p *plan.Plan) ([]diag.Diagnostic, error) {
	o := newOverWire(w)
	var found []diag.Diagnostic
	var errs []error
	for _, use := range p.Uses {
		for _, target := range o.targets(p, use) {
			findings, err := o.checkTarget(use, target)
			found, errs = append(found, findings...), append(errs, err)
		}
	}
	for _, step := range steps(p) {
		if step.Kind != plan.Call || !slices.Contains(p.Uses, step.Use) {
			continue
		}
		_, err := http.BaseURL(step.Use.Name, step.Use.Source.OpenAPI, step.Operation, w.Servers[step.Use.Name])
		errs = append(errs, err, w.mayCall(step))
	}
	return diag.Unique(found), errors.Join(onlyOnce(errs)...)
}

// mayCall says why the credentials given are not those that a call needs.
func (w World) mayCall(step *plan.Step) error {
	if w.Anonymous {
		return nil
	}
	if err := http.CanAuthorize(step.Operation, w.Credentials[step.Use.Name]); err != nil {
		return fmt.Errorf("step %s: %w", step.ID, err)
	}
	return nil
}

// onlyOnce drops errors that say the same: several operations lack one server.
func onlyOnce(errs []error) []error {
	said := map[string]bool{}
	return slices.DeleteFunc(errs, func(err error) bool {
		if err == nil || said[err.Error()] {
			return true
		}
		said[err.Error()] = true
		return false
	})
}

func steps(p *plan.Plan) []*plan.Step {
	var list []*plan.Step
	for _, w := range p.Workflows {
		list = append(list, w.Steps...)
	}
	return list
}

// targets are what a plan sends to and listens to in one source.
func (o *overWire) targets(p *plan.Plan, use *plan.Use) []*endpoint.Target {
	var list []*endpoint.Target
	for _, step := range steps(p) {
		if step.Kind == plan.Send && step.Use == use {
			list = append(list, targetOf(step))
		}
	}
	for _, channel := range p.Channels {
		if channel.Use == use {
			list = append(list, listenerOf(machine.Subscribe{Channel: channel, Messages: channel.Messages}))
		}
	}
	return list
}

func (o *overWire) checkTarget(use *plan.Use, target *endpoint.Target) ([]diag.Diagnostic, error) {
	source := o.source(use)
	var found []diag.Diagnostic
	if _, err := source.Codec(target); err != nil {
		found = append(found, encodingFinding(target.Channel, err))
	}
	_, err := o.world.Hub.ServerOf(source, target)
	return append(found, o.world.Hub.Check(source, target)...), err
}

func encodingFinding(channel *asyncapi.Channel, err error) diag.Diagnostic {
	d := diag.Diagnostic{Code: CodeEncoding, Severity: diag.Error, Message: err.Error()}
	if channel != nil && channel.Node != nil {
		d.Path, d.Span = channel.Node.Path(), channel.Node.Span
		if channel.Node.Key != nil {
			d.Span = channel.Node.Key.Span
		}
	}
	return d
}
