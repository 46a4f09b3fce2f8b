package cli

import (
	"context"

	"github.com/weft-dev/weft/flow/callbacks"
	"github.com/weft-dev/weft/flow/service"
	"github.com/weft-dev/weft/text/source"
)

// letters shows what a keeper delivers, without the secrets of its URLs.
type letters struct{ keeper *callbacks.Keeper }

// Letters implements service.Letters.
func (l letters) Letters() []service.Letter {
	var list []service.Letter
	for _, d := range l.keeper.Deliveries() {
		r := d.Registration
		list = append(list, service.Letter{
			ID: d.ID, Run: r.Run, Step: r.Step, Event: r.Event, Webhook: source.Redact(r.Webhook),
			State: string(d.State), Attempts: d.Attempts, Error: d.Error, Time: d.Event.Time,
		})
	}
	return list
}

// SendAgain implements service.Letters.
func (l letters) SendAgain(id string) error { return l.keeper.Redeliver(id) }

// keptCallbacks is the keeper of a workflow's callbacks.
type keptCallbacks struct {
	workflow string
	keeper   *callbacks.Keeper
}

// durable keeps the callbacks of all workflows in a store, and goes on with
// those that are there.
func (h *hosted) durable(ctx context.Context, store callbacks.Store) error {
	for _, k := range h.keepers {
		if err := k.keeper.Durable(ctx, store, k.workflow); err != nil {
			return err
		}
	}
	return nil
}
