package emulator

import (
	"crypto/rand"
	"encoding/hex"
	"strings"
	"sync"
	"time"
)

// The most of everything, so that a client in a loop cannot eat the process.
const (
	maxQueues     = 10_000
	maxTopics     = 10_000
	maxSubscribed = 10_000
	maxStored     = 512 << 20 // bytes of messages in all queues
)

// State is all queues and topics. It outlives the servers that serve it.
type State struct {
	mu     sync.Mutex
	queues map[string]*queue
	topics map[string]*topic
	stored int // bytes of messages in all queues

	deliveries sync.WaitGroup // to http subscriptions
}

// NewState returns a state without queues and topics.
func NewState() *State {
	return &State{queues: make(map[string]*queue), topics: make(map[string]*topic)}
}

// queueAt returns the queue of a URL, of which the last element counts: the
// port may have been another when the client asked for it.
func (s *State) queueAt(url string) (*queue, *failure) {
	if url == "" {
		return nil, missing("QueueUrl")
	}
	q, ok := s.queues[url[strings.LastIndexByte(url, '/')+1:]]
	if !ok {
		return nil, noQueue()
	}
	return q, nil
}

// queueOf returns the queue that an ARN names, or nil.
func (s *State) queueOf(arn string) *queue {
	name, ok := cutARN(arn, "sqs")
	if !ok {
		return nil
	}
	return s.queues[name]
}

// cutARN returns what a service's ARN names: "arn:aws:sqs:region:account:name".
func cutARN(arn, service string) (name string, ok bool) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != service {
		return "", false
	}
	return parts[5], true
}

func (s *Server) arn(service, name string) string {
	return "arn:aws:" + service + ":" + s.opts.Region + ":" + Account + ":" + name
}

func (s *Server) queueURL(name string) string { return s.base + "/" + Account + "/" + name }

// now is the one clock of the emulator.
func now() time.Time { return time.Now() }

func millis(t time.Time) string { return itoa(int(t.UnixMilli())) }

// newID makes a random identifier of the form that both services use.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
