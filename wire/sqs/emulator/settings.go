package emulator

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/weft-dev/weft/internal/lazy"
)

// settings is what the attributes of a queue mean.
type settings struct {
	delay      time.Duration
	visibility time.Duration
	wait       time.Duration
	retention  time.Duration
	limit      int // bytes of a message
	content    bool
	perGroup   bool // deduplication is within a message group
	dead       string
	most       int // receives before a message goes to the dead letters
}

// MaxMessage is the largest message, in bytes: body and attributes.
const MaxMessage = 256 << 10

// numbers are the attributes that are numbers: least, most, usual.
var numbers = lazy.Of[map[string][3]int]{Make: func() map[string][3]int {
	return map[string][3]int{
		"DelaySeconds":                  {0, 900, 0},
		"MaximumMessageSize":            {1024, MaxMessage, MaxMessage},
		"MessageRetentionPeriod":        {60, 1209600, 345600},
		"ReceiveMessageWaitTimeSeconds": {0, 20, 0},
		"VisibilityTimeout":             {0, 43200, 30},
	}
}}

// words are the attributes that have one of some values.
var words = lazy.Of[map[string][]string]{Make: func() map[string][]string {
	return map[string][]string{
		"FifoQueue":                 {"true", "false"},
		"ContentBasedDeduplication": {"true", "false"},
		"DeduplicationScope":        {"queue", "messageGroup"},
		"FifoThroughputLimit":       {"perQueue", "perMessageGroupId"},
		"SqsManagedSseEnabled":      {"true", "false"},
	}
}}

// texts are the attributes that are kept as they are.
var texts = []string{"Policy", "RedriveAllowPolicy", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds"}

func itoa(n int) string { return strconv.Itoa(n) }

// apply checks attributes and makes them those of the queue; an empty value
// takes one away.
func (q *queue) apply(attrs map[string]string) *failure {
	next := maps.Clone(q.attrs)
	for _, name := range slices.Sorted(maps.Keys(attrs)) {
		value := attrs[name]
		if f := checkAttribute(name, value, q.fifo); f != nil {
			return f
		}
		next[name] = value
		if value == "" {
			delete(next, name)
		}
	}
	s, f := read(next)
	if f != nil {
		return f
	}
	q.attrs, q.settings = next, s
	q.wake()
	return nil
}

func badAttribute(name string) *failure {
	return &failure{code: "InvalidAttributeName", message: "Unknown Attribute " + name + "."}
}

func checkAttribute(name, value string, fifo bool) *failure {
	wrong := func() *failure {
		return &failure{code: "InvalidAttributeValue", message: "Invalid value for the parameter " + name + "."}
	}
	if bounds, ok := numbers.Get()[name]; ok {
		if n, err := strconv.Atoi(value); value != "" && (err != nil || n < bounds[0] || n > bounds[1]) {
			return wrong()
		}
		return nil
	}
	if choices, ok := words.Get()[name]; ok {
		if value != "" && !slices.Contains(choices, value) {
			return wrong()
		}
		onlyFIFO := name != "SqsManagedSseEnabled"
		if onlyFIFO && !fifo || name == "FifoQueue" && value != "true" {
			return badAttribute(name)
		}
		return nil
	}
	switch {
	case name == "RedrivePolicy":
		if _, _, ok := redrive(value); !ok {
			return wrong()
		}
		return nil
	case slices.Contains(texts, name):
		return nil
	}
	return badAttribute(name)
}

// redrive reads a redrive policy.
func redrive(value string) (target string, most int, ok bool) {
	if value == "" {
		return "", 0, true
	}
	var policy struct {
		Target string          `json:"deadLetterTargetArn"`
		Most   json.RawMessage `json:"maxReceiveCount"`
	}
	if json.Unmarshal([]byte(value), &policy) != nil {
		return "", 0, false
	}
	// Both a number and a text are taken by the service.
	most, err := strconv.Atoi(strings.Trim(string(policy.Most), `"`))
	return policy.Target, most, err == nil && most >= 1 && most <= 1000 && policy.Target != ""
}

func read(attrs map[string]string) (settings, *failure) {
	number := func(name string) int {
		if n, err := strconv.Atoi(attrs[name]); err == nil {
			return n
		}
		return numbers.Get()[name][2]
	}
	seconds := func(name string) time.Duration { return time.Duration(number(name)) * time.Second }
	s := settings{
		delay: seconds("DelaySeconds"), visibility: seconds("VisibilityTimeout"),
		wait: seconds("ReceiveMessageWaitTimeSeconds"), retention: seconds("MessageRetentionPeriod"),
		limit: number("MaximumMessageSize"), content: attrs["ContentBasedDeduplication"] == "true",
		perGroup: attrs["DeduplicationScope"] == "messageGroup",
	}
	if attrs["FifoThroughputLimit"] == "perMessageGroupId" && !s.perGroup {
		return s, badValue("The FifoThroughputLimit perMessageGroupId needs the DeduplicationScope messageGroup.")
	}
	s.dead, s.most, _ = redrive(attrs["RedrivePolicy"])
	return s, nil
}

// all returns every attribute of the queue, computed ones too.
func (q *queue) all() map[string]string {
	all := map[string]string{
		"QueueArn":                              q.arn,
		"CreatedTimestamp":                      itoa(int(q.made.Unix())),
		"LastModifiedTimestamp":                 itoa(int(q.set.Unix())),
		"ApproximateNumberOfMessagesNotVisible": itoa(len(q.inflight)),
		"SqsManagedSseEnabled":                  "true",
	}
	visible, late := q.count()
	all["ApproximateNumberOfMessages"], all["ApproximateNumberOfMessagesDelayed"] = itoa(visible), itoa(late)
	for name, bounds := range numbers.Get() {
		all[name] = itoa(bounds[2])
	}
	if q.fifo {
		all["ContentBasedDeduplication"], all["DeduplicationScope"], all["FifoThroughputLimit"] = "false", "queue", "perQueue"
	}
	maps.Copy(all, q.attrs)
	return all
}

// some returns the attributes asked for.
func (q *queue) some(names []string) (map[string]string, *failure) {
	all := q.all()
	if slices.Contains(names, "All") {
		return all, nil
	}
	some := make(map[string]string, len(names))
	for _, name := range names {
		value, ok := all[name]
		if !ok && !slices.Contains(texts, name) && name != "RedrivePolicy" && words.Get()[name] == nil {
			return nil, badAttribute(name)
		}
		if ok {
			some[name] = value
		}
	}
	return some, nil
}

// checkName refuses names that the services refuse.
func checkName(name string, most int) *failure {
	base := strings.TrimSuffix(name, ".fifo")
	if base == "" || len(name) > most {
		return badValue("Can only include alphanumeric characters, hyphens, or underscores. 1 to %d in length", most)
	}
	for _, c := range []byte(base) {
		if !isWord(c) && c != '-' {
			return badValue("Can only include alphanumeric characters, hyphens, or underscores. 1 to %d in length", most)
		}
	}
	return nil
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// create makes a queue, or finds the one that is just like it.
func (s *Server) create(name string, attrs, tags map[string]string) (*queue, *failure) {
	if f := checkName(name, 80); f != nil {
		return nil, f
	}
	fifo := strings.HasSuffix(name, ".fifo")
	if old, ok := s.state.queues[name]; ok {
		return old, old.sameAs(attrs)
	}
	if fifo != (attrs["FifoQueue"] == "true") {
		return nil, badValue("The name of a queue ends in .fifo when its attribute FifoQueue is true, and only then.")
	}
	if len(s.state.queues) >= maxQueues {
		return nil, overLimit(fmt.Sprintf("There are %d queues.", maxQueues))
	}
	q := newQueue(name, s.arn("sqs", name), now(), &s.state.stored)
	q.fifo = fifo
	if f := q.apply(attrs); f != nil {
		return nil, f
	}
	maps.Copy(q.tags, tags)
	s.state.queues[name] = q
	return q, nil
}

// sameAs refuses attributes that are not those of the queue.
func (q *queue) sameAs(attrs map[string]string) *failure {
	all := q.all()
	for name, value := range attrs {
		if all[name] != value {
			return &failure{code: "QueueNameExists", query: "QueueAlreadyExists", message: "A queue already exists with the same name and a different value for attribute " + name}
		}
	}
	return nil
}
