package temporal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/serviceerror"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/service"
)

// triggerOf is the channel whose messages begin runs of a workflow.
func triggerOf(name string, w *service.Workflow) channel {
	return channel{workflow: name, plan: w.Trigger.Channel, name: named(name, "x-trigger"), trigger: w.Trigger}
}

// triggered begins the run that a message asks for, and returns nil when
// Temporal has it. Delivered twice it begins one run, since the run has the
// message's name.
func (h *host) triggered(ctx context.Context, c *channel, d engine.Delivery) error {
	if d.Rejected != "" {
		h.opts.Log(fmt.Sprintf("a message from %s begins no run of %s: %s", c.plan.Address, c.workflow, d.Rejected))
		return nil
	}
	run, inputs, wanted, err := c.trigger.Begins(c.workflow, &d.Message)
	if !wanted {
		return nil
	}
	for err == nil {
		if _, _, err = h.start(ctx, c.workflow, run, inputs, d.Message.Headers); err == nil {
			d.Claim.Take()
			return nil
		}
		if lasting(err) {
			break
		}
		err = nil
		select {
		case <-time.After(again):
		case <-ctx.Done():
			return ctx.Err() // it is delivered again
		}
	}
	h.opts.Log(fmt.Sprintf("a message from %s begins no run of %s: %s", d.Message.Address, c.workflow, err))
	return nil
}

// lasting reports whether an error of beginning a run will be the same the next
// time.
func lasting(err error) bool {
	var refused *serviceerror.InvalidArgument // such as inputs that are too large
	return service.Lasting(err) || errors.As(err, &refused)
}
