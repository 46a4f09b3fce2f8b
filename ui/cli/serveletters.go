package cli

import (
	"context"

	"github.com/weft-dev/weft/flow/callbacks"
	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/service"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/wire/broker"
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
	afar     *broker.Broker // the server that keeps them, or nil
}

// durable keeps the callbacks of all workflows, in the journal or where they
// say, and goes on with those that are there.
func (h *hosted) durable(ctx context.Context, store journal.Keeper) error {
	for _, k := range h.keepers {
		place, err := k.place(ctx, store)
		if err != nil {
			return err
		}
		if err := k.keeper.Durable(ctx, place, k.workflow); err != nil {
			return err
		}
	}
	return nil
}

func (k *keptCallbacks) place(ctx context.Context, store journal.Keeper) (callbacks.Store, error) {
	if k.afar == nil {
		return store, nil
	}
	whose, err := identityOf(ctx, store)
	if err != nil {
		return nil, err
	}
	return shelfOf(k.afar, k.workflow, whose)
}

// leave lets go of the server, after the keeper was closed.
func (k *keptCallbacks) leave() {
	if k.afar != nil {
		_ = k.afar.Close(context.Background()) // nothing more is wanted from it
	}
}
