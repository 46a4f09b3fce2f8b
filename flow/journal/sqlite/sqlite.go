// Package sqlite is the journal in one file: SQLite in WAL mode with
// synchronous=FULL, one writer that commits for all runs together.
//
// It must not know what an entry means, as its parent must not.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver; pure Go, so that every platform builds without cgo

	"github.com/weft-dev/weft/flow/journal"
)

// Options say how to open a journal. The zero value opens it for writing.
type Options struct {
	// ReadOnly opens an existing journal to be looked at. It needs no lease,
	// so it works beside the process that writes.
	ReadOnly bool
	// BusyTimeout is how long to wait for another process's lock on the file
	// before giving up; 0 means five seconds.
	BusyTimeout time.Duration
	// Now is the clock that dates runs in lists; nil means time.Now.
	Now func() time.Time
}

// Store is a journal in one SQLite file. It implements journal.Store.
type Store struct {
	path  string
	now   func() time.Time
	read  *sql.DB
	write *sql.DB // nil where it was opened read-only
	lease *sql.DB // holds the lock that keeps a second writer out

	writer *writer
	once   sync.Once
}

const (
	applicationID = 0x77656674 // "weft", in the file's header
	schemaVersion = 3
)

const schema = `
CREATE TABLE holder (process INTEGER NOT NULL, since INTEGER NOT NULL);
CREATE TABLE runs (
	id      INTEGER PRIMARY KEY,
	name    TEXT    NOT NULL UNIQUE,
	last    INTEGER NOT NULL,
	status  TEXT    NOT NULL,
	created INTEGER NOT NULL,
	updated INTEGER NOT NULL
);
CREATE INDEX runs_by_status ON runs (status, id);
CREATE TABLE entries (
	run    INTEGER NOT NULL,
	number INTEGER NOT NULL,
	data   BLOB    NOT NULL,
	PRIMARY KEY (run, number)
) WITHOUT ROWID;
` + keptTable + notesTable

// keptTable is what version 2 has and version 1 has not.
const keptTable = `
CREATE TABLE kept (name TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
`

// notesTable is what version 3 has and version 2 has not.
const notesTable = `
CREATE TABLE notes (run INTEGER PRIMARY KEY, last INTEGER NOT NULL, data BLOB NOT NULL);
`

// Open opens the journal at path, and makes it where there is none. Only one
// process at a time may hold a journal for writing: the second is refused
// with journal.ErrInUse. The hold ends with the process, however it ends.
func Open(ctx context.Context, path string, opts Options) (*Store, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.BusyTimeout == 0 {
		opts.BusyTimeout = 5 * time.Second
	}
	s := &Store{path: path, now: opts.Now}
	var err error
	if opts.ReadOnly {
		err = s.openToRead(ctx, opts)
	} else {
		err = s.openToWrite(ctx, opts)
	}
	if err != nil {
		return nil, errors.Join(s.explain(err), s.Close())
	}
	return s, nil
}

func (s *Store) openToRead(ctx context.Context, opts Options) error {
	if _, err := os.Stat(s.path); err != nil {
		return fmt.Errorf("there is no journal: %w", err)
	}
	var err error
	if s.read, err = open(s.path, "ro", opts.BusyTimeout); err != nil {
		return err
	}
	return s.checkVersion(ctx, s.read)
}

func (s *Store) openToWrite(ctx context.Context, opts Options) error {
	if err := s.takeLease(ctx); err != nil {
		return err
	}
	var err error
	if s.write, err = open(s.path, "rwc", opts.BusyTimeout); err != nil {
		return err
	}
	s.write.SetMaxOpenConns(1)
	if err := s.prepare(ctx); err != nil {
		return err
	}
	if s.read, err = open(s.path, "ro", opts.BusyTimeout); err != nil {
		return err
	}
	s.writer, err = newWriter(ctx, s)
	return err
}

// open sets everything that SQLite wants per connection in the address, so
// that each connection of the pool gets it.
func open(path, mode string, busy time.Duration) (*sql.DB, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	pragmas := []string{
		fmt.Sprintf("_pragma=busy_timeout(%d)", busy.Milliseconds()),
		"_pragma=synchronous(FULL)",
		"_pragma=trusted_schema(0)",
	}
	if mode != "ro" {
		// What many runs write is on many pages: 16 MiB of log instead of four
		// bring most of them in once for several commits.
		pragmas = append(pragmas, "_pragma=journal_mode(WAL)", "_pragma=wal_autocheckpoint(4096)")
	}
	return sql.Open("sqlite", "file:"+escape(absolute)+"?mode="+mode+"&"+strings.Join(pragmas, "&"))
}

// escape makes a path safe in an SQLite URI.
func escape(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
}

// takeLease locks a small file beside the journal and keeps it locked. The
// journal's own locks do not do: readers must get in while a run writes.
func (s *Store) takeLease(ctx context.Context) error {
	lease, err := open(s.path+"-lock", "rwc", 0)
	if err != nil {
		return err
	}
	s.lease = lease
	lease.SetMaxOpenConns(1)
	lease.SetConnMaxIdleTime(0)
	lease.SetConnMaxLifetime(0)
	// Of all modes this one keeps the lock after the transaction has ended.
	for _, statement := range []string{"PRAGMA journal_mode=DELETE", "PRAGMA locking_mode=EXCLUSIVE", "BEGIN EXCLUSIVE"} {
		if _, err := lease.ExecContext(ctx, statement); err != nil {
			return s.leaseError(ctx, err)
		}
	}
	return nil
}

func (s *Store) leaseError(ctx context.Context, err error) error {
	if !isBusy(err) {
		return err
	}
	db, openErr := open(s.path, "ro", time.Second)
	if openErr == nil {
		defer db.Close()
		var process, since int64
		if db.QueryRowContext(ctx, "SELECT process, since FROM holder").Scan(&process, &since) == nil {
			when := time.UnixMilli(since).UTC().Format(time.DateTime)
			return fmt.Errorf("%w by process %d since %s UTC; wait for it, stop it, or use another file", journal.ErrInUse, process, when)
		}
	}
	return fmt.Errorf("%w by another process; wait for it, stop it, or use another file", journal.ErrInUse)
}

// prepare makes the tables in an empty file, and checks them in another.
func (s *Store) prepare(ctx context.Context) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to undo
	var tables int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return err
	}
	if tables == 0 {
		made := fmt.Sprintf("PRAGMA application_id=%d; PRAGMA user_version=%d;", applicationID, schemaVersion)
		if _, err := tx.ExecContext(ctx, schema+made); err != nil {
			return err
		}
	} else if err := s.upgrade(ctx, tx); err != nil {
		return err
	}
	const hold = "DELETE FROM holder; INSERT INTO holder (process, since) VALUES (?, ?);"
	if _, err := tx.ExecContext(ctx, hold, os.Getpid(), s.now().UnixMilli()); err != nil {
		return err
	}
	return tx.Commit()
}

// upgrade brings the tables of an older version up to date.
func (s *Store) upgrade(ctx context.Context, tx *sql.Tx) error {
	version, err := s.version(ctx, tx)
	if err != nil || version == schemaVersion {
		return err
	}
	tables := notesTable
	if version < 2 {
		tables = keptTable + notesTable
	}
	_, err = tx.ExecContext(ctx, tables+fmt.Sprintf("PRAGMA user_version=%d;", schemaVersion))
	return err
}

type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func (s *Store) checkVersion(ctx context.Context, q querier) error {
	_, err := s.version(ctx, q)
	return err
}

// version returns the number of the journal's form, where it is one that this
// program knows.
func (s *Store) version(ctx context.Context, q querier) (int, error) {
	var application, version int
	if err := q.QueryRowContext(ctx, "PRAGMA application_id").Scan(&application); err != nil {
		return 0, err
	}
	if err := q.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return 0, err
	}
	switch {
	case application != applicationID:
		return 0, fmt.Errorf("%w: it is another program's SQLite database; name another file", journal.ErrDamaged)
	case version > schemaVersion:
		return 0, fmt.Errorf("%w (form %d, this one knows %d); use that version", journal.ErrNewer, version, schemaVersion)
	}
	return version, nil
}

// Append implements journal.Store. It returns after the entries are synced to
// disk, together with whatever other runs appended at the same time.
func (s *Store) Append(ctx context.Context, run string, after uint64, entries [][]byte) error {
	if err := journal.Check(run, entries); err != nil {
		return err
	}
	return s.submit(ctx, &change{run: run, after: after, entries: entries})
}

// AppendMarked implements journal.Marker.
func (s *Store) AppendMarked(ctx context.Context, run string, after uint64, entries [][]byte, status string) error {
	if err := journal.Check(run, entries); err != nil {
		return err
	}
	return s.submit(ctx, &change{run: run, after: after, entries: entries, marked: true, status: status})
}

// Mark implements journal.Store.
func (s *Store) Mark(ctx context.Context, run, status string) error {
	if err := journal.Check(run, nil); err != nil {
		return err
	}
	return s.submit(ctx, &change{run: run, mark: true, status: status})
}

// Keep implements journal.Keeper.
func (s *Store) Keep(ctx context.Context, name string, value []byte) error {
	return s.submit(ctx, &change{run: name, keep: true, entries: [][]byte{value}})
}

// Kept implements journal.Keeper.
func (s *Store) Kept(ctx context.Context, name string) ([]byte, error) {
	var data []byte
	err := s.read.QueryRowContext(ctx, "SELECT data FROM kept WHERE name = ?", name).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return data, s.explain(err)
}

// KeptUnder implements journal.Keeper.
func (s *Store) KeptUnder(ctx context.Context, prefix string, each func(string, []byte) error) error {
	const query = "SELECT name, data FROM kept WHERE name >= ?1 AND substr(name, 1, length(?1)) = ?1 ORDER BY name"
	rows, err := s.read.QueryContext(ctx, query, prefix)
	if err != nil {
		return s.explain(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var data []byte
		if err := rows.Scan(&name, &data); err != nil {
			return s.explain(err)
		}
		if err := each(name, data); err != nil {
			return err
		}
	}
	return s.explain(rows.Err())
}

// Note implements journal.Noter.
func (s *Store) Note(ctx context.Context, run string, last uint64, note []byte) error {
	if err := journal.Check(run, [][]byte{note}); err != nil {
		return err
	}
	return s.submit(ctx, &change{run: run, after: last, note: true, entries: [][]byte{note}})
}

// Noted implements journal.Noter.
func (s *Store) Noted(ctx context.Context, each func(journal.Run, []byte) error) error {
	const query = `SELECT r.name, r.status, r.last, r.created, r.updated, n.data
		FROM notes n JOIN runs r ON r.id = n.run WHERE n.last = r.last ORDER BY n.run`
	rows, err := s.read.QueryContext(ctx, query)
	if err != nil {
		return s.explain(err)
	}
	defer rows.Close()
	for rows.Next() {
		var data []byte
		run, err := scanRun(rows, &data)
		if err != nil {
			return s.explain(err)
		}
		if err := each(run, data); err != nil {
			return err
		}
	}
	return s.explain(rows.Err())
}

// scanRun reads a line of a list of runs, and what else the query asks for.
func scanRun(rows *sql.Rows, more ...any) (journal.Run, error) {
	var run journal.Run
	var last, created, updated int64
	err := rows.Scan(append([]any{&run.ID, &run.Status, &last, &created, &updated}, more...)...)
	run.Last = uint64(last)
	run.Created, run.Updated = time.UnixMilli(created).UTC(), time.UnixMilli(updated).UTC()
	return run, err
}

func (s *Store) submit(ctx context.Context, c *change) error {
	if s.writer == nil {
		return fmt.Errorf("journal %s: %w: it was opened to be read", s.path, journal.ErrReadOnly)
	}
	return s.explain(s.writer.submit(ctx, c))
}

// Read implements journal.Store.
func (s *Store) Read(ctx context.Context, run string, after uint64) ([][]byte, error) {
	const query = `SELECT e.data FROM entries e JOIN runs r ON r.id = e.run
		WHERE r.name = ? AND e.number > ? ORDER BY e.number`
	rows, err := s.read.QueryContext(ctx, query, run, int64(after))
	if err != nil {
		return nil, s.explain(err)
	}
	defer rows.Close()
	var entries [][]byte
	for rows.Next() {
		var data []byte
		if err := rows.Scan(&data); err != nil {
			return nil, s.explain(err)
		}
		entries = append(entries, data)
	}
	return entries, s.explain(rows.Err())
}

// Runs implements journal.Store.
func (s *Store) Runs(ctx context.Context, query journal.Query) ([]journal.Run, error) {
	limit := query.Limit
	if limit <= 0 {
		limit = journal.DefaultLimit
	}
	const text = `SELECT name, status, last, created, updated FROM runs
		WHERE ?1 = '' OR status = ?1 ORDER BY id DESC LIMIT ?2`
	rows, err := s.read.QueryContext(ctx, text, query.Status, limit)
	if err != nil {
		return nil, s.explain(err)
	}
	defer rows.Close()
	var list []journal.Run
	for rows.Next() {
		run, err := scanRun(rows)
		if err != nil {
			return nil, s.explain(err)
		}
		list = append(list, run)
	}
	return list, s.explain(rows.Err())
}

// Close implements journal.Store. What was acknowledged is on disk already.
func (s *Store) Close() error {
	var err error
	s.once.Do(func() {
		if s.writer != nil {
			err = s.writer.close()
		}
		for _, db := range []*sql.DB{s.read, s.write, s.lease} {
			if db != nil {
				err = errors.Join(err, db.Close())
			}
		}
	})
	return err
}
