package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
)

// statement is a prepared statement of the driver. One goroutine uses it.
type statement struct {
	driver.Stmt
	run   driver.StmtExecContext
	query driver.StmtQueryContext
	args  []driver.NamedValue
}

func prepare(ctx context.Context, conn driver.ConnPrepareContext, text string) (*statement, error) {
	prepared, err := conn.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	s := &statement{Stmt: prepared}
	var runs, asks bool
	s.run, runs = prepared.(driver.StmtExecContext)
	s.query, asks = prepared.(driver.StmtQueryContext)
	if !runs || !asks {
		return nil, errors.Join(fmt.Errorf("statements of the driver are %T", prepared), prepared.Close())
	}
	return s, nil
}

// The batch that a statement is of belongs to many callers: none of their
// contexts may end it.

// exec executes the statement. Arguments are int64, string or []byte.
func (s *statement) exec(args ...driver.Value) (driver.Result, error) {
	return s.run.ExecContext(context.Background(), s.named(args))
}

// first returns the first row that the statement gives, or nil if there is none.
func (s *statement) first(args ...driver.Value) ([]driver.Value, error) {
	rows, err := s.query.QueryContext(context.Background(), s.named(args))
	if err != nil {
		return nil, err
	}
	row := make([]driver.Value, len(rows.Columns()))
	err = rows.Next(row)
	if err := errors.Join(rows.Close()); err != nil {
		return nil, err
	}
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	return row, err
}

func (s *statement) named(args []driver.Value) []driver.NamedValue {
	s.args = s.args[:0]
	for i, arg := range args {
		s.args = append(s.args, driver.NamedValue{Ordinal: i + 1, Value: arg})
	}
	return s.args
}

func (l *statements) prepare(ctx context.Context, raw any) error {
	conn, ok := raw.(driver.ConnPrepareContext)
	if !ok {
		return fmt.Errorf("connections of the driver are %T", raw)
	}
	for s, text := range map[**statement]string{
		&l.begin:        "BEGIN IMMEDIATE",
		&l.commit:       "COMMIT",
		&l.rollback:     "ROLLBACK",
		&l.findRun:      "SELECT id, last FROM runs WHERE name = ?",
		&l.insertRun:    "INSERT INTO runs (name, last, status, created, updated) VALUES (?, ?, ?, ?, ?)",
		&l.updateRun:    "UPDATE runs SET last = ?, updated = ? WHERE id = ?",
		&l.updateMarked: "UPDATE runs SET last = ?, updated = ?, status = ? WHERE id = ?",
		&l.unnoteID:     "DELETE FROM notes WHERE run = ?",
		&l.markRun:      "UPDATE runs SET status = ?, updated = ? WHERE name = ?",
		&l.unnote:       "DELETE FROM notes WHERE run = (SELECT id FROM runs WHERE name = ?)",
		&l.note:         "INSERT OR REPLACE INTO notes (run, last, data) SELECT id, ?, ? FROM runs WHERE name = ?",
		&l.keep:         "INSERT OR REPLACE INTO kept (name, data) VALUES (?, ?)",
		&l.forget:       "DELETE FROM kept WHERE name = ?",
		&l.addEntry:     "INSERT INTO entries (run, number, data) VALUES (?, ?, ?)",
	} {
		var err error
		if *s, err = prepare(ctx, conn, text); err != nil {
			return errors.Join(err, l.close())
		}
	}
	return nil
}

// close ends all statements that there are.
func (l *statements) close() error {
	var err error
	for _, s := range []*statement{
		l.begin, l.commit, l.rollback, l.findRun, l.insertRun, l.updateRun, l.markRun,
		l.addEntry, l.unnote, l.note, l.keep, l.forget, l.updateMarked, l.unnoteID,
	} {
		if s != nil {
			err = errors.Join(err, s.Close())
		}
	}
	return err
}
