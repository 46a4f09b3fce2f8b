package server

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/weft-dev/weft/extra/pulsar/frame"
)

// What the server keeps.
const (
	maxTopics        = 10_000
	maxSubscriptions = 1000 // of one topic
	maxStored        = 1 << 30
	keptEntries      = 1000 // of a topic, after everybody has had them
	keptBytes        = 4 << 20
)

// State is all that a server holds. It outlives the server, so that a test can
// restart one.
type State struct {
	lock   sync.Mutex
	topics map[string]*topic
	stored int // bytes
	last   uint64
}

func newState() *State { return &State{topics: make(map[string]*topic)} }

// ledger is the number of the one ledger of each topic.
const ledger = 1

// topic is a log of entries, of which the first may be gone.
type topic struct {
	name          string
	log           []*entry
	next          uint64 // the number of the next entry
	bytes         int
	subscriptions map[string]*subscription
}

// entry is a message, or a batch of them, as its producer sent it.
type entry struct {
	id    uint64
	rest  []byte // checksum, metadata and payload
	batch int    // how many messages it has
	key   string
	time  uint64 // when it was published, milliseconds since 1970
}

// protocolError is what a client is told.
type protocolError struct {
	code uint64
	text string
}

func (e *protocolError) Error() string { return e.text }

func refused(code uint64, format string, args ...any) error {
	return &protocolError{code, fmt.Sprintf(format, args...)}
}

// topic returns a topic, which it makes when it is not there; the caller holds
// the lock.
func (s *State) topic(name string) (*topic, error) {
	if t := s.topics[name]; t != nil {
		return t, nil
	}
	persistence, rest, _ := strings.Cut(name, "://")
	parts := strings.Split(rest, "/")
	ok := (persistence == "persistent" || persistence == "non-persistent") && len(parts) >= 3 && len(name) <= 2000 && !slices.Contains(parts, "")
	if !ok {
		return nil, refused(frame.InvalidTopicName, "Invalid topic name %.100q: it is persistent://tenant/namespace/topic", name)
	}
	if len(s.topics) >= maxTopics {
		return nil, refused(frame.NotAllowed, "there are too many topics")
	}
	t := &topic{name: name, subscriptions: make(map[string]*subscription)}
	s.topics[name] = t
	return t, nil
}

// publish stores an entry and gives it to those who wait; the caller holds the
// lock.
func (s *State) publish(t *topic, rest []byte, batch int) (*entry, error) {
	metadata, err := frame.Metadata(rest)
	if errors.Is(err, frame.ErrChecksum) {
		return nil, refused(frame.ChecksumError, "Checksum failed on the broker")
	}
	if err != nil {
		return nil, err
	}
	if s.stored > maxStored {
		return nil, refused(frame.QuotaExceeded, "too much is stored and not acknowledged")
	}
	e := &entry{id: t.next, rest: rest, batch: max(1, batch), key: keyOf(metadata), time: metadata.Uint(3)}
	t.next++
	t.log = append(t.log, e)
	t.bytes += len(rest)
	s.stored += len(rest)
	for _, sub := range t.subscriptions {
		sub.dispatch()
	}
	s.trim(t)
	return e, nil
}

// keyOf is what order goes by: the ordering key, else the key, or "".
func keyOf(metadata frame.Fields) string {
	if key := metadata.Text(18); key != "" {
		return key
	}
	return metadata.Text(6)
}

// trim forgets what everybody has had, but for a few entries.
func (s *State) trim(t *topic) {
	if len(t.log) <= 2*keptEntries && t.bytes <= 2*keptBytes {
		return
	}
	needed := t.next
	for _, sub := range t.subscriptions {
		needed = min(needed, sub.low())
	}
	gone := 0
	for gone < len(t.log) && t.log[gone].id < needed && (len(t.log)-gone > keptEntries || t.bytes > keptBytes) {
		t.bytes -= len(t.log[gone].rest)
		s.stored -= len(t.log[gone].rest)
		gone++
	}
	t.log = slices.Clone(t.log[gone:])
}

// at returns where in the log the first entry is that has that number or a
// higher one.
func (t *topic) at(id uint64) int {
	i, _ := slices.BinarySearchFunc(t.log, id, func(e *entry, id uint64) int { return compare(e.id, id) })
	return i
}

func compare(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
