package driver

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Position is a place in a stored stream of messages, written
// "source@offset": the source is one ordered stream (a partition, a queue),
// the offset is the driver's own. It is plain text so that it can be stored.
// A position is the place of the message that is read next.
type Position string

// NewPosition puts a position together.
func NewPosition(source, offset string) Position {
	return Position(source + "@" + offset)
}

// Source returns the ordered stream that the position lies in. Positions of
// different sources cannot be compared.
func (p Position) Source() string {
	source, _, _ := p.cut()
	return source
}

// Offset returns the place in the source, in the driver's own form.
func (p Position) Offset() string {
	_, offset, _ := p.cut()
	return offset
}

// cut splits at the last "@": a source may contain one, an offset may not.
func (p Position) cut() (source, offset string, ok bool) {
	at := strings.LastIndexByte(string(p), '@')
	if at < 0 {
		return "", "", false
	}
	return string(p[:at]), string(p[at+1:]), true
}

// Check returns an error when p does not have the form of a position.
func (p Position) Check() error {
	if source, offset, ok := p.cut(); !ok || source == "" || offset == "" {
		return fmt.Errorf("%q is not a position: write source@offset, as a message or Positions gave it", string(p))
	}
	return nil
}

// StartKind is a way to say where a receiver begins.
type StartKind int

// The ways to begin.
const (
	Now         StartKind = iota // messages sent from now on
	Beginning                    // everything that is still stored
	AtPositions                  // where another left off
	AtTime                       // messages produced at a time or later
)

// Start is where a receiver begins. The zero Start is now.
type Start struct {
	Kind StartKind

	// Positions go with AtPositions. A source of the address that is not among
	// them begins at its beginning: it did not exist when they were taken.
	Positions []Position

	// Time goes with AtTime.
	Time time.Time
}

// StartNow begins with the next message that is sent.
func StartNow() Start { return Start{Kind: Now} }

// StartBeginning begins with the oldest message that is stored.
func StartBeginning() Start { return Start{Kind: Beginning} }

// StartAt begins at positions that a message's Next or Positions gave.
func StartAt(positions ...Position) Start {
	return Start{Kind: AtPositions, Positions: positions}
}

// StartTime begins with the first message that was produced at t or later.
func StartTime(t time.Time) Start { return Start{Kind: AtTime, Time: t} }

// Check returns an error when the start contradicts itself.
func (s Start) Check() error {
	switch s.Kind {
	case Now, Beginning:
		return nil
	case AtTime:
		if s.Time.IsZero() {
			return errors.New("a start at a time needs the time")
		}
		return nil
	case AtPositions:
		return s.checkPositions()
	}
	return fmt.Errorf("unknown kind of start %d", s.Kind)
}

func (s Start) checkPositions() error {
	seen := make(map[string]Position, len(s.Positions))
	for _, p := range s.Positions {
		if err := p.Check(); err != nil {
			return err
		}
		if other, twice := seen[p.Source()]; twice {
			return fmt.Errorf("positions %q and %q are of the same source: keep one", other, p)
		}
		seen[p.Source()] = p
	}
	return nil
}
