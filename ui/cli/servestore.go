package cli

import (
	"context"

	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/journal/sqlite"
)

// serviceStore is all that a service keeps.
type serviceStore interface {
	journal.Store
	journal.Keeper
	journal.Noter
	journal.Marker
}

// openStore opens the journal of a service. Tests put one in its place that
// ends the process at a write.
var openStore = func(ctx context.Context, path string) (serviceStore, error) {
	return sqlite.Open(ctx, path, sqlite.Options{})
}
