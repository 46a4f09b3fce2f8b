package engine

import (
	"context"
	"fmt"

	"github.com/weft-dev/weft/flow/machine"
)

// Keeper keeps the callbacks of runs, also when the runs have ended.
type Keeper interface {
	// Keep begins to watch for a callback and returns where in its channel that
	// began, as Subscription.Positions. With positions it begins there. A
	// callback that is kept already is not kept twice.
	Keep(ctx context.Context, e machine.KeepCallback, positions []string) ([]string, error)
}

// keptCallback is a callback of a history.
type keptCallback struct {
	effect    machine.KeepCallback
	kept      bool
	positions []string
}

// remember notes which callbacks of a history are kept, and from where.
func (r *runner) remember(event machine.Event) {
	kept, ok := event.(machine.Kept)
	if !ok {
		return
	}
	for i := range r.callbacks {
		if r.callbacks[i].effect.ID == kept.ID {
			r.callbacks[i].kept, r.callbacks[i].positions = true, kept.Positions
		}
	}
}

// keepAgain watches in this process for what an earlier one was asked to keep.
func (r *runner) keepAgain(ctx context.Context) error {
	for _, c := range r.callbacks {
		if !c.kept || r.opts.Callbacks == nil {
			continue
		}
		if _, err := r.opts.Callbacks.Keep(ctx, c.effect, c.positions); err != nil {
			return fmt.Errorf("callback %s cannot be kept any longer: %w", c.effect.ID, err)
		}
	}
	return nil
}

func (r *runner) keepCallback(ctx context.Context, e machine.KeepCallback) machine.Event {
	if r.opts.Callbacks == nil {
		return machine.KeepFailed{Stamp: r.stamp(), ID: e.ID, Error: "this run has nowhere to keep callbacks"}
	}
	positions, err := r.opts.Callbacks.Keep(ctx, e, nil)
	if err != nil {
		return machine.KeepFailed{Stamp: r.stamp(), ID: e.ID, Error: err.Error()}
	}
	return machine.Kept{Stamp: r.stamp(), ID: e.ID, Positions: positions}
}
