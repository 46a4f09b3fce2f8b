// Package journal keeps, for each run, an append-only list of entries that
// survives the process: what was acknowledged is there after a crash, in the
// order in which it was written.
//
// It stores bytes. It must not know what an entry means, what a workflow is
// or what happens next: the stored form belongs to whoever writes it.
package journal

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// The ways in which a journal says no. They are wrapped with the journal's
// name and what to do; test for them with errors.Is.
var (
	// ErrConflict means that someone else wrote to the run in the meantime:
	// its last entry is not the one the writer thought.
	ErrConflict = errors.New("the run was written to by someone else")
	// ErrInUse means that another process holds the journal for writing.
	ErrInUse = errors.New("the journal is in use")
	// ErrReadOnly means that the journal, or the disk it is on, cannot be
	// written.
	ErrReadOnly = errors.New("the journal cannot be written")
	// ErrFull means that the disk has no room left.
	ErrFull = errors.New("the disk is full")
	// ErrDamaged means that the journal's file is not one, or is broken.
	ErrDamaged = errors.New("the journal is damaged")
	// ErrNewer means that a newer version of the program wrote the journal.
	ErrNewer = errors.New("the journal was written by a newer version")
	// ErrUnknownRun means that no entry was ever written for the run.
	ErrUnknownRun = errors.New("no such run")
	// ErrClosed means that the journal was closed.
	ErrClosed = errors.New("the journal is closed")
	// ErrTooLarge means that an entry is beyond MaxEntry.
	ErrTooLarge = errors.New("the entry is too large")
)

// MaxEntry is the size of the largest entry, in bytes.
const MaxEntry = 64 << 20

// Store keeps entries. All methods may be called from several goroutines.
type Store interface {
	// Append adds entries to a run, all or none, and returns once they would
	// survive a crash of the machine as far as the store promises that. The
	// run's last entry must be number after (entries count from 1, so 0 begins
	// a run); otherwise Append fails with ErrConflict and writes nothing.
	Append(ctx context.Context, run string, after uint64, entries [][]byte) error
	// Read returns the run's entries with numbers above after, in order. A run
	// that was never written has none.
	Read(ctx context.Context, run string, after uint64) ([][]byte, error)
	// Mark records a short word that says how a run stands, for lists: it is
	// an index, not the truth, which is in the entries. Marking a run that has
	// no entries fails with ErrUnknownRun.
	Mark(ctx context.Context, run, status string) error
	// Runs lists the runs that fit, the newest first.
	Runs(ctx context.Context, query Query) ([]Run, error)
	// Close releases the journal. It does not wait for calls under way to
	// succeed; they may fail with ErrClosed.
	Close() error
}

// Marker is a Store that marks a run with what it appends to it, in one write
// where there would be two to wait for.
type Marker interface {
	// AppendMarked is Append and Mark, both or none. With no entries it writes
	// nothing.
	AppendMarked(ctx context.Context, run string, after uint64, entries [][]byte, status string) error
}

// Keeper is a Store that also keeps small values by their names, each in the
// place of the one before: what is worth keeping and is no history of a run.
type Keeper interface {
	// Keep keeps a value, as safe as an entry; nil forgets it.
	Keep(ctx context.Context, name string, value []byte) error
	// Kept returns a value, or nil where there is none.
	Kept(ctx context.Context, name string) ([]byte, error)
	// KeptUnder gives every value whose name begins so, by their names in order.
	// The function must not call the store.
	KeptUnder(ctx context.Context, prefix string, each func(name string, value []byte) error) error
}

// Noter is a Store that keeps beside a run what it waits for, so that a process
// need not read all of every run to begin. As a mark it is an index: what is
// true is in the entries.
type Noter interface {
	// Note keeps a note of a run as it stands after the entry of that number.
	// It is void once there is another entry, or the run is marked.
	Note(ctx context.Context, run string, last uint64, note []byte) error
	// Noted gives every run that has a note which is not void, in the order in
	// which they began. The function must not call the store.
	Noted(ctx context.Context, each func(run Run, note []byte) error) error
}

// Query narrows a list of runs.
type Query struct {
	// Status keeps the runs marked so; empty keeps all.
	Status string
	// Limit is the largest number of runs wanted; 0 means DefaultLimit.
	Limit int
}

// DefaultLimit is how many runs a list has where no limit is given.
const DefaultLimit = 1000

// Run is one line of a list of runs.
type Run struct {
	ID      string
	Status  string    // as marked last, or ""
	Last    uint64    // number of its last entry
	Created time.Time // when its first entry was written
	Updated time.Time // when it was written to or marked last
}

// MaxRunID is the length of the longest name of a run, in bytes.
const MaxRunID = 200

// Check reports what is wrong with the arguments of an Append, for stores to
// call before they do anything.
func Check(run string, entries [][]byte) error {
	switch {
	case run == "":
		return errors.New("a run needs a name")
	case len(run) > MaxRunID:
		return fmt.Errorf("the name of a run is at most %d bytes, this has %d", MaxRunID, len(run))
	}
	for i, entry := range entries {
		if len(entry) > MaxEntry {
			return fmt.Errorf("entry %d of run %s has %d bytes, at most %d are kept: %w", i+1, run, len(entry), MaxEntry, ErrTooLarge)
		}
	}
	return nil
}

// Conflict is the error of an Append that came second. It names both numbers,
// and is ErrConflict.
func Conflict(run string, after, last uint64) error {
	return fmt.Errorf("run %s ends at entry %d, not at %d: %w", run, last, after, ErrConflict)
}

func unknown(run string) error { return fmt.Errorf("run %s: %w", run, ErrUnknownRun) }
