// Package sqlite keeps a schema registry in one SQLite file. Each change is one
// transaction that is on the disk before it is acknowledged.
//
// It must not know what a schema says, nor how a registry is asked.
package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	driver "modernc.org/sqlite" // pure Go, so that every platform builds without cgo
	codes "modernc.org/sqlite/lib"

	"github.com/weft-dev/weft/wire/registry"
)

// Store is a registry in a file. It implements registry.Store.
type Store struct {
	path string
	db   *sql.DB
}

const (
	applicationID = 0x77667267 // "wfrg", in the file's header
	schemaVersion = 1
)

const tables = `
CREATE TABLE ids (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), last INTEGER NOT NULL);
INSERT INTO ids VALUES (1, 0);
CREATE TABLE schemas (
	id       INTEGER PRIMARY KEY,
	guid     TEXT NOT NULL UNIQUE,
	type     TEXT NOT NULL,
	text     TEXT NOT NULL,
	refs     TEXT NOT NULL,
	metadata TEXT NOT NULL,
	ruleset  TEXT NOT NULL
);
CREATE TABLE versions (
	subject TEXT    NOT NULL,
	number  INTEGER NOT NULL,
	schema  INTEGER NOT NULL REFERENCES schemas (id),
	deleted INTEGER NOT NULL,
	PRIMARY KEY (subject, number)
) WITHOUT ROWID;
CREATE INDEX versions_by_schema ON versions (schema);
CREATE TABLE settings (
	subject   TEXT PRIMARY KEY,
	level     TEXT NOT NULL,
	mode      TEXT NOT NULL,
	normalize INTEGER
) WITHOUT ROWID;
`

// Open opens the registry at path, and makes it where there is none. Only one
// process at a time may hold it; the hold ends with the process, however it
// ends.
func Open(ctx context.Context, path string) (*Store, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	// One connection, and a lock that outlives its transactions: that is what
	// keeps a second process out.
	db, err := sql.Open("sqlite", "file:"+escape(absolute)+"?mode=rwc&_pragma=locking_mode(EXCLUSIVE)&_pragma=busy_timeout(1000)"+
		"&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=trusted_schema(0)&_pragma=foreign_keys(1)")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	db.SetConnMaxIdleTime(0)
	db.SetConnMaxLifetime(0)
	s := &Store{path: path, db: db}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(s.explain(err), db.Close())
	}
	return s, nil
}

// escape makes a path safe in an SQLite URI.
func escape(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
}

func (s *Store) prepare(ctx context.Context) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to undo
	var there, application, version int
	for _, q := range []struct {
		text string
		into *int
	}{{"SELECT count(*) FROM sqlite_schema", &there}, {"PRAGMA application_id", &application}, {"PRAGMA user_version", &version}} {
		if err := tx.QueryRowContext(ctx, q.text).Scan(q.into); err != nil {
			return err
		}
	}
	switch {
	case there == 0:
		_, err = tx.ExecContext(ctx, tables+fmt.Sprintf("PRAGMA application_id=%d; PRAGMA user_version=%d;", applicationID, schemaVersion))
	case application != applicationID:
		return errors.New("it is another program's SQLite database; name another file")
	case version > schemaVersion:
		return fmt.Errorf("a newer weft wrote it (form %d, this one knows %d); use that version", version, schemaVersion)
	default:
		// A write takes the lock now and not at the first change.
		_, err = tx.ExecContext(ctx, "UPDATE ids SET last = last")
	}
	return errors.Join(err, tx.Commit())
}

// explain says which file failed and what to do, since SQLite's words are about
// itself.
func (s *Store) explain(err error) error {
	if err == nil {
		return nil
	}
	help := ""
	var failure *driver.Error
	if errors.As(err, &failure) {
		switch failure.Code() & 0xff { // the rest of the number only refines it
		case codes.SQLITE_BUSY, codes.SQLITE_LOCKED:
			help = "another process serves it; stop that one or use another file: "
		case codes.SQLITE_READONLY, codes.SQLITE_PERM, codes.SQLITE_CANTOPEN:
			help = "check that the file and its folder exist and may be written: "
		case codes.SQLITE_FULL:
			help = "the disk is full: "
		case codes.SQLITE_CORRUPT, codes.SQLITE_NOTADB:
			help = "it is damaged or no SQLite database; restore it from a copy or use another file: "
		}
	}
	return fmt.Errorf("the registry's file %s: %s%w", s.path, help, err)
}

// Close implements registry.Store.
func (s *Store) Close() error { return s.db.Close() }

// Load implements registry.Store.
func (s *Store) Load(ctx context.Context) (*registry.Change, error) {
	c := &registry.Change{}
	err := s.db.QueryRowContext(ctx, "SELECT last FROM ids").Scan(&c.LastID)
	err = errors.Join(err,
		s.each(ctx, "SELECT id, guid, type, text, refs, metadata, ruleset FROM schemas ORDER BY id", func(scan scanner) error {
			schema, err := scanSchema(scan)
			c.Schemas = append(c.Schemas, schema)
			return err
		}),
		s.each(ctx, "SELECT subject, number, schema, deleted FROM versions ORDER BY subject, number", func(scan scanner) error {
			var v registry.StoredVersion
			err := scan(&v.Subject, &v.Number, &v.ID, &v.Deleted)
			c.Versions = append(c.Versions, v)
			return err
		}),
		s.each(ctx, "SELECT subject, level, mode, normalize FROM settings", func(scan scanner) error {
			var v registry.Setting
			err := scan(&v.Subject, &v.Level, &v.Mode, &v.Normalize)
			c.Settings = append(c.Settings, v)
			return err
		}))
	if err != nil {
		return nil, s.explain(err)
	}
	return c, nil
}

type scanner func(into ...any) error

func (s *Store) each(ctx context.Context, query string, take func(scanner) error) error {
	rows, err := s.db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := take(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

func scanSchema(scan scanner) (registry.StoredSchema, error) {
	var v registry.StoredSchema
	var refs, metadata, ruleset string
	if err := scan(&v.ID, &v.GUID, &v.Type, &v.Text, &refs, &metadata, &ruleset); err != nil {
		return v, err
	}
	if metadata != "" {
		v.Metadata = json.RawMessage(metadata)
	}
	if ruleset != "" {
		v.RuleSet = json.RawMessage(ruleset)
	}
	return v, json.Unmarshal([]byte(refs), &v.References)
}

// Commit implements registry.Store.
func (s *Store) Commit(ctx context.Context, c *registry.Change) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return s.explain(err)
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to undo
	w := &writing{ctx: ctx, tx: tx}
	w.put(c)
	w.drop(c)
	if w.err != nil {
		return s.explain(w.err)
	}
	return s.explain(tx.Commit())
}

// writing remembers the first thing that went wrong.
type writing struct {
	ctx context.Context //nolint:containedctx // it lives as long as one transaction
	tx  *sql.Tx
	err error
}

func (w *writing) exec(query string, args ...any) {
	if w.err == nil {
		_, w.err = w.tx.ExecContext(w.ctx, query, args...)
	}
}

func (w *writing) put(c *registry.Change) {
	w.exec("UPDATE ids SET last = max(last, ?)", c.LastID)
	for _, v := range c.Schemas {
		refs, err := json.Marshal(v.References)
		w.err = errors.Join(w.err, err)
		w.exec("INSERT OR REPLACE INTO schemas VALUES (?, ?, ?, ?, ?, ?, ?)",
			v.ID, v.GUID, v.Type, v.Text, string(refs), string(v.Metadata), string(v.RuleSet))
	}
	for _, v := range c.Versions {
		w.exec("INSERT OR REPLACE INTO versions VALUES (?, ?, ?, ?)", v.Subject, v.Number, v.ID, v.Deleted)
	}
	for _, v := range c.Settings {
		if v.Level == "" && v.Mode == "" && v.Normalize == nil {
			w.exec("DELETE FROM settings WHERE subject = ?", v.Subject)
			continue
		}
		w.exec("INSERT OR REPLACE INTO settings VALUES (?, ?, ?, ?)", v.Subject, v.Level, v.Mode, v.Normalize)
	}
}

func (w *writing) drop(c *registry.Change) {
	for _, v := range c.DropVersions {
		w.exec("DELETE FROM versions WHERE subject = ? AND number = ?", v.Subject, v.Number)
	}
	for _, id := range c.DropSchemas {
		w.exec("DELETE FROM schemas WHERE id = ?", id)
	}
}
