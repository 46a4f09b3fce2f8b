package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/plan"
)

// Snapshot is how a run stands, as its journal tells.
type Snapshot struct {
	// Result has the states of steps that have not ended, too; its Status may
	// be "arming" or "running".
	Result
	// Waits are the steps that wait for something from outside.
	Waits []Wait `json:"waits,omitempty"`
}

// Wait is a step that waits for something from outside.
type Wait struct {
	Step string `json:"step"`
	// For is "receiving", "calling", "sending" or "delayed".
	For string `json:"for"`
	// Address is where a message is awaited.
	Address string `json:"address,omitempty"`
	// Correlation is the value that the message has to carry.
	Correlation any `json:"correlation,omitempty"`
	// Until is when the wait ends in vain; zero is never.
	Until time.Time `json:"until,omitzero"`
}

// Inspect reads how a run stands, without touching it.
func Inspect(ctx context.Context, p *plan.Plan, runID string, store journal.Store) (Snapshot, error) {
	r, err := rebuilt(ctx, p, runID, Options{Journal: store})
	if err != nil {
		return Snapshot{}, fmt.Errorf("look at it: %w", err)
	}
	stands := r.machine.Snapshot()
	s := Snapshot{Result: resultOf(r.mask.result(stands))}
	for _, w := range r.machine.Waits() {
		s.Waits = append(s.Waits, Wait{
			Step: w.Step, For: string(w.State), Address: r.mask.text(w.Address), Correlation: r.mask.value(w.Correlation), Until: w.Until,
		})
	}
	return s, nil
}
