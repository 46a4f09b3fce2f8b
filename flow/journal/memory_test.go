package journal_test

import (
	"testing"
	"time"

	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/journal/journaltest"
)

func TestMemory(t *testing.T) {
	journaltest.Test(t, func(*testing.T) journal.Store { return journal.NewMemory(time.Now) })
}
