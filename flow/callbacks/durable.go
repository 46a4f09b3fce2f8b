package callbacks

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/weft-dev/weft/flow/engine"
)

// Store keeps values by their names, as a journal does (journal.Keeper).
type Store interface {
	Keep(ctx context.Context, name string, value []byte) error
	Kept(ctx context.Context, name string) ([]byte, error)
	KeptUnder(ctx context.Context, prefix string, each func(name string, value []byte) error) error
}

// deliveries is where deliveries are kept beyond the process.
type deliveries struct {
	store Store
	name  string
}

// The beginnings of the names under which values are kept.
const (
	keptDelivery = "callback/"
	keptWatching = "watch/"
)

// Durable keeps deliveries in a store from now on, and goes on with those that
// an earlier process left there. It is called before the first Keep. The name
// tells the keepers apart that share a store; it stays the same.
func (c *Keeper) Durable(ctx context.Context, store Store, name string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.store = &deliveries{store, name}
	err := store.KeptUnder(ctx, keptDelivery+name+"/", func(_ string, value []byte) error {
		one := &Delivery{}
		decoder := json.NewDecoder(bytes.NewReader(value))
		decoder.UseNumber()
		if err := decoder.Decode(one); err != nil {
			return fmt.Errorf("a delivery that was kept cannot be read: %w", err)
		}
		c.deliveries[one.ID] = one
		c.order = append(c.order, one.ID)
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortStableFunc(c.order, func(a, b string) int {
		return c.deliveries[a].Event.Time.Compare(c.deliveries[b].Event.Time)
	})
	for _, id := range c.order {
		if c.deliveries[id].State == Pending {
			c.begin(c.deliveries[id])
		}
	}
	return nil
}

func (d *deliveries) key(id string) string { return keptDelivery + d.name + "/" + id }

// save keeps a delivery as it stands.
func (c *Keeper) save(one *Delivery) error {
	if c.store == nil {
		return nil
	}
	data, err := json.Marshal(one)
	if err != nil {
		return err
	}
	if err := c.store.store.Keep(context.WithoutCancel(c.ctx), c.store.key(one.ID), data); err != nil {
		return fmt.Errorf("delivery %s cannot be kept: %w", one.ID, err)
	}
	return nil
}

func (c *Keeper) unsave(one *Delivery) {
	if c.store != nil {
		// What stays is forgotten the next time.
		_ = c.store.store.Keep(context.WithoutCancel(c.ctx), c.store.key(one.ID), nil)
	}
}

// Forget removes all that the keeper has in its store, for whom there is nobody
// left to go on. It is called after Close.
func (c *Keeper) Forget(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.store == nil {
		return nil
	}
	for _, id := range c.order {
		if err := c.store.store.Keep(ctx, c.store.key(id), nil); err != nil {
			return err
		}
	}
	for registration := range c.watched {
		if err := c.store.store.Keep(ctx, keptWatching+registration, nil); err != nil {
			return err
		}
	}
	return nil
}

// watchedTo is how far an earlier process watched for a registration.
func (c *Keeper) watchedTo(ctx context.Context, registration string) []string {
	if c.store == nil {
		return nil
	}
	data, err := c.store.store.Kept(ctx, keptWatching+registration)
	if err != nil || data == nil {
		return nil
	}
	var positions []string
	_ = json.Unmarshal(data, &positions) // what cannot be read begins where the run says
	return positions
}

// watchPause is how often it is noted how far a registration is watched. What
// came since is delivered again after a crash, and is known by its id.
const watchPause = time.Second

func (c *Keeper) noteWatching(registration string, subscription engine.Subscription) {
	if c.store == nil {
		return
	}
	tick := time.NewTicker(watchPause) //nolint:forbidigo // no run depends on when it is noted
	defer tick.Stop()
	var noted []string
	for {
		select {
		case <-tick.C:
		case <-c.ctx.Done():
			return
		}
		now := subscription.Positions()
		if slices.Equal(now, noted) {
			continue
		}
		data, err := json.Marshal(now)
		if err == nil && c.store.store.Keep(c.ctx, keptWatching+registration, data) == nil {
			noted = now
		}
	}
}
