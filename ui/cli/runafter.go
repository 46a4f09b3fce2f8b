package cli

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/spf13/pflag"

	"github.com/weft-dev/weft/flow/callbacks"
	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/wire/callback"
)

// afterFlags say what becomes of callbacks that outlive a run.
type afterFlags struct {
	wait   time.Duration
	secret string
	store  callbackStore
}

func (f *afterFlags) flags(flags *pflag.FlagSet) {
	flags.StringVar(&f.secret, "callback-secret", "", "the secret that signs callbacks, `REF`: env:NAME or file:PATH")
	f.store.flags(flags)
}

// registersCallbacks reports whether a plan has callbacks to keep.
func registersCallbacks(p *plan.Plan) bool {
	for _, w := range p.Workflows {
		for _, s := range w.Steps {
			if len(s.Callbacks) > 0 {
				return true
			}
		}
	}
	return false
}

// keeper keeps the callbacks of a run while this process lives; nil where the
// plan has none.
func (f *afterFlags) keeper(p *plan.Plan, wire engine.Wire, talk io.Writer, embedded bool) (*callbacks.Keeper, error) {
	if !registersCallbacks(p) {
		return nil, nil
	}
	f.store.used = true
	options := callbacks.Options{
		Observe: func(d callbacks.Delivery) { tellDelivery(talk, d) },
		Waits: func(err error) {
			fmt.Fprintf(talk, "a message that a callback is for waits until it can be kept: %s\n", diag.Safe(err.Error()))
		},
	}
	if embedded {
		options.Delivery.Transport = callback.Apart{Local: http.DefaultTransport}
	}
	if f.secret != "" {
		_, ref, err := reference(f.secret)
		if err != nil {
			return nil, usage("--callback-secret takes a reference to a secret, not the secret: env:NAME or file:PATH")
		}
		secret, err := ref.Resolve()
		if err != nil {
			return nil, fmt.Errorf("--callback-secret: %w", err)
		}
		options.Delivery.Secret = []byte(secret)
	}
	return callbacks.New(wire.Subscriber, options), nil
}

func tellDelivery(talk io.Writer, d callbacks.Delivery) {
	where := source.Redact(d.Registration.Webhook)
	//exhaustive:enforce
	switch d.State {
	case callbacks.Delivered:
		_, _ = fmt.Fprintf(talk, "callback %s delivered to %s\n", d.Registration.Event, where)
	case callbacks.Dead:
		_, _ = fmt.Fprintf(talk, "callback %s given up after %d attempts to deliver it to %s: %s\n", d.Registration.Event, d.Attempts, where, d.Error)
	case callbacks.Pending:
		_, _ = fmt.Fprintf(talk, "callback %s not taken by %s, to be tried again: %s\n", d.Registration.Event, where, d.Error)
	}
}

// after waits for the callbacks of a run that has ended, which end with this
// process.
func (f *afterFlags) after(ctx context.Context, keeper *callbacks.Keeper, talk io.Writer) error {
	if keeper == nil || keeper.Kept() == 0 {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, f.wait)
	defer cancel()
	if !keeper.Wait(limited) {
		if ctx.Err() != nil {
			fmt.Fprintln(talk, "the callbacks that are left end with this process")
			return ctx.Err()
		}
		_, err := fmt.Fprintf(talk, "no more is waited for after %s, and the callbacks end with this process; --callbacks says how long to wait\n", f.wait)
		return err
	}
	for _, d := range keeper.Deliveries() {
		if d.State == callbacks.Dead {
			return ended()
		}
	}
	return nil
}
