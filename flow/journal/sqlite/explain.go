package sqlite

import (
	"errors"
	"fmt"

	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"github.com/weft-dev/weft/flow/journal"
)

// explain says which journal failed and why in our words: SQLite's own are
// numbers, or blame the database for what the disk did.
func (s *Store) explain(err error) error {
	if err == nil {
		return nil
	}
	var failure *driver.Error
	if !errors.As(err, &failure) {
		return fmt.Errorf("journal %s: %w", s.path, err)
	}
	if help, kind := kindOf(failure.Code()); kind != nil {
		return fmt.Errorf("journal %s: %w; %s (%w)", s.path, kind, help, err)
	}
	return fmt.Errorf("journal %s: %w", s.path, err)
}

func kindOf(code int) (help string, kind error) {
	switch code & 0xff { // the rest of the number only refines it
	case codes.SQLITE_BUSY, codes.SQLITE_LOCKED:
		return "another process keeps it locked; wait for it or use another file", journal.ErrInUse
	case codes.SQLITE_READONLY, codes.SQLITE_PERM, codes.SQLITE_CANTOPEN:
		return "check that the file and its folder exist and may be written", journal.ErrReadOnly
	case codes.SQLITE_FULL:
		return "make room and resume the run", journal.ErrFull
	case codes.SQLITE_CORRUPT, codes.SQLITE_NOTADB:
		return "restore it from a copy or use another file", journal.ErrDamaged
	}
	return "", nil
}

func isBusy(err error) bool {
	var failure *driver.Error
	return errors.As(err, &failure) && failure.Code()&0xff == codes.SQLITE_BUSY
}
