package sqlite

import (
	"errors"
	"testing"

	codes "modernc.org/sqlite/lib"

	"github.com/weft-dev/weft/flow/journal"
)

func TestEveryRefusalOfTheDiskHasAName(t *testing.T) {
	const extended = 3 << 8 // SQLite refines a code in its upper bits
	for code, want := range map[int]error{
		codes.SQLITE_BUSY:                journal.ErrInUse,
		codes.SQLITE_FULL:                journal.ErrFull,
		codes.SQLITE_READONLY | extended: journal.ErrReadOnly,
		codes.SQLITE_CANTOPEN | extended: journal.ErrReadOnly,
		codes.SQLITE_CORRUPT | extended:  journal.ErrDamaged,
		codes.SQLITE_NOTADB:              journal.ErrDamaged,
	} {
		if help, kind := kindOf(code); !errors.Is(kind, want) || help == "" {
			t.Errorf("code %d: got %v (%q), want %v", code, kind, help, want)
		}
	}
	if _, kind := kindOf(codes.SQLITE_CONSTRAINT); kind != nil {
		t.Errorf("a broken constraint is our own fault, not %v", kind)
	}
}
