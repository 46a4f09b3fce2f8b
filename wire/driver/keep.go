package driver

import "context"

// Keeper is what a Conn offers when its server also keeps values by their
// names, beside messages. A shelf is a name of the server's own for values that
// belong together; it is there once something lies on it.
type Keeper interface {
	// Keep keeps a value in the place of the one before; nil forgets it.
	Keep(ctx context.Context, shelf, name string, value []byte) error

	// Kept returns a value, or nil where there is none.
	Kept(ctx context.Context, shelf, name string) ([]byte, error)

	// KeptUnder returns the values of a shelf whose names begin so.
	KeptUnder(ctx context.Context, shelf, prefix string) (map[string][]byte, error)
}
