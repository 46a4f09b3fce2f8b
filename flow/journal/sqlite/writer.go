package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"github.com/weft-dev/weft/flow/journal"
)

// change is one Append, Mark or Keep on its way to the disk.
type change struct {
	run     string
	after   uint64
	entries [][]byte
	mark    bool
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
)

// writer is the one goroutine that writes. While it waits for the disk,
// changes of other runs gather; the next commit takes them all.
type writer struct {
	store *Store
	queue chan *change
	quit  chan struct{}
	wait  sync.WaitGroup

	conn       *sql.Conn
	begin      *sql.Stmt
	commit     *sql.Stmt
	rollback   *sql.Stmt
	findRun    *sql.Stmt
	insertRun  *sql.Stmt
	updateRun  *sql.Stmt
	markRun    *sql.Stmt
	addEntries *sql.Stmt
	unnote     *sql.Stmt
	note       *sql.Stmt
	keep       *sql.Stmt
	forget     *sql.Stmt
}

func newWriter(ctx context.Context, s *Store) (*writer, error) {
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{store: s, conn: conn, queue: make(chan *change, maxChanges), quit: make(chan struct{})}
	for statement, text := range map[**sql.Stmt]string{
		&w.begin:      "BEGIN IMMEDIATE",
		&w.commit:     "COMMIT",
		&w.rollback:   "ROLLBACK",
		&w.findRun:    "SELECT id, last FROM runs WHERE name = ?",
		&w.insertRun:  "INSERT INTO runs (name, last, status, created, updated) VALUES (?, ?, '', ?, ?)",
		&w.updateRun:  "UPDATE runs SET last = ?, updated = ? WHERE id = ?",
		&w.markRun:    "UPDATE runs SET status = ?, updated = ? WHERE name = ?",
		&w.unnote:     "DELETE FROM notes WHERE run = (SELECT id FROM runs WHERE name = ?)",
		&w.note:       "INSERT OR REPLACE INTO notes (run, last, data) SELECT id, ?, ? FROM runs WHERE name = ?",
		&w.keep:       "INSERT OR REPLACE INTO kept (name, data) VALUES (?, ?)",
		&w.forget:     "DELETE FROM kept WHERE name = ?",
		&w.addEntries: "INSERT INTO entries (run, number, data) VALUES (?, ?, ?)",
	} {
		if *statement, err = conn.PrepareContext(ctx, text); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
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

func (w *writer) close() {
	close(w.quit)
	w.wait.Wait()
	_ = w.conn.Close() // the pool's Close reports what matters
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

// gather takes what has queued up behind the first change.
func (w *writer) gather(first *change) []*change {
	batch, size := []*change{first}, first.size()
	for len(batch) < maxChanges && size < maxCommitBytes {
		select {
		case c := <-w.queue:
			batch, size = append(batch, c), size+c.size()
		default:
			return batch
		}
	}
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
	// The batch belongs to many callers: none of their contexts may end it.
	ctx := context.Background()
	if _, err := w.begin.ExecContext(ctx); err != nil {
		return err
	}
	for _, c := range batch {
		err := w.apply(ctx, c)
		if errors.Is(err, journal.ErrConflict) || errors.Is(err, journal.ErrUnknownRun) {
			c.err = err
			continue
		}
		if err != nil {
			return w.undo(ctx, err)
		}
	}
	if _, err := w.commit.ExecContext(ctx); err != nil {
		return w.undo(ctx, err)
	}
	return nil
}

// undo leaves the connection without a transaction. SQLite may have rolled
// back by itself, and then the statement fails; the first error is the news.
func (w *writer) undo(ctx context.Context, err error) error {
	_, _ = w.rollback.ExecContext(ctx)
	return err
}

func (w *writer) apply(ctx context.Context, c *change) error {
	now := w.store.now().UnixMilli()
	if c.mark {
		return w.applyMark(ctx, c, now)
	}
	if c.note {
		return w.applyNote(ctx, c)
	}
	if c.keep {
		return w.applyKeep(ctx, c.run, c.entries[0])
	}
	var id, last int64
	err := w.findRun.QueryRowContext(ctx, c.run).Scan(&id, &last)
	known := err == nil
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if uint64(last) != c.after {
		return journal.Conflict(c.run, c.after, uint64(last))
	}
	if len(c.entries) == 0 {
		return nil
	}
	newLast := last + int64(len(c.entries))
	if known {
		_, err = w.updateRun.ExecContext(ctx, newLast, now, id)
	} else {
		var result sql.Result
		if result, err = w.insertRun.ExecContext(ctx, c.run, newLast, now, now); err == nil {
			id, err = result.LastInsertId()
		}
	}
	if err != nil {
		return err
	}
	for i, entry := range c.entries {
		if entry == nil {
			entry = []byte{} // a nil slice would be NULL
		}
		if _, err := w.addEntries.ExecContext(ctx, id, last+int64(i)+1, entry); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) applyMark(ctx context.Context, c *change, now int64) error {
	result, err := w.markRun.ExecContext(ctx, c.status, now, c.run)
	if err != nil {
		return err
	}
	changed, err := result.RowsAffected()
	if err == nil && changed == 0 {
		return fmt.Errorf("run %s: %w", c.run, journal.ErrUnknownRun)
	}
	if err == nil {
		_, err = w.unnote.ExecContext(ctx, c.run)
	}
	return err
}

func (w *writer) applyNote(ctx context.Context, c *change) error {
	result, err := w.note.ExecContext(ctx, int64(c.after), c.entries[0], c.run)
	if err != nil {
		return err
	}
	changed, err := result.RowsAffected()
	if err == nil && changed == 0 {
		return fmt.Errorf("run %s: %w", c.run, journal.ErrUnknownRun)
	}
	return err
}

func (w *writer) applyKeep(ctx context.Context, name string, value []byte) error {
	var err error
	if value == nil {
		_, err = w.forget.ExecContext(ctx, name)
	} else {
		_, err = w.keep.ExecContext(ctx, name, value)
	}
	return err
}
