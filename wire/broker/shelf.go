package broker

import (
	"context"
	"maps"
	"slices"

	"github.com/weft-dev/weft/wire/driver"
)

// Shelf is a place at a server where values are kept by their names. It lasts
// as long as its Broker, and what lies on it as long as the server says.
type Shelf struct {
	broker *Broker
	name   string
}

// Shelf returns the shelf of that name. Servers that keep no values have none
// (driver.ErrUnsupported). See driver.Keeper.
func (b *Broker) Shelf(name string) (*Shelf, error) {
	conn, _ := b.link.current()
	if _, ok := conn.(driver.Keeper); !ok {
		return nil, b.unsupported("keep", name, "the protocol keeps messages and no values")
	}
	return &Shelf{broker: b, name: name}, nil
}

// Keep keeps a value in the place of the one before; nil forgets it.
func (s *Shelf) Keep(ctx context.Context, name string, value []byte) error {
	return s.call(ctx, "keep", func(ctx context.Context, keeper driver.Keeper) error {
		return keeper.Keep(ctx, s.name, name, value)
	})
}

// Kept returns a value, or nil where there is none.
func (s *Shelf) Kept(ctx context.Context, name string) (value []byte, err error) {
	err = s.call(ctx, "look up", func(ctx context.Context, keeper driver.Keeper) error {
		value, err = keeper.Kept(ctx, s.name, name)
		return err
	})
	return value, err
}

// KeptUnder gives every value whose name begins so, by their names in order.
func (s *Shelf) KeptUnder(ctx context.Context, prefix string, each func(name string, value []byte) error) error {
	var values map[string][]byte
	err := s.call(ctx, "look up", func(ctx context.Context, keeper driver.Keeper) (err error) {
		values, err = keeper.KeptUnder(ctx, s.name, prefix)
		return err
	})
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if err := each(name, values[name]); err != nil {
			return err
		}
	}
	return nil
}

func (s *Shelf) call(ctx context.Context, op string, do func(context.Context, driver.Keeper) error) error {
	return s.broker.call(ctx, op, func(ctx context.Context, conn driver.Conn) error {
		return do(ctx, conn.(driver.Keeper)) // a connection that is made anew is of the same driver
	})
}
