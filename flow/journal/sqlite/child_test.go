package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"sync"

	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/journal/sqlite"
)

// writeRuns appends to several runs at once, and says after each entry that
// it was acknowledged. It goes on where an earlier process was killed.
func writeRuns(path string) error {
	ctx := context.Background()
	store, err := sqlite.Open(ctx, path, sqlite.Options{})
	if err != nil {
		return err
	}
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() { writeRun(ctx, store, fmt.Sprint("run", i)) })
	}
	group.Wait()
	return store.Close()
}

func writeRun(ctx context.Context, store journal.Store, run string) {
	there, err := store.Read(ctx, run, 0)
	for n := len(there); err == nil; n++ {
		entry := fmt.Appendf(nil, "%s %d", run, n+1)
		if err = store.Append(ctx, run, uint64(n), [][]byte{entry}); err == nil {
			_, err = fmt.Fprintf(os.Stdout, "ok %s %d\n", run, n+1)
		}
	}
	fmt.Fprintln(os.Stderr, err)
}
