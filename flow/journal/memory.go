package journal

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Memory is a Store that lasts as long as the process. It is the reference
// member of the family, and what a run uses that nobody asked to survive.
type Memory struct {
	now func() time.Time

	mu     sync.Mutex
	closed bool
	order  []*memoryRun
	runs   map[string]*memoryRun
	values map[string][]byte
}

type memoryRun struct {
	info    Run
	entries [][]byte
	note    []byte
	noted   uint64
}

// NewMemory returns an empty store. The clock dates the runs in lists.
func NewMemory(now func() time.Time) *Memory {
	return &Memory{now: now, runs: map[string]*memoryRun{}, values: map[string][]byte{}}
}

// Append implements Store.
func (m *Memory) Append(ctx context.Context, run string, after uint64, entries [][]byte) error {
	if err := Check(run, entries); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	_, err := m.add(ctx, run, after, entries)
	return err
}

// AppendMarked implements Marker.
func (m *Memory) AppendMarked(ctx context.Context, run string, after uint64, entries [][]byte, status string) error {
	if err := Check(run, entries); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	r, err := m.add(ctx, run, after, entries)
	if r != nil {
		r.info.Status, r.note = status, nil
	}
	return err
}

// add appends, and returns the run where it did. The caller holds m.mu.
func (m *Memory) add(ctx context.Context, run string, after uint64, entries [][]byte) (*memoryRun, error) {
	if err := m.usable(ctx); err != nil {
		return nil, err
	}
	r := m.runs[run]
	last := uint64(0)
	if r != nil {
		last = r.info.Last
	}
	if last != after {
		return nil, Conflict(run, after, last)
	}
	if len(entries) == 0 {
		return nil, nil
	}
	if r == nil {
		r = &memoryRun{info: Run{ID: run, Created: m.now()}}
		m.runs[run] = r
		m.order = append(m.order, r)
	}
	for _, entry := range entries {
		r.entries = append(r.entries, slices.Clone(entry))
	}
	r.info.Last += uint64(len(entries))
	r.info.Updated = m.now()
	return r, nil
}

// Read implements Store.
func (m *Memory) Read(ctx context.Context, run string, after uint64) ([][]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.usable(ctx); err != nil {
		return nil, err
	}
	r := m.runs[run]
	if r == nil || after >= uint64(len(r.entries)) {
		return nil, nil
	}
	return slices.Clone(r.entries[after:]), nil
}

// Mark implements Store.
func (m *Memory) Mark(ctx context.Context, run, status string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.usable(ctx); err != nil {
		return err
	}
	r := m.runs[run]
	if r == nil {
		return unknown(run)
	}
	r.info.Status, r.note = status, nil
	r.info.Updated = m.now()
	return nil
}

// Note implements Noter.
func (m *Memory) Note(ctx context.Context, run string, last uint64, note []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.usable(ctx); err != nil {
		return err
	}
	r := m.runs[run]
	if r == nil {
		return unknown(run)
	}
	r.note, r.noted = slices.Clone(note), last
	return nil
}

// Noted implements Noter.
func (m *Memory) Noted(ctx context.Context, each func(Run, []byte) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.usable(ctx); err != nil {
		return err
	}
	for _, r := range m.order {
		if r.note == nil || r.noted != r.info.Last {
			continue
		}
		if err := each(r.info, r.note); err != nil {
			return err
		}
	}
	return nil
}

// Runs implements Store.
func (m *Memory) Runs(ctx context.Context, query Query) ([]Run, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.usable(ctx); err != nil {
		return nil, err
	}
	limit := query.Limit
	if limit <= 0 {
		limit = DefaultLimit
	}
	var list []Run
	for _, r := range slices.Backward(m.order) {
		if len(list) == limit {
			break
		}
		if query.Status == "" || query.Status == r.info.Status {
			list = append(list, r.info)
		}
	}
	return list, nil
}

// Keep implements Keeper.
func (m *Memory) Keep(ctx context.Context, name string, value []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.usable(ctx); err != nil {
		return err
	}
	if value == nil {
		delete(m.values, name)
		return nil
	}
	m.values[name] = slices.Clone(value)
	return nil
}

// Kept implements Keeper.
func (m *Memory) Kept(ctx context.Context, name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.values[name]), m.usable(ctx)
}

// KeptUnder implements Keeper.
func (m *Memory) KeptUnder(ctx context.Context, prefix string, each func(string, []byte) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.usable(ctx); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(m.values)) {
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		if err := each(name, m.values[name]); err != nil {
			return err
		}
	}
	return nil
}

// Close implements Store.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	return nil
}

func (m *Memory) usable(ctx context.Context) error {
	if m.closed {
		return ErrClosed
	}
	return ctx.Err()
}
