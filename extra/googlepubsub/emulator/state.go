package emulator

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// State is all that a server holds. It outlives the server, so that a test can
// restart one.
type State struct {
	mu            sync.Mutex
	topics        map[string]*topic
	subscriptions map[string]*subscription
	last          uint64 // of the numbers of messages and deliveries
	stored        int    // bytes
}

type topic struct {
	proto         *pubsubpb.Topic
	subscriptions map[string]*subscription
}

func newState() *State {
	return &State{topics: map[string]*topic{}, subscriptions: map[string]*subscription{}}
}

func (s *State) next() uint64 {
	s.last++
	return s.last
}

// publish gives a message to each subscription; the caller holds s.mu.
func (s *State) publish(t *topic, m *pubsubpb.PubsubMessage, size int) {
	m.PublishTime = timestamppb.Now()
	for _, sub := range t.subscriptions {
		s.stored += size
		sub.pending = append(sub.pending, &entry{message: m, number: s.next(), size: size})
	}
}

// disconnect forgets the streams of a server that goes.
func (s *State) disconnect() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sub := range s.subscriptions {
		for _, st := range slices.Clone(sub.streams) {
			sub.leave(st)
		}
	}
}

// expire gives up leases that are over at a time.
func (s *State) expire(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sub := range s.subscriptions {
		var over []*entry
		for _, e := range sub.leased {
			if now.After(e.until) {
				over = append(over, e)
			}
		}
		if len(over) > 0 {
			s.giveBack(sub, over)
		}
		s.deliver(sub)
	}
}

// find returns a subscription; the caller holds s.mu.
func (s *State) find(name string) (*subscription, error) {
	sub := s.subscriptions[name]
	if sub == nil {
		return nil, status.Errorf(codes.NotFound, "Resource not found (resource=%s)", name)
	}
	return sub, nil
}

// forget removes a subscription and what waits in it; the caller holds s.mu.
func (s *State) forget(sub *subscription) {
	for _, e := range sub.pending {
		s.stored -= e.size
	}
	for _, e := range sub.leased {
		s.stored -= e.size
	}
	sub.deleted = true
	for _, st := range slices.Clone(sub.streams) {
		sub.leave(st)
	}
	sub.wake()
	delete(s.subscriptions, sub.proto.GetName())
	if t := s.topics[sub.proto.GetTopic()]; t != nil {
		delete(t.subscriptions, sub.proto.GetName())
	}
}

// page returns the names that come after a token, and the next token.
func page[V any](all map[string]V, size int32, token string, wanted func(string) bool) (names []string, next string) {
	if size <= 0 || size > 1000 {
		size = 1000
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if name <= token || !wanted(name) {
			continue
		}
		if len(names) == int(size) {
			return names, names[len(names)-1]
		}
		names = append(names, name)
	}
	return names, ""
}

// checkName makes sure that a name is one of a collection.
func checkName(name, collection string) error {
	parts := strings.Split(name, "/")
	if len(parts) != 4 || parts[0] != "projects" || parts[1] == "" || parts[2] != collection {
		return status.Errorf(codes.InvalidArgument, "Invalid resource name given (name=%q)", name)
	}
	id := parts[3]
	ok := len(id) >= 3 && len(id) <= 255 && !strings.HasPrefix(id, "goog") && (id[0]|0x20 >= 'a' && id[0]|0x20 <= 'z')
	for i := range len(id) {
		c := id[i]
		ok = ok && (c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("._~+%-", c) >= 0)
	}
	if !ok {
		return status.Errorf(codes.InvalidArgument, "Invalid resource name given (name=%q)", name)
	}
	return nil
}
