package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/weft-dev/weft/flow/journal"
)

// change is one Append, Mark or Keep on its way to the disk.
type change struct {
	run     string
	after   uint64
	entries [][]byte
	mark    bool
	marked  bool // status marks the run that the entries are added to
	keep    bool // run is the name of a value, and entries the value
	note    bool // entries is what is noted of the run
	status  string

	err  error
	done chan struct{}
}

// The bounds of one commit: enough to share a sync among many runs, little
// enough that nobody waits long for it.
const (
	maxChanges     = 1024
	maxCommitBytes = 8 << 20
	// maxTurns is how often all others that can run are let run, with nothing
	// coming of it, before a commit goes without them.
	maxTurns = 8
)

// writer is the one goroutine that writes. While it waits for the disk,
// changes of other runs gather; the next commit takes them all.
type writer struct {
	store *Store
	queue chan *change
	quit  chan struct{}
	wait  sync.WaitGroup

	conn  *sql.Conn
	texts statements
	runs  map[string]*knownRun

	before, last int // how many changes the last two commits had
}

// statements are prepared with the driver itself: what the pool adds to each
// execution costs more than the execution.
type statements struct {
	begin, commit, rollback *statement
	findRun, insertRun      *statement
	updateRun, markRun      *statement
	updateMarked, unnoteID  *statement
	addEntry, unnote, note  *statement
	keep, forget            *statement
}

// knownRun is what the table says of a run. Nobody else writes to it, so it
// need not be asked each time.
type knownRun struct{ id, last int64 }

// maxKnown bounds the runs that are remembered.
const maxKnown = 1 << 14

func newWriter(ctx context.Context, s *Store) (*writer, error) {
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{
		store: s, conn: conn, queue: make(chan *change, maxChanges), quit: make(chan struct{}),
		runs: map[string]*knownRun{},
	}
	if err := conn.Raw(func(raw any) error { return w.texts.prepare(ctx, raw) }); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	w.wait.Go(w.work)
	return w, nil
}

func (w *writer) submit(ctx context.Context, c *change) error {
	c.done = make(chan struct{})
	select {
	case <-w.quit:
		return journal.ErrClosed
	default:
	}
	select {
	case w.queue <- c:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.quit:
		return journal.ErrClosed
	}
	// Once queued a change may be written whatever the caller does, so its
	// fate is waited for: a caller must not believe that nothing happened.
	select {
	case <-c.done:
		return c.err
	case <-w.quit:
	}
	w.wait.Wait()
	select {
	case <-c.done:
		return c.err
	default:
		return journal.ErrClosed
	}
}

func (w *writer) close() error {
	close(w.quit)
	w.wait.Wait()
	// A connection with statements left is closed when they are, which is
	// never: its file would keep a log that nobody brings in.
	err := w.conn.Raw(func(any) error { return w.texts.close() })
	return errors.Join(err, w.conn.Close())
}

func (w *writer) work() {
	for {
		select {
		case <-w.quit:
			return
		case first := <-w.queue:
			w.write(w.gather(first))
		}
	}
}

// gather takes what has queued up behind the first change. Runs that shared the
// last commit are about to write again, all at once: each gets a turn of the
// processor first, or the disk would be kept busy with every second of them.
func (w *writer) gather(first *change) []*change {
	batch, size := []*change{first}, first.size()
	expected := 1
	if w.last > 1 || w.before > 1 {
		expected = w.last + w.before // of two halves that take turns, both
	}
	for turns := 0; len(batch) < maxChanges && size < maxCommitBytes; {
		select {
		case c := <-w.queue:
			batch, size, turns = append(batch, c), size+c.size(), 0
			continue
		default:
		}
		if len(batch) >= expected || turns == maxTurns {
			break
		}
		turns++
		runtime.Gosched()
	}
	w.before, w.last = w.last, len(batch)
	return batch
}

func (c *change) size() int {
	total := 0
	for _, entry := range c.entries {
		total += len(entry)
	}
	return total
}

// write commits a batch. A change that conflicts fails alone; a failure of
// the disk fails all of them.
func (w *writer) write(batch []*change) {
	err := w.transact(batch)
	for _, c := range batch {
		if err != nil {
			c.err = err
		}
		close(c.done)
	}
}

func (w *writer) transact(batch []*change) error {
	return w.conn.Raw(func(any) error {
		err := w.applyAll(batch)
		if err != nil {
			// SQLite may have rolled back by itself, and then the statement
			// fails; the first error is the news.
			_, _ = w.texts.rollback.exec()
			clear(w.runs)
		}
		return err
	})
}

func (w *writer) applyAll(batch []*change) error {
	if _, err := w.texts.begin.exec(); err != nil {
		return err
	}
	now := w.store.now().UnixMilli()
	for _, c := range batch {
		err := w.apply(c, now)
		if errors.Is(err, journal.ErrConflict) || errors.Is(err, journal.ErrUnknownRun) {
			c.err = err
			continue
		}
		if err != nil {
			return err
		}
	}
	_, err := w.texts.commit.exec()
	return err
}

func (w *writer) apply(c *change, now int64) error {
	switch {
	case c.mark:
		return w.applyMark(c, now)
	case c.note:
		return w.ofKnown(c.run)(w.texts.note.exec(int64(c.after), c.entries[0], c.run))
	case c.keep:
		return w.applyKeep(c.run, c.entries[0])
	}
	return w.applyEntries(c, now)
}

func (w *writer) applyEntries(c *change, now int64) error {
	run, err := w.find(c.run)
	if err != nil {
		return err
	}
	if uint64(run.last) != c.after {
		return journal.Conflict(c.run, c.after, uint64(run.last))
	}
	if len(c.entries) == 0 {
		return nil
	}
	last := run.last + int64(len(c.entries))
	if err := w.applyRun(run, c, last, now); err != nil {
		return err
	}
	for _, entry := range c.entries {
		if entry == nil {
			entry = []byte{} // a nil slice would be NULL
		}
		run.last++
		if _, err := w.texts.addEntry.exec(run.id, run.last, entry); err != nil {
			return err
		}
	}
	return nil
}

// applyRun writes what the table says of a run that is added to.
func (w *writer) applyRun(run *knownRun, c *change, last, now int64) error {
	switch {
	case run.id == 0:
		return w.insert(run, c, last, now)
	case !c.marked:
		_, err := w.texts.updateRun.exec(last, now, run.id)
		return err
	}
	if _, err := w.texts.updateMarked.exec(last, now, c.status, run.id); err != nil {
		return err
	}
	_, err := w.texts.unnoteID.exec(run.id)
	return err
}

// find returns what is known of a run; one that is not in the table has no id.
func (w *writer) find(name string) (*knownRun, error) {
	if run := w.runs[name]; run != nil {
		return run, nil
	}
	run := &knownRun{}
	found, err := w.texts.findRun.first(name)
	if err != nil {
		return nil, err
	}
	if found != nil {
		run.id, run.last = found[0].(int64), found[1].(int64)
		w.know(name, run)
	}
	return run, nil
}

func (w *writer) know(name string, run *knownRun) {
	if len(w.runs) >= maxKnown {
		clear(w.runs)
	}
	w.runs[name] = run
}

func (w *writer) insert(run *knownRun, c *change, last, now int64) error {
	status := ""
	if c.marked {
		status = c.status
	}
	result, err := w.texts.insertRun.exec(c.run, last, status, now, now)
	if err != nil {
		return err
	}
	if run.id, err = result.LastInsertId(); err == nil {
		w.know(c.run, run)
	}
	return err
}

func (w *writer) applyMark(c *change, now int64) error {
	if err := w.ofKnown(c.run)(w.texts.markRun.exec(c.status, now, c.run)); err != nil {
		return err
	}
	_, err := w.texts.unnote.exec(c.run)
	return err
}

// ofKnown judges a statement that has to have found its run.
func (w *writer) ofKnown(run string) func(driver.Result, error) error {
	return func(result driver.Result, err error) error {
		if err != nil {
			return err
		}
		changed, err := result.RowsAffected()
		if err == nil && changed == 0 {
			return fmt.Errorf("run %s: %w", run, journal.ErrUnknownRun)
		}
		return err
	}
}

func (w *writer) applyKeep(name string, value []byte) error {
	var err error
	if value == nil {
		_, err = w.texts.forget.exec(name)
	} else {
		_, err = w.texts.keep.exec(name, value)
	}
	return err
}
