package webhook

import (
	"net/http"
	"slices"
	"time"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/web/sse"
)

// bundleSize is how many messages are handed on at once, and slabSize how many
// share a piece of memory: few enough for a message that is kept not to keep
// many.
const (
	bundleSize = 300
	slabSize   = 60
)

// bundle are messages that came in one piece: they are handed on together,
// since waking who waits for them costs more than a message.
type bundle struct {
	stream *stream
	now    time.Time // when they came; zero until it is asked for
	list   []*driver.Message
	slab   []driver.Message
	head   []sse.Header // to work in
	names  []spelling   // of the headers before, by place
	failed error        // why they could not be handed on
}

// add makes a message of an event that somebody wants.
func (b *bundle) add(event *sse.Event) error {
	wanted := b.stream.place.events
	if len(wanted) > 0 && !slices.Contains(wanted, event.Name) {
		return nil
	}
	if b.now.IsZero() {
		b.now = time.Now()
	}
	if len(b.slab) == 0 {
		// Where one came alone, the next may be long in coming.
		b.slab = make([]driver.Message, max(1, min(len(b.list), slabSize)))
	}
	m := &b.slab[0]
	b.slab = b.slab[1:]
	b.fill(m, event)
	if b.list = append(b.list, m); len(b.list) < bundleSize {
		return nil
	}
	return b.hand()
}

func (b *bundle) fill(m *driver.Message, event *sse.Event) {
	s := b.stream
	b.canonical(event.Header)
	readMessage(m, b.head, b.now)
	m.Body, m.Address, m.Token = event.Data, s.place.address, s
	if event.ID != "" {
		m.ID = event.ID
	}
	if event.Name != "" {
		m.Params = map[string]string{"event": event.Name}
	}
}

// spelling is a name as it came, and in the form of HTTP.
type spelling struct{ given, canonical string }

// canonical takes headers into head, where their names get the form of HTTP. Those
// of one event mostly have the names of the one before.
func (b *bundle) canonical(headers []sse.Header) {
	b.head = b.head[:0]
	for i, h := range headers {
		if i == len(b.names) {
			b.names = append(b.names, spelling{})
		}
		name := &b.names[i]
		if name.given != h.Name {
			*name = spelling{h.Name, http.CanonicalHeaderKey(h.Name)}
		}
		b.head = append(b.head, sse.Header{Name: name.canonical, Value: h.Value})
	}
}

// hand hands on what there is. It waits where the receiver is full.
func (b *bundle) hand() error {
	if len(b.list) > 0 && b.failed == nil {
		b.failed = b.stream.inbox.PutAll(b.stream.ctx, b.list)
		clear(b.list)
	}
	b.list, b.now = b.list[:0], time.Time{}
	return b.failed
}
